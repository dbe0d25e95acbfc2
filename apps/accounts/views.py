"""Pages of customers, contacts and resources; account 360 is a page of the workspace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import messages
from django.db.models import QuerySet
from django.forms import Field
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from apps.accounts import bulk_services, selectors, services
from apps.accounts.filters import AccountFilter, ContactFilter, ResourceFilter
from apps.accounts.forms import AccountForm, ContactForm, SummaryForm
from apps.accounts.models import Account, Contact, Resource
from apps.accounts.ownership_selectors import about, ranked
from apps.accounts.rules import counted
from apps.accounts.tables import AccountTable, ContactTable, ResourceTable
from apps.accounts.transfer_services import ACCOUNTS, CONTACTS
from apps.activities.models import CsActivity
from apps.core import access, htmx
from apps.core import selectors as core_selectors
from apps.core.bulk_rules import Bulk
from apps.core.forms import RecordForm, tag_fields
from apps.core.formsets import RowFormSet
from apps.core.kinds import KINDS
from apps.core.rules import record_id
from apps.core.views import CreatePage, DeletePage, EditPage, ListPage, Tab, lookup, record_page
from apps.objectives.selectors import objectives, plans_with_progress
from apps.plans.selectors import challenges
from apps.playbooks.selectors import playbooks, tasks
from apps.workspace import handover_selectors as handover

# Pages show the first rows of each kind.
FIRST = 50


class AccountList(ListPage):
    """The list of accounts."""

    record = "account"
    table = AccountTable
    filterset = AccountFilter
    transfer = ACCOUNTS
    empty = "No accounts yet. Create the first one, or import a file."
    form_class = AccountForm
    bulk_fields = (
        "status",
        "lifecycle_stage",
        "segment",
        "tier",
        "industry",
        "country",
        "renewal_date",
        "next_review_date",
    )
    quick = "lifecycle_stage"
    deletable = False

    def rows(self, user: Any) -> QuerySet[Any]:
        return selectors.accounts(user)

    def bulk_extra(self, user: Any) -> dict[str, Field]:
        return tag_fields(user)

    def bulk_change(self, actor: Any, ids: list[int], changes: dict[str, Any]) -> Bulk:
        return bulk_services.accounts_change(actor=actor, ids=ids, changes=changes)


class AccountCreate(CreatePage):
    """A new account."""

    record = "account"
    form_class = AccountForm

    def save(self, form: RecordForm, formset: RowFormSet | None) -> Any:
        actor: Any = self.request.user
        return services.account_create(actor=actor, values=form.changes)


class AccountEdit(EditPage):
    """An account's fields."""

    record = "account"
    form_class: ClassVar[type[RecordForm]] = AccountForm

    def rows(self, user: Any) -> QuerySet[Any]:
        return Account.objects.visible_to(user).select_related("parent")

    def save(self, form: RecordForm, formset: RowFormSet | None) -> Any:
        actor: Any = self.request.user
        account = form.instance
        services.account_update(
            actor=actor, account=account, changes=form.changes, shown=form.shown
        )
        return account


class AccountSummary(AccountEdit):
    """The plan summary, edited where it stands; without JavaScript on a page of its own."""

    form_class = SummaryForm
    parts: ClassVar[Mapping[str, str]] = {
        **AccountEdit.parts,
        "summary": "accounts/_summary_form.html",
    }

    def saved(self, request: HttpRequest, saved: Any) -> HttpResponse:
        """The summary as it stands now, in the place of its form."""
        if htmx.target(request) != "summary":
            return super().saved(request, saved)
        rows = selectors.accounts(request.user).select_related("summary_edited_by")
        account: Any = core_selectors.one(rows, self.instance.pk)  # type: ignore[union-attr]
        context = {
            "account": account,
            "may_edit": access.may(request.user, "account.edit"),
        }
        response = render(request, "accounts/_summary.html", context)
        if isinstance(saved, str):
            return htmx.toast(response, saved, "info")
        return htmx.toast(response, f"The plan summary of “{account}” was saved.")


class AccountDelete(DeletePage):
    """Deleting an account: administrators only, and only when nothing is planned there (R-ACT-1)."""

    record = "account"

    def rows(self, user: Any) -> QuerySet[Any]:
        return Account.objects.visible_to(user)

    def consequences(self, record: Account) -> dict[str, list[Any]]:
        addresses = {
            "success plans": f"/plans/?account={record.pk}",
            "objectives": f"/objectives/?account={record.pk}",
            "playbooks": f"/playbooks/?account={record.pk}",
            "tasks": f"/tasks/?account={record.pk}",
            "child accounts": f"/accounts/?parent={record.pk}",
        }
        return {
            "blocked": [
                {"label": counted(number, what), "url": addresses[what]}
                for what, number in selectors.dependants(record).items()
                if number
            ],
            "goes": goes_with(self.request.user, record),
            "stays": ["Its activities, without an account"],
        }

    def delete(self, record: Account) -> None:
        actor: Any = self.request.user
        services.account_delete(actor=actor, account=record)


def goes_with(user: Any, account: Account) -> list[Any]:
    """What is deleted with an account, by name (R-ACT-1)."""
    people = selectors.contacts(user).filter(account=account)[:FIRST]
    troubles = challenges(user).filter(account=account)[:FIRST]
    counts = selectors.companions(account)
    lines: list[Any] = [
        *({"label": f"{row} (contact)", "url": f"/contacts/{row.pk}/"} for row in people),
        *({"label": f"{row} (challenge)", "url": f"/challenges/{row.pk}/"} for row in troubles),
        *(f"{row.resource} as {row.role}" for row in selectors.team_of(user, account)),
    ]
    for what in ("contacts", "challenges"):
        if counts[what] > FIRST:
            lines.append(f"and {counted(counts[what] - FIRST, what)} more")
    if counts["readings"]:
        lines.append(f"{counted(counts['readings'], 'readings')} of its attributes")
    return lines


def account_options(request: HttpRequest) -> HttpResponse:
    """Accounts for a lookup field."""
    return lookup(request, Account.objects.visible_to(request.user))


class ContactList(ListPage):
    """The list of contacts."""

    record = "contact"
    table = ContactTable
    filterset = ContactFilter
    transfer = CONTACTS
    empty = "No contacts yet. Contacts are the people at your customers."
    form_class = ContactForm
    bulk_fields = (
        "title",
        "is_active",
    )

    def rows(self, user: Any) -> QuerySet[Any]:
        return selectors.contacts(user)

    def bulk_change(self, actor: Any, ids: list[int], changes: dict[str, Any]) -> Bulk:
        return bulk_services.contacts_change(actor=actor, ids=ids, changes=changes)

    def bulk_delete(self, actor: Any, ids: list[int]) -> Bulk:
        return bulk_services.contacts_remove(actor=actor, ids=ids)


class ContactCreate(CreatePage):
    """A new contact."""

    record = "contact"
    form_class = ContactForm

    def save(self, form: RecordForm, formset: RowFormSet | None) -> Any:
        actor: Any = self.request.user
        return services.contact_create(actor=actor, values=form.changes)


class ContactEdit(EditPage):
    """A contact's fields. Who has left the company is shown what they leave behind."""

    record = "contact"
    form_class = ContactForm
    has_left = False

    def rows(self, user: Any) -> QuerySet[Any]:
        return selectors.contacts(user)

    def save(self, form: RecordForm, formset: RowFormSet | None) -> Any:
        actor: Any = self.request.user
        contact: Any = form.instance
        changed = services.contact_update(
            actor=actor, contact=contact, changes=form.changes, shown=form.shown
        )
        self.has_left = "is_active" in changed and form.changes["is_active"] is False
        return contact

    def saved(self, request: HttpRequest, saved: Any) -> HttpResponse:
        """Who has left and still owns something: to the page where others get it."""
        held = handover.held(request.user, saved) if self.has_left else []
        if not held or not handover.allowed(request.user, "contact"):
            return super().saved(request, saved)
        messages.warning(
            request,
            f"“{saved}” was saved as having left the company and still owns or is assigned"
            f" {counted(len(held), 'records')}, listed here. Choose who gets them.",
        )
        return HttpResponseRedirect(reverse("contacts:hand-over", args=[saved.pk]))


class ContactDelete(DeletePage):
    """Deleting a contact who owns nothing and is assigned nothing (R-DEL-1)."""

    record = "contact"

    def rows(self, user: Any) -> QuerySet[Any]:
        return selectors.contacts(user)

    def consequences(self, record: Contact) -> dict[str, list[Any]]:
        return {
            "blocked": selectors.held_by_contact(self.request.user, record).lines(FIRST),
            "stays": ["The activities where the contact was present"],
        }

    def delete(self, record: Contact) -> None:
        actor: Any = self.request.user
        services.contact_delete(actor=actor, contact=record)


def contact_page(request: HttpRequest, pk: int) -> HttpResponse:
    """A person at a customer, and what they own, are assigned and were present at."""
    contact: Contact = core_selectors.one(selectors.contacts(request.user), pk)
    context: dict[str, Any] = {}
    if request.GET.get("tab") == "related":
        user = request.user
        present: Any = CsActivity.objects.visible_to(user)
        rows: dict[str, QuerySet[Any]] = {
            "objectives": objectives(user).filter(owner_contact=contact).order_by("due_date", "pk"),
            "playbooks": playbooks(user).filter(co_owner=contact).select_related("owner"),
            "tasks": tasks(user).filter(assignments__contact=contact).order_by("end_date", "pk"),
            "activities": present.filter(contact_links__contact=contact).select_related(
                "type", "owner"
            ),
        }
        context = {name: list(found[:FIRST]) for name, found in rows.items()} | {
            "parent_query": f"account={contact.account_id}&owner_contact={pk}&contacts={pk}"
        }
    return record_page(
        request,
        contact,
        "contact",
        tabs=[Tab("related", "Related")],
        context=context | hand_over_context(request, contact, "contact"),
    )


def hand_over_context(request: HttpRequest, person: Any, kind: str) -> dict[str, Any]:
    """Whether something is a person's, and whether this one may give it to others."""
    return {
        "hands_over": handover.has_anything(request.user, person),
        "may_hand_over": handover.allowed(request.user, kind),
        "hand_over_url": reverse(f"{KINDS[kind].namespace}:hand-over", args=[person.pk]),
    }


def contact_options(request: HttpRequest) -> HttpResponse:
    """Contacts for a lookup field, of one account when the form names it."""
    rows = Contact.objects.visible_to(request.user).filter(is_active=True)
    return lookup(request, rows, "account")


class ResourceList(ListPage):
    """The list of resources; they are set up in the administration."""

    record = "resource"
    table = ResourceTable
    filterset = ResourceFilter
    empty = "No resources yet. An administrator adds them."

    def rows(self, user: Any) -> QuerySet[Any]:
        return selectors.resources(user)

    def actions(self, request: HttpRequest) -> list[dict[str, Any]]:
        """Resources are added in the administration, by those who may."""
        if not may_set_up(request.user):
            return []
        url = reverse("admin:accounts_resource_add")
        return [{"label": "New resource", "url": url, "icon": "plus", "primary": True}]


def may_set_up(user: Any) -> access.Decision:
    """Whether this person sets resources up in the administration."""
    decision = access.may(user, "resource.edit")
    if decision and not user.is_staff:
        return access.Decision(False, "Resources are set up in the administration.")
    return decision


RESOURCE_TABS = {
    "accounts": "Accounts",
    "plans": "Success plans",
    "objectives": "Objectives",
    "playbooks": "Playbooks",
    "tasks": "Tasks",
    "history": "History",
}


def resource_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One of our people: the accounts, plans, objectives and tasks they look after."""
    user = request.user
    resource: Resource = core_selectors.one(selectors.resources(user), pk)
    wanted = request.GET.get("tab", "")
    tab = wanted if wanted in RESOURCE_TABS else "accounts"
    address = reverse("resources:detail", args=[pk])
    context: dict[str, Any] = {
        "kind": KINDS["resource"],
        "record": resource,
        "tab": tab,
        "tabs": [
            {"name": name, "label": label, "url": f"{address}?tab={name}"}
            for name, label in RESOURCE_TABS.items()
        ],
        "may_edit": may_set_up(user),
        "edit_url": reverse("admin:accounts_resource_change", args=[pk]),
        "parent_query": f"owner={pk}",
        "all_query": f"assignee={pk}" if tab == "tasks" else f"owner={pk}",
        "show_account": True,
        **hand_over_context(request, resource, "resource"),
    }
    if tab == "history":
        context["history"] = core_selectors.history_of(request.user, resource)
    else:
        context |= {tab: list(looked_after(user, resource, tab)[:FIRST])}
    return htmx.render_for(
        request, "resources/detail.html", context, fragments={"panel": "resources/_panel.html"}
    )


def looked_after(user: Any, resource: Resource, what: str) -> QuerySet[Any]:
    """The records of one kind that a resource owns, is assigned, or looks after."""
    if what == "accounts":
        return selectors.accounts_of(user, resource)
    if what == "plans":
        return plans_with_progress(user).filter(owner=resource).order_by("end_date", "pk")
    if what == "objectives":
        return objectives(user).filter(owner=resource).order_by("due_date", "pk")
    if what == "playbooks":
        rows = playbooks(user).filter(owner=resource).select_related("account", "owner")
        return rows.order_by("end_date", "pk")
    assigned = tasks(user).filter(assignments__resource=resource).select_related("account")
    return assigned.order_by("end_date", "pk")


def resource_options(request: HttpRequest) -> HttpResponse:
    """Resources that can be allocated, for a lookup field: ranked, with what explains it (R-OWN-3).

    Where the form names a role, those who have it come first.
    """
    access.require(request.user, "resource.view")
    rows = ranked(record_id(request.GET.get("role", "")))
    return lookup(request, rows, beside=about)
