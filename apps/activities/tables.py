"""Columns of the list of CS activities."""

from __future__ import annotations

from typing import Any

from apps.activities.rules import WHAT
from apps.core import ui
from apps.core.kinds import KINDS
from apps.core.person import Person
from apps.core.tables import Column, Table, link, moment, number, text
from apps.core.ui import escape


def about(record: Any, person: Person) -> str:
    """The lowest record that an activity is linked to."""
    for name in WHAT:
        pk = getattr(record, f"{name}_id")
        if pk is not None:
            label = escape(record.about_name)
            return f'{ui.kind_icon(name)} <a href="{KINDS[name].prefix}{pk}/">{label}</a>'
    return ui.NONE


def type_tag(record: Any, person: Person) -> str:
    """The type in its tint."""
    kind = record.type
    return ui.tag(kind.label, kind.tint) if kind else ui.NONE


class ActivityTable(Table):
    """The list of CS activities."""

    record = "activity"
    subject = Column(link("/activities/"), verbose_name="Subject")
    happened_at = Column(moment("happened_at"), verbose_name="When", order_by=("happened_at", "pk"))
    type = Column(
        type_tag,
        verbose_name="Type",
        order_by=("type__position", "type__label"),
        edits="type",
        groups=True,
    )
    account = Column(
        link("/accounts/", "account.name", key="account_id"),
        verbose_name="Account",
        order_by="account__name",
        groups=True,
    )
    about = Column(about, verbose_name="About", orderable=False)
    owner = Column(text("owner.name"), verbose_name="Owner", order_by="owner__name", groups=True)
    duration = Column(number("duration"), verbose_name="Minutes", numeric=True, edits="duration")
    updated_at = Column(moment("updated_at"), verbose_name="Updated", default=False)
