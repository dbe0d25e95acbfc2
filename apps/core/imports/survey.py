"""A first look at a whole file: how many rows, and in which form each column writes its values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from apps.core.imports import values
from apps.core.imports.columns import Column, Target
from apps.core.imports.reading import Record

SAMPLES: Final = 3
# How a cell begins that a spreadsheet would take for a formula, in full width and small forms too.
FORMULA: Final = re.compile(r"'*(?:\s*[=+\-@＝＋－＠﹦﹢﹣﹫]|[\t\r\n])")
# The two columns that the error file has before the original ones.
ERROR_COLUMNS: Final = ("Row in the file", "What is wrong")


@dataclass
class ColumnSurvey:
    """What one column shows over the whole file."""

    column: Column
    kind: str
    samples: list[str] = field(default_factory=list)
    evidence: Counter[str] = field(default_factory=Counter)
    doubts: Counter[str] = field(default_factory=Counter)
    doubtful: str = ""
    currency: bool = False

    def look(self, text: str) -> None:
        """Take one cell into account."""
        if len(self.samples) < SAMPLES and text not in self.samples:
            self.samples.append(text)
        if self.kind == "date":
            found = values.date_evidence(text)
            if found:
                self.evidence[found] += 1
            elif values.is_numeric_date(text):
                self.doubts["date"] += 1
                self.doubtful = self.doubtful or text
        elif self.kind == "number":
            found = values.number_evidence(text)
            self.currency = self.currency or values.has_currency(text)
            if found:
                self.evidence[found] += 1
            elif doubt := values.number_doubt(text):
                self.doubts[doubt] += 1
                self.doubtful = self.doubtful or text

    def date_order(self, told: str = "") -> str:
        """The order of the column's dates: as told, as most decisive values show, else day first."""
        if told:
            return told
        shown = [(self.evidence[order], order) for order in (values.DMY, values.MDY)]
        most = max(count for count, _ in shown)
        return next(order for count, order in shown if count == most)

    def number_form(self, told: str = "") -> str:
        """The form of the column's numbers: as told, as most decisive values show, else as groups
        of three digits show."""
        if told:
            return told
        for counter in (self.evidence, self.doubts):
            if counter[values.COMMA] != counter[values.POINT]:
                more = counter[values.COMMA] > counter[values.POINT]
                return values.COMMA if more else values.POINT
        return values.POINT

    def sentences(self, dates: str = "", numbers: str = "") -> list[str]:
        """What was understood about the column, and where that is a guess."""
        name = self.column.header
        if self.kind == "date" and (self.evidence or self.doubts):
            return [self._date_sentence(name, dates)]
        if self.kind == "number" and (self.evidence or self.doubts or self.currency):
            return self._number_sentences(name, numbers)
        return []

    def _date_sentence(self, name: str, told: str) -> str:
        order = self.date_order(told)
        said = f"{name}: dates are read {values.ORDER_NAMES[order]}"
        if told:
            return f"{said}, as you said."
        if self.evidence[order]:
            return f"{said}; {self._many(self.evidence[order])} can only be read so."
        if self.doubts["date"]:
            return (
                f"{said}. No value tells whether day or month comes first (“{self.doubtful}”):"
                " say so if it is month first."
            )
        return f"{name}: dates are written year first."

    def _number_sentences(self, name: str, told: str) -> list[str]:
        form = self.number_form(told)
        said = f"{name}: numbers are read like {values.FORM_NAMES[form]}"
        if told:
            said += ", as you said."
        elif self.evidence[form]:
            said += f"; {self._many(self.evidence[form])} can only be read so."
        elif self.doubts:
            meant = f"{values.parse_number(self.doubtful, form).normalize():f}"
            said += f". “{self.doubtful}” is taken for {meant}: say so if that is wrong."
        else:
            said += "."
        left_out = f"{name}: currency signs are left out; a currency column says which it is."
        return [said, left_out] if self.currency else [said]

    @staticmethod
    def _many(count: int) -> str:
        return "1 value" if count == 1 else f"{count:,} values"


@dataclass
class Survey:
    """What a whole file shows."""

    rows: int
    columns: list[ColumnSurvey]

    def of(self, key: str) -> ColumnSurvey | None:
        """The survey of the column that fills this field."""
        return next((one for one in self.columns if one.column.key == key), None)


def survey(
    records: Iterable[Record], columns: Sequence[Column], targets: Sequence[Target]
) -> Survey:
    """Look at every record once; memory does not grow with their number."""
    kinds = {target.key: target.kind for target in targets}
    looks = [ColumnSurvey(column, kinds.get(column.key, "")) for column in columns]
    rows = 0
    for record in records:
        rows += 1
        for look, cell in zip(looks, record.cells, strict=False):
            if look.kind in ("date", "number") or len(look.samples) < SAMPLES:
                text = cell.strip()
                if text:
                    look.look(text)
    return Survey(rows, looks)


def neutral(text: str) -> str:
    """A cell for a file we give back: it can never start a formula in a spreadsheet."""
    return f"'{text}" if FORMULA.match(text) else text


def restored(text: str) -> str:
    """What `neutral` was given, for a file of ours that comes back."""
    return text[1:] if text[:1] == "'" and FORMULA.match(text) else text


def is_error_file(headers: Sequence[str]) -> bool:
    """Whether a file is one of our own error files."""
    return tuple(headers[:2]) == ERROR_COLUMNS
