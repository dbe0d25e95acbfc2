"""Where the words of a vocabulary are used, in a constant number of queries for any number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import Any, Final

from django.db import models
from django.db.models import Count, Q
from django.urls import reverse

from apps.core.kinds import KINDS
from apps.core.permissions import RECORD_OF
from apps.core.tracking import HistoryEvent
from apps.core.usage_rules import Use

# model and field that use a word -> how the list of those records asks for it.
FILTERS: Final[dict[tuple[str, str], str]] = {
    ("accounts.accounttag", "tag"): "tag",
    ("accounts.resource", "role"): "role",
    ("activities.csactivity", "type"): "type",
    ("kpis.objectivekpi", "category"): "category",
    ("objectives.objective", "category"): "category",
    ("objectives.objective", "status"): "status",
    ("objectives.objectivetag", "tag"): "tag",
    ("plans.businesschallenge", "category"): "category",
    **{
        (model, "record_type"): "record_type"
        for model in (
            "activities.csactivity",
            "objectives.objective",
            "plans.successplan",
            "playbooks.playbook",
            "playbooks.playbooktask",
        )
    },
}
# Through which of its fields a record knows that it lies in a template.
WAYS: Final = ("", "objective", "plan", "playbook")


def uses_of(model: Any, pks: Collection[int], *, also_past: bool = False) -> dict[int, list[Use]]:
    """What uses each of these words; with `also_past` values that were recorded under it, too."""
    found: dict[int, list[Use]] = {pk: [] for pk in pks}
    for relation in _relations(model, also_past=also_past):
        user, field = relation.related_model, relation.field
        in_template = _in_template(user)
        counts = (
            user._base_manager.filter(**{f"{field.name}__in": list(pks)})
            .order_by()
            .values_list(field.attname)
            .annotate(
                all=Count("pk"),
                within=Count("pk", filter=in_template) if in_template else models.Value(0),
            )
        )
        for pk, number, within in counts:
            found[pk].append(_use(user, field.name, pk, number - within, within))
    return {pk: _together(uses) for pk, uses in found.items()}


def _relations(model: Any, *, also_past: bool) -> Iterator[Any]:
    """What points to a model and would be lost, or in the way, without it."""
    passing = {models.CASCADE} if also_past else {models.CASCADE, models.DO_NOTHING}
    for relation in model._meta.get_fields(include_hidden=True):
        # What goes with the word does not keep it; history and followers of rows are no use.
        if (
            relation.auto_created
            and not relation.concrete
            and (relation.one_to_many or relation.one_to_one)
            and relation.on_delete not in passing
            and not issubclass(relation.related_model, HistoryEvent)
            and not relation.related_model._meta.proxy
        ):
            yield relation


def _named(user: Any) -> Any:
    """The record that a row is of: a link is told as the record it belongs to."""
    link: str = getattr(user, "history_link_of", "")
    return user._meta.get_field(link).related_model if link else user


def _in_template(user: Any) -> Q | None:
    """Which rows lie in templates; None for records that never do."""
    names = {field.name for field in user._meta.fields}
    for way in (*WAYS, getattr(user, "history_link_of", "")):
        if not way and "in_template" in names:
            return Q(in_template=True)
        if way in names:
            target = user._meta.get_field(way).related_model
            if any(field.name == "in_template" for field in target._meta.fields):
                return Q(**{f"{way}__in_template": True})
    return None


def _use(user: Any, name: str, pk: int, number: int, within: int) -> Use:
    meta = _named(user)._meta
    kind = KINDS.get(RECORD_OF.get(meta.label_lower, ""))
    asked = FILTERS.get((user._meta.label_lower, name))
    url = f"{reverse(kind.list_url)}?{asked}={pk}" if kind and asked and number else ""
    if kind is None:
        return Use(str(meta.verbose_name), str(meta.verbose_name_plural), number, within, url)
    plural = f"{kind.noun[:-1]}ies" if kind.noun.endswith("y") else f"{kind.noun}s"
    return Use(kind.noun, plural, number, within, url)


def _together(uses: list[Use]) -> list[Use]:
    """Uses of the same sort in one; which of several fields it is has no list."""
    by_name: dict[str, list[Use]] = defaultdict(list)
    for use in uses:
        by_name[use.plural].append(use)
    return [
        same[0]
        if len(same) == 1
        else Use(
            same[0].singular,
            plural,
            sum(use.number for use in same),
            sum(use.in_templates for use in same),
        )
        for plural, same in sorted(by_name.items())
    ]
