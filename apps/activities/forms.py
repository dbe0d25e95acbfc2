"""The form of a CS activity."""

from __future__ import annotations

from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.functional import cached_property

from apps.accounts.forms import account_field
from apps.accounts.models import Account, Contact, Resource
from apps.activities.models import CsActivity
from apps.activities.rules import WHAT
from apps.activities.selectors import LINKED, account_of, contacts_offered, resources_offered
from apps.core.fields import LookupField, RichTextField, form_field
from apps.core.forms import RecordForm
from apps.plans.forms import chosen, owner_field


def _link_field(name: str, namespace: str, label: str) -> LookupField:
    url: Any = reverse_lazy(f"{namespace}:options")
    return LookupField(LINKED[name].all(), url=url, required=False, label=label)


def _present_field(model: Any, label: str, help_text: str = "") -> forms.ModelMultipleChoiceField:
    return forms.ModelMultipleChoiceField(
        model.objects.all(),
        required=False,
        label=label,
        widget=forms.CheckboxSelectMultiple,
        help_text=help_text,
    )


class ActivityForm(RecordForm):
    """A CS activity; what it is linked to names its account."""

    record = "activity"
    groups = [
        ("Activity", ["type", "subject", "happened_at", "duration", "owner", "notes"]),
        ("About", ["account", "plan", "objective", "kpi", "playbook", "task"]),
        ("Present", ["contacts", "resources"]),
    ]

    account = account_field(
        required=False,
        help_text="Empty: the account of what it is about. Without both, only you see it.",
    )
    plan = _link_field("plan", "plans", "Success plan")
    objective = _link_field("objective", "objectives", "Objective")
    kpi = _link_field("kpi", "kpis", "Objective KPI")
    playbook = _link_field("playbook", "playbooks", "Playbook")
    task = _link_field("task", "tasks", "Task")
    owner = owner_field(label="Owner")
    notes = RichTextField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="Internal: never shown to the customer.",
    )
    contacts = _present_field(Contact, "Contacts", "Those of the chosen account.")
    resources = _present_field(Resource, "Our people")

    class Meta:
        model = CsActivity
        fields = [
            "type",
            "subject",
            "happened_at",
            "duration",
            "owner",
            "notes",
            "account",
            "plan",
            "objective",
            "kpi",
            "playbook",
            "task",
            "contacts",
            "resources",
        ]
        formfield_callback = form_field

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "duration" in self.fields:
            # The usual numbers of minutes, where the page offers them.
            self.fields["duration"].widget.attrs["list"] = "minutes"
        if "contacts" in self.fields:
            account = self.account_known
            people: Any = self.fields["contacts"]
            people.queryset = contacts_offered(self.user, account, self.instance)
        if "resources" in self.fields:
            people = self.fields["resources"]
            people.queryset = resources_offered(self.instance)

    @cached_property
    def account_known(self) -> Account | None:
        """The account as far as it is known while the form is filled in."""
        account: Account | None = self.instance.account
        if self.instance.pk and not (self.is_bound and "account" in self.changed_data):
            return account
        account = chosen(self, "account")
        if account is None:
            for name in WHAT:
                record = chosen(self, name)
                if record is not None:
                    return account_of(name, record)
        return account
