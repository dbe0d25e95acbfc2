"""Fields that name an owner, for the forms of plans, objectives, playbooks and tasks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms

from apps.accounts import ownership_rules as rules
from apps.accounts.models import Account, Contact, Resource, Role, TeamPool
from apps.accounts.ownership_selectors import holders, named
from apps.core.forms import RecordForm

OWNER_MODELS: dict[str, type[Any]] = {
    "resource": Resource,
    "role": Role,
    "contact": Contact,
    "pool": TeamPool,
}


class RoleField(forms.ModelChoiceField):
    """A role that owns a record, each with who holds it on the account (R-OWN-2)."""

    account: Callable[[], Account | None] = staticmethod(lambda: None)
    where: Account | None = None
    held: dict[int, Resource] | None = None

    def label_from_instance(self, obj: Any) -> str:
        """The role and who holds it there; asked once, when the first label is written."""
        if self.held is None:
            self.where = self.account()
            self.held = holders(self.where)
        if self.where is None:
            return str(obj)
        return f"{obj} · {self.held.get(obj.pk, 'nobody yet')}"


def role_field(**kwargs: Any) -> RoleField:
    """The role that owns a record: whoever holds it on the account becomes the owner."""
    return RoleField(
        Role.objects.all(),
        required=False,
        **{
            "label": "Or a role",
            "empty_label": "No role",
            "help_text": "Whoever holds it on the account becomes the owner.",
            **kwargs,
        },
    )


def offer_roles(form: RecordForm, account: Callable[[], Account | None]) -> None:
    """Say beside each role who holds it on the account, which is asked for when it is shown."""
    field = form.fields.get("owner_role")
    if field is not None:
        field.account, field.held = account, None


def settle_owner(form: RecordForm, kind: str) -> None:
    """What the owner's fields say together, for a form's `clean`.

    A role that still stands while the team member was emptied decides anew; what somebody else
    made of the owner meanwhile is not overwritten unseen; an owner that the table does not know
    for this record is refused in words, not passed over (R-OWN-2).
    """
    values, record = form.cleaned_data, form.instance
    for owner, column in rules.COLUMNS.items():
        error = rules.kind_error(kind, owner)
        if error and form.data.get(column):
            form.add_error(None, error)
    if not record.pk or "owner_role" not in form.fields:
        return
    emptied = "owner" in values and values["owner"] is None
    if emptied and "owner_role" not in values and record.owner_role_id is not None:
        values["owner_role"] = record.owner_role
    if values.get("owner_role") is not None and "owner" in form.fields:
        bound = form["owner"]
        if "owner" not in form.shown and bound.html_initial_name in form.data:
            form.shown["owner"] = _as_shown(form, bound)


def _as_shown(form: RecordForm, bound: Any) -> Any:
    try:
        return bound.field.to_python(form._shown_text(bound))
    except forms.ValidationError:
        return form.instance.owner


class OwnersField(forms.Field):
    """Owners as they are written, "resource-5"; an empty one is nobody."""

    widget = forms.SelectMultiple

    def to_python(self, value: Any) -> list[str]:
        """The words that name somebody, each once."""
        return list(dict.fromkeys(word for word in value or () if word))


class AllocateForm(forms.Form):
    """Who shall own a record, or do a task, out of a chooser (R-OWN-2).

    `found` holds the records that the words name; `changes` are the values for the service.
    """

    owner = OwnersField(required=False)
    co_owner = OwnersField(required=False)

    def __init__(self, data: Any, *, user: Any, kind: str) -> None:
        super().__init__(data)
        self.user, self.kind = user, kind
        self.found: dict[str, Any] = {}

    def clean(self) -> dict[str, Any]:
        """The table allows each kind, one owner where there is one, and all of them are there."""
        owners, co_owners = self.cleaned_data["owner"], self.cleaned_data["co_owner"]
        self.found = named(self.user, [*owners, *co_owners])
        for word in owners:
            named_kind = rules.parse(word)
            self._refuse(rules.kind_error(self.kind, named_kind[0]) if named_kind else None)
        for word in co_owners:
            named_kind = rules.parse(word)
            if named_kind and named_kind[0] not in rules.CO_OWNERS.get(self.kind, ()):
                self._refuse(rules.co_owner_error(self.kind))
        for word in [*owners, *co_owners]:
            if word not in self.found:
                self._refuse("Somebody you chose is gone, or you may not see them. Choose again.")
        if (self.kind not in rules.MANY and len(owners) > 1) or len(co_owners) > 1:
            self._refuse(rules.ONE_ONLY)
        return self.cleaned_data

    def _refuse(self, error: str | None) -> None:
        if error and error not in self.non_field_errors():
            self.add_error(None, error)

    @property
    def owner_changes(self) -> dict[str, Any]:
        """The values that name the owner, or the people of a task, and empty the other kinds."""
        owners = [self.found[word] for word in self.cleaned_data["owner"]]
        if self.kind in rules.MANY:
            return {
                column: [one for one in owners if isinstance(one, OWNER_MODELS[owner])]
                for owner, column in rules.PEOPLE.items()
            }
        return {
            rules.COLUMNS[owner]: next(
                (one for one in owners if isinstance(one, OWNER_MODELS[owner])), None
            )
            for owner in rules.ALLOWED[self.kind]
        }

    @property
    def contact(self) -> Any:
        """The contact chosen as the co-owner, None for nobody."""
        return next((self.found[word] for word in self.cleaned_data["co_owner"]), None)
