"""Fields that name an owner, for the forms of plans, objectives, playbooks and tasks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms

from apps.accounts import ownership_rules as rules
from apps.accounts.models import Account, Resource, Role
from apps.accounts.ownership_selectors import holders
from apps.core.forms import RecordForm


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
