"""Forms of a playbook's tasks: one line in place, a quick new one, rows of a new playbook."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import partial
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from apps.accounts.forms import RESOURCES
from apps.accounts.selectors import allocatable
from apps.core.choices import DateFormat
from apps.core.fields import LookupField, form_field
from apps.core.formats import format_date, parse_date
from apps.core.forms import RecordForm
from apps.core.formsets import RowFormSet
from apps.playbooks import task_rules
from apps.playbooks.models import Playbook, PlaybookTask
from apps.playbooks.rules import task_date_errors
from apps.playbooks.services import task_problems


class DayField(forms.Field):
    """A day of a task: a date as the person writes it, or days after the playbook's start."""

    widget = forms.TextInput
    start: dt.date | None = None
    date_format: str = DateFormat.ISO

    def to_python(self, value: Any) -> dt.date | None:
        """The day; what was typed is read by the rule."""
        if value in self.empty_values:
            return None
        if isinstance(value, dt.date):
            return value
        read = partial(parse_date, date_format=self.date_format)
        try:
            return task_rules.typed_day(str(value).replace("\0", ""), self.start, read)
        except ValueError as error:
            raise ValidationError(str(error), code="invalid") from error

    def prepare_value(self, value: Any) -> Any:
        """As the person writes dates."""
        return format_date(value, self.date_format) if isinstance(value, dt.date) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether it is another day, however it is written."""
        try:
            return self.to_python(initial) != self.to_python(data)
        except ValidationError:
            return True


class DatedForm(RecordForm):
    """A task of a playbook with days that may be counted from the playbook's start."""

    record = "task"
    shaped = False
    start_date = DayField(required=False, label="Start")
    end_date = DayField(required=False, label="End")

    def __init__(self, *args: Any, playbook: Playbook | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.playbook = playbook
        for name in ("start_date", "end_date"):
            self.fields[name].start = playbook and playbook.start_date
            self.fields[name].date_format = self.user.date_format

    def values(self) -> dict[str, Any]:
        """What the service is given."""
        return self.changes

    def clean(self) -> dict[str, Any]:
        """The rules of tasks hold (R-DATE-1, R-PB-1)."""
        if not self.errors:
            for name, problem in task_problems(self.instance, self.values()).items():
                self.add_error(name if name in self.fields else None, problem)
        return self.cleaned_data


class TaskLineForm(DatedForm):
    """What is changed of a task in the list of its playbook."""

    class Meta:
        model = PlaybookTask
        fields = ["status", "start_date", "end_date"]


class QuickTaskForm(DatedForm):
    """A new task at the end of a playbook's list, for one person at first."""

    person = LookupField(allocatable(), url=RESOURCES, required=False, label="Who")

    class Meta:
        model = PlaybookTask
        fields = ["name", "start_date", "end_date"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="quick-%s", **kwargs)
        hints = {"name": "Add a task", "start_date": "+3 or a date", "end_date": "+10 or a date"}
        for name, hint in (hints | {"person": "Nobody yet"}).items():
            self.fields[name].widget.attrs["placeholder"] = hint

    def values(self) -> dict[str, Any]:
        """With its playbook, and who is to do it."""
        plain = {**self.changes, "playbook": self.playbook}
        person = plain.pop("person", None)
        return plain | {"resources": [person] if person else []}


class StandingForm(RecordForm):
    """Stage and health of a playbook, changed in place."""

    record = "playbook"
    shaped = False

    class Meta:
        model = Playbook
        fields = ["stage", "status"]
        labels = {"status": "Health"}


Outer = tuple[str, dt.date | None, dt.date | None]


def typed_dates(data: Mapping[str, Any]) -> Outer:
    """Name and dates of a playbook as far as they can be read from its form."""

    def day(name: str) -> dt.date | None:
        return parse_date(str(data.get(name) or ""), DateFormat.ISO)

    return str(data.get("name") or ""), day("start_date"), day("end_date")


class TaskRowForm(RecordForm):
    """A task in the form of its new playbook."""

    record = "task"
    shaped = False
    # Name and dates of the playbook, as they are typed in the same form (R-PB-1).
    outer: Outer = ("", None, None)

    class Meta:
        model = PlaybookTask
        fields = ["name", "start_date", "end_date", "priority"]
        labels = {"name": "Task"}
        formfield_callback = form_field

    def clean(self) -> dict[str, Any]:
        """It lies within the dates of the playbook (R-PB-1)."""
        values = self.cleaned_data
        name, first, last = self.outer
        errors = task_date_errors(
            start=values.get("start_date"),
            end=values.get("end_date"),
            playbook=name,
            first=first,
            last=last,
        )
        for field, problem in errors.items():
            if field not in self.errors:
                self.add_error(field, problem)
        return values


class TaskRows(RowFormSet):
    """The tasks in the form of a new playbook."""

    form = TaskRowForm
    what = "task"
    legend = "Tasks"

    def __init__(self, *args: Any, outer: Outer, **kwargs: Any) -> None:
        self.outer = outer
        super().__init__(*args, may_delete=False, **kwargs)

    def _construct_form(self, i: int, **kwargs: Any) -> RecordForm:
        made: Any = super()._construct_form(i, **kwargs)
        made.outer = self.outer
        return made  # type: ignore[no-any-return]
