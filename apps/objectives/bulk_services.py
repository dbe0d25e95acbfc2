"""Many objectives changed or deleted at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import Count

from apps.accounts.bulk_services import owner_follows, owners_told, split_tags
from apps.core.access import require
from apps.core.bulk_rules import Bulk
from apps.core.bulk_services import change_rows, delete_rows, held, relink_rows, together
from apps.core.history import operation
from apps.core.models import User
from apps.objectives.models import Objective, ObjectiveTag
from apps.objectives.rules import kpis_in_the_way
from apps.objectives.services import objective_problems


def objectives_change(*, actor: User, ids: Collection[int], changes: Mapping[str, Any]) -> Bulk:
    """Give many objectives these values; `add_tags` and `remove_tags` change their tags.

    One that would break a rule stays as it is, with the reason. The new owner is told once.
    """
    require(actor, "objective.edit")
    plain, tags = split_tags(changes)
    if any(tags.values()):
        require(actor, "tag.use")
    if "is_external" in plain:
        require(actor, "objective.share")
    if plain.get("owner") is not None:
        # One owner at a time (R-OWN-1): a contact who owned it does not any more.
        plain.setdefault("owner_contact", None)
    with operation(actor):
        rows = held(Objective, ids, "account", "plan__account", "owner", "owner_contact__account")
        bulk = change_rows(
            rows,
            plain,
            problems=lambda row, wanted: objective_problems(actor, row, wanted),
            follows=owner_follows,
        )
        refused = {row.pk for row in bulk.refused}
        linked = relink_rows(
            [row for row in rows if row.pk not in refused],
            ObjectiveTag,
            "objective",
            "tag",
            add=tags["add_tags"],
            remove=tags["remove_tags"],
            label="Tags",
        )
        if "owner" in plain:
            given = {row.pk for row in bulk.changed if "owner" in [name for name, *_ in row.fields]}
            told = [row for row in rows if row.pk in given]
            owners_told(actor=actor, kind="objective", owner=plain["owner"], rows=told)
        return together(bulk, linked)


def objectives_remove(*, actor: User, ids: Collection[int]) -> Bulk:
    """Delete objectives; one with KPIs stays, with the reason (R-OBJ-4)."""
    require(actor, "objective.delete")
    with operation(actor):
        rows = held(Objective, ids)
        counted = Objective._base_manager.filter(pk__in=ids, kpis__isnull=False).order_by()
        numbers = dict(counted.values_list("pk").annotate(n=Count("kpis")))
        return delete_rows(rows, {pk: kpis_in_the_way(number) for pk, number in numbers.items()})
