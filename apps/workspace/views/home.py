"""Home: what is mine; each number opens exactly the list that it counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from apps.core import access
from apps.core.filters import RecordFilter
from apps.core.kinds import KINDS
from apps.kpis.filters import KpiFilter
from apps.kpis.selectors import kpis
from apps.objectives.filters import ObjectiveFilter
from apps.objectives.selectors import objectives, plans_with_progress
from apps.plans.filters import PlanFilter
from apps.workspace.selectors.home import accounts_at_home

SHOWN: Final = 6
ACCOUNTS: Final = 10


@dataclass(frozen=True)
class Shelf:
    """A list with filters set: its first rows stand at home, its number opens it."""

    kind: str
    title: str
    filterset: type[RecordFilter]
    rows: Callable[[Any], QuerySet[Any]]
    query: dict[str, str]
    order: tuple[str, ...]
    empty: str
    step: str = ""


SHELVES: Final = (
    Shelf(
        "plan",
        "My Active Success Plans",
        PlanFilter,
        plans_with_progress,
        {"mine": "1", "status": "active"},
        ("end_date", "pk"),
        "You own no active success plan.",
        "Make a success plan",
    ),
    Shelf(
        "objective",
        "My High Priority Objectives",
        ObjectiveFilter,
        objectives,
        {"mine": "1", "priority": "high", "kind": "open"},
        ("due_date", "pk"),
        "None of your open objectives has a high priority.",
        "Make an objective",
    ),
    Shelf(
        "kpi",
        "KPIs Off Track",
        KpiFilter,
        kpis,
        {"mine": "1", "status": "off_track"},
        ("target_date", "pk"),
        "No KPI of your objectives is off track. Keep their values fresh in Value Tracker.",
    ),
)


def home(request: HttpRequest) -> HttpResponse:
    """My accounts and what needs me."""
    context: dict[str, Any] = {
        "shelves": [_shelf(request, shelf) for shelf in SHELVES if _may(request, shelf)]
    }
    if access.may(request.user, "account.view"):
        accounts = accounts_at_home(request.user)
        shown = list(accounts[: ACCOUNTS + 1])
        context |= {
            "accounts": shown[:ACCOUNTS],
            "accounts_count": accounts.count() if len(shown) > ACCOUNTS else len(shown),
            "accounts_url": f"{reverse('accounts:list')}?mine=1",
        }
    return render(request, "workspace/home.html", context)


def _may(request: HttpRequest, shelf: Shelf) -> bool:
    return bool(access.may(request.user, f"{shelf.kind}.view"))


def _shelf(request: HttpRequest, shelf: Shelf) -> dict[str, Any]:
    kind = KINDS[shelf.kind]
    rows = shelf.filterset(shelf.query, queryset=shelf.rows(request.user), request=request).qs
    shown = list(rows.order_by(*shelf.order)[: SHOWN + 1])
    offered = shelf.step and access.may(request.user, f"{shelf.kind}.create")
    return {
        "kind": kind,
        "title": shelf.title,
        "count": rows.count() if len(shown) > SHOWN else len(shown),
        "url": f"{reverse(kind.list_url)}?{urlencode(shelf.query)}",
        "rows": shown[:SHOWN],
        "empty": shelf.empty,
        "step_url": reverse(f"{kind.namespace}:create") if offered else "",
        "step": shelf.step,
    }
