"""What a file of accounts and contacts can hold, and how its columns are usually called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from apps.core.imports import values
from apps.core.imports.columns import Match, Target, knows

ACCOUNT: Final = "Account"
CONTACT: Final = "Contact"

# The order matters: a column goes to the first field that knows its name, so a bare "Name" beside
# "Company" is left for the contact.
TARGETS: Final = [
    Target(
        "name",
        "Account name",
        (
            "account",
            "company name",
            "company",
            "customer name",
            "customer",
            "organisation",
            "organization",
            "organisation name",
            "organization name",
            "client",
            "client name",
            "firma",
            "kunde",
            "name",
        ),
        group=ACCOUNT,
    ),
    Target(
        "external_id",
        "External id",
        (
            "account id",
            "crm id",
            "customer id",
            "company id",
            "client id",
            "account external id",
            "account number",
            "account no",
            "customer number",
            "customer no",
            "salesforce id",
            "hubspot id",
            "external key",
            "external reference",
            "kundennummer",
            "id",
        ),
        group=ACCOUNT,
    ),
    Target(
        "parent",
        "Parent account",
        (
            "parent",
            "parent account name",
            "parent account id",
            "parent name",
            "parent id",
            "parent company",
            "parent external id",
            "parent crm id",
            "group",
            "belongs to",
        ),
        group=ACCOUNT,
    ),
    Target("status", "Status", ("account status", "customer status"), "status", ACCOUNT),
    Target(
        "lifecycle_stage",
        "Lifecycle stage",
        ("stage", "lifecycle", "account stage", "customer stage", "phase"),
        "stage",
        ACCOUNT,
    ),
    Target("segment", "Segment", ("account segment", "customer segment"), group=ACCOUNT),
    Target(
        "tier",
        "Tier",
        ("plan tier", "account tier", "plan", "subscription", "package", "edition"),
        group=ACCOUNT,
    ),
    Target("industry", "Industry", ("sector", "vertical", "branche"), group=ACCOUNT),
    Target(
        "country",
        "Country",
        ("billing country", "account country", "country code", "land"),
        group=ACCOUNT,
    ),
    Target(
        "arr",
        "ARR",
        (
            "annual recurring revenue",
            "arr amount",
            "annual revenue",
            "annual contract value",
            "acv",
            "contract value",
        ),
        "number",
        ACCOUNT,
    ),
    Target(
        "currency",
        "Currency",
        ("currency code", "arr currency", "currency iso code", "währung"),
        "currency",
        ACCOUNT,
    ),
    Target(
        "signup_date",
        "Signed up",
        (
            "signup",
            "sign up date",
            "customer since",
            "start date",
            "contract start",
            "onboarded on",
            "since",
        ),
        "date",
        ACCOUNT,
    ),
    Target(
        "renewal_date",
        "Renewal",
        (
            "renewal on",
            "renews on",
            "next renewal",
            "next renewal date",
            "contract end",
            "contract end date",
            "end date",
            "expiry date",
        ),
        "date",
        ACCOUNT,
    ),
    Target(
        "next_review_date",
        "Next business review",
        ("next review", "business review", "next qbr", "qbr date", "next business review date"),
        "date",
        ACCOUNT,
    ),
    Target(
        "csm",
        "CSM",
        (
            "customer success manager",
            "csm name",
            "csm e-mail",
            "csm owner",
            "account owner",
            "owner",
            "owner name",
            "owner e-mail",
            "account manager",
            "success manager",
        ),
        "resource",
        ACCOUNT,
    ),
    Target("tags", "Tags", ("tag", "labels", "account tags"), "tags", ACCOUNT),
    Target(
        "contact_name",
        "Contact name",
        (
            "contact",
            "contact full name",
            "contact person",
            "primary contact",
            "primary contact name",
            "full name",
            "person",
            "ansprechpartner",
            "name",
        ),
        group=CONTACT,
    ),
    Target(
        "contact_first_name",
        "Contact first name",
        ("first name", "given name", "vorname"),
        group=CONTACT,
    ),
    Target(
        "contact_last_name",
        "Contact last name",
        ("last name", "surname", "family name", "nachname"),
        group=CONTACT,
    ),
    Target(
        "contact_email",
        "Contact e-mail",
        (
            "contact email address",
            "primary contact email",
            "e-mail",
            "email",
            "e-mail address",
            "mail",
            "work email",
        ),
        "email",
        CONTACT,
    ),
    Target(
        "contact_title",
        "Contact title",
        ("contact job title", "contact role", "job title", "title", "position"),
        group=CONTACT,
    ),
    Target(
        "contact_phone",
        "Contact phone",
        (
            "contact phone number",
            "phone",
            "phone number",
            "telephone",
            "mobile",
            "mobile phone",
            "telefon",
        ),
        group=CONTACT,
    ),
    Target(
        "contact_is_active",
        "Contact is active",
        ("contact active", "is active", "active"),
        "flag",
        CONTACT,
    ),
]
BY_KEY: Final = {target.key: target for target in TARGETS}
KNOWN: Final = knows(TARGETS)

EXAMPLE: Final = (
    "External id;Account name;Parent account;Status;Lifecycle stage;Segment;Tier;Industry;Country;"
    "ARR;Currency;Signed up;Renewal;CSM;Tags;Contact name;Contact e-mail;Contact title;"
    "Contact phone\r\n"
    "C-1001;Northwind Group;;Active;Growth;Enterprise;Gold;Logistics;Germany;"
    '"120.000,00";EUR;01.03.2023;28.02.2027;;;Jana Wolff;jana.wolff@northwind.example;'
    "Head of Operations;+49 30 1234567\r\n"
    "C-1002;Northwind Iberia;C-1001;Active;Onboarding;Mid-market;Silver;Logistics;Spain;"
    '"36.500,00";EUR;15.09.2025;14.09.2026;;;Luis Prada;luis.prada@northwind.example;'
    "Programme Lead;\r\n"
    "C-1002;Northwind Iberia;;;;;;;;;;;;;;Ana Gil;ana.gil@northwind.example;Administrator;\r\n"
)


@dataclass(frozen=True)
class Options:
    """What the person said about a file; everything empty is found out from the file itself."""

    mapping: Mapping[str, str] = field(default_factory=dict)
    dates: str = ""
    numbers: str = ""
    encoding: str = ""
    delimiter: str = ""
    clear_empty: bool = False

    def as_json(self) -> dict[str, Any]:
        """The options as they are kept with a run."""
        return {
            "mapping": dict(self.mapping),
            "dates": self.dates,
            "numbers": self.numbers,
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "clear_empty": self.clear_empty,
        }


def matching_problems(match: Match, headers: Sequence[str], like_data: bool) -> list[str]:
    """What is wrong with the columns as a whole: nothing can be imported until it is mended."""
    problems = list(match.problems)
    filled = match.filled()
    if "name" in filled or "external_id" in filled:
        return problems
    named = ", ".join(f"“{header}”" for header in headers if header) or "no names"
    reason = (
        "No column holds the account's name or external id, so no row can be given to an account."
        f" The first row says: {named}."
    )
    if like_data:
        reason += " It looks like data: the first row must name the columns."
    else:
        reason += " Say which column is the account name."
    return [*problems, reason]


def choice_of(text: str, choices: Mapping[str, str], label: str) -> str:
    """The stored value of a choice written by value or by label, in any case.

    Raises ValueError with the choices there are.
    """
    wanted = text.strip().casefold().replace("_", " ").replace("-", " ")
    for value, shown in choices.items():
        if wanted in (value.replace("_", " "), shown.casefold()):
            return value
    names = ", ".join(choices.values())
    raise ValueError(f"“{text.strip()}” is no {label.lower()}. Write one of: {names}.")


def one_of(text: str, known: Mapping[str, Sequence[int]], what: str, hint: str) -> int:
    """The id that a name, code or address stands for. Raises ValueError with a sentence."""
    found = known.get(text.strip().casefold(), ())
    if not found:
        raise ValueError(f"There is no {what} “{text.strip()}”. {hint}")
    if len(found) > 1:
        raise ValueError(
            f"More than one {what} is called “{text.strip()}”. Write the e-mail address."
        )
    return found[0]


def split_tags(text: str) -> list[str]:
    """The tags of a cell, divided by semicolons, commas or bars."""
    for mark in ";|":
        text = text.replace(mark, ",")
    return [word.strip() for word in text.split(",") if word.strip()]


def contact_name(parts: Mapping[str, str | None]) -> str | None:
    """A contact's name: in one column, or put together of first and last name."""
    whole = parts.get("contact_name")
    names = [parts.get("contact_first_name"), parts.get("contact_last_name")]
    return whole or " ".join(name for name in names if name) or None


def option_errors(options: Options) -> list[str]:
    """What the person said that cannot be."""
    errors = []
    if options.dates and options.dates not in (values.DMY, values.MDY, values.YMD):
        errors.append(f"“{options.dates}” is no order of dates. Say dmy, mdy or ymd.")
    if options.numbers and options.numbers not in (values.POINT, values.COMMA):
        errors.append(
            f"“{options.numbers}” is no form of numbers. Say point (1,234.56) or comma (1.234,56)."
        )
    return errors
