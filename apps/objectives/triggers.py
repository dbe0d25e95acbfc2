"""What of objectives is searched."""

from __future__ import annotations

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
