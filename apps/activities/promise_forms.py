"""The rows of promises in the form of a new activity."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.functional import cached_property

from apps.accounts.models import Account
from apps.activities.promise_rules import THEM, US
from apps.activities.promise_selectors import People, promisers
from apps.core.fields import form_field
from apps.core.forms import RecordForm
from apps.core.formsets import RowFormSet
from apps.core.shape_rules import TYPE
from apps.playbooks.models import PlaybookTask


class Offered:
    """Who can have promised something; read when it is shown or chosen from, once for all rows."""

    def __init__(self, user: Any, account: Account | None) -> None:
        self.user, self.account = user, account

    @cached_property
    def people(self) -> tuple[People, People]:
        """Ours and theirs."""
        return promisers(self.user, self.account)

    def choices(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Both sides, each with its people."""
        ours, theirs = self.people
        customer = self.account or "the customer"
        return [
            ("We will", [(US, "We: me"), *((key, str(one)) for key, one in ours.items())]),
            ("They will", [(THEM, f"They: {customer}"), *((k, str(v)) for k, v in theirs.items())]),
        ]


class PromiseForm(RecordForm):
    """One promise: what, who, by when."""

    record = "task"
    shaped = False
    who = forms.ChoiceField(label="Who", initial=US)
    field_order = ("name", "who", "end_date")

    class Meta:
        model = PlaybookTask
        fields = ["name", "end_date"]
        labels = {"name": "What was promised", "end_date": "By"}
        formfield_callback = form_field

    def __init__(self, *args: Any, offered: Offered, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A promise is a task of the first type: notes are taken while people talk.
        self.fields.pop(TYPE, None)
        self.offered = offered
        self.fields["who"].choices = offered.choices

    def clean_who(self) -> Any:
        """One side, or the person of it."""
        ours, theirs = self.offered.people
        word = self.cleaned_data["who"]
        return (ours | theirs).get(word, word)


class PromiseRows(RowFormSet):
    """Promises that become tasks when the activity is saved."""

    form = PromiseForm
    what = "promise"
    legend = "Promised"
    extra = 2
    max_num = 20
    absolute_max = 20

    def __init__(self, data: Any = None, *, user: Any, account: Account | None) -> None:
        super().__init__(data, user=user, prefix="promises", may_delete=False)
        self.form_kwargs["offered"] = Offered(user, account)

    def texts(self) -> list[str]:
        """What stands in the rows as typed, read or not."""
        return [str(form["name"].value() or "").strip() for form in self.forms]
