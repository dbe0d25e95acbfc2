"""What was promised, as it is read from notes: lines that say what we or they will do."""

from __future__ import annotations

import html
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Literal

Side = Literal["us", "them"]
US: Final[Literal["us"]] = "us"
THEM: Final[Literal["them"]] = "them"

LONGEST: Final = 200
# More lines than these are no promises of one meeting.
MOST: Final = 20

# Where one line of formatted text ends and the next begins.
_BREAKS: Final = re.compile(r"<br\s*/?>|</(?:p|div|li|h[1-6]|blockquote|pre)>|\r\n?|\n", re.I)
_TAGS: Final = re.compile(r"<[^<>]*>")
# What stands before the words of a line in a list.
_MARK: Final = r"[\s\u00a0]*(?:[-*•–]|\d{1,3}[.)])?[\s\u00a0]*"
_BOX: Final = r"(?P<box>\[[\s\u00a0]?\][\s\u00a0]*)"
_WHO: Final = r"(?P<who>we|they)(?:[\s\u00a0]+will|['’]ll)[\s\u00a0]+"
_LINE: Final = re.compile(
    rf"{_MARK}(?:{_BOX}(?:{_WHO})?|{_WHO.replace('who', 'bare')})(?P<what>.*)", re.I
)


@dataclass(frozen=True)
class Promise:
    """What somebody said they would do: we, or the customer."""

    side: Side
    text: str

    @property
    def key(self) -> tuple[str, str]:
        """The same promise, however it is written."""
        return self.side, self.text.casefold()


def lines_of(notes: str) -> list[str]:
    """The lines of a text as one reads them, with or without formatting."""
    if "<" not in notes:
        return _BREAKS.split(notes)
    return [html.unescape(_TAGS.sub("", line)) for line in _BREAKS.split(notes)]


def promises_in(notes: str, *, besides: Collection[str] = ()) -> list[Promise]:
    """The promises that notes hold, each once, in their order.

    A line that begins with "We will", "They will" or an empty box "[ ]" is one; behind a box
    alone stands what we do. `besides` are texts that are tasks already.
    """
    known = {text.casefold() for text in besides}
    found: dict[tuple[str, str], Promise] = {}
    for line in lines_of(notes):
        promise = _promise(line)
        if promise is not None and promise.text.casefold() not in known:
            found.setdefault(promise.key, promise)
    return list(found.values())[:MOST]


def _promise(line: str) -> Promise | None:
    match = _LINE.fullmatch(line.replace("\0", ""))
    if match is None:
        return None
    text = " ".join(match["what"].split()).rstrip(".;, ")
    if not text:
        return None
    text = text[0].upper() + text[1:]
    who = (match["who"] or match["bare"] or "we").lower()
    return Promise(THEM if who == "they" else US, shortened(text))


def shortened(text: str) -> str:
    """A text as long as the name of a task may be."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"


def as_sent(promise: Promise) -> str:
    """A promise as a box of the form sends it."""
    return f"{promise.side}:{promise.text}"


def ticked(notes: str, sent: Collection[str], *, besides: Collection[str] = ()) -> list[Promise]:
    """The promises of the notes that a person ticked; one that the notes no longer hold is none."""
    return [one for one in promises_in(notes, besides=besides) if as_sent(one) in sent]


def promised_note(side: Side, activity: str, account: str, *, unknown: bool = False) -> str:
    """What the task of a promise says about where it comes from, and that nobody was named."""
    who = "We promised this" if side == US else f"{account or 'The customer'} promised this"
    return f"{who} in “{activity}”." + (
        " Nobody was named: find out who does it." if unknown else ""
    )


def logged_sentence(activity: str, tasks: int) -> str:
    """What is said when an activity was saved with its promises."""
    if not tasks:
        return f"“{activity}” was created."
    made = "1 promise became a task" if tasks == 1 else f"{tasks} promises became tasks"
    return f"“{activity}” was created; {made}."
