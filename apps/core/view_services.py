"""Saved views of a list: kept by a person, shared, made everybody's first by an administrator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from apps.core.access import Refused, may, require
from apps.core.models import SavedView, User

TAKEN = "You have a view of this name already. Choose another name, or change that view."


def view_save(*, actor: User, key: str, values: Mapping[str, Any]) -> SavedView:
    """Keep a list under a name: `name`, `query`, `columns`, `is_shared`, `is_default`.

    What everybody sees first is shared, one for each list, and chosen by administrators alone.
    Raises ValidationError when the person has a view of this name.
    """
    return _store(actor, SavedView(owner=actor, key=key), values)


def view_update(*, actor: User, view: SavedView, values: Mapping[str, Any]) -> SavedView:
    """Change a view: its owner, and of shared ones administrators; these alone what is seen first.

    Raises Refused for others, ValidationError as `view_save`.
    """
    _require_own(actor, view)
    return _store(actor, view, values)


def view_delete(*, actor: User, view: SavedView) -> None:
    """Forget a view; what it shows stays."""
    _require_own(actor, view)
    view.delete()


def _require_own(actor: User, view: SavedView) -> None:
    if may(actor, "vocabulary.edit"):
        return
    if view.owner_id != actor.pk:
        raise Refused(f"The view “{view}” belongs to {view.owner}. Save one of your own instead.")
    if _is_first(view):
        raise Refused(
            "Everybody sees this view first, so that administrators alone change it. Save one of"
            " your own instead."
        )


def _is_first(view: SavedView) -> bool:
    """Whether it is stored as what everybody sees first, whatever a form made of it."""
    return bool(view.pk) and SavedView.objects.filter(pk=view.pk, is_default=True).exists()


def _store(actor: User, view: SavedView, values: Mapping[str, Any]) -> SavedView:
    stored = _is_first(view)
    for name, value in values.items():
        setattr(view, name, value)
    if view.is_default != stored:
        require(actor, "vocabulary.edit")
    view.is_shared = view.is_shared or view.is_default
    try:
        with transaction.atomic():
            if view.is_default:
                others = SavedView.objects.filter(key=view.key, is_default=True)
                others.exclude(pk=view.pk).update(is_default=False)
            view.save()
    except IntegrityError as error:
        raise ValidationError({"name": TAKEN}) from error
    return view
