"""Forms of objectives and of the KPI rows that are saved with them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.urls import reverse_lazy

from apps.accounts.models import Account, AttributeDefinition, Contact
from apps.core.choices import Direction
from apps.core.fields import LookupField, form_field
from apps.core.forms import RecordForm
from apps.core.formsets import RowFormSet
from apps.core.person import person_of
from apps.kpis.models import ObjectiveKpi
from apps.objectives.models import Objective
from apps.objectives.rules import direction_error
from apps.objectives.services import objective_problems
from apps.plans.forms import account_field, challenges_field, chosen, offer_challenges, owner_field
from apps.plans.models import SuccessPlan

PLANS: Any = reverse_lazy("plans:options")
CONTACTS: Any = reverse_lazy("contacts:options")
BY_VALUES = [("", "By its values"), *Direction.choices]


def direction_of(form: RecordForm) -> str:
    """The direction a person chose, else what baseline and target say (R-KPI-3)."""
    chosen_one: str = form.value("direction")
    if chosen_one:
        return chosen_one
    baseline, target = form.value("baseline"), form.value("target")
    falls = baseline is not None and target is not None and target < baseline
    return Direction.LOWER if falls else Direction.HIGHER


class ObjectiveForm(RecordForm):
    """An objective; without an account it takes that of its plan."""

    record = "objective"
    groups = [
        ("Objective", ["account", "plan", "name", "status", "category"]),
        ("Dates and owner", ["start_date", "due_date", "owner", "owner_contact"]),
        ("Standing", ["priority", "risk", "health", "tags"]),
        (
            "Its own values",
            ["completion_type", "attribute", "unit", "direction", "baseline", "current", "target"],
        ),
        ("More", ["description", "is_external"]),
        ("Challenges of this account", ["challenges"]),
    ]
    guarded = {"is_external": "objective.share", "tags": "tag.use"}

    account = account_field(
        label="Parent account", required=False, help_text="Empty: the account of the plan."
    )
    plan = LookupField(SuccessPlan.objects.all(), url=PLANS, required=False, label="Success plan")
    owner = owner_field(label="Owner")
    owner_contact = LookupField(
        Contact.objects.all(),
        url=CONTACTS,
        required=False,
        label="Owner at the customer",
        help_text="A contact of the account, instead of a team member.",
    )
    attribute = forms.ModelChoiceField(
        AttributeDefinition.objects.filter(is_active=True), required=False
    )
    direction = forms.ChoiceField(choices=BY_VALUES, required=False)
    challenges = challenges_field(label="Linked challenges")

    class Meta:
        model = Objective
        fields = [
            "account",
            "plan",
            "name",
            "status",
            "category",
            "start_date",
            "due_date",
            "owner",
            "owner_contact",
            "priority",
            "risk",
            "health",
            "tags",
            "completion_type",
            "attribute",
            "unit",
            "direction",
            "baseline",
            "current",
            "target",
            "description",
            "is_external",
            "challenges",
        ]
        widgets = {
            "description": forms.Textarea(attrs={"rows": 4}),
            "tags": forms.CheckboxSelectMultiple,
        }
        formfield_callback = form_field

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "direction" in self.fields:
            self.fields["direction"].choices = Direction.choices
        elif not self.instance.pk:
            self.initial["direction"] = kwargs.get("initial", {}).get("direction", "")
        if "description" in self.fields:
            self.fields["description"].help_text = "The customer reads it while it is shared."
        if "account" in self.fields:
            if not self.instance.pk and not self.is_bound:
                self._follow_plan()
            offer_challenges(self, self._account())
        else:
            self.fields.pop("challenges", None)

    def _follow_plan(self) -> None:
        """A plan named in the address brings its account along (R-OBJ-1)."""
        plan = chosen(self, "plan") if self.initial.get("plan") else None
        if plan is not None:
            self.initial.update(plan=plan, account=plan.account)

    def _account(self) -> Account | None:
        account: Account | None = self.instance.account
        if self.instance.pk:
            return account
        account = chosen(self, "account")
        if account is None and (plan := chosen(self, "plan")) is not None:
            account = plan.account
        return account

    def clean(self) -> dict[str, Any]:
        """The account follows the plan, the direction the values; the rules of services hold."""
        values = self.cleaned_data
        if self.value("account") is None and self.value("plan") is not None:
            values["account"] = self.value("plan").account
        if not self.instance.pk and "direction" in self.fields:
            values["direction"] = direction_of(self)
        if self.instance.pk and "account" in values:
            values.pop("challenges", None)
        if not self.errors:
            problems = objective_problems(self.user, self.instance, values)
            for name, problem in problems.items():
                self.add_error(name if name in self.fields else None, problem)
        return values


class KpiRowForm(RecordForm):
    """A KPI in its objective's form."""

    record = "kpi"
    guarded = {"is_external": "kpi.share"}

    direction = forms.ChoiceField(choices=BY_VALUES, required=False)

    class Meta:
        model = ObjectiveKpi
        fields = [
            "title",
            "category",
            "unit",
            "direction",
            "baseline",
            "current",
            "target",
            "target_date",
            "is_blocked",
            "is_external",
        ]
        formfield_callback = form_field

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["direction"].choices = Direction.choices
        else:
            self.initial["direction"] = ""
        if "is_external" in self.fields:
            self.fields["is_external"].label = "Shared"

    def clean(self) -> dict[str, Any]:
        """Direction and values agree; a new row takes its direction from them (R-KPI-3)."""
        values = self.cleaned_data
        if not self.instance.pk:
            values["direction"] = direction_of(self)
        baseline, target = self.value("baseline"), self.value("target")
        person = person_of(self.user)
        wrong = direction_error(
            baseline, target, direction_of(self), (person.number(baseline), person.number(target))
        )
        if wrong:
            self.add_error("target", wrong)
        return values


class KpiRows(RowFormSet):
    """The KPIs in an objective's form."""

    form = KpiRowForm
    what = "KPI"
    legend = "KPIs"
