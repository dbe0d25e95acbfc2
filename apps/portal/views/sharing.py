"""Our pages about sharing: who opens what, the link, and what the customer then sees."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.models import Account
from apps.core.access import require
from apps.core.forms import RecordForm
from apps.core.scope import today
from apps.core.services import Conflict
from apps.core.views.forms import add_errors, clashes, next_url
from apps.plans.models import SuccessPlan
from apps.portal import proof_services, services, sharing_rules
from apps.portal.forms import MailForm, ShareForm, ShareOfForm
from apps.portal.models import Share
from apps.portal.selectors import people, sharing
from apps.portal.selectors.people import Visitor
from apps.portal.selectors.shares import shares
from apps.portal.views.public import show

PAGE: Final = 50
ALL: Final = "all"


def may_share(request: HttpRequest, plan: SuccessPlan | int | None) -> None:
    """Raise Refused unless this person shares: plans, or whole accounts."""
    require(request.user, "plan.share" if plan else "account.share")


def found(request: HttpRequest, pk: int) -> Share:
    """The share, if this person sees its account; else 404."""
    require(request.user, "account.share")
    return get_object_or_404(shares(request.user), pk=pk)


def plan_of(request: HttpRequest, pk: Any) -> SuccessPlan:
    """A plan of an account that this person sees; else 404."""
    rows = SuccessPlan.objects.visible_to(request.user).select_related("account")
    return get_object_or_404(rows, pk=_number(pk))


def account_of(request: HttpRequest, pk: Any) -> Account:
    """An account that this person sees; else 404."""
    return get_object_or_404(Account.objects.visible_to(request.user), pk=_number(pk))


def _number(text: Any) -> int:
    return int(text) if str(text).isdecimal() and len(str(text)) < 10 else 0


@require_safe
def share_list(request: HttpRequest) -> HttpResponse:
    """All shares that this person sees, of one plan or account where the address names it."""
    require(request.user, "account.share")
    rows = shares(request.user)
    about: Any = None
    kept = {}
    if request.GET.get("plan"):
        about = plan_of(request, request.GET["plan"])
        rows, kept = rows.filter(plan=about), {"plan": about.pk}
    elif request.GET.get("account"):
        about = account_of(request, request.GET["account"])
        rows, kept = rows.filter(account=about), {"account": about.pk}
    state = request.GET.get("state", ALL if about else sharing_rules.OPEN)
    if state in sharing_rules.STATES:
        rows = rows.filter(sharing.of_state(state))
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    chips = [
        (label, name == state, f"?{urlencode({**kept, 'state': name})}")
        for name, label in [
            *((name, words[0]) for name, words in sharing_rules.STATES.items()),
            (ALL, "All"),
        ]
    ]
    context = {
        "lines": sharing.lines(page.object_list),
        "page": page,
        "chips": chips,
        "about": about,
        "about_url": about
        and reverse(f"{'plans' if 'plan' in kept else 'accounts'}:detail", args=[about.pk]),
        "new_query": urlencode(kept),
        "query": urlencode({**kept, "state": state}),
    }
    return render(request, "shares/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def share_create(request: HttpRequest) -> HttpResponse:
    """A new share of the plan or account that the address names; then what is shared is chosen."""
    plan = None
    if request.GET.get("plan"):
        require(request.user, "plan.share")
        plan = plan_of(request, request.GET["plan"])
        account: Any = plan.account
    else:
        require(request.user, "account.share")
        if not request.GET.get("account", "").isdecimal():
            return _choose(request)
        account = account_of(request, request.GET["account"])
    form = ShareForm(request.POST or None, user=request.user, account=account)
    of = {"plan": plan, "account": account, "title": f"Share {plan or account}"}
    if request.method != "POST":
        return _form(request, form, of)
    if not form.is_valid():
        return _form(request, form, of, status=422)
    try:
        share = services.share_create(
            actor=_actor(request), values={**form.changes, "plan": plan, "account": account}
        )
    except ValidationError as error:
        add_errors(form, error)
        return _form(request, form, of, status=422)
    messages.success(request, "The link is there. Now choose what the customer sees.")
    page = reverse("shares:detail", args=[share.pk])
    return redirect(f"{what_url(share)}?{urlencode({'next': page})}")


def _choose(request: HttpRequest) -> HttpResponse:
    """Ask for the account, where no page has said it."""
    form = ShareOfForm(request.GET if "account" in request.GET else None, user=request.user)
    if form.is_valid():
        account = form.cleaned_data["account"]
        return redirect(f"{reverse('shares:create')}?account={account.pk}")
    status = 422 if form.is_bound else 200
    return render(request, "shares/choose.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def share_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change who opens a share, until when, and whether they complete their tasks."""
    share = found(request, pk)
    may_share(request, share.plan_id)
    data = request.POST if request.method == "POST" else None
    form = ShareForm(data, user=request.user, account=share.account, instance=share)
    of = {"share": share, "title": f"Edit the share of {share.plan or share.account}"}
    if data is None:
        return _form(request, form, of)
    if not form.is_valid():
        return _form(request, form, of, status=422)
    try:
        services.share_update(
            actor=_actor(request), share=share, changes=form.changes, shown=form.shown
        )
    except ValidationError as error:
        add_errors(form, error)
        return _form(request, form, of, status=422)
    except Conflict as conflict:
        of["clashes"] = clashes(request, conflict, form)
        return _form(request, form, of, status=409)
    messages.success(request, "The share was saved.")
    return redirect(next_url(request, reverse("shares:detail", args=[share.pk])))


def _form(
    request: HttpRequest, form: RecordForm, of: dict[str, Any], status: int = 200
) -> HttpResponse:
    share = of.get("share")
    if share:
        back = reverse("shares:detail", args=[share.pk])
    elif of.get("plan"):
        back = reverse("plans:detail", args=[of["plan"].pk])
    else:
        back = reverse("accounts:detail", args=[of["account"].pk])
    context = {
        **of,
        "form": form,
        "cancel_url": next_url(request, back),
        "submit_label": "Save" if share else "Create the link",
    }
    return render(request, "shares/form.html", context, status=status)


@require_safe
def share_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One share: its link, what is seen of it, who opens it and who did."""
    return _page(request, found(request, pk))


def _page(
    request: HttpRequest, share: Share, *, mail: MailForm | None = None, status: int = 200
) -> HttpResponse:
    token = services.token_of(share)
    contacts = sharing.contacts_of(share)
    (line,) = sharing.lines([share])
    seen = sharing.seen(share)
    inside = {word: number for word, number in seen.items() if word != "success plan"}
    context = {
        "share": share,
        "line": line,
        "link": f"{settings.SITE_URL}{reverse('share:view', args=[token])}" if token else "",
        "contacts": contacts,
        "mail": mail or MailForm(share=share, initial={"contacts": _to_mail(contacts, line)}),
        "may_mail": line.is_open and token and any(one.is_active and one.email for one in contacts),
        "seen": sharing_rules.counted(seen if share.plan_id is None else inside),
        "plan_hidden": bool(share.plan_id and not seen["success plan"]),
        "visits": sharing.visits(share, contacts),
        "sessions": list(sharing.sessions_of(request.user, share)),
        "what_url": what_url(share),
    }
    response = render(request, "shares/detail.html", context, status=status)
    # It holds a link that opens without signing in.
    add_never_cache_headers(response)
    return response


def _to_mail(contacts: list[Any], line: sharing.Line) -> list[Any]:
    """Everybody is offered until somebody came: then they have the link."""
    return [] if line.last else [one for one in contacts if one.is_active and one.email]


def what_url(share: Share) -> str:
    """Where it is chosen what a share shows."""
    if share.plan_id:
        return reverse("shares:what-plan", args=[share.plan_id])
    return reverse("shares:what-account", args=[share.account_id])


@require_POST
def share_renew(request: HttpRequest, pk: int) -> HttpResponse:
    """A new link; one that is over opens for another year."""
    share = found(request, pk)
    day = today(_actor(request))
    over = share.last_day is not None and share.last_day < day
    changes = {"last_day": day + sharing_rules.OPEN_FOR} if over else {}
    services.share_renew(actor=_actor(request), share=share, changes=changes)
    messages.success(
        request,
        "There is a new link, and the one before opens nothing any more. Mail the new one.",
    )
    return redirect("shares:detail", share.pk)


@require_POST
def share_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Close a share at once."""
    share = found(request, pk)
    services.share_revoke(actor=_actor(request), share=share)
    messages.success(request, "Revoked: the link opens nothing any more, for nobody.")
    return redirect("shares:detail", share.pk)


@require_POST
def share_mail(request: HttpRequest, pk: int) -> HttpResponse:
    """Mail the link to contacts of the share."""
    share = found(request, pk)
    form = MailForm(request.POST, share=share)
    if not form.is_valid():
        return _page(request, share, mail=form, status=422)
    contacts = list(form.cleaned_data["contacts"])
    try:
        proof_services.invite(actor=_actor(request), share=share, contacts=contacts)
    except ValidationError as error:
        form.add_error(None, error)
        return _page(request, share, mail=form, status=422)
    names = sharing_rules.openers([one.name for one in contacts], [], anyone=False)
    messages.success(request, f"The link is on its way to {names}.")
    return redirect("shares:detail", share.pk)


@require_POST
def session_end(request: HttpRequest, pk: int) -> HttpResponse:
    """End somebody's session: they prove their address again before they read on."""
    require(request.user, "account.share")
    session = get_object_or_404(people.sessions(request.user), pk=pk)
    proof_services.session_end(actor=_actor(request), session=session)
    messages.success(request, f"{session.email} has to prove their address again to read on.")
    return redirect(next_url(request, reverse("shares:list")))


@require_safe
def share_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """The share as its customer sees it, or as one of its contacts; no visit is recorded."""
    share = found(request, pk)
    visitor = None
    if request.GET.get("contact"):
        contacts = (one for one in sharing.contacts_of(share) if one.is_active)
        contact = next((one for one in contacts if str(one.pk) == request.GET["contact"]), None)
        if contact is None:
            raise Http404("No such contact may open this share.")
        visitor = Visitor(contact.email, (contact,), 0)
    back = next_url(request, reverse("shares:detail", args=[share.pk]))
    return show(request, share, visitor, preview=True, back=back)


@require_safe
def plan_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """A plan as a customer would see it, before there is a link."""
    require(request.user, "plan.share")
    plan = plan_of(request, pk)
    return _unsaved(request, Share(account=plan.account, plan=plan), "plans:detail", pk)


@require_safe
def account_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """An account as a customer would see it, before there is a link."""
    require(request.user, "account.share")
    return _unsaved(request, Share(account=account_of(request, pk)), "accounts:detail", pk)


def _unsaved(request: HttpRequest, share: Share, page: str, pk: int) -> HttpResponse:
    # No share has this number: nobody is on it, and nothing of it is stored.
    share.pk = 0
    back = next_url(request, reverse(page, args=[pk]))
    return show(request, share, None, preview=True, back=back)


def _actor(request: HttpRequest) -> Any:
    return request.user
