"""What the database does by itself with objectives: their search, their completion."""

from __future__ import annotations

import pgtrigger

from apps.core.indexing import Source, renamed, searched, tagged
from apps.core.touch_triggers import touches

_OBJECTIVE = Source(
    kind="objective",
    table="objectives_objective",
    title="r.name",
    labels=(
        """(SELECT string_agg(tag.label, ' ') FROM objectives_objectivetag link
            JOIN core_tag tag ON tag.id = link.tag_id WHERE link.objective_id = r.id)""",
    ),
    text=("r.description",),
    fields=("name", "description", "account"),
)
objective_searched = searched(_OBJECTIVE)
objective_tagged = tagged(_OBJECTIVE, "objective_id")
tag_renamed = renamed(
    _OBJECTIVE,
    "SELECT objective_id FROM objectives_objectivetag WHERE tag_id = NEW.id",
    "search_objectives",
)

objective_touched = touches({"objective": "r.id", "plan": "r.plan_id"})

# When an objective became completed: kept from one completed status to another, cleared on
# reopening. What is written with a moment of its own (an undo, a load) keeps it. The name comes
# after that of what completes objectives: triggers run in the order of their names.
_STAMP = """
    IF (SELECT kind FROM objectives_objectivestatus WHERE id = NEW.status_id) = 'completed' THEN
        NEW.completed_at = COALESCE(NEW.completed_at, now());
    ELSE
        NEW.completed_at = NULL;
    END IF;
    RETURN NEW;
"""
stamp_completed = [
    pgtrigger.Trigger(
        name="stamp_completed_new",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        func=_STAMP,
    ),
    pgtrigger.Trigger(
        name="stamp_completed",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=pgtrigger.AnyChange("status", "completed_at"),
        func=_STAMP,
    ),
]
# A word for a status that means something else from now on.
status_means_another = pgtrigger.Trigger(
    name="stamp_objectives",
    when=pgtrigger.After,
    operation=pgtrigger.UpdateOf("kind"),
    condition=pgtrigger.AnyChange("kind"),
    func="""
        UPDATE objectives_objective
        SET completed_at = CASE WHEN NEW.kind = 'completed' THEN now() END
        WHERE status_id = NEW.id AND (completed_at IS NULL) = (NEW.kind = 'completed');
        RETURN NULL;
    """,
)

# R-OBJ-6: one that follows an attribute takes its account's newest reading at once. An undo writes
# back what was before, and nothing else.
follow_attribute = pgtrigger.Trigger(
    name="follow_attribute",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert
    | pgtrigger.UpdateOf("attribute_id", "completion_type", "account_id"),
    condition=pgtrigger.Q(new__attribute__isnull=False)
    & pgtrigger.Q(new__account__isnull=False)
    & pgtrigger.Q(new__completion_type="attribute"),
    declare=[("newest", "NUMERIC")],
    func="""
        IF COALESCE(current_setting('successcloud.door', true), '') = 'undo' THEN
            RETURN NEW;
        END IF;
        IF TG_OP = 'UPDATE' THEN
            IF (OLD.attribute_id, OLD.completion_type, OLD.account_id)
                IS NOT DISTINCT FROM (NEW.attribute_id, NEW.completion_type, NEW.account_id) THEN
                RETURN NEW;
            END IF;
        END IF;
        -- Planned at each call: a plan made while there were few readings would read them all.
        EXECUTE $sql$
            SELECT value FROM accounts_attributevalue
            WHERE account_id = $1 AND definition_id = $2
            ORDER BY measured_on DESC, id DESC LIMIT 1
        $sql$ INTO newest USING NEW.account_id, NEW.attribute_id;
        NEW.current = COALESCE(newest, NEW.current);
        RETURN NEW;
    """,
)


def _there(row: str) -> str:
    """Whether a row's attribute is at its target (apps.objectives.rules.Standing.there)."""
    return f"""COALESCE({row}.completion_type = 'attribute' AND CASE {row}.direction
        WHEN 'higher' THEN {row}.current >= {row}.target
        ELSE {row}.current <= {row}.target END, FALSE)"""


# R-OBJ-6, apps.objectives.rules.completes_itself: reaching the target completes. After the trigger
# that takes the newest reading and before the one that stamps, by the order of their names.
_REACH = f"""
    IF COALESCE(current_setting('successcloud.door', true), '') = 'undo'
        OR NEW.account_id IS NULL OR NOT {_there("NEW")} THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF {_there("OLD")} THEN
            RETURN NEW;
        END IF;
    END IF;
    IF EXISTS (
        SELECT FROM objectives_objectivestatus
        WHERE id = NEW.status_id AND kind IN ('completed', 'abandoned', 'archived')
    ) THEN
        RETURN NEW;
    END IF;
    NEW.status_id = COALESCE((
        SELECT id FROM objectives_objectivestatus
        WHERE kind = 'completed' AND is_active ORDER BY position, id LIMIT 1
    ), NEW.status_id);
    RETURN NEW;
"""
reach_target = [
    pgtrigger.Trigger(
        name="reach_target_new",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        condition=pgtrigger.Q(new__completion_type="attribute"),
        func=_REACH,
    ),
    pgtrigger.Trigger(
        name="reach_target",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=pgtrigger.AnyChange("current", "target", "direction", "completion_type"),
        func=_REACH,
    ),
]

# R-OBJ-6: one statement for all readings that were saved together. A late reading changes nothing,
# for the newest one of all is taken. Those that follow are held first: of two who record at the
# same moment the second sees what the first recorded.
feed_objectives = pgtrigger.Trigger(
    name="feed_objectives",
    level=pgtrigger.Statement,
    when=pgtrigger.After,
    operation=pgtrigger.Insert,
    referencing=pgtrigger.Referencing(new="new_readings"),
    declare=[("door_before", "TEXT"), ("held", "BIGINT[]")],
    func="""
        held = ARRAY(
            SELECT o.id FROM objectives_objective o
            WHERE o.completion_type = 'attribute' AND (o.account_id, o.attribute_id) IN (
                SELECT r.account_id, r.definition_id FROM new_readings r)
            ORDER BY o.id FOR NO KEY UPDATE
        );
        IF held = '{}' THEN
            RETURN NULL;
        END IF;
        door_before = current_setting('successcloud.door', true);
        PERFORM set_config('successcloud.door', 'attribute', true);
        EXECUTE $sql$
            UPDATE objectives_objective SET current = newest.value
            FROM objectives_objective o, LATERAL (
                SELECT v.value FROM accounts_attributevalue v
                WHERE v.account_id = o.account_id AND v.definition_id = o.attribute_id
                ORDER BY v.measured_on DESC, v.id DESC LIMIT 1
            ) newest
            WHERE objectives_objective.id = ANY($1) AND o.id = objectives_objective.id
              AND o.current IS DISTINCT FROM newest.value
        $sql$ USING held;
        PERFORM set_config('successcloud.door', COALESCE(door_before, ''), true);
        RETURN NULL;
    """,
)
