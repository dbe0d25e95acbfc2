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
