"""Forms of success plans and business challenges."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.accounts.forms import RESOURCES, account_field
from apps.accounts.models import Account
from apps.accounts.ownership_forms import offer_roles, role_field, settle_owner
from apps.accounts.ownership_rules import COLUMNS
from apps.accounts.selectors import allocatable
from apps.core.fields import LookupField, RichTextField, form_field
from apps.core.forms import RecordForm
from apps.core.formsets import RowFormSet
from apps.plans.models import BusinessChallenge, SuccessPlan
from apps.plans.rules import plan_errors
from apps.plans.selectors import challenges_of
from apps.plans.template_forms import offer_template


def owner_field(**kwargs: Any) -> LookupField:
    """The resource that owns a record: only active ones that are not PSA (R-OWN-1)."""
    about = {"label": "Team member", "help_text": "Suggested first: who has the fewest plans."}
    return LookupField(allocatable(), url=RESOURCES, required=False, **(about | kwargs))


def own_by_default(form: RecordForm) -> None:
    """A new record is offered as its maker's own, unless the address names somebody else."""
    if form.instance.pk or form.is_bound or set(COLUMNS.values()) & form.initial_given:
        return
    if "owner" in form.fields:
        form.initial["owner"] = allocatable().filter(user=form.user).first()


def challenges_field(**kwargs: Any) -> forms.ModelMultipleChoiceField:
    """The challenges that a record answers; a form narrows them to its account."""
    return forms.ModelMultipleChoiceField(
        BusinessChallenge.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Those of the chosen account.",
        **kwargs,
    )


def chosen(form: RecordForm, name: str) -> Any:
    """The record that a lookup field names before the form is cleaned, None when it is unclear."""
    field = form.fields[name]
    if field.disabled or not form.is_bound:
        value = form.get_initial_for_field(field, name)
    else:
        value = form[name].data
    try:
        return field.to_python(value)
    except forms.ValidationError:
        return None


def offer_challenges(form: RecordForm, account: Account | None) -> None:
    """Offer the challenges of one account (R-CAS-2); without any there is nothing to link."""
    field = form.fields.get("challenges")
    if field is None:
        return
    rows = challenges_of(form.user, account) if account else BusinessChallenge.objects.none()
    field.queryset = rows


class PlanForm(RecordForm):
    """A success plan."""

    record = "plan"
    groups = [
        ("Plan", ["account", "name", "status"]),
        ("Owner", ["owner", "owner_role"]),
        ("Dates", ["start_date", "end_date", "review_date"]),
        ("More", ["is_shared", "is_template", "description"]),
        ("Challenges of this account", ["challenges"]),
    ]
    guarded = {"is_shared": "plan.share", "is_template": "plan.save_as_template"}

    account = account_field()
    owner = owner_field()
    owner_role = role_field()
    description = RichTextField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="Internal: never shown to the customer.",
    )
    challenges = challenges_field(label="Linked challenges")

    class Meta:
        model = SuccessPlan
        fields = [
            "account",
            "name",
            "status",
            "owner",
            "owner_role",
            "start_date",
            "end_date",
            "review_date",
            "is_shared",
            "is_template",
            "description",
            "challenges",
        ]
        formfield_callback = form_field

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own_by_default(self)
        offer_template(self)
        offer_roles(self, self._account)
        if "account" not in self.fields:
            self.fields.pop("challenges", None)
            return
        if self.instance.pk:
            self.fields["account"].help_text = "All that belongs to the plan moves with it."
            # The link is the challenge's field, so the form of a plan does not read it by itself.
            self.initial["challenges"] = list(self.instance.challenges.all())
        offer_challenges(self, self._account())

    def _account(self) -> Account | None:
        account: Account | None = self.instance.account
        return account if self.instance.pk else chosen(self, "account")

    def clean(self) -> dict[str, Any]:
        """The dates agree (R-DATE-1); challenges do not come along to another account."""
        if self.instance.pk and "account" in self.cleaned_data:
            self.cleaned_data.pop("challenges", None)
        errors = plan_errors(start=self.value("start_date"), end=self.value("end_date"))
        for name, error in errors.items():
            self.add_error(name if name in self.fields else None, error)
        settle_owner(self, "plan")
        return self.cleaned_data


class ChallengeForm(RecordForm):
    """A business challenge."""

    record = "challenge"
    groups = [
        ("Challenge", ["account", "title", "category"]),
        ("Where it stands", ["severity", "status", "identified_on"]),
        ("More", ["description"]),
    ]

    account = account_field()
    description = RichTextField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="Internal: never shown to the customer.",
    )

    class Meta:
        model = BusinessChallenge
        fields = [
            "account",
            "title",
            "category",
            "severity",
            "status",
            "identified_on",
            "description",
        ]
        formfield_callback = form_field


class ChallengeRowForm(RecordForm):
    """A new challenge in a plan's form; it takes the plan's account."""

    record = "challenge"
    shaped = False

    class Meta:
        model = BusinessChallenge
        fields = ["title", "category", "severity", "status", "identified_on"]
        formfield_callback = form_field


class ChallengeRows(RowFormSet):
    """The new challenges in a plan's form."""

    form = ChallengeRowForm
    what = "challenge"
    legend = "New challenges"
