"""Who is named in a comment with an @, as functions of its text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

# A person or a group: ("resource", 12) or ("pool", 3).
Key = tuple[str, int]

LONGEST: Final = 5000


@dataclass(frozen=True)
class Named:
    """Somebody, or a group, who can be mentioned."""

    key: Key
    name: str
    aside: str = ""


def handles(people: Iterable[Named]) -> dict[str, Key | None]:
    """What follows the @ for each of them, in small letters; None where it could be several.

    Of those who share a name each has something beside it: "Jo Park (jo@example.com)".
    """
    people = list(people)
    alike = Counter(one.name.lower() for one in people)
    found: dict[str, Key | None] = {}
    for one in people:
        found[handle(one, shared=alike[one.name.lower()] > 1).lower()] = one.key
    return {**found, **{name: None for name, number in alike.items() if number > 1}}


def handle(one: Named, *, shared: bool) -> str:
    """What follows the @ to mention this one; `shared` when others are called the same."""
    return f"{one.name} ({one.aside or one.key[1]})" if shared else one.name


def _found(text: str, names: Sequence[str]) -> Iterable[tuple[int, str]]:
    """Where an @ names one of these, the longest that fits; `names` come longest first."""
    small = text.lower()
    if len(small) != len(text):
        small = text
    for at, sign in enumerate(small):
        if sign != "@" or (at and (small[at - 1].isalnum() or small[at - 1] in "._-+@")):
            continue
        for name in names:
            end = at + 1 + len(name)
            if small.startswith(name, at + 1) and not small[end : end + 1].isalnum():
                yield at, name
                break


def _longest_first(names: Iterable[str]) -> list[str]:
    return sorted((name for name in names if name), key=len, reverse=True)


def mentioned(text: str, names: Mapping[str, Key | None]) -> tuple[list[Key], list[str]]:
    """Whom a text mentions, each once, and the names in it that several people share."""
    keys: dict[Key, None] = {}
    unclear: dict[str, None] = {}
    for at, name in _found(text, _longest_first(names)):
        key = names[name]
        if key is None:
            unclear[text[at + 1 : at + 1 + len(name)]] = None
        else:
            keys[key] = None
    return list(keys), list(unclear)


def unclear_error(name: str, written: Sequence[str]) -> str:
    """Why a name cannot be mentioned: several people have it, and how each is written."""
    ways = " or ".join(f"@{one}" for one in written)
    return f"Several people are called {name}. Write {ways}."


def parts(text: str, names: Iterable[str]) -> list[tuple[str, bool]]:
    """A text in pieces, with whether each names somebody of these with an @."""
    found: list[tuple[str, bool]] = []
    end = 0
    for at, name in _found(text, _longest_first(one.lower() for one in names)):
        found += [(text[end:at], False), (text[at : at + 1 + len(name)], True)]
        end = at + 1 + len(name)
    return [part for part in [*found, (text[end:], False)] if part[0]]


def answered_error(number: int) -> str | None:
    """Why a comment cannot be deleted: others answered it."""
    if not number:
        return None
    what = "An answer stands" if number == 1 else f"{number} answers stand"
    return f"{what} below this comment and would lose what they answer. Edit it, or resolve it."


def told_sentence(done: str, told: Sequence[str], unseen: Sequence[str]) -> str:
    """What was done and who was told of it, and who cannot be since they do not see the account."""
    said = [done]
    if told:
        said.append(f"Told: {', '.join(told)}.")
    if unseen:
        verb = "does" if len(unseen) == 1 else "do"
        said.append(f"Not told: {', '.join(unseen)}, who {verb} not see this account.")
    return " ".join(said)
