"""A world in which everything that is stored is a marker, and what of it a customer may read.

Texts are words such as `zq0a1f`, numbers and ids have seven digits: each stands for one field of
one row, so that a page can be searched for all of them at once.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from typing import Any, Final

from django.apps import apps
from django.db import DatabaseError, connection, models, transaction

from apps.accounts.models import AccountRole
from apps.activities.models import Comment
from apps.portal.selectors import shown

# What customers may read, by field; of records only of those that are shown (`readable`).
PUBLIC: Final[dict[str, set[str]]] = {
    # Who shares says so in the mail with the link.
    "core.User": {"first_name", "last_name"},
    "core.Organisation": {"name"},
    "core.Unit": {"label", "symbol"},
    "accounts.Account": {"name"},
    "accounts.Contact": {"name", "title", "email"},
    "accounts.Resource": {"name", "email"},
    "accounts.Role": {"label"},
    "accounts.TeamPool": {"name"},
    "plans.SuccessPlan": {"name"},
    "objectives.Objective": {"name", "description", "baseline", "current", "target"},
    "objectives.ObjectiveStatus": {"label"},
    "objectives.ObjectiveCategory": {"label"},
    "kpis.ObjectiveKpi": {"title", "description", "baseline", "current", "target"},
    "kpis.KpiCategory": {"label"},
    "kpis.KpiValue": {"baseline", "current", "target"},
    "playbooks.Playbook": {"name", "description"},
    "playbooks.PlaybookTask": {"name", "description", "percent_complete"},
    "activities.Comment": {"text"},
}
# Models whose rows may not be rewritten, or hold nothing that a person wrote.
UNMARKED: Final = {
    "kpis.KpiValue": "the database refuses changes of history",
    "core.SearchEntry": "kept by the database from what is marked",
    "core.Touch": "kept by the database",
}
# Fields that the program itself reads to know what to do.
STRUCTURAL: Final = {
    "time_zone", "password", "key", "kind", "door", "path", "query", "token_hash", "key_hash",
    "link_hash", "position", "round", "tries", "times", "record_id", "account_id", "author_id",
}  # fmt: skip
FIRST_NUMBER: Final = 7_300_001
FIRST_ID: Final = 8_100_000
WORD = re.compile(r"zq[0-9a-z]{4}")
NUMBER = re.compile(r"\d{7,}")

Place = tuple[str, int, str]


def our_models() -> list[type[models.Model]]:
    """Every model of the program but the tables of its history."""
    return [
        model
        for model in apps.get_models()
        if model.__module__.startswith("apps.") and not model.__name__.endswith("Event")
    ]


def spread_ids() -> None:
    """From now on each table counts in a range of its own: an id says whose it is."""
    with connection.cursor() as cursor:
        for number, model in enumerate(our_models()):
            first = FIRST_ID + number * 10_000
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence(%s, %s), %s)",
                [model._meta.db_table, model._meta.pk.column, first],
            )


def _word(number: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    word = ""
    for _ in range(4):
        number, rest = divmod(number, 36)
        word = digits[rest] + word
    return f"zq{word}"


def _value(field: models.Field[Any, Any], number: int) -> Any:
    if isinstance(field, models.EmailField):
        return f"{_word(number)}@zqmark.example"
    if isinstance(field, models.CharField | models.TextField):
        return _word(number) if (field.max_length or 99) >= 6 else None
    if isinstance(field, models.DecimalField | models.FloatField | models.IntegerField):
        return FIRST_NUMBER + number
    return None


class Marks:
    """Which marker stands for which field of which row."""

    def __init__(self) -> None:
        self.words: dict[str, Place] = {}
        self.numbers: dict[int, Place] = {}
        self.kept: set[str] = set()

    def mark(self) -> None:
        """Rewrite every text and every number of every row, and remember each id."""
        counter = itertools.count(1)
        for model in our_models():
            label = model._meta.label
            for row in model._base_manager.order_by("pk"):
                self.numbers[row.pk] = (label, row.pk, "id")
                if label in UNMARKED:
                    continue
                for field in model._meta.local_fields:
                    self._mark(model, row.pk, field, next(counter))

    def _mark(
        self, model: type[models.Model], pk: int, field: models.Field[Any, Any], number: int
    ) -> None:
        if field.primary_key or field.remote_field or field.choices or field.name in STRUCTURAL:
            return
        value = _value(field, number)
        if value is None:
            return
        place = (model._meta.label, pk, field.name)
        try:
            with transaction.atomic():
                model._base_manager.filter(pk=pk).update(**{field.name: value})
        except DatabaseError:
            # A constraint wants it otherwise: a health of 0 to 100, days of 1 to 999.
            self.kept.add(f"{model._meta.label}.{field.name}")
            return
        if isinstance(value, int):
            self.numbers[value] = place
        else:
            self.words[value.partition("@")[0]] = place

    def found_in(self, text: str) -> set[Place]:
        """What a text holds of all that is stored."""
        low = text.lower()
        words = {self.words[word] for word in WORD.findall(low) if word in self.words}
        plain = re.sub(r"(?<=\d)[,.' \u00a0\u202f](?=\d{3})", "", low)
        numbers = {int(run) for run in NUMBER.findall(plain)}
        return words | {self.numbers[one] for one in numbers if one in self.numbers}


def readable(share: Any) -> dict[str, set[int]]:
    """The rows whose public fields a customer may read through a share; of vocabularies all."""
    tasks = shown.tasks(share)
    roles = AccountRole._base_manager.filter(account=share.account_id)
    assigned = {
        kind: set(tasks.values_list(f"assignments__{kind}", flat=True))
        for kind in ("resource", "contact")
    }
    owners = {
        owner
        for rows in (shown.plans(share), shown.objectives(share), shown.playbooks(share))
        for owner in rows.values_list("owner", flat=True)
    }
    return {
        "core.User": {share.created_by_id}
        | set(Comment._base_manager.filter(pk__in=_said(share)).values_list("author", flat=True)),
        "accounts.Account": {share.account_id},
        "accounts.Contact": set(share.contacts.values_list("pk", flat=True)) | assigned["contact"],
        "accounts.Resource": set(roles.values_list("resource", flat=True))
        | assigned["resource"]
        | owners,
        "plans.SuccessPlan": set(shown.plans(share).values_list("pk", flat=True)),
        "objectives.Objective": set(shown.objectives(share).values_list("pk", flat=True)),
        "kpis.ObjectiveKpi": set(shown.kpis(share).values_list("pk", flat=True)),
        "playbooks.Playbook": set(shown.playbooks(share).values_list("pk", flat=True)),
        "playbooks.PlaybookTask": set(tasks.values_list("pk", flat=True)),
        "activities.Comment": _said(share),
    }


def _said(share: Any) -> set[int]:
    """Comments marked for the customer, on a record that is shown."""
    rows = Comment._base_manager.filter(is_external=True)
    on = {
        "plan": shown.plans(share),
        "objective": shown.objectives(share),
        "kpi": shown.kpis(share),
        "playbook": shown.playbooks(share),
        "task": shown.tasks(share),
    }
    return {
        pk
        for name, records in on.items()
        for pk in rows.filter(**{f"{name}__in": records}).values_list("pk", flat=True)
    }


def leaks(places: Iterable[Place], rows: dict[str, set[int]]) -> list[Place]:
    """What of these a customer may not read, who may read the public fields of these rows."""
    return sorted(
        (label, pk, field)
        for label, pk, field in places
        if field not in PUBLIC.get(label, set()) or pk not in rows.get(label, {pk})
    )
