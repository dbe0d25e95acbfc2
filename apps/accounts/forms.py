"""Forms of customers, contacts, teams and readings."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.urls import reverse_lazy

from apps.accounts.models import (
    Account,
    AccountRole,
    AttributeDefinition,
    AttributeValue,
    Contact,
    Resource,
)
from apps.core.choices import RowScope, UnitKind
from apps.core.fields import LookupField, RichTextField, form_field
from apps.core.forms import RecordForm
from apps.core.models import Tag
from apps.core.person import person_of
from apps.core.scope import row_scope, today

ACCOUNTS: Any = reverse_lazy("accounts:options")
RESOURCES: Any = reverse_lazy("resources:options")


def account_field(**kwargs: Any) -> LookupField:
    """The account of a record, out of those the person sees."""
    return LookupField(queryset=Account.objects.all(), url=ACCOUNTS, **kwargs)


class AccountForm(RecordForm):
    """A customer."""

    record = "account"
    groups = [
        ("Account", ["name", "parent", "status", "lifecycle_stage", "external_id"]),
        ("Contract", ["arr", "currency", "signup_date", "renewal_date", "next_review_date"]),
        ("Profile", ["segment", "tier", "industry", "country", "tags"]),
        ("Internal", ["summary"]),
    ]
    guarded = {"tags": "tag.use"}

    parent = account_field(required=False, label="Parent account")
    tags = forms.ModelMultipleChoiceField(
        Tag.objects.all(), required=False, widget=forms.CheckboxSelectMultiple
    )
    summary = RichTextField(
        required=False,
        label="Plan summary",
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="Internal: never shown to the customer.",
    )

    class Meta:
        model = Account
        fields = [
            "name",
            "external_id",
            "parent",
            "status",
            "lifecycle_stage",
            "segment",
            "tier",
            "industry",
            "country",
            "arr",
            "currency",
            "signup_date",
            "renewal_date",
            "next_review_date",
            "tags",
            "summary",
        ]
        formfield_callback = form_field

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "currency" in self.fields:
            rows = self.fields["currency"].queryset
            self.fields["currency"].queryset = rows.filter(kind=UnitKind.CURRENCY)
        if "parent" in self.fields and self._parent_is_hidden():
            # Whoever may not see the parent neither reads its name here nor changes it (R-VIS-1).
            del self.fields["parent"]

    def _parent_is_hidden(self) -> bool:
        above = self.instance.parent_id
        if above is None or row_scope(self.user) == RowScope.EVERYONE:
            return False
        return not self.fields["parent"].queryset.filter(pk=above).exists()


class ContactForm(RecordForm):
    """A person at a customer."""

    record = "contact"
    groups = [("Person", ["account", "name", "title", "email", "phone", "is_active"])]

    account = account_field()

    class Meta:
        model = Contact
        fields = ["account", "name", "title", "email", "phone", "is_active"]
        formfield_callback = form_field


class AccountRoleForm(RecordForm):
    """A resource that plays a role for an account.

    Any name of ours is understood: who cannot be allocated is refused with the reason (R-OWN-1).
    """

    record = "account_role"

    resource = LookupField(queryset=Resource.objects.all(), url=RESOURCES, label="Team member")

    class Meta:
        model = AccountRole
        fields = ["resource", "role"]
        formfield_callback = form_field


class TeamForm(AccountRoleForm):
    """The same with the account, where no page says which."""

    account = account_field()

    class Meta(AccountRoleForm.Meta):
        fields = ["account", "resource", "role"]


class SummaryForm(RecordForm):
    """The plan summary alone, to be edited where it stands."""

    record = "account"
    shaped = False

    summary = RichTextField(
        required=False,
        label="Plan summary",
        widget=forms.Textarea(attrs={"rows": 8, "autofocus": True}),
        help_text="Internal: never shown to the customer.",
    )

    class Meta:
        model = Account
        fields = ["summary"]


class ReadingForm(RecordForm):
    """One reading of one attribute."""

    record = "attribute_value"

    class Meta:
        model = AttributeValue
        fields = ["definition", "value", "measured_on"]
        labels = {"definition": "Attribute"}
        formfield_callback = form_field

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "definition" in self.fields:
            self.fields["definition"].queryset = AttributeDefinition.objects.filter(is_active=True)
        if not self.instance.pk:
            self.initial.setdefault("measured_on", today(self.user))
        if "measured_on" in self.fields:
            self.fields["measured_on"].validators.append(self._not_to_come)

    def _not_to_come(self, day: dt.date) -> None:
        """It would stand as the newest until that day came (R-KPI-10)."""
        if day > today(self.user):
            shown = person_of(self.user).date(day)
            raise forms.ValidationError(
                f"{shown} is still to come. A reading is measured today or earlier."
            )


class AccountReadingForm(ReadingForm):
    """The same with the account, where no page says which."""

    account = account_field()

    class Meta(ReadingForm.Meta):
        fields = ["account", "definition", "value", "measured_on"]
