"""What of success plans and business challenges is searched."""

from __future__ import annotations

from apps.core.indexing import Source, searched
from apps.core.touch_triggers import touches

plan_searched = searched(
    Source(
        kind="plan",
        table="plans_successplan",
        title="r.name",
        text=("r.description",),
        fields=("name", "description", "account"),
    )
)
challenge_searched = searched(
    Source(
        kind="challenge",
        table="plans_businesschallenge",
        title="r.title",
        text=("r.description",),
        fields=("title", "description", "account"),
    )
)

plan_touched = touches({"plan": "r.id"})
