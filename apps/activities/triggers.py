"""How activities follow the records they are linked to, by every path (R-OBJ-2, R-CAS-2)."""

from __future__ import annotations

import pgtrigger

from apps.core.indexing import Source, searched
from apps.core.touch_triggers import happenings

# A link names all above it too: an activity on a task is one of the task's playbook, objective
# and plan. So "its activities" is one plain filter, and a move is one plain update. FOR SHARE:
# what it is linked to cannot move until the activity is there to be moved with it.
activity_follows_links = pgtrigger.Trigger(
    name="follows_links",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert
    | pgtrigger.UpdateOf(
        "task_id", "playbook_id", "kpi_id", "objective_id", "plan_id", "account_id"
    ),
    func="""
        IF NEW.task_id IS NOT NULL THEN
            SELECT account_id,
                   COALESCE(plan_id, NEW.plan_id),
                   COALESCE(objective_id, NEW.objective_id),
                   COALESCE(playbook_id, NEW.playbook_id)
            INTO NEW.account_id, NEW.plan_id, NEW.objective_id, NEW.playbook_id
            FROM playbooks_playbooktask WHERE id = NEW.task_id FOR SHARE;
        END IF;
        IF NEW.playbook_id IS NOT NULL THEN
            SELECT account_id,
                   COALESCE(plan_id, NEW.plan_id),
                   COALESCE(objective_id, NEW.objective_id)
            INTO NEW.account_id, NEW.plan_id, NEW.objective_id
            FROM playbooks_playbook WHERE id = NEW.playbook_id FOR SHARE;
        END IF;
        IF NEW.kpi_id IS NOT NULL THEN
            SELECT objective_id INTO NEW.objective_id
            FROM kpis_objectivekpi WHERE id = NEW.kpi_id FOR SHARE;
        END IF;
        IF NEW.objective_id IS NOT NULL THEN
            SELECT account_id, plan_id INTO NEW.account_id, NEW.plan_id
            FROM objectives_objective WHERE id = NEW.objective_id FOR SHARE;
        END IF;
        IF NEW.plan_id IS NOT NULL THEN
            SELECT account_id INTO NEW.account_id
            FROM plans_successplan WHERE id = NEW.plan_id FOR SHARE;
        END IF;
        RETURN NEW;
    """,
)


def _follow(column: str, sets: str, *changed: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name="activities_follow",
        when=pgtrigger.After,
        operation=pgtrigger.UpdateOf(*(f"{name}_id" for name in changed)),
        condition=pgtrigger.AnyChange(*changed),
        func=f"""
            UPDATE activities_csactivity SET {sets} WHERE {column} = NEW.id;
            RETURN NULL;
        """,
    )


plan_moved = _follow("plan_id", "account_id = NEW.account_id", "account")
objective_moved = _follow(
    "objective_id", "account_id = NEW.account_id, plan_id = NEW.plan_id", "plan", "account"
)
kpi_moved = _follow("kpi_id", "objective_id = NEW.objective_id", "objective")
playbook_moved = _follow(
    "playbook_id",
    "account_id = NEW.account_id, plan_id = NEW.plan_id, objective_id = NEW.objective_id",
    "objective",
    "plan",
    "account",
)
task_moved = _follow(
    "task_id",
    "account_id = NEW.account_id, plan_id = NEW.plan_id, objective_id = NEW.objective_id,"
    " playbook_id = NEW.playbook_id",
    "playbook",
    "objective",
    "plan",
    "account",
)

# An activity without an account is its author's own (R-VIS-1).
activity_searched = searched(
    Source(
        kind="activity",
        table="activities_csactivity",
        title="r.subject",
        text=("r.notes",),
        fields=("subject", "notes", "account", "author"),
        author="r.author_id",
        only="TRUE",
    )
)
# A comment has no name: its first words stand for it.
comment_searched = searched(
    Source(
        kind="comment",
        table="activities_comment",
        title="left(r.text, 120)",
        text=("r.text",),
        fields=("text", "account"),
        author="r.author_id",
    )
)

activity_touched = happenings(
    {"kpi": "r.kpi_id", "objective": "r.objective_id", "plan": "r.plan_id"}, "r.happened_at"
)
