"""The objectives of the outcomes report: the columns of their list, with subtotals by group."""

from __future__ import annotations

from typing import Any

from django.utils.safestring import SafeString

from apps.core.person import Person
from apps.core.tables import Cell, Column
from apps.core.ui import escape
from apps.objectives.tables import ObjectiveTable
from apps.reports.outcome_rules import Outcomes, subtotal_words
from apps.reports.outcome_selectors import GROUPS, group_of

# What stands in the report at first; every other column of the list can be chosen.
SHOWN = (
    "name",
    "account",
    "status",
    "category",
    "owner",
    "start_date",
    "due_date",
    "completed_at",
    "progress",
)


def _with_subtotal(cell: Cell) -> Cell:
    def heading(record: Any, person: Person) -> str:
        words = getattr(record, "subtotal", "")
        beside = f' <span class="subtotal">{escape(words)}</span>' if words else ""
        return f"{cell(record, person)}{beside}"

    return heading


def _column(name: str, column: Any) -> Column:
    """The column as the list has it: read only, first shown as the report likes."""
    own: Column = column.__deepcopy__({})
    own.shown_at_first = name in SHOWN
    own.edits = own.opens = ""
    own.groups = _with_subtotal(column.groups) if column.groups and name in GROUPS else None
    return own


class OutcomeTable(ObjectiveTable):
    """The list of objectives, read only; whoever makes one sets `subtotals` by the group's key."""

    talked_about = False
    row_menu = ""
    subtotals: dict[Any, Outcomes]

    def body(self, person: Person, *, by_hand: bool = False, group: str = "") -> SafeString:
        """All rows; before each group its name and its subtotal."""
        for row in self.data.data if group else ():
            found = self.subtotals.get(group_of(row, group))
            row.subtotal = subtotal_words(found) if found else ""
        return super().body(person, by_hand=by_hand, group=group)


_columns: Any = OutcomeTable.base_columns
for _name in list(_columns):
    _columns[_name] = _column(_name, _columns[_name])
OutcomeTable.base_columns = type(_columns)(
    sorted(_columns.items(), key=lambda item: SHOWN.index(item[0]) if item[0] in SHOWN else 99)
)
