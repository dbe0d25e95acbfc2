"""Rules of CS activities, as functions of values."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

# What an activity can be linked to, the lowest record first: it names all above it too.
WHAT: Final[dict[str, str]] = {
    "task": "task",
    "kpi": "KPI",
    "playbook": "playbook",
    "objective": "objective",
    "plan": "success plan",
}


@dataclass(frozen=True)
class Named:
    """A record by its id and by its name."""

    pk: int | None
    name: str


@dataclass(frozen=True)
class Link:
    """A record that an activity is linked to, and where it lies.

    `above` holds the records that it lies in; an id of None says that it lies in none, where the
    database would leave none beside it (an objective without a plan).
    """

    kind: str
    record: Named
    account: Named
    above: Mapping[str, Named] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{WHAT[self.kind]} “{self.record.name}”"


def link_errors(links: Sequence[Link], *, account: Named, named: Collection[str]) -> dict[str, str]:
    """What is wrong with the links of an activity, by field (R-CAS-2).

    `links` come lowest first. `named` are the fields that the person filled in or emptied just
    now: a link above that is only kept follows the new link below it, one that was named and
    disagrees is refused.
    """
    errors: dict[str, str] = {}
    have = {link.kind: link for link in links}
    implied: dict[str, Link] = {}
    followed: set[str] = set()
    for link in links:
        if link.kind in followed:
            continue
        if link.account.pk != account.pk:
            errors.setdefault(link.kind, _foreign(link, account))
            continue
        for name, upper in link.above.items():
            other = have.get(name) if name not in followed else None
            if other is not None and other.record.pk == upper.pk:
                continue
            if name in implied and implied[name].above[name].pk != upper.pk:
                first = implied[name]
                wrong = link.kind if link.kind in named else first.kind
                errors.setdefault(
                    wrong,
                    f"The {first} and the {link} do not lie in the same {WHAT[name]}."
                    " Link one of the two.",
                )
                continue
            implied[name] = link
            if name not in named:
                followed.add(name)
            elif other is not None or upper.pk is not None:
                errors.setdefault(name, _disagree(link, upper, name, other))
    return errors


def _foreign(link: Link, account: Named) -> str:
    return (
        f"“{link.record.name}” is a {WHAT[link.kind]} of {link.account.name}."
        f" Choose one of {account.name}, or none."
    )


def _disagree(link: Link, upper: Named, name: str, other: Link | None) -> str:
    if other is None:
        return f"The {link} lies in “{upper.name}”. Keep it, or empty the {WHAT[link.kind]} too."
    if upper.pk is None:
        return f"The {link} lies in no {WHAT[name]}. Empty one of the two."
    return (
        f"The {link} lies in “{upper.name}”, not in “{other.record.name}”."
        f" Choose “{upper.name}”, or empty one of the two."
    )


def emptied_account_error(link: Link) -> str:
    """Why the account of an activity cannot be emptied while it is linked to something."""
    return (
        f"The {link} belongs to {link.account.name}, and so does what is noted about it."
        f" Empty the {WHAT[link.kind]} too."
    )


def foreign_contacts_error(names: Iterable[str], account: str) -> str | None:
    """Why these contacts cannot have been present, None when there are none."""
    listed = ", ".join(names)
    if not listed:
        return None
    if not account:
        return f"{listed}: choose the account first, then who was present."
    return f"{listed}: not a contact of {account}. Choose contacts of the same account."
