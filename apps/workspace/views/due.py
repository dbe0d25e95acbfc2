"""Activity Tracker: what is due and what is done, as a list, a board or a calendar."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.middleware.csrf import get_token
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.core import access, htmx, view_selectors
from apps.core.models import SavedView
from apps.core.person import person_of
from apps.core.views.lists import plain_query
from apps.playbooks.choices import TINTS, TaskStatus
from apps.workspace import due_rules as rules
from apps.workspace.due_forms import (
    BOARD,
    CALENDAR,
    LIST,
    STEERS,
    VIEWS,
    WEEK,
    AddressForm,
    DueForm,
)
from apps.workspace.selectors import due
from apps.workspace.selectors.due_rows import STEP, Asked
from apps.workspace.tables.due import Line, lanes_of, lines_of, weeks_of
from apps.workspace.tables.due_html import cards_html, items_html, rows_html

KEY = "activity-tracker"
# What of the filters always stands there; the others are opened.
FIRST_FILTERS = ("q", "whose", "kind", "account")
# The part of the page that everything done in it brings anew.
PART = "due"


@require_safe
def activity_tracker(request: HttpRequest) -> HttpResponse:
    """The page, or what its filters show."""
    access.require(request.user, "task.view")
    views = view_selectors.views_offered(request.user, KEY)
    first = next((one for one in views if one.is_default), None)
    if first is not None and not request.GET:
        return HttpResponseRedirect(_shown_by(first))
    context = context_of(request, request.GET)
    context |= {
        "view": next((one for one in views if str(one.pk) == request.GET.get("view")), None),
        "views": [(one, _shown_by(one)) for one in views],
        "clear_url": f"{request.path}?view=none" if first else request.path,
        "layout_key": KEY,
        "query": plain_query(request.GET),
    }
    return htmx.render_for(
        request,
        "workspace/activity_tracker.html",
        context,
        fragments={PART: "workspace/_due.html"},
    )


def _shown_by(view: SavedView) -> str:
    """The page as a saved view shows it, its filters spelt out."""
    return address_of(QueryDict(view.query), view=view.pk)


def query_of(request: HttpRequest) -> QueryDict:
    """The filters of the page that a step was taken on; htmx says where that is."""
    here = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    parts = urlsplit(here)
    if parts.path != reverse("workspace:activity-tracker"):
        return QueryDict()
    return QueryDict(parts.query[:4000])


def address_of(query: QueryDict, **changes: Any) -> str:
    """The page with some of what its address says changed; None takes it out."""
    again = query.copy()
    for name, value in changes.items():
        again.pop(name, None)
        if value is not None:
            again[name] = str(value)
    path = reverse("workspace:activity-tracker")
    return f"{path}?{again.urlencode(safe=',')}" if again else path


def context_of(
    request: HttpRequest, query: QueryDict, refused: dict[str, Any] | None = None
) -> dict[str, Any]:
    """What the page shows for a query; `refused` is what was typed in one row and why it stays."""
    form = DueForm(query, user=request.user)
    asked = form.asked()
    how = AddressForm(query)
    how.is_valid()
    shown = how.cleaned_data.get("as") or LIST
    person = person_of(request.user)
    context: dict[str, Any] = {
        "form": form,
        "first_filters": [form[name] for name in FIRST_FILTERS],
        "other_filters": [form[name] for name in form.fields if name not in FIRST_FILTERS],
        "filters_active": [name for name in form.active if name not in FIRST_FILTERS],
        "kept": [(name, query[name]) for name in (*STEERS, "view") if name in query],
        "asked": asked,
        "shown": shown,
        "tabs": [
            (v, label, address_of(query, **{"as": v if v != LIST else None})) for v, label in VIEWS
        ],
        "here": address_of(query),
        "period": f"{person.date(asked.window.first)} – {person.date(asked.window.last)}",
        "new_query": new_query(asked),
        "template": f"workspace/_due_{shown}.html",
    }
    if shown == BOARD:
        return context | _board(request, asked, refused)
    if shown == CALENDAR:
        return context | _calendar(request, query, asked, how.cleaned_data, refused)
    return context | _list(request, query, asked, refused)


def new_query(asked: Asked) -> str:
    """What a new task or activity is about: the account, plan or playbook that is shown."""
    found = {"playbook": asked.playbook, "plan": asked.plan, "account": asked.account}
    name, record = next(((n, r) for n, r in found.items() if r is not None), ("", None))
    return f"{name}={record.pk}" if record is not None else ""


def _list(
    request: HttpRequest, query: QueryDict, asked: Asked, refused: dict[str, Any] | None
) -> dict[str, Any]:
    found = due.sections(asked)
    token = get_token(request)
    made = [
        {
            "name": section.name,
            "label": rules.SECTIONS[section.name],
            "count": len(section.entries),
            "body": rows_html(marked(lines_of(section.entries, request.user), refused), token),
            "more": section.more,
        }
        for section in found
    ]
    more = any(section.more for section in found) and asked.show < due.MOST
    return {
        "sections": made,
        "is_empty": not any(section.entries for section in found),
        "more_url": address_of(query, show=max(asked.show, STEP) + STEP) if more else "",
    }


def _board(request: HttpRequest, asked: Asked, refused: dict[str, Any] | None) -> dict[str, Any]:
    found = due.board(asked)
    lanes = lanes_of(found[: due.MOST_CARDS], request.user)
    token = get_token(request)
    for lane in lanes:
        for column in lane.columns:
            column.body = cards_html(marked(column.cards, refused), token)
    return {
        "lanes": lanes,
        "is_empty": not lanes,
        "statuses": [(value, label, TINTS[value]) for value, label in TaskStatus.choices],
        "is_cut": len(found) > due.MOST_CARDS,
        "most": due.MOST_CARDS,
    }


def _calendar(
    request: HttpRequest,
    query: QueryDict,
    asked: Asked,
    how: dict[str, Any],
    refused: dict[str, Any] | None,
) -> dict[str, Any]:
    at = how.get("at") or asked.today
    by_week = how.get("span") == WEEK
    weeks = [rules.week_of(at)] if by_week else rules.month_of(at)
    entries, cut_from = due.calendar(asked, rules.Span(weeks[0][0], weeks[-1][-1]))
    before, after = rules.steps(at, by_week)
    person = person_of(request.user)
    rows = weeks_of(weeks, entries, request.user, None if by_week else at.month)
    for week in rows:
        for day in week:
            day.body = items_html(marked(day.shown, refused))
            day.folded = items_html(marked(day.hidden, refused))
    title = f"{at:%B %Y}"
    if by_week:
        title = f"{person.date(weeks[0][0])} – {person.date(weeks[0][-1])}"
    return {
        "weeks": rows,
        "weekdays": [f"{one:%a}" for one in rules.week_of(asked.today)],
        "by_week": by_week,
        "title": title,
        "is_empty": not entries,
        "cut_from": cut_from,
        "before_url": address_of(query, at=before),
        "after_url": address_of(query, at=after),
        "today_url": address_of(query, at=None),
        "month_url": address_of(query, span=None),
        "week_url": address_of(query, span=WEEK),
    }


def marked(lines: Sequence[Line], refused: dict[str, Any] | None) -> Sequence[Line]:
    """The same lines; the one that was refused says why and keeps what was typed."""
    for line in lines:
        if refused is not None and line.id == refused["id"]:
            line.problem, line.typed = refused["problem"], refused.get("typed", "")
            refused["said"] = True
    return lines
