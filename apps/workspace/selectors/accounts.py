"""What account 360 shows: the rows of one account, or of it and all below it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import Model, Prefetch, QuerySet

from apps.accounts.models import Account, Contact
from apps.accounts.selectors import accounts, contacts
from apps.activities.models import CsActivity
from apps.kpis.models import ObjectiveKpi
from apps.kpis.selectors import kpis
from apps.objectives.models import Objective
from apps.objectives.selectors import objectives, plans_with_progress
from apps.plans.models import BusinessChallenge, SuccessPlan
from apps.plans.selectors import challenges
from apps.playbooks.models import Playbook, PlaybookTask
from apps.playbooks.selectors import playbooks, tasks

M = TypeVar("M", bound=Model)


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

    def _within(self, rows: QuerySet[M], path: str = "account") -> QuerySet[M]:
        if self.children:
            return rows.filter(**{f"{path}__in": self.accounts})
        return rows.filter(**{path: self.account})

    def plans(self) -> QuerySet[SuccessPlan]:
        """Success plans with their progress."""
        return self._within(plans_with_progress(self.user))

    def objectives(self) -> QuerySet[Objective]:
        """Objectives with their progress, those due next first."""
        return self._within(objectives(self.user)).order_by("due_date", "name", "pk")

    def kpis(self) -> QuerySet[ObjectiveKpi]:
        """KPIs with their status."""
        return self._within(kpis(self.user), "objective__account")

    def playbooks(self) -> QuerySet[Playbook]:
        """Playbooks with their progress."""
        rows = self._within(playbooks(self.user)).select_related("account", "owner")
        return rows.order_by("start_date", "name", "pk")

    def tasks(self) -> QuerySet[PlaybookTask]:
        """Tasks, those due next first."""
        rows = self._within(tasks(self.user)).select_related("account")
        return rows.order_by("end_date", "name", "pk")

    def activities(self) -> QuerySet[CsActivity]:
        """What was said and done, newest first, with who was present and what it was about."""
        seen: QuerySet[CsActivity] = CsActivity.objects.visible_to(self.user)
        present: QuerySet[Contact] = Contact.objects.order_by("name")
        return (
            self._within(seen)
            .select_related("account", "type", "owner", "plan", "objective", "kpi", "playbook")
            .prefetch_related(Prefetch("contacts", present))
            .order_by("-happened_at", "-pk")
        )

    def contacts(self) -> QuerySet[Contact]:
        """People at the customer, those who left last."""
        return self._within(contacts(self.user)).order_by("-is_active", "name", "pk")

    def challenges(self) -> QuerySet[BusinessChallenge]:
        """Business challenges, the newest first."""
        return self._within(challenges(self.user)).order_by("-identified_on", "title", "pk")


def child_accounts(user: Any, account: Account) -> QuerySet[Account]:
    """The accounts directly below one."""
    return accounts(user).filter(parent=account).order_by("name", "pk")
