"""The page of switches: what of a plan or an account the customer sees, with the reason for each."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from apps.accounts.models import Account
from apps.core import htmx
from apps.core.access import require
from apps.core.views.forms import next_url
from apps.plans.models import SuccessPlan
from apps.portal import sharing_rules
from apps.portal.selectors.switches import Board, board
from apps.portal.switch_services import switches_set
from apps.portal.views.sharing import account_of, plan_of

FORM = "switches"


@require_http_methods(["GET", "HEAD", "POST"])
def what_plan(request: HttpRequest, pk: int) -> HttpResponse:
    """What of one plan the customer sees."""
    require(request.user, "plan.share")
    return _what(request, plan=plan_of(request, pk))


@require_http_methods(["GET", "HEAD", "POST"])
def what_account(request: HttpRequest, pk: int) -> HttpResponse:
    """What of a whole account the customer sees."""
    require(request.user, "account.share")
    return _what(request, account=account_of(request, pk))


def _what(
    request: HttpRequest, *, plan: SuccessPlan | None = None, account: Account | None = None
) -> HttpResponse:
    """Show, judge what is ticked but not saved yet, or save all that was turned."""
    of: dict[str, Any] = {"plan": plan} if plan else {"account": account}
    if request.method != "POST":
        return _show(request, board(request.user, **of), of)
    on = set(request.POST.getlist("on"))
    was = set(filter(None, request.POST.get("was", "").split(",")))
    below = request.POST.get("below", "")
    if below or htmx.target(request) == FORM:
        shown = board(request.user, **of, on=on)
        if below:
            on = sharing_rules.ticked(on, below, shown.parents)
            shown = board(request.user, **of, on=on)
        return _show(request, shown, of)
    actor: Any = request.user
    try:
        shared, hidden = switches_set(actor=actor, turned=sharing_rules.turned(on, was), **of)
    except ValidationError as error:
        shown = board(request.user, **of, on=on)
        return _show(request, shown, of, errors=error.messages, status=422)
    if shared or hidden:
        done = {"now shared": shared, "now internal": hidden}
        said = " and ".join(f"{number} {word}" for word, number in done.items() if number)
        messages.success(request, f"Saved: {said}.")
    else:
        messages.info(request, "Nothing was turned, so all is as it was.")
    return redirect(next_url(request, request.path))


def _show(
    request: HttpRequest,
    shown: Board,
    of: dict[str, Any],
    *,
    errors: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    plan, account = of.get("plan"), of.get("account")
    kind = "plan" if plan else "account"
    record: Any = plan or account
    context = {
        "board": shown,
        "was": ",".join(sorted(shown.was)),
        "seen": sharing_rules.counted(shown.seen),
        "errors": errors or [],
        "record": record,
        "kind_name": kind,
        "next": next_url(request, ""),
        "page_url": reverse(f"{kind}s:detail", args=[record.pk]),
        "preview_url": reverse(f"shares:preview-{kind}", args=[record.pk]),
    }
    return htmx.render_for(
        request,
        "shares/what.html",
        context,
        fragments={FORM: "shares/_switches.html"},
        status=status,
    )
