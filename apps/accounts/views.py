"""Pages of customers, contacts, teams and readings; account 360 is a page of the workspace."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from apps.accounts import selectors, services
from apps.accounts.filters import AccountFilter, ContactFilter, ResourceFilter
from apps.accounts.forms import AccountForm, AccountRoleForm, ContactForm, ReadingForm
from apps.accounts.models import Account, AccountRole, Contact, Resource
from apps.accounts.tables import AccountTable, ContactTable, ResourceTable
from apps.core import access
from apps.core.forms import RecordForm
from apps.core.kinds import KINDS
from apps.core.selectors import one
from apps.core.views import CreatePage, DeletePage, EditPage, ListPage, Tab, lookup, record_page
from apps.core.views.forms import add_errors


class AccountList(ListPage):
    """The list of accounts."""

    record = "account"
    table = AccountTable
    filterset = AccountFilter
    empty = "No accounts yet. Create the first one, or import a file."

    def rows(self, user: Any) -> QuerySet[Account]:
        return selectors.accounts(user)

    def actions(self, request: HttpRequest) -> list[dict[str, Any]]:
        """New, and Import for those allowed."""
        found = super().actions(request)
        if access.may(request.user, "list.import"):
            found.append(
                {"label": "Import", "url": reverse("accounts:import"), "icon": "file-import"}
            )
        return found


class AccountCreate(CreatePage):
    """A new account."""

    record = "account"
    form_class = AccountForm

    def save(self, form: RecordForm, formset: Any) -> models.Model:
        return services.account_create(actor=form.user, values=form.changes)


class AccountEdit(EditPage):
    """An account's fields."""

    record = "account"
    form_class = AccountForm

    def rows(self, user: Any) -> QuerySet[Account]:
        return selectors.accounts(user)

    def save(self, form: RecordForm, formset: Any) -> models.Model:
        services.account_update(
            actor=form.user, account=form.instance, changes=form.changes, shown=form.shown
        )
        return form.instance


class AccountDelete(DeletePage):
    """Deleting an account: administrators only, and only when nothing is planned there."""

    record = "account"

    def rows(self, user: Any) -> QuerySet[Account]:
        return selectors.accounts(user)

    def consequences(self, record: Account) -> dict[str, list[Any]]:
        return {
            "blocked": [f"{n} {what}" for what, n in selectors.dependants(record).items() if n],
            "goes": [f"{n} {what}" for what, n in selectors.companions(record).items() if n],
            "stays": ["Its activities, without an account"],
        }

    def delete(self, record: Account) -> None:
        services.account_delete(actor=self.request.user, account=record)


def account_options(request: HttpRequest) -> HttpResponse:
    """Accounts for a lookup field."""
    return lookup(request, Account.objects.visible_to(request.user))


class ContactList(ListPage):
    """The list of contacts."""

    record = "contact"
    table = ContactTable
    filterset = ContactFilter
    empty = "No contacts yet."

    def rows(self, user: Any) -> QuerySet[Contact]:
        return selectors.contacts(user)


class ContactCreate(CreatePage):
    """A new contact."""

    record = "contact"
    form_class = ContactForm

    def save(self, form: RecordForm, formset: Any) -> models.Model:
        return services.contact_create(actor=form.user, values=form.changes)


class ContactEdit(EditPage):
    """A contact's fields."""

    record = "contact"
    form_class = ContactForm

    def rows(self, user: Any) -> QuerySet[Contact]:
        return selectors.contacts(user)

    def save(self, form: RecordForm, formset: Any) -> models.Model:
        services.contact_update(
            actor=form.user, contact=form.instance, changes=form.changes, shown=form.shown
        )
        return form.instance


class ContactDelete(DeletePage):
    """Deleting a contact."""

    record = "contact"

    def rows(self, user: Any) -> QuerySet[Contact]:
        return selectors.contacts(user)

    def delete(self, record: Contact) -> None:
        services.contact_delete(actor=self.request.user, contact=record)


def contact_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A person at a customer, and what they own."""
    contact = one(selectors.contacts(request.user), pk)
    related = {}
    if request.GET.get("tab") == "related":
        related = {
            "objectives": contact.objectives.order_by("name")[:50],
            "assignments": contact.assignments.select_related("task").order_by("task__end_date")[
                :50
            ],
            "activities": contact.activities.order_by("-happened_at")[:50],
        }
    return record_page(
        request, contact, "contact", tabs=[Tab("related", "Related")], context=related
    )


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

    def rows(self, user: Any) -> QuerySet[Resource]:
        return selectors.resources(user)

    def actions(self, request: HttpRequest) -> list[dict[str, Any]]:
        """Resources are added in the administration."""
        return []


def resource_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One of our people and what they look after."""
    resource = one(selectors.resources(request.user), pk)
    seen = Account.objects.visible_to(request.user)
    context = {
        "kind": KINDS["resource"],
        "record": resource,
        "roles": resource.account_roles.filter(account__in=seen)
        .select_related("account", "role")
        .order_by("account__name")[:200],
        "plans": resource.plans.visible_to(request.user).select_related("account")[:100],
    }
    return render(request, "resources/detail.html", context)


def resource_options(request: HttpRequest) -> HttpResponse:
    """Resources that can be allocated, for a lookup field."""
    access.require(request.user, "resource.view")
    return lookup(request, selectors.allocatable())


@require_POST
def role_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a resource on an account's team."""
    account = one(Account.objects.visible_to(request.user), pk)
    form = AccountRoleForm(request.POST, user=request.user)
    access.require(request.user, "account_role.edit")
    if form.is_valid():
        try:
            services.account_role_add(actor=request.user, account=account, **form.changes)
            messages.success(request, f"{form.changes['resource']} is on the team of {account}.")
        except ValidationError as error:
            add_errors(form, error)
    return _back_to_account(request, account, form)


@require_POST
def role_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a resource off an account's team."""
    account_role = one(AccountRole.objects.visible_to(request.user), pk)
    services.account_role_remove(actor=request.user, account_role=account_role)
    messages.success(request, "The resource was taken off the team.")
    return HttpResponseRedirect(reverse("accounts:detail", args=[account_role.account_id]))


@require_POST
def reading_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Record a reading by hand."""
    account = one(Account.objects.visible_to(request.user), pk)
    access.require(request.user, "attribute_value.create")
    form = ReadingForm(request.POST, user=request.user)
    if form.is_valid():
        services.reading_record(actor=request.user, account=account, **form.changes)
        messages.success(request, "The reading was recorded.")
    return _back_to_account(request, account, form, "?tab=attributes")


def _back_to_account(
    request: HttpRequest, account: Account, form: RecordForm, query: str = ""
) -> HttpResponse:
    for errors in form.errors.values():
        for error in errors:
            messages.error(request, error)
    return HttpResponseRedirect(reverse("accounts:detail", args=[account.pk]) + query)
