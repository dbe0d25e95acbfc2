"""The timeline of one record: a part of its page, and a page of its own."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.accounts.models import Account
from apps.activities.selectors import LINKED
from apps.activities.timeline_forms import timeline_of
from apps.activities.timeline_selectors import KINDS as TIMELINES
from apps.core import access, htmx
from apps.core.kinds import KINDS
from apps.core.selectors import one


@require_safe
def record_timeline(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """The activities of a record and of what lies below it, as the address filters them."""
    if kind not in TIMELINES:
        raise Http404("There is no such timeline.")
    rows: Any = Account.objects.visible_to(request.user)
    if kind in LINKED:
        linked: Any = LINKED[kind].all()
        rows = linked.visible_to(request.user)
    record = one(rows, pk)
    access.require(request.user, "activity.view")
    context = timeline_of(
        request, kind, record, query=request.GET, children=request.GET.get("children") == "1"
    )
    context |= {
        "kind": KINDS[kind],
        "record": record,
        "back_url": reverse(f"{KINDS[kind].namespace}:detail", args=[pk]),
    }
    return htmx.render_for(
        request,
        "activities/timeline.html",
        context,
        fragments={"timeline": "activities/_timeline.html"},
    )
