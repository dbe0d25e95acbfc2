"""The tabs of account 360: what each shows, of one account or with those below it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.urls import reverse

from apps.accounts import reading_selectors
from apps.accounts.forms import AccountRoleForm, ReadingForm
from apps.accounts.views import ContactList
from apps.activities.timeline_forms import timeline_of
from apps.core import access
from apps.core.filters import only
from apps.core.forms import RecordForm
from apps.core.kinds import KINDS
from apps.core.person import person_of
from apps.core.rules import percent_shown
from apps.core.selectors import history_of
from apps.core.ui import line_chart
from apps.core.views import ListPage
from apps.kpis.selectors import summary
from apps.objectives.choices import StatusKind
from apps.objectives.filters import ObjectiveFilter
from apps.objectives.models import Objective
from apps.objectives.views import ObjectiveList
from apps.plans.choices import ChallengeStatus, PlanStatus
from apps.plans.filters import PlanFilter
from apps.plans.models import SuccessPlan
from apps.plans.tables import PLAN_TINTS
from apps.plans.views import ChallengeList
from apps.playbooks.filters import TaskFilter
from apps.playbooks.models import PlaybookTask
from apps.workspace.selectors import changes
from apps.workspace.selectors.accounts import Reach, child_accounts, counts

Forms = Mapping[str, RecordForm]

FIRST: Final = 50
FEW: Final = 6


def numbers(request: HttpRequest, reach: Reach) -> dict[str, Any]:
    """The key numbers, each counted by the very filter of the list that it opens."""

    def listed(filterset: Any, model: Any, **wanted: str) -> QuerySet[Any]:
        rows = reach.within(model.objects.visible_to(reach.user))
        found = only(filterset, *wanted)(wanted, queryset=rows, request=request)
        listed: QuerySet[Any] = found.qs
        return listed

    found = summary(reach.kpis())
    return {
        **counts(
            plans_active=listed(PlanFilter, SuccessPlan, status=PlanStatus.ACTIVE),
            objectives_open=listed(ObjectiveFilter, Objective, kind="open"),
            tasks_open=listed(TaskFilter, PlaybookTask, status="open"),
        ),
        "kpis": found,
        "kpi_percent": percent_shown(found.progress),
        "kpi_shares": _shares(found.statuses),
    }


def _shares(statuses: Mapping[str, int]) -> list[dict[str, Any]]:
    """The KPIs by status as pieces of one bar, in percent of its width."""
    total = sum(statuses.values())
    pieces: list[dict[str, Any]] = []
    start = 0.0
    for status, count in statuses.items():
        if count:
            width = count * 100 / total
            pieces.append({"status": status, "count": count, "x": start, "width": width})
            start += width
    return pieces


def overview(request: HttpRequest, reach: Reach, forms: Forms) -> dict[str, Any]:
    """Summary, key numbers, plans, what was said last and what changed last."""
    may_staff = access.may(reach.user, "account_role.edit")
    rows = reach.plans().only("name", "status", "end_date", "account__name", "owner__name")
    plans: list[Any] = list(rows.order_by("status", "end_date", "name", "pk")[: FEW + 1])
    for plan in plans:
        plan.tint = PLAN_TINTS[PlanStatus(plan.status)]
    return {
        **numbers(request, reach),
        "plans": plans[:FEW],
        "more_plans": len(plans) > FEW,
        "activities": list(reach.activities()[:FEW]),
        "recent": changes.recent(reach, limit=FEW),
        "child_accounts": list(child_accounts(reach.user, reach.account)[: FEW + 1]),
        "role_form": forms.get("role_form") or (may_staff and AccountRoleForm(user=reach.user)),
        "may_staff": may_staff,
    }


@dataclass(frozen=True)
class Worked:
    """A tab that is a list worked in: which list, and the filter that its chips set."""

    page: type[ListPage]
    by: str
    choices: tuple[tuple[str, str], ...]


OBJECTIVES: Final = Worked(
    ObjectiveList,
    "kind",
    (
        ("", "All"),
        ("open", "Open"),
        (StatusKind.COMPLETED.value, "Completed"),
        (StatusKind.PAUSED.value, "Paused"),
    ),
)
CONTACTS: Final = Worked(
    ContactList, "is_active", (("", "All"), ("1", "Active"), ("0", "Left the company"))
)
CHALLENGES: Final = Worked(
    ChallengeList,
    "status",
    (
        ("", "All"),
        *(
            (s.value, str(s.label))
            for s in (ChallengeStatus.OPEN, ChallengeStatus.IN_PROGRESS, ChallengeStatus.RESOLVED)
        ),
    ),
)


def _worked(worked: Worked, request: HttpRequest, reach: Reach) -> dict[str, Any]:
    """A list of the account's records as its own list shows them, cells and selection included."""
    listing = worked.page.of(request.user)
    kind = KINDS[listing.record]
    chosen = request.GET.get(worked.by, "")
    words = request.GET.get("q", "")
    wanted = {"account": str(reach.account.pk), "children": "1" if reach.children else ""}
    wanted |= {worked.by: chosen, "q": words}
    query = QueryDict(urlencode({name: value for name, value in wanted.items() if value}))
    here = {"tab": request.GET.get("tab", ""), "children": wanted["children"]}
    address = reverse("accounts:detail", args=[reach.account.pk])

    def shown(**said: str) -> str:
        return f"{address}?{urlencode({n: v for n, v in {**here, **said}.items() if v})}"

    new = f"{reverse(f'{kind.namespace}:create')}?account={reach.account.pk}"
    may_create = access.may(reach.user, f"{listing.record}.create")
    return {
        **listing.part(request, query, without=() if reach.children else ("account",)),
        "list_kind": kind,
        # What an empty table says and offers.
        "filter": {"active": bool(chosen or words)},
        "clear_url": shown(),
        "actions": [{"url": new, "label": f"New {kind.noun}"}] if may_create else [],
        "list_new": new if may_create else "",
        "list_all": f"{reverse(kind.list_url)}?{query.urlencode()}",
        "list_words": words,
        "list_here": here | {worked.by: chosen},
        "chips": [
            (label, shown(q=words, **{worked.by: value}), value == chosen)
            for value, label in worked.choices
        ],
    }


def objectives(request: HttpRequest, reach: Reach, forms: Forms) -> dict[str, Any]:
    """Objectives, worked in the list."""
    return _worked(OBJECTIVES, request, reach)


def contacts(request: HttpRequest, reach: Reach, forms: Forms) -> dict[str, Any]:
    """People at the customer, worked in the list."""
    return _worked(CONTACTS, request, reach)


def challenges(request: HttpRequest, reach: Reach, forms: Forms) -> dict[str, Any]:
    """What keeps the customer from success, worked in the list."""
    return _worked(CHALLENGES, request, reach)


def activity(request: HttpRequest, reach: Reach, forms: Forms) -> dict[str, Any]:
    """The timeline with its filters."""
    return timeline_of(request, "account", reach.account, children=reach.children)


def attributes(request: HttpRequest, reach: Reach, forms: Forms) -> dict[str, Any]:
    """The newest reading of each attribute, one of them as a chart and a table, one more."""
    person = person_of(reach.user)
    may_record = access.may(reach.user, "attribute_value.create")
    series = reading_selectors.latest_readings(reach.user, reach.accounts)
    picked = None
    wanted = request.GET.get("series", "")
    if wanted.isascii() and wanted.isdecimal() and len(wanted) < 19:
        picked = reading_selectors.readings_of(reach.user, reach.account, int(wanted))
    initial = {"definition": picked.definition.pk} if picked else {}
    kept = {"children": "1"} if reach.children else {}
    again = kept | ({"series": str(picked.definition.pk)} if picked else {})
    address = reverse("accounts:detail", args=[reach.account.pk])
    found: dict[str, Any] = {
        "series": series,
        # The number of the attribute follows.
        "series_query": f"{address}?{urlencode({'tab': 'attributes', **kept, 'series': ''})}",
        "reading_query": f"?{urlencode(again)}" if again else "",
        "reading_form": forms.get("reading_form")
        or (may_record and ReadingForm(user=reach.user, initial=initial)),
        "picked": picked,
        "may_import": bool(access.may(reach.user, "list.import")),
    }
    if picked:
        newest_first = picked.readings
        found["chart"] = line_chart(
            [(person.date(one.measured_on), one.value) for one in reversed(newest_first)],
            label=f"{picked.definition} over time",
        )
    return found


def related(request: HttpRequest, reach: Reach, forms: Forms) -> dict[str, Any]:
    """Playbooks, tasks and the accounts below."""
    return {
        "playbooks": list(reach.playbooks()[:FIRST]),
        "tasks": list(reach.tasks()[:FIRST]),
        "child_accounts": list(child_accounts(reach.user, reach.account)[:FIRST]),
    }


def history(request: HttpRequest, reach: Reach, forms: Forms) -> dict[str, Any]:
    """Who changed what of the account itself."""
    return {"history": history_of(reach.user, reach.account)}


Builder = Callable[[HttpRequest, Reach, Forms], dict[str, Any]]
BUILDERS: Final[dict[str, Builder]] = {
    "overview": overview,
    "objectives": objectives,
    "activity": activity,
    "contacts": contacts,
    "attributes": attributes,
    "challenges": challenges,
    "related": related,
    "history": history,
}
