"""What the basics of the wizard ask for beside: own fields, and what a field set requires."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from apps.core.custom_rules import key_of
from apps.core.fields import form_field
from apps.core.forms import RecordForm
from apps.core.shape_rules import TYPE
from apps.core.shape_selectors import shape
from apps.library.selectors import Tree
from apps.objectives.models import Objective
from apps.plans.models import SuccessPlan
from apps.playbooks.forms import text_field
from apps.playbooks.models import Playbook


class AskedForm(RecordForm):
    """What a record made from a template is asked for; it begins as the template has it."""

    def narrow(self) -> None:
        """Leave what administrators added, and what they require."""
        for name in list(self.fields):
            placed = self.placed.get(name)
            if not key_of(name) and not (placed and placed.required):
                del self.fields[name]


class AskedPlanForm(AskedForm):
    """Of a success plan."""

    record = "plan"

    class Meta:
        model = SuccessPlan
        fields = ["description", "review_date"]
        formfield_callback = form_field


class AskedObjectiveForm(AskedForm):
    """Of an objective."""

    record = "objective"
    description = text_field("The customer reads it while the objective is shared.")

    class Meta:
        model = Objective
        fields = ["description", "category", "priority", "risk"]
        formfield_callback = form_field


class AskedPlaybookForm(AskedForm):
    """Of a playbook."""

    record = "playbook"
    description = text_field("The customer reads it while the playbook is shared.")

    class Meta:
        model = Playbook
        fields = ["description"]
        formfield_callback = form_field


ASKED: Final[dict[str, type[AskedForm]]] = {
    "plan": AskedPlanForm,
    "objective": AskedObjectiveForm,
    "playbook": AskedPlaybookForm,
}


def asked_form(
    user: Any, tree: Tree, record_type: str, data: Mapping[str, Any] | None = None
) -> AskedForm:
    """The form for one template and type; bound when there is data, in which only boxes count."""
    form_class, source = ASKED[tree.kind], tree.record
    # Which fields there are is found out first, for what the template has comes before defaults.
    begun: dict[str, Any] = {TYPE: record_type}
    for name in form_class._meta.fields or ():
        value = getattr(source, name)
        if value not in (None, ""):
            begun[name] = value
    for one in shape(user).of(tree.kind):
        value = one.value(source.custom)
        if value is not None:
            begun[one.name] = value
    form = form_class(None if data is None else typed(data, record_type), user=user, initial=begun)
    form.narrow()
    return form


def typed(data: Mapping[str, Any], record_type: str) -> dict[str, Any]:
    """What was typed, with the type that was chosen."""
    return {**{name: data[name] for name in data}, TYPE: record_type}


def boxes(form: AskedForm) -> dict[str, str]:
    """What stood in the boxes when they were sent, as a draft keeps it."""
    return {name: str(form.data[name]) for name in form.fields if name in form.data}
