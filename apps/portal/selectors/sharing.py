"""Shares for those who share: who opens each, who opened it last, and what is seen of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from apps.accounts.models import Contact
from apps.core.scope import today
from apps.portal import rules, sharing_rules
from apps.portal.models import PortalSession, Share, ShareVisit
from apps.portal.selectors import people, shown
from apps.portal.selectors.shares import shares

SOMEBODY = "Somebody with the link"


@dataclass(frozen=True)
class Visit:
    """Somebody who opened a share."""

    who: str
    email: str
    last_at: dt.datetime
    times: int


@dataclass(frozen=True)
class Line:
    """One share with its state, who opens it, and who did last."""

    share: Share
    state: str
    label: str
    tint: str
    who: str
    last: Visit | None

    @property
    def is_open(self) -> bool:
        """Whether its link opens today."""
        return self.state == sharing_rules.OPEN

    @property
    def is_for_nobody(self) -> bool:
        """Whether nobody at all opens it."""
        return self.who == sharing_rules.NOBODY


def of_state(state: str) -> Q:
    """The condition of shares in one state, as `sharing_rules.state` decides it."""
    if state == sharing_rules.REVOKED:
        return Q(revoked_at__isnull=False)
    over = Q(last_day__isnull=False, last_day__lt=today())
    live = Q(revoked_at__isnull=True)
    return live & over if state == sharing_rules.EXPIRED else live & ~over


def of_plan(user: Any, plan: Any) -> QuerySet[Share]:
    """The shares of a plan that this person sees."""
    return shares(user).filter(plan=plan)


def lines(found: Iterable[Share]) -> list[Line]:
    """These shares with all that a list says of them; two queries more, for any number."""
    rows = list(found)
    ids = [row.pk for row in rows]
    contacts: dict[int, list[Contact]] = {}
    links = people.named().filter(share__in=ids).select_related("contact")
    for link in links.order_by("contact__name", "contact_id"):
        contacts.setdefault(link.share_id, []).append(link.contact)
    visits = ShareVisit.objects.filter(share__in=ids).order_by("share_id", "-last_at", "-pk")
    last = {one.share_id: one for one in visits.distinct("share_id")}
    day = today()
    return [_line(row, contacts.get(row.pk, []), last.get(row.pk), day) for row in rows]


def _line(share: Share, contacts: Sequence[Contact], last: ShareVisit | None, day: dt.date) -> Line:
    state = sharing_rules.state(share.revoked_at, share.last_day, day)
    active = [one.name for one in contacts if one.is_active]
    domains, _ = rules.domains_in(share.domains)
    who = sharing_rules.openers(active, domains, anyone=share.anyone)
    names = {rules.normalised(one.email): one.name for one in contacts if one.email}
    visit = _visit(last, names) if last else None
    return Line(share, state, *sharing_rules.STATES[state], who, visit)


def _visit(row: ShareVisit, names: dict[str, str]) -> Visit:
    who = names.get(rules.normalised(row.email), row.email) or SOMEBODY
    return Visit(who, row.email, row.last_at, row.times)


def contacts_of(share: Share) -> list[Contact]:
    """The contacts whom a share names, by name; those who left as well."""
    rows = Contact._default_manager.filter(
        pk__in=people.named().filter(share=share).values("contact")
    )
    return list(rows.order_by("name", "pk"))


def visits(share: Share, contacts: Sequence[Contact]) -> list[Visit]:
    """Who opened a share, the last first."""
    names = {rules.normalised(one.email): one.name for one in contacts if one.email}
    rows = ShareVisit.objects.filter(share=share).order_by("-last_at", "-pk")
    return [_visit(row, names) for row in rows]


def sessions_of(user: Any, share: Share) -> QuerySet[PortalSession]:
    """The living sessions of people who are on a share or opened it."""
    return people.of_shares(people.sessions(user), Share.objects.filter(pk=share.pk))


def seen(share: Share) -> dict[str, int]:
    """How much of each kind a share shows."""
    return {
        "success plan": shown.plans(share).count(),
        "objective": shown.objectives(share).count(),
        "KPI": shown.kpis(share).count(),
        "playbook": shown.playbooks(share).count(),
        "task": shown.tasks(share).count(),
    }
