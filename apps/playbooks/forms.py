"""Forms of playbooks and tasks."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.urls import reverse_lazy

from apps.accounts.forms import account_field
from apps.accounts.models import Account, Contact, Resource, Role, TeamPool
from apps.accounts.ownership_forms import offer_roles, role_field, settle_owner
from apps.accounts.ownership_selectors import about
from apps.core.fields import LookupField, RichTextField, form_field
from apps.core.forms import RecordForm
from apps.objectives.models import Objective
from apps.plans.forms import chosen, own_by_default, owner_field
from apps.plans.models import SuccessPlan
from apps.plans.template_forms import offer_template, wants_template
from apps.playbooks import selectors
from apps.playbooks.assign_services import ASSIGNED
from apps.playbooks.models import Playbook, PlaybookTask
from apps.playbooks.services import ABOVE, playbook_problems, task_problems

PLANS: Any = reverse_lazy("plans:options")
OBJECTIVES: Any = reverse_lazy("objectives:options")
PLAYBOOKS: Any = reverse_lazy("playbooks:options")
CONTACTS: Any = reverse_lazy("contacts:options")

READ_BY_CUSTOMER = "The customer reads it while the {} is shared."
WHOLE_PERCENT = "Write a whole number from 0 to 100, for example 40."


def plan_field() -> LookupField:
    """The success plan that a record belongs to."""
    return LookupField(SuccessPlan.objects.all(), url=PLANS, required=False, label="Success plan")


def objective_field() -> LookupField:
    """The objective that a record belongs to."""
    return LookupField(
        Objective.objects.all(),
        url=OBJECTIVES,
        required=False,
        label="Objective",
        help_text="It brings its success plan and account along.",
    )


def text_field(help_text: str, rows: int = 5, **kwargs: Any) -> RichTextField:
    """A longer text."""
    widget = forms.Textarea(attrs={"rows": rows})
    return RichTextField(required=False, widget=widget, help_text=help_text, **kwargs)


class PeopleField(forms.ModelMultipleChoiceField):
    """Several people out of those on offer, each with a word beside the name."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, obj: Any) -> str:
        """Name and what stands beside it; of us, the role here and what explains the place."""
        beside = getattr(obj, "beside", "")
        if isinstance(obj, Resource):
            beside = about(obj, here=beside or "")
        return f"{obj} · {beside}" if beside else str(obj)


class PlacedForm(RecordForm):
    """A record that may hang on others; what it hangs on fills in the rest of its place."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.pk and not self.is_bound and "account" in self.fields:
            self._follow_parent()

    def _follow_parent(self) -> None:
        """What an address names brings its own parents and account along (R-OBJ-1)."""
        names = ABOVE[self._meta.model]
        for place, name in enumerate(names):
            parent = chosen(self, name) if self.initial.get(name) else None
            if parent is not None:
                above = {other: getattr(parent, other) for other in names[place + 1 :]}
                self.initial.update({name: parent, **above, "account": parent.account})
                return

    def known_account(self) -> Account | None:
        """The account as far as it is known while the form is filled in."""
        account: Account | None = self.instance.account if self.instance.pk else None
        names = [n for n in (*ABOVE[self._meta.model], "account") if n in self.fields]
        moves = self.is_bound and any(self._differs(self[name]) for name in names)
        if self.instance.pk and not moves:
            return account
        for name in names:
            found = chosen(self, name)
            if found is not None:
                account = found if name == "account" else found.account
                break
        return account

    def problems(self) -> dict[str, str]:
        """What the rules say to the values, by field."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        """The rules of the services hold."""
        if not self.errors and not wants_template(self):
            for name, problem in self.problems().items():
                self.add_error(name if name in self.fields else None, problem)
        return self.cleaned_data


class PlaybookForm(PlacedForm):
    """A playbook."""

    record = "playbook"
    tasks_move: ClassVar[bool] = False
    groups = [
        ("Playbook", ["name", "account", "plan", "objective"]),
        ("Where it stands", ["stage", "status", "start_date", "end_date"]),
        ("Owner", ["owner", "owner_role", "co_owner", "is_shared"]),
        ("More", ["description", "is_template"]),
    ]
    guarded = {"is_shared": "playbook.share", "is_template": "playbook.save_as_template"}
    rows_after = 2

    account = account_field(
        required=False, help_text="Empty: the account of the objective or plan."
    )
    plan = plan_field()
    objective = objective_field()
    owner = owner_field()
    owner_role = role_field()
    co_owner = LookupField(
        Contact.objects.all(),
        url=CONTACTS,
        required=False,
        label="Co-owner at the customer",
        help_text="A contact of the account, only while the playbook is shared.",
    )
    description = text_field(READ_BY_CUSTOMER.format("playbook"))

    class Meta:
        model = Playbook
        fields = [
            "name",
            "account",
            "plan",
            "objective",
            "stage",
            "status",
            "start_date",
            "end_date",
            "owner",
            "owner_role",
            "co_owner",
            "is_shared",
            "is_template",
            "description",
        ]
        labels = {"status": "Health", "is_shared": "Shared with the customer"}
        help_texts = {"name": READ_BY_CUSTOMER.format("playbook")}
        formfield_callback = form_field

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own_by_default(self)
        offer_template(self)
        offer_roles(self, self.known_account)

    def problems(self) -> dict[str, str]:
        """What the rules of playbooks say."""
        settle_owner(self, "playbook")
        moves = self.tasks_move and "start_date" in self.cleaned_data
        return playbook_problems(self.instance, self.cleaned_data, tasks_move=moves)


class MovingPlaybookForm(PlaybookForm):
    """The same where its tasks may move with its start: what moves them says which cannot."""

    tasks_move = True


class TaskForm(PlacedForm):
    """A task, and who is to do it."""

    record = "task"
    groups = [
        ("Task", ["name", "account", "plan", "objective", "playbook"]),
        (
            "Where it stands",
            ["status", "percent_complete", "priority", "start_date", "end_date", "is_flagged"],
        ),
        ("Assigned to", ["resources", "contacts", "roles", "pools"]),
        ("More", ["is_shared", "description", "notes"]),
    ]
    guarded = {"is_shared": "task.share"}

    account = account_field(
        required=False, help_text="Empty: the account of the playbook, objective or plan."
    )
    plan = plan_field()
    objective = objective_field()
    playbook = LookupField(
        Playbook.objects.all(),
        url=PLAYBOOKS,
        required=False,
        label="Playbook",
        help_text="The task lies within its dates.",
    )
    percent_complete = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=100,
        initial=0,
        label="Percent complete",
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), WHOLE_PERCENT),
    )
    resources = PeopleField(Resource.objects.all(), required=False, label="Team members")
    contacts = PeopleField(Contact.objects.all(), required=False, label="Contacts")
    roles = PeopleField(
        Role.objects.all(),
        required=False,
        label="Roles",
        help_text="Whoever holds the role on the account is asked; a role nobody holds waits.",
    )
    pools = PeopleField(TeamPool.objects.all(), required=False, label="Team pools")
    description = text_field(READ_BY_CUSTOMER.format("task"), rows=4)
    notes = text_field("Internal: never shown to the customer.", rows=4)

    class Meta:
        model = PlaybookTask
        fields = [
            "name",
            "account",
            "plan",
            "objective",
            "playbook",
            "status",
            "percent_complete",
            "priority",
            "start_date",
            "end_date",
            "is_flagged",
            "resources",
            "contacts",
            "roles",
            "pools",
            "is_shared",
            "description",
            "notes",
        ]
        labels = {"is_shared": "Shared with the customer", "is_flagged": "Flagged"}
        help_texts = {"name": READ_BY_CUSTOMER.format("task")}
        formfield_callback = form_field

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if any(name in self.fields for name in ASSIGNED):
            self._offer_people()

    def _offer_people(self) -> None:
        """The people of the account first; who is assigned already stays on offer."""
        kept: dict[str, list[int]] = {name: [] for name in ASSIGNED}
        if self.instance.pk:
            kept = {
                name: selectors.assigned_ids(self.instance, kind) for name, kind in ASSIGNED.items()
            }
            self.initial.update(kept)
        account = self.known_account()
        offers: dict[str, Any] = {
            "resources": selectors.resources_offered(account, kept["resources"]),
            "contacts": selectors.contacts_offered(self.user, account, kept["contacts"]),
            "roles": selectors.roles_offered(account, kept["roles"]),
            "pools": selectors.pools_offered(),
        }
        for name, rows in offers.items():
            if name in self.fields:
                self.fields[name].queryset = rows
        if account is None and "contacts" in self.fields:
            self.fields["contacts"].help_text = "They appear when the account is chosen."

    def clean_percent_complete(self) -> int:
        """Nothing typed is nothing done."""
        percent: int | None = self.cleaned_data["percent_complete"]
        return percent or 0

    def problems(self) -> dict[str, str]:
        """What the rules of tasks say."""
        return task_problems(self.instance, self.cleaned_data)
