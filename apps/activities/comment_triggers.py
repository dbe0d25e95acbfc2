"""How comments follow the records that they are on, by every path (R-PLAN-3, R-OBJ-3)."""

from __future__ import annotations

import pgtrigger

# FOR SHARE: what it is on cannot move until the comment is there to be moved with it.
comment_follows_record = pgtrigger.Trigger(
    name="follows_record",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert
    | pgtrigger.UpdateOf(
        "plan_id", "challenge_id", "objective_id", "kpi_id", "playbook_id", "task_id", "account_id"
    ),
    declare=[("above", "bigint")],
    func="""
        IF NEW.plan_id IS NOT NULL THEN
            SELECT account_id INTO NEW.account_id
            FROM plans_successplan WHERE id = NEW.plan_id FOR SHARE;
        ELSIF NEW.challenge_id IS NOT NULL THEN
            SELECT account_id INTO NEW.account_id
            FROM plans_businesschallenge WHERE id = NEW.challenge_id FOR SHARE;
        ELSIF NEW.objective_id IS NOT NULL THEN
            SELECT account_id INTO NEW.account_id
            FROM objectives_objective WHERE id = NEW.objective_id FOR SHARE;
        ELSIF NEW.kpi_id IS NOT NULL THEN
            SELECT objective_id INTO above
            FROM kpis_objectivekpi WHERE id = NEW.kpi_id FOR SHARE;
            SELECT account_id INTO NEW.account_id
            FROM objectives_objective WHERE id = above FOR SHARE;
        ELSIF NEW.playbook_id IS NOT NULL THEN
            SELECT account_id INTO NEW.account_id
            FROM playbooks_playbook WHERE id = NEW.playbook_id FOR SHARE;
        ELSIF NEW.task_id IS NOT NULL THEN
            SELECT account_id INTO NEW.account_id
            FROM playbooks_playbooktask WHERE id = NEW.task_id FOR SHARE;
        END IF;
        RETURN NEW;
    """,
)


def _follow(column: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name="comments_follow",
        when=pgtrigger.After,
        operation=pgtrigger.UpdateOf("account_id"),
        condition=pgtrigger.AnyChange("account"),
        func=f"""
            UPDATE activities_comment SET account_id = NEW.account_id WHERE {column} = NEW.id;
            RETURN NULL;
        """,  # noqa: S608 (a constant)
    )


plan_moved = _follow("plan_id")
challenge_moved = _follow("challenge_id")
playbook_moved = _follow("playbook_id")
task_moved = _follow("task_id")
objective_moved = pgtrigger.Trigger(
    name="comments_follow",
    when=pgtrigger.After,
    operation=pgtrigger.UpdateOf("account_id"),
    condition=pgtrigger.AnyChange("account"),
    func="""
        UPDATE activities_comment SET account_id = NEW.account_id
        WHERE objective_id = NEW.id
           OR kpi_id IN (SELECT id FROM kpis_objectivekpi WHERE objective_id = NEW.id);
        RETURN NULL;
    """,
)
kpi_moved = pgtrigger.Trigger(
    name="comments_follow",
    when=pgtrigger.After,
    operation=pgtrigger.UpdateOf("objective_id"),
    condition=pgtrigger.AnyChange("objective"),
    func="""
        UPDATE activities_comment
        SET account_id = (SELECT account_id FROM objectives_objective WHERE id = NEW.objective_id)
        WHERE kpi_id = NEW.id;
        RETURN NULL;
    """,
)
