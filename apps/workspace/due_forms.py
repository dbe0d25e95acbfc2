"""The address of Activity Tracker, and what its rows send."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import QueryDict
from django.urls import reverse_lazy

from apps.accounts.filters import ACCOUNTS, RESOURCES
from apps.accounts.models import Account, Resource
from apps.accounts.team_selectors import MINE, TEAM
from apps.core.fields import LookupField, quicken
from apps.core.filters import YesNoField
from apps.core.scope import today
from apps.plans.models import SuccessPlan
from apps.playbooks.choices import TaskStatus
from apps.playbooks.models import Playbook
from apps.workspace.due_rules import FIRST, LAST, window
from apps.workspace.selectors.due import MOST
from apps.workspace.selectors.due_rows import EVERYBODY, Asked

LIST, BOARD, CALENDAR = "list", "board", "calendar"
VIEWS: Final = [(LIST, "List"), (BOARD, "Board"), (CALENDAR, "Calendar")]
MONTH, WEEK = "month", "week"
WHOSE: Final = [(MINE, "Mine"), (TEAM, "My team"), (EVERYBODY, "All")]
KIND_CHOICES: Final = [
    ("", "Any"),
    ("task", "Tasks"),
    ("kpi", "KPIs"),
    ("objective", "Objectives"),
    ("plan", "Reviews of plans"),
    ("account", "Reviews of accounts"),
    ("activity", "Activities"),
]
# What steers the page and is no filter.
STEERS: Final = ("as", "at", "span", "show")


def _day(label: str = "") -> forms.DateField:
    return forms.DateField(
        required=False,
        label=label,
        widget=forms.DateInput(attrs={"type": "date", "min": FIRST, "max": LAST}),
        validators=[MinValueValidator(FIRST), MaxValueValidator(LAST)],
        error_messages={"invalid": "This is no date. Write it like 2026-11-23."},
    )


def _lookup(model: Any, url: Any, label: str) -> LookupField:
    return LookupField(model.objects.all(), url=url, required=False, label=label)


class DueForm(forms.Form):
    """The filters of Activity Tracker; what cannot be read filters nothing and says why."""

    q = forms.CharField(
        required=False,
        max_length=200,
        label="Search",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Search…"}),
    )
    whose = forms.ChoiceField(choices=WHOSE, required=False, label="Whose")
    kind = forms.ChoiceField(choices=KIND_CHOICES, required=False, label="Kind")
    account = _lookup(Account, ACCOUNTS, "Account")
    children = forms.ChoiceField(
        choices=[("", "Not included"), ("1", "Included")], required=False, label="Child accounts"
    )
    plan = _lookup(SuccessPlan, reverse_lazy("plans:options"), "Success plan")
    playbook = _lookup(Playbook, reverse_lazy("playbooks:options"), "Playbook")
    status = forms.ChoiceField(
        choices=[("", "Any"), *TaskStatus.choices], required=False, label="Status of tasks"
    )
    owner = _lookup(Resource, RESOURCES, "Owner")
    flagged = YesNoField(label="Flagged", required=False)
    pinned = YesNoField(label="Pinned by me", required=False)
    since = _day("From")
    until = _day("To")
    undated = forms.ChoiceField(
        choices=[("", "Left out"), ("1", "Shown")], required=False, label="Tasks without a date"
    )

    def __init__(self, data: QueryDict, *, user: Any) -> None:
        super().__init__(data, auto_id="due-%s")
        self.user = user
        for field in self.fields.values():
            rows: Any = getattr(field, "queryset", None)
            if rows is not None and hasattr(rows, "visible_to"):
                field.queryset = rows.visible_to(user)  # type: ignore[attr-defined]
            quicken(field)

    def asked(self) -> Asked:
        """What the address asks for."""
        self.is_valid()
        said: Mapping[str, Any] = self.cleaned_data
        day = today(self.user)
        since, until = said.get("since"), said.get("until")
        if since and until and until < since:
            self.add_error("until", "The period ends before it begins.")
            until = None
        show = str(self.data.get("show", ""))
        return Asked(
            user=self.user,
            today=day,
            window=window(since, until, day),
            since=since,
            whose=said.get("whose") or MINE,
            kind=said.get("kind") or "",
            account=said.get("account"),
            children=said.get("children") == "1",
            plan=said.get("plan"),
            playbook=said.get("playbook"),
            owner=said.get("owner"),
            status=said.get("status") or "",
            flagged=said.get("flagged"),
            pinned=said.get("pinned"),
            undated=said.get("undated") == "1",
            q=said.get("q") or "",
            show=min(int(show), MOST)
            if show.isascii() and show.isdecimal() and len(show) < 6
            else 0,
        )

    @property
    def active(self) -> list[str]:
        """The names of the filters that are set."""
        return [name for name in self.fields if self.data.get(name)]


class AddressForm(forms.Form):
    """How the tracker is shown: as a list, a board or a calendar, and which days of it."""

    at = _day()
    span = forms.ChoiceField(choices=[(MONTH, MONTH), (WEEK, WEEK)], required=False)

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        self.fields["as"] = forms.ChoiceField(choices=VIEWS, required=False)


class MoveForm(forms.Form):
    """Another day for a record: the day itself, or some days later than it stands."""

    day = _day()
    shown = _day()
    by = forms.IntegerField(required=False, min_value=-3650, max_value=3650)


class StatusForm(forms.Form):
    """Another status for a task: the column that its card was put into."""

    status = forms.ChoiceField(
        choices=TaskStatus.choices,
        error_messages={
            "required": "Choose a status.",
            "invalid_choice": "There is no such status.",
        },
    )
