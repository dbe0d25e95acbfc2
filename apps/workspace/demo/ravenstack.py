"""Turns the RavenStack files into accounts and monthly attribute readings.

Synthetic data by River @ Rivalytics, free to use with credit. All dates are shifted by whole
months, so that the files' last month, December 2024, becomes the month before today's.
"""

from __future__ import annotations

import csv
import datetime as dt
import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Final

from apps.workspace.demo.names import COUNTRIES, ENDINGS, NAMES, PEOPLE, REGIONS, SURNAMES, TITLES

DATA: Final = Path(__file__).resolve().parent / "data"
LAST_MONTH: Final = (2024, 12)
FIRST_MONTH: Final = (2023, 1)


@dataclass(frozen=True)
class ContactRow:
    """A person at a customer."""

    name: str
    email: str
    title: str


@dataclass
class AccountRow:
    """A customer, with its readings by attribute: (date, value), oldest first."""

    external_id: str
    name: str
    parent: str | None
    industry: str
    country: str
    region: str
    tier: str
    stage: str
    status: str
    signup: dt.date
    renewal: dt.date | None
    review: dt.date | None
    arr: Decimal
    contacts: list[ContactRow]
    churn_reasons: list[str]
    readings: dict[str, list[tuple[dt.date, Decimal]]] = field(default_factory=dict)


# key: (label, type, unit)
ATTRIBUTES: Final = {
    "mrr": ("Monthly recurring revenue", "money", "USD"),
    "seats": ("Seats", "number", "Quantity"),
    "usage": ("Product usage", "number", "Quantity"),
    "error-rate": ("Error rate", "rate", "Percent"),
    "tickets": ("Support tickets", "number", "Quantity"),
    "first-response": ("First response time", "number", "Hours"),
    "satisfaction": ("Satisfaction (1 to 5)", "number", "Quantity"),
}


def months_to_shift(today: dt.date) -> int:
    """Whole months from the files' last month to the month before today's."""
    return (today.year - LAST_MONTH[0]) * 12 + today.month - 1 - LAST_MONTH[1]


def shift(day: dt.date, months: int) -> dt.date:
    """The same day some months later; the last day of the month where there is none."""
    total = day.year * 12 + day.month - 1 + months
    year, month = divmod(total, 12)
    return dt.date(year, month + 1, min(day.day, _days_in(year, month + 1)))


def _days_in(year: int, month: int) -> int:
    following = dt.date(year + month // 12, month % 12 + 1, 1)
    return (following - dt.timedelta(days=1)).day


def month_end(year: int, month: int) -> dt.date:
    """The last day of a month."""
    return dt.date(year, month, _days_in(year, month))


def _shifted_end(month: tuple[int, int], months: int) -> dt.date:
    first = shift(dt.date(*month, 1), months)
    return month_end(first.year, first.month)


def _rows(name: str) -> Iterator[dict[str, str]]:
    with open(DATA / f"{name}.csv", encoding="utf-8", newline="") as handle:
        yield from csv.DictReader(handle)


def _months() -> list[tuple[int, int]]:
    first = FIRST_MONTH[0] * 12 + FIRST_MONTH[1] - 1
    last = LAST_MONTH[0] * 12 + LAST_MONTH[1] - 1
    return [(n // 12, n % 12 + 1) for n in range(first, last + 1)]


def _month(text: str) -> tuple[int, int]:
    return int(text[:4]), int(text[5:7])


def _two_places(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"))


Series = dict[str, dict[tuple[int, int], Decimal]]


def subscription_series() -> dict[str, Series]:
    """MRR and seats of each account at the end of each month: paying subscriptions then running."""
    found: dict[str, Series] = {"mrr": defaultdict(dict), "seats": defaultdict(dict)}
    ends = {month: month_end(*month).isoformat() for month in _months()}
    for row in _rows("subscriptions"):
        if row["is_trial"] == "True":
            continue
        for month, end in ends.items():
            if row["start_date"] <= end and (not row["end_date"] or row["end_date"] > end):
                for key, column in (("mrr", "mrr_amount"), ("seats", "seats")):
                    series = found[key][row["account_id"]]
                    series[month] = series.get(month, Decimal(0)) + Decimal(row[column])
    return found


def usage_series() -> dict[str, Series]:
    """Usage count and error rate (percent) by month; an id that repeats counts once."""
    owner = {row["subscription_id"]: row["account_id"] for row in _rows("subscriptions")}
    counts: Series = defaultdict(lambda: defaultdict(Decimal))
    errors: Series = defaultdict(lambda: defaultdict(Decimal))
    seen: set[str] = set()
    for row in _rows("feature_usage"):
        if row["usage_id"] in seen:
            continue
        seen.add(row["usage_id"])
        account, month = owner[row["subscription_id"]], _month(row["usage_date"])
        counts[account][month] += Decimal(row["usage_count"])
        errors[account][month] += Decimal(row["error_count"])
    rates: Series = {
        account: {
            month: _two_places(errors[account][month] / used * 100)
            for month, used in months.items()
            if used
        }
        for account, months in counts.items()
    }
    return {"usage": counts, "error-rate": rates}


def ticket_series() -> dict[str, Series]:
    """Tickets, mean first response (hours) and mean satisfaction by month."""
    answers: dict[str, dict[tuple[int, int], list[Decimal]]] = defaultdict(
        lambda: defaultdict(list)
    )
    scores: dict[str, dict[tuple[int, int], list[Decimal]]] = defaultdict(lambda: defaultdict(list))
    for row in _rows("support_tickets"):
        account, month = row["account_id"], _month(row["submitted_at"])
        answers[account][month].append(Decimal(row["first_response_time_minutes"]) / 60)
        if row["satisfaction_score"]:
            scores[account][month].append(Decimal(row["satisfaction_score"]))

    def each(
        source: dict[str, dict[tuple[int, int], list[Decimal]]],
        measure: Callable[[list[Decimal]], Decimal],
    ) -> Series:
        return {a: {m: measure(v) for m, v in months.items()} for a, months in source.items()}

    def mean(values: list[Decimal]) -> Decimal:
        return _two_places(sum(values, Decimal(0)) / len(values))

    return {
        "tickets": each(answers, lambda values: Decimal(len(values))),
        "first-response": each(answers, mean),
        "satisfaction": each(scores, mean),
    }


# Where nothing happened, a count is zero; a mean has no value.
COUNTED: Final = ("mrr", "seats", "usage", "tickets")


def accounts(today: dt.date) -> list[AccountRow]:
    """All accounts of the files with names, people, hierarchy and readings; always the same."""
    months = months_to_shift(today)
    series = {**subscription_series(), **usage_series(), **ticket_series()}
    reasons: dict[str, list[str]] = defaultdict(list)
    for event in _rows("churn_events"):
        reasons[event["account_id"]].append(event["reason_code"])
    rows = list(_rows("accounts"))
    names = _company_names(rows)
    parents = _hierarchy(rows, names)
    result = []
    for place, row in enumerate(rows):
        key = row["account_id"]
        chance = random.Random(f"account {key}")  # noqa: S311 (a demo, not a secret)
        signup = dt.date.fromisoformat(row["signup_date"])
        # The files hold subscriptions and tickets from before the sign-up: they count too.
        since = min(
            [
                (signup.year, signup.month),
                *(m for found in series.values() for m in found.get(key, {})),
            ]
        )
        readings = {
            name: [
                (_shifted_end(month, months), value)
                for month in _months()
                if month >= since
                and (
                    value := found.get(key, {}).get(month, Decimal(0) if name in COUNTED else None)
                )
                is not None
            ]
            for name, found in series.items()
        }
        churned = row["churn_flag"] == "True"
        mrr = readings["mrr"][-1][1] if readings["mrr"] else Decimal(0)
        name = names[place]
        result.append(
            AccountRow(
                external_id=key,
                name=name,
                parent=parents.get(key),
                industry=row["industry"],
                country=COUNTRIES[row["country"]],
                region=REGIONS[row["country"]],
                tier=row["plan_tier"],
                stage=_stage(churned, row["is_trial"] == "True", chance),
                status="churned" if churned else "active",
                signup=shift(signup, months),
                renewal=None if churned else today + dt.timedelta(days=chance.randrange(5, 360)),
                review=None
                if churned or chance.random() < 0.4
                else today + dt.timedelta(days=chance.randrange(2, 90)),
                arr=mrr * 12,
                contacts=_contacts(name, chance),
                churn_reasons=[reason for reason in reasons[key] if reason != "unknown"],
                readings=readings,
            )
        )
    return result


def _company_names(rows: list[dict[str, str]]) -> list[str]:
    """An invented name for each account, fitting its industry, none twice."""
    chance = random.Random("ravenstack names")  # noqa: S311
    taken: set[str] = set()
    names = []
    for row in rows:
        while True:
            name = f"{chance.choice(NAMES)} {chance.choice(ENDINGS[row['industry']])}"
            if name not in taken:
                break
        taken.add(name)
        names.append(name)
    return names


def _hierarchy(rows: list[dict[str, str]], names: list[str]) -> dict[str, str]:
    """Parents by external id: accounts that share the first word of their name form a group.

    The first of a group is its head; in larger groups the later ones hang under the second.
    """
    groups: dict[str, list[str]] = defaultdict(list)
    for row, name in zip(rows, names, strict=True):
        groups[name.split()[0]].append(row["account_id"])
    parents = {}
    for word in sorted(groups)[:40]:
        members = groups[word]
        for place, member in enumerate(members[1:], 1):
            parents[member] = members[1] if place >= 3 else members[0]
    return parents


def _stage(churned: bool, trial: bool, chance: random.Random) -> str:
    if churned:
        return "churned"
    if trial:
        return "onboarding"
    return chance.choices(["adoption", "growth", "renewal", "at_risk"], [5, 4, 2, 1])[0]


def _contacts(company: str, chance: random.Random) -> list[ContactRow]:
    domain = f"{company.lower().replace(' ', '-')}.example"
    people = {
        (chance.choice(PEOPLE), chance.choice(SURNAMES)): title
        for title in chance.sample(TITLES, chance.randint(1, 4))
    }
    return [
        ContactRow(f"{first} {last}", f"{first}.{last}@{domain}".lower(), title)
        for (first, last), title in people.items()
    ]
