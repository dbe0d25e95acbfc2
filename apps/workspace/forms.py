"""What the address of a tracker says, and the moves of a bar: parsed in one place."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.workspace.choices import Edge, Scale
from apps.workspace.selectors.tracker import ALL, BRANCH, CHILDREN, KINDS, TOP, Key

MOST_OPEN = 500


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

    account = forms.IntegerField(min_value=1, required=False)
    plan = forms.IntegerField(min_value=1, required=False)
    children = forms.BooleanField(required=False)
    sort = forms.CharField(required=False)
    scale = forms.ChoiceField(choices=Scale.choices, required=False)
    begin = forms.DateField(required=False)
    q = forms.CharField(required=False, max_length=200)
    expand = KeysField(required=False)
    open = KeysField(required=False)
    only = forms.ChoiceField(choices=[(kind, kind) for kind in KINDS], required=False)
    after = forms.IntegerField(min_value=0, required=False)
    top = forms.IntegerField(min_value=TOP, required=False)
    branch = forms.IntegerField(min_value=BRANCH, required=False)
    rows = forms.IntegerField(min_value=ALL, max_value=20 * ALL, required=False)


class MoveForm(forms.Form):
    """Moves a bar or its end; `start` and `end` are the dates that were shown."""

    scale = forms.ChoiceField(choices=Scale.choices)
    edge = forms.ChoiceField(choices=Edge.choices)
    by = forms.IntegerField(min_value=-100, max_value=100)
    start = forms.DateField(required=False)
    end = forms.DateField(required=False)
