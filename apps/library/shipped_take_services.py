"""The shipped templates as they stand in the library, and the way out for those that nobody uses."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from apps.core.access import require
from apps.core.choices import Door
from apps.core.history import operation
from apps.core.models import User
from apps.core.undo_selectors import DELETE, events_of
from apps.library.choices import TemplateKind
from apps.library.models import Draft
from apps.library.selectors import INSIDE
from apps.library.shipped_services import MODELS, shipped
from apps.library.template_services import template_delete

# What the program itself does to templates; anything else was a person.
OWN_DOORS = (Door.AUTOMATION, Door.UNDO)


@dataclass(frozen=True)
class Shelved:
    """One shipped template: in the library or not, and why it stays when they are taken away."""

    kind: str
    name: str
    record: Any = None
    stays: str = ""

    @property
    def key(self) -> str:
        """What the form calls a template that is here."""
        return f"{self.kind}-{self.record.pk}"

    @property
    def kind_label(self) -> str:
        """The kind in words."""
        return str(TemplateKind(self.kind).label)


def shelf() -> list[Shelved]:
    """The shipped templates in their order, each with how it stands."""
    found: list[Shelved] = []
    templates = shipped()
    for kind, model in MODELS.items():
        names = [part.name for part in templates if part.kind == kind]
        rows = {
            row.name: row
            for row in model.objects.filter(
                name__in=names, is_template=True, account=None
            ).annotate(uses=Count("copies", filter=Q(copies__account__isnull=False)))
        }
        ids = [row.pk for row in rows.values()]
        changed = _changed(kind, ids)
        begun = set(
            Draft.objects.filter(kind=kind, source__in=ids).values_list("source", flat=True)
        )
        for name in names:
            row = rows.get(name)
            found.append(Shelved(kind, name, row, _why(row, changed, begun) if row else ""))
    return found


def _why(row: Any, changed: Collection[int], begun: Collection[int]) -> str:
    if row.uses:
        number = "1 record was" if row.uses == 1 else f"{row.uses} records were"
        return f"{number} made from it."
    if row.pk in changed:
        return "Somebody changed it: it is yours now."
    return "Somebody is making something from it right now." if row.pk in begun else ""


def _changed(kind: str, ids: list[int]) -> set[int]:
    """The templates in which a person wrote anything since they were loaded."""
    found: set[int] = set()
    for model, path in ((MODELS[kind], "pk"), *((child, path) for _, child, path in INSIDE[kind])):
        rows = model.objects.filter(**{f"{path}__in": ids})
        by_hand = (
            events_of(model)
            ._base_manager.filter(pgh_obj__in=rows.values("pk"), pgh_actor__isnull=False)
            # One that was taken away and came back by Undo is as it was.
            .exclude(pgh_door__in=OWN_DOORS)
            .exclude(pgh_label=DELETE)
            .values("pgh_obj")
        )
        found |= set(rows.filter(pk__in=by_hand).values_list(path, flat=True))
    return found


def library_take(*, actor: User, keys: Collection[str]) -> list[Shelved]:
    """Delete the chosen shipped templates that nobody uses at this moment; returns them."""
    wanted = set(keys)
    for kind in MODELS:
        require(actor, f"{kind}.save_as_template")
    with operation(actor, note="Shipped templates"):
        gone = [one for one in shelf() if one.record and not one.stays and one.key in wanted]
        for one in gone:
            template_delete(actor=actor, template=one.record)
    return gone
