"""The Template box on new plans, objectives and playbooks (R-TPL-1)."""

from __future__ import annotations

from typing import Any, Final

from apps.core.forms import RecordForm

TEMPLATE_HELP: Final = (
    "Goes to the library instead of an account: account, customer's people and sharing are left"
    " empty, and plans are made from it."
)
# What a template does not have: an account, and what belongs to one.
NOT_IN_TEMPLATES: Final = frozenset(
    {
        "account",
        "plan",
        "objective",
        "challenges",
        "owner_contact",
        "co_owner",
        "is_shared",
        "is_external",
        "status",
        "stage",
        "health",
        "current",
        "playbooks",
    }
)


def offer_template(form: RecordForm) -> None:
    """The box is there on a new record; ticked, no account is asked for."""
    if "is_template" not in form.fields:
        return
    if form.instance.pk:
        del form.fields["is_template"]
        return
    form.fields["is_template"].help_text = TEMPLATE_HELP
    if wants_template(form) and "account" in form.fields:
        form.fields["account"].required = False


def wants_template(form: RecordForm) -> bool:
    """Whether the box is ticked."""
    return "is_template" in form.fields and form.is_bound and bool(form["is_template"].data)


def template_values(form: RecordForm) -> dict[str, Any]:
    """What a template takes of a form that was filled in for an account."""
    return {name: v for name, v in form.changes.items() if name not in NOT_IN_TEMPLATES}
