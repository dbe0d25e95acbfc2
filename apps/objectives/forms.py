"""Forms of objectives and of the KPI rows that are saved with them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.urls import reverse_lazy

from apps.accounts.forms import account_field
from apps.accounts.models import Account, AttributeDefinition, Contact
from apps.accounts.ownership_forms import offer_roles, role_field, settle_owner
from apps.core.access import may
from apps.core.choices import Direction
from apps.core.fields import LookupField, form_field
from apps.core.forms import RecordForm
from apps.core.formsets import RowFormSet
from apps.core.person import person_of
from apps.kpis.models import ObjectiveKpi
from apps.objectives.models import Objective
from apps.objectives.rules import direction_between, direction_error
from apps.objectives.services import objective_problems
from apps.plans.forms import challenges_field, chosen, offer_challenges, own_by_default, owner_field
from apps.plans.models import SuccessPlan
from apps.plans.template_forms import offer_template, wants_template
from apps.playbooks.models import Playbook
from apps.playbooks.rules import none_to_group
from apps.playbooks.selectors import playbooks_to_group

PLANS: Any = reverse_lazy("plans:options")
CONTACTS: Any = reverse_lazy("contacts:options")
GROUPED = "They still go on. Their tasks and activities come along, to its success plan too."
BY_VALUES = [("", "By its values"), *Direction.choices]


class MeasuredForm(RecordForm):
    """What goes from a baseline to a target: its direction is chosen, or follows from the two."""

    direction = forms.ChoiceField(choices=BY_VALUES, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "direction" in self.fields:
            self.fields["direction"].choices = Direction.choices
        elif not self.instance.pk and "direction" not in self.initial_given:
            self.initial["direction"] = ""

    def wanted_direction(self) -> str:
        """The direction a person chose, else what baseline and target say (R-KPI-3)."""
        chosen_one: str = self.cleaned_data.get("direction", "")
        if not chosen_one and self.instance.pk:
            chosen_one = self.instance.direction
        return chosen_one or direction_between(self.value("baseline"), self.value("target"))


class ObjectiveForm(MeasuredForm):
    """An objective; without an account it takes that of its plan."""

    record = "objective"
    groups = [
        ("Objective", ["account", "plan", "name", "status", "category"]),
        ("Dates", ["start_date", "due_date"]),
        ("Owner", ["owner", "owner_role", "owner_contact"]),
        ("Standing", ["priority", "risk", "health", "tags"]),
        (
            "Its own values, where it has no KPIs",
            ["completion_type", "attribute", "unit", "direction", "baseline", "current", "target"],
        ),
        ("More", ["description", "is_external", "is_template"]),
        ("Challenges of this account", ["challenges"]),
    ]
    guarded = {
        "is_external": "objective.share",
        "tags": "tag.use",
        "is_template": "objective.save_as_template",
    }
    rows_after = 3

    account = account_field(
        label="Parent account", required=False, help_text="Empty: the account of the plan."
    )
    plan = LookupField(SuccessPlan.objects.all(), url=PLANS, required=False, label="Success plan")
    owner = owner_field()
    owner_role = role_field()
    owner_contact = LookupField(
        Contact.objects.all(),
        url=CONTACTS,
        required=False,
        label="Or a contact at the customer",
        help_text="A contact of the account, instead of a team member.",
    )
    attribute = forms.ModelChoiceField(
        AttributeDefinition.objects.filter(is_active=True), required=False
    )
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
            "owner_role",
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
            "is_template",
            "challenges",
        ]
        widgets = {
            "description": forms.Textarea(attrs={"rows": 4}),
            "tags": forms.CheckboxSelectMultiple,
        }
        formfield_callback = form_field

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own_by_default(self)
        offer_template(self)
        offer_roles(self, self._account)
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
            values["direction"] = self.wanted_direction()
        if self.instance.pk and "account" in values:
            values.pop("challenges", None)
        settle_owner(self, "objective")
        if not self.errors and not wants_template(self):
            problems = objective_problems(self.user, self.instance, values)
            for name, problem in problems.items():
                self.add_error(name if name in self.fields else None, problem)
        return values


class PlaybooksField(forms.ModelMultipleChoiceField):
    """Playbooks of the account that still go on; one of another objective says so."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, obj: Any) -> str:
        """Its name, how far it is, and what it belongs to so far."""
        words = [str(obj), obj.get_stage_display()]
        if obj.objective is not None:
            words.append(f"now under “{obj.objective}”")
        return " · ".join(words)


class NewObjectiveForm(ObjectiveForm):
    """A new objective, and which playbooks of its account are grouped under it."""

    groups = [*ObjectiveForm.groups, ("Playbooks of this account", ["playbooks"])]

    playbooks = PlaybooksField(
        Playbook.objects.all(), required=False, label="Group playbooks under it"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may(self.user, "playbook.edit"):
            del self.fields["playbooks"]
            return
        account = self._account()
        field = self.fields["playbooks"]
        if account is None:
            field.queryset = Playbook.objects.none()
            field.help_text = "They appear when the account is chosen."
            return
        field.queryset = playbooks_to_group(self.user, account)
        # The choices are read once: for what is said about them, and for the boxes.
        field.choices = [(row.pk, field.label_from_instance(row)) for row in field.queryset]
        field.help_text = GROUPED if field.choices else none_to_group(str(account))


class KpiRowForm(MeasuredForm):
    """A KPI in its objective's form."""

    record = "kpi"
    shaped = False
    guarded = {"is_external": "kpi.share"}

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
        labels = {"is_external": "Shared"}
        formfield_callback = form_field

    def clean(self) -> dict[str, Any]:
        """Direction and values agree; a new KPI takes its direction from them (R-KPI-3)."""
        values = self.cleaned_data
        if not self.instance.pk and "direction" in self.fields:
            values["direction"] = self.wanted_direction()
        wrong = direction_error(
            self.value("baseline"),
            self.value("target"),
            self.wanted_direction(),
            person_of(self.user).number,
        )
        if wrong:
            # Beside what the person changed: any of the three may stand in no column.
            changed = [n for n in ("target", "baseline", "direction") if n in self.changed_data]
            self.add_error(changed[0] if changed else None, wrong)
        return values


class KpiRows(RowFormSet):
    """The KPIs in an objective's form."""

    form = KpiRowForm
    what = "KPI"
    legend = "KPIs"
