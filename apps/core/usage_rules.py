"""What is said about a word of a vocabulary that is used, and about one that is needed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Use:
    """How many records of one sort use a word; those in templates are counted apart.

    `url` is the list of them, where a list knows how to ask for the word.
    """

    singular: str
    plural: str
    number: int
    in_templates: int = 0
    url: str = ""

    @property
    def text(self) -> str:
        """The number in words: "1 objective", "12 objectives and 2 in templates"."""
        if not self.number:
            return f"{self.in_templates} {self._noun(self.in_templates)} in templates"
        plain = f"{self.number} {self._noun(self.number)}"
        return f"{plain} and {self.in_templates} in templates" if self.in_templates else plain

    def _noun(self, number: int) -> str:
        return self.singular if number == 1 else self.plural


def listed(parts: Sequence[str]) -> str:
    """Parts of a sentence: "a", "a and b", "a, b and c"."""
    *most, last = parts
    return f"{', '.join(most)} and {last}" if most else last


def renamed_in(text: str, old: str, new: str) -> str:
    """A default with a word under its new label; several words stand apart by ; or |."""
    parts = re.split(r"(\s*[;|]\s*)", text.strip())
    return "".join(new if part.casefold() == old.casefold() else part for part in parts)


def cannot_go(label: str, uses: Sequence[Use], *, can_be_off: bool = True) -> str:
    """Why a used word is not deleted, and what to do instead."""
    said = f"“{label}” is used by {listed([use.text for use in uses])}, so it cannot be deleted."
    if not can_be_off:
        return f"{said} Take it away there first."
    return f"{said} Deactivate it instead: it is offered no more, and stays wherever it stands."


def stays_where(label: str, uses: Sequence[Use]) -> str:
    """What becomes of a word that was deactivated."""
    if not uses:
        return f"“{label}” is offered no more."
    kept = listed([use.text for use in uses])
    return f"“{label}” is offered no more. It stays where it stands: in {kept}."
