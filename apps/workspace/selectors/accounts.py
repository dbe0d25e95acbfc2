"""What account 360 shows: the rows of one account, or of it and all below it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    CharField,
    Count,
    Model,
    OuterRef,
    Prefetch,
    QuerySet,
    Value,
)
from django.db.models.functions import JSONObject

from apps.accounts.models import Account, Contact
from apps.accounts.selectors import accounts
from apps.activities.models import CsActivity
from apps.core.models import Tag
from apps.kpis.models import ObjectiveKpi
from apps.kpis.selectors import kpis
from apps.objectives.selectors import plans_with_progress
from apps.plans.models import SuccessPlan
from apps.playbooks.models import Playbook, PlaybookTask
from apps.playbooks.selectors import playbooks, tasks

M = TypeVar("M", bound=Model)

# What is read of the records that an activity names.
NAMES: Final = (
    "account__name",
    "type__label",
    "type__tint",
    "owner__name",
    "plan__name",
    "objective__name",
    "kpi__title",
    "playbook__name",
)


@dataclass(frozen=True)
class Reach:
    """Whose rows a person looks at: one account's, or also those of all accounts below it."""

    user: Any
    account: Account
    children: bool = False

    @property
    def accounts(self) -> QuerySet[Account]:
        """The accounts within reach that the person sees."""
        seen = Account.objects.visible_to(self.user).order_by()
        if self.children:
            return seen.below([self.account.pk])
        return seen.filter(pk=self.account.pk)

    def within(self, rows: QuerySet[M], path: str = "account") -> QuerySet[M]:
        """The rows that belong to the accounts within reach."""
        if self.children:
            return rows.filter(**{f"{path}__in": self.accounts})
        return rows.filter(**{path: self.account.pk})

    def plans(self) -> QuerySet[SuccessPlan]:
        """Success plans with their progress."""
        return self.within(plans_with_progress(self.user))

    def kpis(self) -> QuerySet[ObjectiveKpi]:
        """KPIs with their status."""
        return self.within(kpis(self.user), "objective__account")

    def playbooks(self) -> QuerySet[Playbook]:
        """Playbooks with their progress."""
        rows = self.within(playbooks(self.user)).select_related("account", "owner")
        return rows.order_by("start_date", "name", "pk")

    def tasks(self) -> QuerySet[PlaybookTask]:
        """Tasks, those due next first."""
        rows = self.within(tasks(self.user)).select_related("account")
        return rows.order_by("end_date", "name", "pk")

    def activities(self) -> QuerySet[CsActivity]:
        """What was said and done, newest first, with who was present and what it was about."""
        seen: QuerySet[CsActivity] = CsActivity.objects.visible_to(self.user)
        present: QuerySet[Contact] = Contact.objects.order_by("name")
        return (
            self.within(seen)
            .select_related("account", "type", "owner", "plan", "objective", "kpi", "playbook")
            # Their names are enough.
            .only("subject", "happened_at", "duration", "notes", *NAMES)
            .prefetch_related(Prefetch("contacts", present.only("name")))
            .order_by("-happened_at", "-pk")
        )


def tag_marks() -> ArraySubquery:
    """The tags of an account as labels and tints, to be read with the account itself."""
    tags = Tag.objects.filter(accounts=OuterRef("pk")).order_by("position", "label")
    return ArraySubquery(tags.values(mark=JSONObject(label="label", tint="tint")))


def counts(**rows: QuerySet[Any]) -> dict[str, int]:
    """How many rows each of some querysets has; one statement for all of them."""
    parts = [
        found.order_by()
        .values(what=Value(name, output_field=CharField()))
        .annotate(number=Count("pk"))
        .values_list("what", "number")
        for name, found in rows.items()
    ]
    return dict.fromkeys(rows, 0) | dict(parts[0].union(*parts[1:], all=True))


def child_accounts(user: Any, account: Account) -> QuerySet[Account]:
    """The accounts directly below one."""
    found = accounts(user).filter(parent=account).order_by("name", "pk")
    return found.only("name", "arr", "currency__label")
