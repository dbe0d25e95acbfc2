"""Health: how customers are, what their scores are made of, and what moved them."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import Any, Final

from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from apps.accounts.filters import AccountFilter
from apps.accounts.models import Account
from apps.accounts.selectors import accounts
from apps.accounts.tables import BAND_TINTS
from apps.accounts.tables import health as health_cell
from apps.core import access
from apps.core.person import person_of
from apps.core.selectors import one
from apps.core.views.figures import asks_for_file
from apps.reports.health_figures import accounts_figure, bands_figure, course_figure
from apps.reports.health_rules import band, movements, parts_of, score_shown
from apps.reports.health_selectors import (
    MONTH,
    bands_over_time,
    limits,
    metrics_by_id,
    score_on,
    scores_between,
    with_health,
)
from apps.reports.health_tables import move_lines, part_lines, signed
from apps.reports.views.page import everything, first_scope, respond

WEEKS: Final = 13
PAGE: Final = 100
# What the table is sorted by: the word in the address, its heading, and the column.
SORTS: Final = {
    "name": ("Account", "name"),
    "health": ("Health", "health_score"),
    "moved": ("Since 30 days ago", "health_moved"),
    "segment": ("Segment", "segment"),
    "renewal": ("Renewal", "renewal_date"),
}
# How far back the page of one account looks.
COURSE: Final = dt.timedelta(days=182)


@require_GET
def health(request: HttpRequest) -> HttpResponse:
    """The health of the accounts that the filters choose, those that need somebody most first."""
    access.require(request.user, "report.view")
    access.require(request.user, "account.view")
    found = first_scope(request, "mine")
    if found is not None:
        return found
    person = person_of(request.user)
    rows = accounts(request.user)
    filtered = AccountFilter(request.GET or None, queryset=rows, request=request)
    ends = limits(request.user)
    weeks = _weeks(person.today)
    mix = bands_over_time(filtered.qs.order_by().values("pk"), weeks, *ends)
    figures = [bands_figure(weeks, mix, person)]
    scored = _sorted(request, with_health(filtered.qs, person.today))
    if asks_for_file(request):
        figures.append(accounts_figure(list(scored), ends))
    first = _first(request)
    page = list(scored[first : first + PAGE + 1])
    context = {
        "heading": "Health",
        "filter": filtered,
        "clear_url": everything(request, "mine"),
        "rows": [(row, health_cell(row, person)) for row in page[:PAGE]],
        "headers": _headers(request),
        "previous_url": _with(request, start=max(0, first - PAGE)) if first else "",
        "next_url": _with(request, start=first + PAGE) if len(page) > PAGE else "",
        "file_url": _with(request, csv="accounts")
        if access.may(request.user, "list.export")
        else "",
        "good_from": ends[0],
        "poor_below": ends[1],
    }
    return respond(request, "health", figures, context)


def _weeks(today: dt.date) -> list[dt.date]:
    """The Sundays of the last weeks, and today for the week that runs."""
    sunday = today - dt.timedelta(days=(today.weekday() + 1) % 7)
    days = [sunday - dt.timedelta(weeks=back) for back in range(WEEKS - 1, -1, -1)]
    return [*(day for day in days if day < today), today]


def _sorted(request: HttpRequest, rows: QuerySet[Account]) -> QuerySet[Account]:
    wanted = request.GET.get("by", "health")
    name = wanted.removeprefix("-")
    column = F(SORTS[name][1] if name in SORTS else "health_score")
    way = column.desc(nulls_last=True) if wanted[:1] == "-" else column.asc(nulls_last=True)
    return rows.order_by(way, "name", "pk")


def _headers(request: HttpRequest) -> list[dict[str, str]]:
    wanted = request.GET.get("by", "health")
    return [
        {
            "label": label,
            "url": _with(request, by=f"-{name}" if wanted == name else name, start=0),
            "sorted": {name: "ascending", f"-{name}": "descending"}.get(wanted, ""),
        }
        for name, (label, _) in SORTS.items()
    ]


def _first(request: HttpRequest) -> int:
    """Where the page begins: a whole number from the address, else at the top."""
    typed = request.GET.get("start", "0")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 7 else 0


def _with(request: HttpRequest, **values: Any) -> str:
    query = request.GET.copy()
    for name, value in values.items():
        query[name] = str(value)
    return f"{request.path}?{query.urlencode()}"


@require_GET
def account_health(request: HttpRequest, pk: int) -> HttpResponse:
    """What the health of one account is made of, and what moved it since a chosen day."""
    access.require(request.user, "report.view")
    account = one(Account.objects.visible_to(request.user), pk)
    person = person_of(request.user)
    ends = limits(request.user)
    since = _since(request, person.today - MONTH)
    metrics = metrics_by_id()
    now = score_on(account, person.today + dt.timedelta(days=1))
    then = score_on(account, since)
    parts = parts_of(now.parts) if now else []
    moved = movements(parts_of(then.parts), parts) if now and then else []
    score, before = (now.score if now else None), (then.score if then else None)
    found = band(score, *ends)
    figure = course_figure(
        scores_between(account, person.today - COURSE, person.today + dt.timedelta(days=1)),
        ends,
        person,
    )
    context = {
        "heading": f"Health of {account}",
        "account": account,
        "score": score_shown(score),
        "band": found.label,
        "band_tint": BAND_TINTS[found],
        "calculated_at": now.calculated_at if now else None,
        "parts": part_lines(parts, metrics, account.pk, person),
        "since": since,
        "then": then,
        "then_score": score_shown(before),
        "moved": move_lines(moved, metrics, person),
        "change": ""
        if score is None or before is None
        else signed(Fraction(score) - Fraction(before), person),
        "clear_url": "",
    }
    return respond(request, "account_health", [figure], context)


def _since(request: HttpRequest, otherwise: dt.date) -> dt.date:
    """The day that the address names; a month ago without one that can be read."""
    try:
        return dt.date.fromisoformat(request.GET.get("since", ""))
    except ValueError:
        return otherwise
