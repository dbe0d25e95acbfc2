"""What people type into a search, as a question to the index; and what of a text is shown.

The index folds accents and cuts words in the database (`search_words`); this is its twin.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

# Letters that are no accents on another letter, as people type them.
LETTERS: Final = {
    "ß": "ss", "ẞ": "ss", "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe", "ø": "o", "Ø": "o",
    "ł": "l", "Ł": "l", "đ": "d", "Đ": "d", "ð": "d", "Ð": "d", "þ": "th", "Þ": "th",
    "ı": "i", "ħ": "h", "Ħ": "h", "ς": "σ",
}  # fmt: skip
# What parts words: punctuation and blanks, the accents aside.
BETWEEN: Final = "\x00-\x2f\x3a-\x40\x5b-\x60\x7b-\xbf\u2000-\u206f\u3000-\u303f"
ACCENTS: Final = "\u0300-\u036f"

# More words or longer ones ask for nothing that fewer would not find.
MOST_WORDS: Final = 12
LONGEST: Final = 60
SHOWN: Final = 160

_TRANSLATION: Final = str.maketrans(LETTERS)
_BETWEEN: Final = re.compile(f"[{BETWEEN}]+")
_ACCENTS: Final = re.compile(f"[{ACCENTS}]")
_MARKUP: Final = re.compile(r"</?[a-zA-Z][^>]*>|&#?[a-zA-Z0-9]+;")
_NUMBER: Final = re.compile(r"\bokpi[\s-]?(\d{1,18})\b", re.IGNORECASE)

Piece = tuple[str, bool]


def folded(text: str) -> str:
    """A text without accents: "Élan" reads "Elan", "Straße" reads "Strasse"."""
    plain = text.encode("utf-8", "ignore").decode()
    return _ACCENTS.sub("", unicodedata.normalize("NFKD", plain)).translate(_TRANSLATION)


def words(text: str) -> list[str]:
    """The words of what somebody typed, without accents, as many as are asked for."""
    found = [word for word in _BETWEEN.split(folded(text[: LONGEST * MOST_WORDS])) if word]
    return [word[:LONGEST] for word in found[:MOST_WORDS]]


def _number(digits: str) -> str:
    """A quoted KPI number: in full, or as far as it is typed."""
    whole = f"'okpi{int(digits):08d}'"
    typed = f"'okpi{digits}':*"
    return f"({whole}|{typed})" if digits[0] == "0" and len(digits) < 8 else whole


def tsquery(text: str) -> str:
    """What was typed as a `tsquery`: every word must begin a word of the record.

    Never an error for any input; empty when there is nothing to search for. OKPI-12 and
    OKPI-00000012 are the same number. Words are quoted: what the database takes for a blank stays
    within one.
    """
    numbers = [_number(digits) for digits in _NUMBER.findall(text)]
    rest = words(_NUMBER.sub(" ", text))
    return "&".join([*numbers[:MOST_WORDS], *(f"'{word}':*" for word in rest)])


def plain(text: str) -> str:
    """A text without its markup, on one line."""
    return " ".join(_MARKUP.sub(" ", text).split())


def excerpt(text: str, typed: str, most: int = SHOWN) -> list[Piece]:
    """The part of a text around the first words that were looked for, cut into pieces.

    Each piece says whether it is one of those words. Empty when none of them is in the text.
    """
    wanted = words(typed)
    whole = plain(text)
    hits = _hits(whole, wanted)
    if not hits:
        return []
    first = max(0, hits[0][0] - most // 3)
    if first:
        first = whole.rfind(" ", 0, first) + 1
    last = first + most
    pieces: list[Piece] = [("…", False)] if first else []
    at = first
    for begins, ends in hits:
        if ends > last:
            break
        pieces += [(whole[at:begins], False), (whole[begins:ends], True)]
        at = ends
    pieces += [(whole[at:last], False), *([("…", False)] if len(whole) > last else [])]
    return [piece for piece in pieces if piece[0]]


def marked(text: str, typed: str) -> list[Piece]:
    """A whole short text, cut into pieces; each says whether it is what was looked for."""
    pieces: list[Piece] = []
    at = 0
    for begins, ends in _hits(text, words(typed)):
        pieces += [(text[at:begins], False), (text[begins:ends], True)]
        at = ends
    return [piece for piece in [*pieces, (text[at:], False)] if piece[0]]


def _hits(text: str, wanted: Sequence[str]) -> list[tuple[int, int]]:
    """Where words of a text begin with one of these, accents aside."""
    lower = [word.lower() for word in wanted]
    found = []
    for match in re.finditer(f"[^{BETWEEN}]+", text):
        word = folded(match[0]).lower()
        length = max((len(one) for one in lower if word.startswith(one)), default=0)
        if length:
            # An accent may have been a letter of its own: the mark ends with what was typed.
            ends = next(
                n
                for n in range(1, len(match[0]) + 1)
                if len(folded(match[0][:n])) >= length or n == len(match[0])
            )
            found.append((match.start(), match.start() + ends))
    return found
