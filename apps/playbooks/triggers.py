"""How playbooks and tasks follow the record above them, by every path (R-OBJ-2, R-OBJ-3)."""

from __future__ import annotations

import pgtrigger

from apps.core.indexing import Source, searched
from apps.core.touch_triggers import touches

# FOR SHARE: what is above cannot move until this row is there to be moved with it. Without it a
# move and an insertion at the same moment, each unseen by the other, would leave the two apart.
playbook_follows_parent = pgtrigger.Trigger(
    name="follows_parent",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("objective_id", "plan_id", "account_id"),
    func="""
        IF NEW.objective_id IS NOT NULL THEN
            SELECT account_id, plan_id INTO NEW.account_id, NEW.plan_id
            FROM objectives_objective WHERE id = NEW.objective_id FOR SHARE;
        ELSIF NEW.plan_id IS NOT NULL THEN
            SELECT account_id INTO NEW.account_id
            FROM plans_successplan WHERE id = NEW.plan_id FOR SHARE;
        END IF;
        RETURN NEW;
    """,
)

task_follows_parent = pgtrigger.Trigger(
    name="follows_parent",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert
    | pgtrigger.UpdateOf("playbook_id", "objective_id", "plan_id", "account_id"),
    func="""
        IF NEW.playbook_id IS NOT NULL THEN
            SELECT account_id, plan_id, objective_id
            INTO NEW.account_id, NEW.plan_id, NEW.objective_id
            FROM playbooks_playbook WHERE id = NEW.playbook_id FOR SHARE;
        ELSIF NEW.objective_id IS NOT NULL THEN
            SELECT account_id, plan_id INTO NEW.account_id, NEW.plan_id
            FROM objectives_objective WHERE id = NEW.objective_id FOR SHARE;
        ELSIF NEW.plan_id IS NOT NULL THEN
            SELECT account_id INTO NEW.account_id
            FROM plans_successplan WHERE id = NEW.plan_id FOR SHARE;
        END IF;
        RETURN NEW;
    """,
)

# What hangs on an objective or a playbook follows that one.
plan_moved = pgtrigger.Trigger(
    name="playbooks_follow_plan",
    when=pgtrigger.After,
    operation=pgtrigger.UpdateOf("account_id"),
    condition=pgtrigger.AnyChange("account"),
    func="""
        UPDATE playbooks_playbook SET account_id = NEW.account_id
        WHERE plan_id = NEW.id AND objective_id IS NULL;
        UPDATE playbooks_playbooktask SET account_id = NEW.account_id
        WHERE plan_id = NEW.id AND objective_id IS NULL AND playbook_id IS NULL;
        RETURN NULL;
    """,
)

objective_moved = pgtrigger.Trigger(
    name="playbooks_follow",
    when=pgtrigger.After,
    operation=pgtrigger.UpdateOf("plan_id", "account_id"),
    condition=pgtrigger.AnyChange("plan", "account"),
    func="""
        UPDATE playbooks_playbook SET account_id = NEW.account_id, plan_id = NEW.plan_id
        WHERE objective_id = NEW.id;
        UPDATE playbooks_playbooktask SET account_id = NEW.account_id, plan_id = NEW.plan_id
        WHERE objective_id = NEW.id AND playbook_id IS NULL;
        RETURN NULL;
    """,
)

playbook_moved = pgtrigger.Trigger(
    name="tasks_follow",
    when=pgtrigger.After,
    operation=pgtrigger.UpdateOf("objective_id", "plan_id", "account_id"),
    condition=pgtrigger.AnyChange("objective", "plan", "account"),
    func="""
        UPDATE playbooks_playbooktask
        SET account_id = NEW.account_id, plan_id = NEW.plan_id, objective_id = NEW.objective_id
        WHERE playbook_id = NEW.id;
        RETURN NULL;
    """,
)

playbook_searched = searched(
    Source(
        kind="playbook",
        table="playbooks_playbook",
        title="r.name",
        text=("r.description",),
        fields=("name", "description", "account"),
    )
)
task_searched = searched(
    Source(
        kind="task",
        table="playbooks_playbooktask",
        title="r.name",
        text=("r.description", "r.notes"),
        fields=("name", "description", "notes", "account"),
    )
)

# Playbooks and tasks name the objective and the plan that they lie in.
_LIES_IN = {"objective": "r.objective_id", "plan": "r.plan_id"}
playbook_touched = touches(_LIES_IN)
task_touched = touches(_LIES_IN)
