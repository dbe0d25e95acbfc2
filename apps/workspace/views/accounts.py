"""Account 360: everything about one customer, and those below it, in one place."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from apps.accounts import selectors, services
from apps.accounts.forms import AccountRoleForm, ReadingForm
from apps.accounts.models import Account, AccountRole
from apps.accounts.rules import counted
from apps.accounts.tables import STAGE_TINTS, STATUS_TINTS, health
from apps.core import access, htmx
from apps.core.custom_tables import own_facts
from apps.core.digest_rules import listed
from apps.core.forms import RecordForm
from apps.core.history import finished
from apps.core.kinds import KINDS
from apps.core.person import person_of
from apps.core.recent_services import viewed
from apps.core.scope import today
from apps.core.selectors import one
from apps.core.views.forms import add_errors
from apps.kpis.selectors import kpis
from apps.objectives.selectors import completed_by_readings
from apps.reports.health_selectors import with_health
from apps.workspace.selectors.accounts import Reach, tag_marks
from apps.workspace.views.account_tabs import BUILDERS

# name -> label; what has an address of its own stands among them as a link.
TABS: Final = {
    "overview": "Overview",
    "success": "Success Tracker",
    "value": "Value Tracker",
    "due": "Activity Tracker",
    "objectives": "Objectives",
    "activity": "Activity",
    "contacts": "Contacts",
    "attributes": "Attributes",
    "challenges": "Challenges",
    "related": "Related",
    "history": "History",
}
TRACKERS: Final = {
    "success": "workspace:success-tracker",
    "value": "workspace:value-tracker",
    "due": "workspace:activity-tracker",
}


def account_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of one account, or its side panel."""
    return respond(request, _account(request, pk), request.GET.get("tab", ""))


@require_POST
def team_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a resource on an account's team; a refusal keeps what was typed."""
    account = _account(request, pk)
    actor: Any = request.user
    access.require(actor, "account_role.edit")
    form = AccountRoleForm(request.POST, user=actor)
    if form.is_valid():
        try:
            services.account_role_add(actor=actor, account=account, **form.changes)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, f"{form.changes['resource']} is on the team of {account}.")
            return HttpResponseRedirect(_address(account))
    return respond(request, account, "overview", status=422, role_form=form)


@require_POST
def team_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a resource off an account's team."""
    actor: Any = request.user
    rows = AccountRole.objects.visible_to(actor).select_related("account", "resource", "role")
    account_role: AccountRole = one(rows, pk)
    services.account_role_remove(actor=actor, account_role=account_role)
    messages.success(
        request,
        f"{account_role.resource} is no longer {account_role.role} of {account_role.account}.",
    )
    return HttpResponseRedirect(_address(account_role.account))


@require_POST
def reading_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Record a reading by hand; a refusal keeps what was typed."""
    account = _account(request, pk)
    actor: Any = request.user
    access.require(actor, "attribute_value.create")
    form = ReadingForm(request.POST, user=actor)
    if form.is_valid():
        try:
            reading = services.reading_record(actor=actor, account=account, **form.changes)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _recorded(request, account, reading))
            if htmx.target(request) == "attributes":
                return respond(request, account, "attributes")
            return HttpResponseRedirect(f"{_address(account)}?tab=attributes")
    return respond(request, account, "attributes", status=422, reading_form=form)


def _recorded(request: HttpRequest, account: Account, reading: Any) -> str:
    """What was recorded, what it feeds (R-KPI-10), and what reached its target by it (R-OBJ-6)."""
    person = person_of(request.user)
    fed = kpis(request.user).filter(objective__account=account, attribute=reading.definition)
    said = (
        f"{reading.definition} of {person.date(reading.measured_on)} was recorded:"
        f" {person.number(reading.value)}."
    )
    number = fed.count()
    if number:
        said += f" It feeds {counted(number, 'KPIs')}."
    names = [f"“{name}”" for name in completed_by_readings(request.user, finished())]
    if names:
        said += f" {listed(names)} reached {'its' if len(names) == 1 else 'their'} target."
    return said


def _account(request: HttpRequest, pk: int) -> Account:
    rows = Account.objects.visible_to(request.user)
    rows = rows.select_related("currency", "summary_edited_by").annotate(tag_marks=tag_marks())
    return one(with_health(rows, today(request.user)), pk)


def _address(account: Account) -> str:
    return reverse("accounts:detail", args=[account.pk])


def respond(
    request: HttpRequest, account: Account, wanted: str, *, status: int = 200, **forms: RecordForm
) -> HttpResponse:
    """One tab of the page; `forms` are those that were refused, with what was typed."""
    user = request.user
    if request.method == "GET":
        viewed(user, "account", account.pk)
    # The panel has no tabs: it shows the overview, whatever the address says.
    in_panel = htmx.target(request) == "panel"
    tab = wanted if wanted in BUILDERS and not in_panel else "overview"
    below = Reach(user, account, children=True).accounts.count() - 1
    reach = Reach(user, account, children=request.GET.get("children") == "1" and below > 0)
    query = f"account={account.pk}" + ("&children=1" if reach.children else "")
    context: dict[str, Any] = {
        "kind": KINDS["account"],
        "record": account,
        "account": account,
        "path": selectors.ancestors(user, account),
        "team": list(selectors.team_of(user, account)),
        "own_facts": own_facts(user, "account", account, person_of(user)),
        "tags": account.tag_marks,  # type: ignore[attr-defined]
        "status_tint": STATUS_TINTS.get(account.status, "grey"),
        "stage_tint": STAGE_TINTS.get(account.lifecycle_stage, "grey"),
        "tab": tab,
        "tabs": _tabs(account, query, reach.children),
        "tab_template": f"accounts/_{tab}.html",
        "health": health(account, person_of(user)),
        "below": below,
        "children": reach.children,
        "children_url": _children_url(account, tab, reach.children),
        "parent_query": f"account={account.pk}",
        "create_context": f"account={account.pk}",
        "all_query": query,
        # The other tabs need the whole width.
        "talked": tab == "overview" and access.may(user, "comment.view"),
        "may_edit": access.may(user, "account.edit"),
        "may_delete": access.may(user, "account.delete"),
        "edit_url": reverse("accounts:edit", args=[account.pk]),
        "delete_url": reverse("accounts:delete", args=[account.pk]),
        **BUILDERS[tab](request, reach, forms),
    }
    return htmx.render_for(
        request,
        "accounts/detail.html",
        context,
        fragments={
            "panel": "accounts/_panel.html",
            "list": "core/_table.html",
            "attributes": "accounts/_attributes.html",
            "summary": "accounts/_summary.html",
        },
        status=status,
    )


def _tabs(account: Account, query: str, children: bool) -> list[dict[str, str]]:
    kept = "&children=1" if children else ""
    return [
        {
            "name": name,
            "label": label,
            "url": f"{reverse(TRACKERS[name])}?{query}{'&whose=all' if name == 'due' else ''}"
            if name in TRACKERS
            else f"{_address(account)}?tab={name}{kept}",
        }
        for name, label in TABS.items()
    ]


def _children_url(account: Account, tab: str, children: bool) -> str:
    return f"{_address(account)}?tab={tab}" + ("" if children else "&children=1")
