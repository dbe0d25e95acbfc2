"""The form of an objective KPI: for its page, one cell of Value Tracker, and the admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.urls import reverse_lazy

from apps.accounts.models import AttributeDefinition
from apps.core.choices import Direction
from apps.core.fields import LookupField, form_field
from apps.core.forms import RecordForm
from apps.core.person import person_of
from apps.kpis.models import ObjectiveKpi
from apps.objectives.forms import BY_VALUES, direction_of
from apps.objectives.models import Objective
from apps.objectives.rules import direction_error

OBJECTIVES: Any = reverse_lazy("objectives:options")


class KpiForm(RecordForm):
    """A KPI with its objective; direction and values agree (R-KPI-3)."""

    record = "kpi"
    groups = [
        ("KPI", ["objective", "title", "category", "description"]),
        (
            "Values",
            ["unit", "direction", "baseline", "current", "target", "measured_on", "target_date"],
        ),
        ("More", ["attribute", "is_blocked", "is_external"]),
    ]
    guarded = {"is_external": "kpi.share"}

    objective = LookupField(Objective.objects.all(), url=OBJECTIVES)
    direction = forms.ChoiceField(choices=BY_VALUES, required=False)
    attribute = forms.ModelChoiceField(
        AttributeDefinition.objects.filter(is_active=True),
        required=False,
        label="Fed by attribute",
        help_text="The account's newest reading becomes the current value, at once.",
    )

    class Meta:
        model = ObjectiveKpi
        fields = [
            "objective",
            "title",
            "category",
            "description",
            "unit",
            "direction",
            "baseline",
            "current",
            "target",
            "measured_on",
            "target_date",
            "attribute",
            "is_blocked",
            "is_external",
        ]
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}
        formfield_callback = form_field

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "direction" in self.fields:
            if self.instance.pk:
                self.fields["direction"].choices = Direction.choices
            else:
                self.initial["direction"] = ""
        if "unit" in self.fields and self.instance.pk:
            self.fields["unit"].help_text = "Another unit keeps the numbers as they are."
        if "description" in self.fields:
            self.fields["description"].help_text = "The customer reads it while it is shared."
        if "measured_on" in self.fields:
            self.fields["measured_on"].help_text = "Empty: today, when the current value changes."

    def clean(self) -> dict[str, Any]:
        """A new KPI takes its direction from its values; both numbers are named on a refusal."""
        values = self.cleaned_data
        if not self.instance.pk and "direction" in self.fields:
            values["direction"] = direction_of(self)
        baseline, target = self.value("baseline"), self.value("target")
        person = person_of(self.user)
        wrong = direction_error(
            baseline, target, direction_of(self), (person.number(baseline), person.number(target))
        )
        if wrong:
            changed = [n for n in ("target", "baseline", "direction") if n in self.changed_data]
            self.add_error(changed[0] if changed else None, wrong)
        return values
