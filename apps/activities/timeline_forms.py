"""The filters of a timeline, and all that its template needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest, QueryDict
from django.urls import reverse

from apps.activities.models import ActivityType
from apps.activities.timeline_selectors import STEP, Filters, Timeline, timeline
from apps.core.fields import quicken

# What goes through the calendar's ends is no day that any activity has.
DAYS = {"min": "1900-01-01", "max": "2999-12-30"}


class TimelineForm(forms.Form):
    """What of a timeline is shown: by text, type, person and period."""

    q = forms.CharField(
        required=False,
        max_length=200,
        label="Search",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Words…"}),
    )
    type = forms.ModelChoiceField(
        ActivityType.objects.all(), required=False, label="Type", empty_label="Any"
    )
    person = forms.CharField(
        required=False,
        max_length=200,
        label="Person",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Any name"}),
    )
    since = forms.DateField(
        required=False, label="From", widget=forms.DateInput(attrs={"type": "date", **DAYS})
    )
    until = forms.DateField(
        required=False, label="To", widget=forms.DateInput(attrs={"type": "date", **DAYS})
    )

    def __init__(self, data: Mapping[str, Any] | None, **kwargs: Any) -> None:
        super().__init__(data, auto_id="timeline-%s", **kwargs)
        for field in self.fields.values():
            quicken(field)

    def filters(self, *, children: bool, show: int) -> Filters:
        """What was asked for; what cannot be read narrows nothing, and says so beside its box."""
        self.is_valid()
        said = {name: value for name, value in self.cleaned_data.items() if value}
        for name in ("since", "until"):
            if name in said and said[name].year not in range(1900, 3000):
                self.add_error(name, "Choose a year from 1900 to 2999.")
                del said[name]
        if "type" in said:
            said["type"] = said["type"].pk
        return Filters(**said, children=children, show=show)


def timeline_of(
    request: HttpRequest,
    kind: str,
    record: Any,
    *,
    query: QueryDict | None = None,
    children: bool = False,
) -> dict[str, Any]:
    """What `activities/_timeline.html` needs to show a record's timeline, as a query filters it.

    A record's page shows it unfiltered at first; the filters then ask its own address.
    """
    data = query if query is not None else QueryDict()
    form = TimelineForm(data)
    asked = str(data.get("show", ""))
    show = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 5 else STEP
    filters = form.filters(children=children, show=show)
    found: Timeline = timeline(request.user, kind, record, filters)
    address = reverse("activities:timeline", args=[kind, record.pk])
    again = data.copy()
    for name in ("show", "children"):
        again.pop(name, None)
    if children:
        again["children"] = "1"
    here = f"{address}?{again.urlencode()}" if again else address
    again["show"] = str(found.more)
    return {
        "timeline": found,
        "timeline_form": form,
        "timeline_kind": kind,
        "timeline_record": record,
        "timeline_children": children,
        "timeline_narrowed": filters.narrows,
        "timeline_url": address,
        "timeline_here": here,
        "timeline_more": f"{address}?{again.urlencode()}",
        "timeline_new": f"{reverse('activities:create')}?{kind}={record.pk}",
    }
