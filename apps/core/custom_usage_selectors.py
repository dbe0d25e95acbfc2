"""How many records hold something in a field that an administrator added."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final

from django.db.models import Count, F, Func, JSONField, Q, QuerySet, TextField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from apps.accounts.models import Account, Contact
from apps.activities.models import CsActivity
from apps.core.choices import ShapedKind
from apps.core.custom_key_rules import key_for
from apps.core.custom_rules import CUSTOM
from apps.core.kinds import KINDS
from apps.core.shape_models import CustomChoice, CustomField
from apps.core.usage_rules import Use
from apps.kpis.models import ObjectiveKpi
from apps.objectives.models import Objective
from apps.plans.models import BusinessChallenge, SuccessPlan
from apps.playbooks.models import Playbook, PlaybookTask

MODELS: Final[dict[str, Any]] = {
    ShapedKind.ACCOUNT: Account,
    ShapedKind.CONTACT: Contact,
    ShapedKind.PLAN: SuccessPlan,
    ShapedKind.CHALLENGE: BusinessChallenge,
    ShapedKind.OBJECTIVE: Objective,
    ShapedKind.KPI: ObjectiveKpi,
    ShapedKind.PLAYBOOK: Playbook,
    ShapedKind.TASK: PlaybookTask,
    ShapedKind.ACTIVITY: CsActivity,
}


def rows_holding(field: CustomField) -> QuerySet[Any]:
    """The records with a value in a field, those in templates among them."""
    rows: QuerySet[Any] = MODELS[field.kind]._base_manager.filter(custom__has_key=field.key)
    return rows


def without_value(field: CustomField) -> Func:
    """What a record keeps of its own fields without this one."""
    key = Cast(Value(field.key), TextField())
    return Func(
        F(CUSTOM), key, template="(%(expressions)s)", arg_joiner=" - ", output_field=JSONField()
    )


def values_of(fields: Iterable[CustomField]) -> dict[int, int]:
    """How many records hold a value in each of these fields: one query for a kind of record."""
    by_kind: dict[str, list[CustomField]] = defaultdict(list)
    for field in fields:
        by_kind[field.kind].append(field)
    found: dict[int, int] = {}
    for kind, those in by_kind.items():
        counts = {
            f"field_{one.pk}": Count("pk", filter=Q(custom__has_key=one.key)) for one in those
        }
        answer = MODELS[kind]._base_manager.aggregate(**counts)
        found |= {one.pk: answer[f"field_{one.pk}"] for one in those}
    return found


def custom_uses(fields: Iterable[CustomField]) -> dict[int, list[Use]]:
    """The same as uses, as the admin tells them."""
    those = list(fields)
    numbers = values_of(those)
    return {one.pk: _uses(one.kind, numbers[one.pk]) for one in those}


def choice_uses(field: CustomField) -> dict[int, list[Use]]:
    """How many records have each choice of a field: one query."""
    counts = dict(
        rows_holding(field)
        .order_by()
        .values_list(KeyTextTransform(field.key, CUSTOM))
        .annotate(number=Count("pk"))
    )
    return {
        pk: _uses(field.kind, counts.get(str(pk), 0))
        for pk in CustomChoice.objects.filter(field=field).values_list("pk", flat=True)
    }


def _uses(kind: str, number: int) -> list[Use]:
    noun = KINDS[kind].noun
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return [Use(noun, plural, number)] if number else []


def new_key(kind: str, label: str) -> str:
    """The key of a new field, made of its label; no other field of the kind has it."""
    taken = CustomField.objects.filter(kind=kind).values_list("key", flat=True)
    return key_for(label, set(taken))
