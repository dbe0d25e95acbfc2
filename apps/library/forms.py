"""Forms of the library: the basics of the wizard, its KPIs, and the records in templates."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django import forms

from apps.accounts.forms import account_field
from apps.accounts.models import Account, Role, TeamPool
from apps.accounts.ownership_rules import ALLOWED
from apps.accounts.ownership_selectors import Offers, offers
from apps.core.choices import Direction
from apps.core.fields import LookupField, NumberField, RichTextField, form_field, quicken
from apps.core.forms import RecordForm
from apps.core.models import Unit
from apps.core.person import person_of
from apps.core.scope import today
from apps.kpis.models import KpiCategory
from apps.library.draft_rules import YEARS
from apps.objectives.forms import PLANS, KpiRowForm, KpiRows
from apps.objectives.models import Objective
from apps.objectives.rules import direction_between, direction_error
from apps.plans.models import BusinessChallenge, SuccessPlan
from apps.plans.selectors import challenges_of
from apps.playbooks.forms import OBJECTIVES, PeopleField, text_field
from apps.playbooks.models import Playbook, PlaybookTask

DAY: Final = {"invalid": "This is no date. Write it like 2026-11-23."}


def day_field(**kwargs: Any) -> forms.DateField:
    """A date, as people type it."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    field = forms.DateField(widget=widget, error_messages=DAY, **kwargs)
    field.validators.append(_check_year)
    return field


def _check_year(day: dt.date) -> None:
    if day.year not in YEARS:
        raise forms.ValidationError(f"Choose a date between the years {YEARS[0]} and {YEARS[-1]}.")


def choices_of(found: Offers) -> list[tuple[str, Any]]:
    """Who is offered, as the groups of a select."""
    groups = (
        ("Roles", found.roles),
        ("Team members", found.resources),
        ("Contacts at the customer", found.contacts),
    )
    lines = [
        (
            label,
            [(one.value, f"{one.name} · {one.about}" if one.about else one.name) for one in rows],
        )
        for label, rows in groups
        if rows
    ]
    return [("", "Nobody"), *lines]


class BasicsForm(forms.Form):
    """For whom, called what, from when, owned by whom: the second step of the wizard."""

    account = account_field()
    plan = LookupField(SuccessPlan.objects.all(), url=PLANS, required=False, label="Success plan")
    objective = LookupField(Objective.objects.all(), url=OBJECTIVES, required=False)
    name = forms.CharField(max_length=200)
    start = day_field(help_text="Everything in it is dated from here.")
    end = day_field(required=False)
    owner = forms.ChoiceField(required=False)
    challenges = forms.ModelMultipleChoiceField(
        BusinessChallenge.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Challenges of this account that it answers",
    )
    new_challenges = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        label="New challenges",
        help_text="One a line.",
    )

    def __init__(self, *args: Any, user: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        unfit = {
            "plan": ("plan", "objective"),
            "objective": ("objective",),
            "playbook": ("challenges", "new_challenges"),
        }
        for name in unfit[kind]:
            del self.fields[name]
        for field in self.fields.values():
            if isinstance(field, LookupField):
                field.queryset = field.queryset.visible_to(user)
            quicken(field)
        account = self.known_account()
        owner: Any = self.fields["owner"]
        self.offers = offers(user, account, ALLOWED[kind])
        owner.choices = choices_of(self.offers)
        if "challenges" in self.fields:
            rows: Any = (
                challenges_of(user, account) if account else BusinessChallenge.objects.none()
            )
            self.fields["challenges"].queryset = rows  # type: ignore[attr-defined]
            if not rows:
                del self.fields["challenges"]

    def say_length(self, first: dt.date | None, last: dt.date | None) -> None:
        """What the template says about its dates, beside the fields that set them."""
        if first is None:
            return
        written = person_of(self.user).date
        self.fields[
            "start"
        ].help_text = (
            f"Everything in it is dated from here; the template begins on {written(first)}."
        )
        if last is not None:
            length = (last - first).days
            self.fields["end"].help_text = f"Left empty: day {length}, as in the template."

    def known_account(self) -> Account | None:
        """The account as far as it is known while the form is filled in."""
        field: Any = self.fields["account"]
        value = (
            self["account"].data if self.is_bound else self.get_initial_for_field(field, "account")
        )
        try:
            found: Account | None = field.to_python(value)
        except forms.ValidationError:
            return None
        return found

    def clean(self) -> dict[str, Any]:
        """What it hangs on is of the same account; a start is not after its end."""
        values = self.cleaned_data
        account = values.get("account")
        for name in ("plan", "objective"):
            above = values.get(name)
            if above is not None and account is not None and above.account_id != account.pk:
                self.add_error(
                    name, f"“{above}” is not of {account}. Choose one of the same account, or none."
                )
        start, end = values.get("start"), values.get("end")
        if start and end and end < start:
            self.add_error("end", "The end is before the start. Change one of the two.")
        return values

    def kept(self) -> dict[str, Any]:
        """The basics as a draft keeps them."""
        values = self.cleaned_data
        ids: dict[str, Any] = {
            name: values[name].pk if values.get(name) else None
            for name in ("account", "plan", "objective")
            if name in self.fields
        }
        return {
            **ids,
            "name": values["name"],
            "end": values["end"].isoformat() if values.get("end") else "",
            "owner": values.get("owner", ""),
            "challenges": [row.pk for row in values.get("challenges", ())],
            "new_challenges": values.get("new_challenges", ""),
        }


class KpiEditForm(forms.Form):
    """One KPI in the Edit Objective KPIs grid of the wizard."""

    title = forms.CharField(max_length=200)
    category = forms.ModelChoiceField(KpiCategory.objects.filter(is_active=True), required=False)
    unit = forms.ModelChoiceField(Unit.objects.filter(is_active=True), required=False)
    direction = forms.ChoiceField(
        choices=[("", "By its values"), *Direction.choices], required=False
    )
    baseline = NumberField(required=False, max_digits=18, decimal_places=4)
    target = NumberField(required=False, max_digits=18, decimal_places=4)
    target_date = day_field(required=False)
    key = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        for field in self.fields.values():
            if isinstance(field, NumberField):
                field.number_format = user.number_format
            quicken(field)

    def clean(self) -> dict[str, Any]:
        """Direction and values agree (R-KPI-3)."""
        values = self.cleaned_data
        baseline, target = values.get("baseline"), values.get("target")
        direction = values.get("direction") or direction_between(baseline, target)
        wrong = direction_error(baseline, target, direction, person_of(self.user).number)
        if wrong:
            self.add_error("target", wrong)
        return values

    def edit(self) -> dict[str, Any]:
        """The values as the wizard keeps them."""
        values = self.cleaned_data
        return {
            "title": values["title"],
            "category": values["category"].pk if values["category"] else None,
            "unit": values["unit"].pk if values["unit"] else None,
            "direction": values["direction"]
            or direction_between(values["baseline"], values["target"]),
            "baseline": values["baseline"],
            "target": values["target"],
            "target_date": values["target_date"],
        }


class KpiEditSet(forms.BaseFormSet):
    """The KPIs of one objective in the wizard."""

    legend = "KPIs"


class SaveAsForm(forms.Form):
    """What a template is called that is made from a live record."""

    name = forms.CharField(max_length=200, label="Name of the template")


# Records in templates -----------------------------------------------------------------------------
class TemplateForm(RecordForm):
    """A record in a template: without an account, dated as its template is."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "start_date" in self.fields and not self.instance.pk:
            self.fields["start_date"].help_text = "Real dates; the wizard moves them."
        if "owner_role" in self.fields:
            self.fields["owner_role"].label = "Owner by role"
            self.fields["owner_role"].help_text = "Whoever holds the role on the account."
            self.fields["owner_role"].queryset = Role.objects.filter(is_active=True)


class PlanTemplateForm(TemplateForm):
    """A template of a success plan."""

    record = "plan"
    description = RichTextField(required=False, widget=forms.Textarea(attrs={"rows": 5}))

    class Meta:
        model = SuccessPlan
        fields = ["name", "owner_role", "start_date", "end_date", "description"]
        formfield_callback = form_field


class ObjectiveTemplateForm(TemplateForm):
    """An objective in the library."""

    record = "objective"
    guarded = {"tags": "tag.use"}
    description = text_field("The customer reads it while the objective is shared.")

    class Meta:
        model = Objective
        fields = [
            "name",
            "owner_role",
            "start_date",
            "due_date",
            "category",
            "priority",
            "tags",
            "description",
        ]
        widgets = {"tags": forms.CheckboxSelectMultiple}
        formfield_callback = form_field


class TemplateKpiRowForm(KpiRowForm):
    """A KPI in a template: nothing of it is measured yet."""

    class Meta(KpiRowForm.Meta):
        fields = ["title", "category", "unit", "direction", "baseline", "target", "target_date"]


class TemplateKpiRows(KpiRows):
    """The KPIs of an objective in the library."""

    form = TemplateKpiRowForm


class PlaybookTemplateForm(TemplateForm):
    """A playbook in the library."""

    record = "playbook"
    description = text_field("The customer reads it while the playbook is shared.")

    class Meta:
        model = Playbook
        fields = ["name", "owner_role", "start_date", "end_date", "description"]
        formfield_callback = form_field


class TaskTemplateForm(TemplateForm):
    """A task in the library; roles and pools are to do it."""

    record = "task"
    roles = PeopleField(Role.objects.filter(is_active=True), required=False, label="Roles")
    pools = PeopleField(TeamPool.objects.all(), required=False, label="Team pools")
    description = text_field("The customer reads it while the task is shared.")
    notes = text_field("Internal: never shown to the customer.", rows=3)

    class Meta:
        model = PlaybookTask
        fields = [
            "name",
            "start_date",
            "end_date",
            "priority",
            "roles",
            "pools",
            "description",
            "notes",
        ]
        formfield_callback = form_field

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            rows = list(self.instance.assignments.all())
            self.initial["roles"] = [row.role_id for row in rows if row.role_id]
            self.initial["pools"] = [row.pool_id for row in rows if row.pool_id]


FORMS: Final[dict[str, type[TemplateForm]]] = {
    "plan": PlanTemplateForm,
    "objective": ObjectiveTemplateForm,
    "playbook": PlaybookTemplateForm,
    "task": TaskTemplateForm,
}


def first_basics(user: Any, kind: str, source: Any, asked: dict[str, Any]) -> dict[str, Any]:
    """What the second step offers at first: the template's name, today, and its owner or me."""
    owner = f"role-{source.owner_role_id}" if source.owner_role_id else ""
    if not owner:
        resource = getattr(user, "resource", None)
        owner = f"resource-{resource.pk}" if resource else ""
    return {"name": source.name, "start": today(user), "owner": owner, **asked}
