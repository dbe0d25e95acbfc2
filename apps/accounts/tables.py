"""Columns of the lists of customers, contacts and resources."""

from __future__ import annotations

import datetime as dt
from typing import Any

from apps.accounts.choices import AccountStatus, LifecycleStage
from apps.core import ui
from apps.core.person import Person
from apps.core.tables import Column, Table, date, display, first_tag, link, number, tags, text
from apps.core.ui import escape
from apps.reports.choices import Band
from apps.reports.health_rules import band, score_shown
from apps.reports.health_selectors import health_columns

STATUS_TINTS: dict[str, str] = {
    AccountStatus.PROSPECT: "blue",
    AccountStatus.ACTIVE: "green",
    AccountStatus.CHURNED: "grey",
}
STAGE_TINTS: dict[str, str] = {
    LifecycleStage.ONBOARDING: "blue",
    LifecycleStage.ADOPTION: "teal",
    LifecycleStage.GROWTH: "green",
    LifecycleStage.RENEWAL: "violet",
    LifecycleStage.AT_RISK: "red",
    LifecycleStage.CHURNED: "grey",
}

BAND_TINTS: dict[str, str] = {
    Band.GOOD: "green",
    Band.FAIR: "amber",
    Band.POOR: "red",
    Band.UNKNOWN: "grey",
}


def _status(record: Any, person: Person) -> str:
    return ui.own_status(record.get_status_display(), STATUS_TINTS[record.status])


def _stage(record: Any, person: Person) -> str:
    tint = STAGE_TINTS.get(record.lifecycle_stage, "grey")
    return ui.own_status(record.get_lifecycle_stage_display(), tint)


def health(record: Any, person: Person) -> str:
    """The newest health score with its band, leading to what it is made of."""
    if record.health_score is None:
        return ui.NONE
    found = band(record.health_score, record.health_good, record.health_poor)
    mark = ui.own_status(f"{score_shown(record.health_score)} {found.label}", BAND_TINTS[found])
    return f'<a class="health-link" href="/reports/health/{record.pk}/">{mark}</a>'


def _parent(record: Any, person: Person) -> str:
    if not record.parent_name:
        return ui.NONE
    return f'<a href="/accounts/{record.parent_id}/">{escape(record.parent_name)}</a>'


def _renewal(record: Any, person: Person) -> str:
    day: dt.date | None = record.renewal_date
    if day is None:
        return ui.NONE
    return (
        f'<span class="date">{person.date(day)}</span>'
        f' <span class="muted">{person.days(day)}</span>'
    )


def _mail(record: Any, person: Person) -> str:
    address = escape(record.email)
    return f'<a href="mailto:{address}">{address}</a>' if address else ui.NONE


def _works_there(record: Any, person: Person) -> str:
    return "Yes" if record.is_active else ui.own_status("Left the company", "grey")


def _active(record: Any, person: Person) -> str:
    return "Yes" if record.is_active else ui.own_status("Inactive", "grey")


class AccountTable(Table):
    """The list of accounts."""

    record = "account"
    reads = (
        "name",
        "parent_id",
        "lifecycle_stage",
        "tier",
        "industry",
        "country",
        "segment",
        "arr",
        "renewal_date",
        "next_review_date",
        "status",
        "external_id",
        "signup_date",
    )
    name = Column(link("/accounts/"))
    parent = Column(_parent, order_by="parent_name")
    csm = Column(text("csm"), verbose_name="CSM", groups=True)
    health = Column(health, order_by="health_score", adds=health_columns())
    lifecycle_stage = Column(_stage, verbose_name="Lifecycle", edits="lifecycle_stage", groups=True)
    tier = Column(text("tier"), edits="tier", groups=True)
    industry = Column(text("industry"), edits="industry", groups=True)
    country = Column(text("country"), default=False, edits="country", groups=True)
    segment = Column(text("segment"), default=False, edits="segment", groups=True)
    arr = Column(
        number("arr", unit="currency.label", decimals=0),
        numeric=True,
        verbose_name="ARR",
        reads=["currency__label"],
        edits="arr",
    )
    renewal_date = Column(_renewal, verbose_name="Renewal", edits="renewal_date")
    next_review_date = Column(
        date("next_review_date"),
        verbose_name="Next review",
        default=False,
        edits="next_review_date",
    )
    status = Column(_status, edits="status", groups=True)
    tags = Column(
        tags,
        default=False,
        fetches=["tags"],
        order_by="first_tag",
        adds={"first_tag": first_tag("account")},
        edits="tags",
    )
    external_id = Column(text("external_id"), verbose_name="External id", default=False)
    signup_date = Column(date("signup_date"), verbose_name="Signed up", default=False)


class ContactTable(Table):
    """The list of contacts."""

    record = "contact"
    name = Column(link("/contacts/"))
    account = Column(
        link("/accounts/", "account.name", key="account_id"), order_by="account__name", groups=True
    )
    title = Column(text("title"), edits="title")
    email = Column(_mail, verbose_name="E-mail", edits="email")
    phone = Column(text("phone"), edits="phone")
    is_active = Column(_works_there, verbose_name="Active", opens="edit")


class ResourceTable(Table):
    """The list of resources."""

    record = "resource"
    name = Column(link("/resources/"))
    role = Column(text("role"), order_by="role__position")
    email = Column(_mail, verbose_name="E-mail")
    kind = Column(display("kind"))
    account_count = Column(
        number("account_count", decimals=0), numeric=True, verbose_name="Accounts"
    )
    plan_count = Column(number("plan_count", decimals=0), numeric=True, verbose_name="Active plans")
    is_active = Column(_active, verbose_name="Active")
