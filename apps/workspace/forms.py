"""What the address of a tracker says, and the moves of a bar: parsed in one place."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from apps.core.choices import ProgressStatus
from apps.core.list_rules import sort_keys
from apps.workspace.choices import Edge, Scale
from apps.workspace.selectors.tracker import ALL, BRANCH, CHILDREN, KINDS, TOP, Key
from apps.workspace.selectors.values import BLOCKED, MOST, SORTS

MOST_OPEN = 500
MOST_ROWS = 20_000
# Where the time axis may begin: the calendar of the program has an end on both sides.
FIRST, LAST = dt.date(1900, 1, 1), dt.date(2999, 12, 31)


class KeysField(forms.CharField):
    """Rows of the tree by name: `plan-3,objective-12`; what is no row is left out."""

    def clean(self, value: Any) -> frozenset[Key]:
        keys = set()
        for part in str(value or "").split(",")[:MOST_OPEN]:
            kind, _, pk = part.partition("-")
            if (kind in KINDS or kind in CHILDREN) and pk.isdecimal() and len(pk) < 19:
                keys.add((kind, int(pk)))
        return frozenset(keys)


class TrackerForm(forms.Form):
    """The address of Success Tracker. Everything may be missing."""

    account = forms.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    plan = forms.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    children = forms.BooleanField(required=False)
    sort = forms.CharField(required=False)
    scale = forms.ChoiceField(choices=Scale.choices, required=False)
    begin = forms.DateField(
        required=False, validators=[MinValueValidator(FIRST), MaxValueValidator(LAST)]
    )
    q = forms.CharField(required=False, max_length=200)
    expand = KeysField(required=False)
    open = KeysField(required=False)
    below = KeysField(required=False)
    only = forms.ChoiceField(choices=[(kind, kind) for kind in KINDS], required=False)
    after = forms.IntegerField(min_value=0, max_value=MOST_ROWS, required=False)
    top = forms.IntegerField(min_value=TOP, max_value=MOST_ROWS, required=False)
    branch = forms.IntegerField(min_value=BRANCH, max_value=MOST_ROWS, required=False)
    rows = forms.IntegerField(min_value=ALL, max_value=20 * ALL, required=False)


class MoveForm(forms.Form):
    """Moves a bar or its end; `start` and `end` are the dates that were shown."""

    scale = forms.ChoiceField(choices=Scale.choices)
    edge = forms.ChoiceField(choices=Edge.choices)
    # Dragged over an axis of years it is thousands of days.
    by = forms.IntegerField(min_value=-4000, max_value=4000)
    start = forms.DateField(required=False)
    end = forms.DateField(required=False)


class IdsField(forms.CharField):
    """Ids of records: `3,12`; what is no id is left out."""

    def clean(self, value: Any) -> frozenset[int]:
        parts = str(value or "").split(",")[:MOST_OPEN]
        return frozenset(int(part) for part in parts if part.isdecimal() and len(part) < 19)


class ValueTrackerForm(forms.Form):
    """The address of Value Tracker. Everything may be missing."""

    account = forms.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    plan = forms.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    objective = forms.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    children = forms.BooleanField(required=False)
    status = forms.ChoiceField(
        choices=[*ProgressStatus.choices, (BLOCKED, "Blocked")], required=False
    )
    sort = forms.CharField(required=False)
    closed = IdsField(required=False)
    open = forms.RegexField(r"^kpi-\d{1,18}$", required=False)
    full = forms.BooleanField(required=False)
    rows = forms.IntegerField(min_value=MOST, max_value=20 * MOST, required=False)

    def clean_sort(self) -> str:
        """The known columns among those that are named."""
        return ",".join(sort_keys(self.cleaned_data["sort"], SORTS))
