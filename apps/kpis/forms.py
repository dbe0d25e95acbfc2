"""The form of an objective KPI: for its page, one cell of Value Tracker, and the admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.urls import reverse_lazy

from apps.accounts.models import AttributeDefinition
from apps.core.fields import LookupField, form_field
from apps.kpis.models import ObjectiveKpi
from apps.objectives.forms import KpiRowForm
from apps.objectives.models import Objective

OBJECTIVES: Any = reverse_lazy("objectives:options")


class KpiForm(KpiRowForm):
    """The same as in its objective's form, with the objective and all that a row leaves out."""

    shaped = True
    groups = [
        ("KPI", ["objective", "title", "category", "description"]),
        (
            "Values",
            ["unit", "direction", "baseline", "current", "target", "measured_on", "target_date"],
        ),
        ("More", ["attribute", "is_blocked", "is_external"]),
    ]
    objective = LookupField(Objective.objects.all(), url=OBJECTIVES)
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
        if "unit" in self.fields and self.instance.pk:
            self.fields["unit"].help_text = "Another unit keeps the numbers as they are."
        if "description" in self.fields:
            self.fields["description"].help_text = "The customer reads it while it is shared."
        if "measured_on" in self.fields:
            self.fields["measured_on"].help_text = "Empty: today, when the current value changes."
