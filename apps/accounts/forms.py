"""Forms of customers, contacts, teams and readings."""

from __future__ import annotations

from typing import Any

from django import forms
from django.urls import reverse_lazy

from apps.accounts.models import (
    Account,
    AccountRole,
    AttributeDefinition,
    AttributeValue,
    Contact,
)
from apps.accounts.selectors import allocatable
from apps.core.choices import UnitKind
from apps.core.fields import LookupField, RichTextField, form_field
from apps.core.forms import RecordForm
from apps.core.models import Tag

ACCOUNTS: Any = reverse_lazy("accounts:options")
RESOURCES: Any = reverse_lazy("resources:options")


class AccountForm(RecordForm):
    """A customer."""

    record = "account"
    groups = [
        ("Account", ["name", "external_id", "parent", "status", "lifecycle_stage"]),
        ("Profile", ["segment", "tier", "industry", "country", "tags"]),
        ("Contract", ["arr", "currency", "signup_date", "renewal_date", "next_review_date"]),
        ("Plan summary", ["summary"]),
    ]

    parent = LookupField(
        Account.objects.all(), url=ACCOUNTS, required=False, label="Parent account"
    )
    tags = forms.ModelMultipleChoiceField(
        Tag.objects.all(), required=False, widget=forms.CheckboxSelectMultiple
    )
    summary = RichTextField(
        required=False,
        label="Summary",
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
            rows: Any = self.fields["currency"]
            rows.queryset = rows.queryset.filter(kind=UnitKind.CURRENCY)

    def clean_external_id(self) -> str | None:
        """Several accounts may have no external id; none shares one."""
        wanted: str | None = self.cleaned_data["external_id"] or None
        taken = Account.objects.filter(external_id=wanted).exclude(pk=self.instance.pk)
        if wanted and taken.exists():
            raise forms.ValidationError(f"Another account has the external id “{wanted}” already.")
        return wanted


class ContactForm(RecordForm):
    """A person at a customer."""

    record = "contact"

    account = LookupField(Account.objects.all(), url=ACCOUNTS)

    class Meta:
        model = Contact
        fields = ["account", "name", "title", "email", "phone", "is_active"]
        formfield_callback = form_field


class AccountRoleForm(RecordForm):
    """A resource that plays a role for an account."""

    record = "account_role"

    class Meta:
        model = AccountRole
        fields = ["resource", "role"]
        formfield_callback = form_field

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows: Any = self.fields["resource"]
        rows.queryset = allocatable()


class ReadingForm(RecordForm):
    """One reading of one attribute."""

    record = "attribute_value"

    class Meta:
        model = AttributeValue
        fields = ["definition", "value", "measured_on"]
        formfield_callback = form_field

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows: Any = self.fields["definition"]
        rows.queryset = AttributeDefinition.objects.filter(is_active=True)
        self.fields["definition"].label = "Attribute"
