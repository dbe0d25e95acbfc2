"""What a new installation needs, in order: each step with its state, worked out from facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

DEFAULT_NAME: Final = "SuccessCloud"


class State(StrEnum):
    """How a step stands. Only what is open is counted as missing."""

    DONE = "done"
    OPEN = "open"
    REVIEW = "review"
    OPTIONAL = "optional"
    HINT = "hint"


# How each state is called, and the tint of it.
SAID: Final[Mapping[State, tuple[str, str]]] = {
    State.DONE: ("Done", "green"),
    State.OPEN: ("Missing", "red"),
    State.REVIEW: ("Please look through", "amber"),
    State.OPTIONAL: ("If you like", "grey"),
    State.HINT: ("Outside of the program", "grey"),
}


@dataclass(frozen=True)
class Link:
    """A page of a step, by the name of its address."""

    label: str
    name: str
    permission: str = ""
    args: tuple[int, ...] = ()


@dataclass(frozen=True)
class Step:
    """One step of the set-up: why it is there, how it stands, and where it is done."""

    key: str
    title: str
    why: str
    state: State
    stands: str
    links: tuple[Link, ...] = ()
    # Whether "reviewed, fits us" can be said of it.
    reviewable: bool = False
    reviewed: str = ""

    @property
    def said(self) -> str:
        """The state in words."""
        return SAID[self.state][0]

    @property
    def tint(self) -> str:
        """The colour of the state."""
        return SAID[self.state][1]


@dataclass(frozen=True)
class Facts:
    """What the database says of the installation, as plain values."""

    name: str = DEFAULT_NAME
    time_zone: str = "UTC"
    has_logo: bool = False
    # Active words by model label: {"core.unit": 10}.
    words: Mapping[str, int] = field(default_factory=dict)
    currencies: Sequence[str] = ()
    users: int = 0
    without_group: Sequence[str] = ()
    invited: int = 0
    resources: int = 0
    attributes: int = 0
    templates: int = 0
    accounts: int = 0
    types: int = 0
    own_fields: int = 0
    # Who found which step right, and when, in words: {"units": "Alex Admin on 25 November 2026"}.
    reviewed: Mapping[str, str] = field(default_factory=dict)
    # How the last test mail went; empty when none was sent. `mail_ok` says whether it left.
    mail: str = ""
    mail_ok: bool = False
    # Whether a job worker gave a sign of life in the last minutes.
    worker: bool = False


# Steps about words: (key, title, why, {model label: (one, many)}, the page of each).
WORDS: Final[tuple[tuple[str, str, str, Mapping[str, tuple[str, str]], tuple[Link, ...]], ...]] = (
    (
        "units",
        "Units and currency",
        "Every measure counts in a unit, and the value of an account in a currency. Switch off the"
        " currencies that you do not use, and nobody chooses a wrong one.",
        {"core.unit": ("unit", "units")},
        (Link("Units", "admin:core_unit_changelist"),),
    ),
    (
        "objectives",
        "Statuses and categories of objectives",
        "They are the words in which everybody says where a goal stands and what it is about. You"
        " may rename them freely: what a status does follows its kind, not its label.",
        {
            "objectives.objectivestatus": ("status", "statuses"),
            "objectives.objectivecategory": ("category", "categories"),
        },
        (
            Link("Statuses", "admin:objectives_objectivestatus_changelist"),
            Link("Categories", "admin:objectives_objectivecategory_changelist"),
        ),
    ),
    (
        "kpis",
        "KPI categories",
        "KPI Trending and the reports compare KPIs of the same category.",
        {"kpis.kpicategory": ("category", "categories")},
        (Link("KPI categories", "admin:kpis_kpicategory_changelist"),),
    ),
    (
        "roles",
        "Roles",
        "Who plays which part for an account. Templates name roles, and whoever has the role on"
        " the account gets the work.",
        {"accounts.role": ("role", "roles")},
        (Link("Roles", "admin:accounts_role_changelist"),),
    ),
    (
        "words",
        "Activities, challenges and tags",
        "What you do with customers, what hurts them, and the marks you put on accounts and"
        " objectives.",
        {
            "activities.activitytype": ("activity type", "activity types"),
            "plans.challengecategory": ("challenge category", "challenge categories"),
            "core.tag": ("tag", "tags"),
        },
        (
            Link("Activity types", "admin:activities_activitytype_changelist"),
            Link("Challenge categories", "admin:plans_challengecategory_changelist"),
            Link("Tags", "admin:core_tag_changelist"),
        ),
    ),
)
HEALTH: Final = "health"
REVIEWABLE: Final = (*(key for key, *_ in WORDS), HEALTH)


def counted(number: int, one: str, many: str) -> str:
    """A number with its noun: "1 tag", "no tags"."""
    return f"{number or 'no'} {one if number == 1 else many}"


def _sentence(parts: Sequence[str]) -> str:
    *most, last = parts
    said = f"{', '.join(most)} and {last}" if most else last
    return f"{said[:1].upper()}{said[1:]}."


def _looked_through(facts: Facts, key: str, *, empty: bool) -> State:
    if empty:
        return State.OPEN
    return State.DONE if key in facts.reviewed else State.REVIEW


def _organisation(facts: Facts) -> Step:
    named = facts.name != DEFAULT_NAME
    logo = "with a logo" if facts.has_logo else "no logo yet"
    stands = f"{facts.name}, time zone {facts.time_zone}, {logo}."
    return Step(
        "organisation",
        "Your organisation",
        "Its name stands in mails and on what customers see; its time zone says when a day begins."
        " Logo and colour are for the pages that customers open.",
        State.DONE if named else State.OPEN,
        stands if named else f"No name yet: it is still called {DEFAULT_NAME}. {stands}",
        (Link("Organisation", "admin:core_organisation_change", "core.view_organisation", (1,)),),
    )


def _words(facts: Facts) -> list[Step]:
    steps = []
    for key, title, why, nouns, links in WORDS:
        numbers = {label: facts.words.get(label, 0) for label in nouns}
        stands = _sentence([counted(numbers[label], *noun) for label, noun in nouns.items()])
        if key == "units":
            some = ", ".join(facts.currencies)
            stands += f" Currencies: {some}." if some else " There is no currency among them."
        # Tags are a help, not a need.
        needed = [number for label, number in numbers.items() if label != "core.tag"]
        empty = not all(needed) or (key == "units" and not facts.currencies)
        steps.append(
            Step(
                key,
                title,
                why,
                _looked_through(facts, key, empty=empty),
                stands,
                links,
                reviewable=not empty,
                reviewed=facts.reviewed.get(key, ""),
            )
        )
    return steps


def _people(facts: Facts) -> Step:
    stands = _sentence(
        [
            counted(facts.users, "active user", "active users"),
            counted(facts.resources, "resource", "resources"),
        ]
    )
    if facts.invited:
        stands += f" {counted(facts.invited, 'user has', 'users have')} no password yet."
    lacking: list[str] = []
    if facts.users < 2:
        lacking.append("Nobody but you can sign in: invite the others.")
    if facts.without_group:
        named = ", ".join(facts.without_group[:5])
        rest = len(facts.without_group) - 5
        more = f" and {rest} more" if rest > 0 else ""
        lacking.append(f"In no group, so they see nothing: {named}{more}.")
    if not facts.resources:
        lacking.append("There is no resource, so nobody can own or be assigned anything.")
    return Step(
        "people",
        "People",
        "A user signs in, a group says what they may do, and a resource is the person as they own"
        " and do things. Inviting a user makes all three.",
        State.OPEN if lacking else State.DONE,
        " ".join([stands, *lacking]),
        (
            Link("Users", "admin:core_user_changelist", "core.view_user"),
            Link("Groups", "admin:auth_group_changelist", "auth.view_group"),
            Link("Resources", "admin:accounts_resource_changelist"),
        ),
    )


def _measures(facts: Facts) -> list[Step]:
    metrics = facts.words.get("reports.healthmetric", 0)
    return [
        Step(
            "attributes",
            "Attributes",
            "Facts about accounts that are measured over time, such as seats or monthly revenue."
            " KPIs and health can follow them.",
            State.DONE if facts.attributes else State.OPTIONAL,
            _sentence([counted(facts.attributes, "attribute", "attributes")]),
            (Link("Attributes", "admin:accounts_attributedefinition_changelist"),),
        ),
        Step(
            HEALTH,
            "Health",
            "What the health of a customer is made of, and how much each part counts.",
            _looked_through(facts, HEALTH, empty=False) if metrics else State.OPTIONAL,
            _sentence([counted(metrics, "health metric", "health metrics")]),
            (Link("Health metrics", "admin:reports_healthmetric_changelist"),),
            reviewable=bool(metrics),
            reviewed=facts.reviewed.get(HEALTH, ""),
        ),
    ]


def _shape(facts: Facts) -> Step:
    stands = _sentence(
        [
            counted(facts.types, "record type", "record types"),
            counted(facts.own_fields, "own field", "own fields"),
        ]
    )
    return Step(
        "shape",
        "Record types and fields of your own",
        "Give records the fields that only you need, and sort plans, objectives, playbooks, tasks"
        " and activities into types. Everything works without.",
        State.DONE if facts.types or facts.own_fields else State.OPTIONAL,
        stands,
        (
            Link("Own fields", "admin:core_customfield_changelist"),
            Link("Record types", "admin:core_recordtype_changelist"),
            Link("Field sets", "admin:core_fieldset_changelist"),
        ),
    )


def _content(facts: Facts) -> list[Step]:
    return [
        Step(
            "library",
            "Library",
            "Templates of plans, objectives and playbooks, so that nobody begins with an empty page.",
            State.DONE if facts.templates else State.OPEN,
            _sentence([counted(facts.templates, "template", "templates")]),
            (
                Link("Load or take away", "workspace:setup-library"),
                Link("Open the library", "library:list"),
            ),
        ),
        Step(
            "accounts",
            "Accounts",
            "Your customers: everything else hangs on them. Import them from a file, once or again"
            " and again.",
            State.DONE if facts.accounts else State.OPEN,
            _sentence([counted(facts.accounts, "account", "accounts")]),
            (
                Link("Import accounts", "accounts:import", "accounts.add_account"),
                Link("Accounts", "accounts:list"),
            ),
        ),
    ]


def _running(facts: Facts) -> list[Step]:
    return [
        Step(
            "mail",
            "Mail",
            "Invitations, forgotten passwords and news of one's work go out by mail.",
            State.DONE if facts.mail_ok else State.OPEN,
            facts.mail or "No test mail was sent yet.",
        ),
        Step(
            "worker",
            "Job worker",
            "A second process sends the mails, reads long files and reckons health. Without it,"
            " nobody's invitation leaves the house.",
            State.DONE if facts.worker else State.OPEN,
            "It is running."
            if facts.worker
            else "None gave a sign of life in the last two minutes. Your operator starts it with:",
        ),
        Step(
            "backups",
            "Backups",
            "Everything is in one database. The program cannot see whether somebody backs it up:"
            " let your operator run this every night, and try once to restore it.",
            State.HINT,
            "",
        ),
    ]


def steps(facts: Facts) -> list[Step]:
    """The whole way, in the order in which it is best gone."""
    return [
        _organisation(facts),
        *_words(facts),
        *_measures(facts),
        _people(facts),
        _shape(facts),
        *_content(facts),
        *_running(facts),
    ]


def progress(found: Sequence[Step]) -> tuple[int, int]:
    """How many of the steps that matter are done."""
    matter = [one for one in found if one.state not in (State.OPTIONAL, State.HINT)]
    return sum(one.state == State.DONE for one in matter), len(matter)


def next_step(found: Sequence[Step]) -> str:
    """The key of the first step that is missing or to be looked through; empty at the end."""
    return next((one.key for one in found if one.state in (State.OPEN, State.REVIEW)), "")
