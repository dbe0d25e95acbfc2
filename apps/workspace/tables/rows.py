"""What a row of Success Tracker says, and the cells that say it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from apps.core import ui
from apps.core.kinds import KINDS
from apps.core.person import Person
from apps.core.rules import percent_shown
from apps.core.tables import Cell, Column, Table
from apps.plans.tables import PLAN_TINTS
from apps.playbooks.choices import TINTS as PLAYBOOK_TINTS
from apps.workspace import rules
from apps.workspace.selectors.tracker import UNPLANNED, Node

# Plans, playbooks and tasks share their words; each has the colour that it has in the lists.
TINTS: Final = PLAN_TINTS | PLAYBOOK_TINTS


@dataclass(frozen=True)
class Row:
    """What one node of the tree says, ready for its cells."""

    node: Node
    name: str
    status: str | None = None
    own: str = ""
    own_tint: str = "grey"
    owners: tuple[str, ...] = ()
    start: dt.date | None = None
    end: dt.date | None = None
    share: Fraction | None = None
    timing: str = ""

    @property
    def id(self) -> str:
        """The row's id in the page."""
        return f"{self.node.kind}-{self.node.record.pk}"

    @property
    def url(self) -> str:
        """The record's page."""
        kind = "account" if self.node.kind == UNPLANNED else self.node.kind
        return f"{KINDS[kind].prefix}{self.node.record.pk}/"

    @property
    def tone(self) -> str:
        """The colour of the bars: that of the status, grey for what is set aside."""
        return ui.tone_of(self.status) if self.status else "grey"


def row_of(node: Node, person: Person) -> Row:
    """What a node says on this person's day (R-TRK-1, R-OBJ-5)."""
    record, kind = node.record, node.kind
    if kind == UNPLANNED:
        return Row(node, "Without a plan")
    if kind == "account":
        return Row(node, record.name, own=record.get_status_display())
    end = record.due_date if kind == "objective" else record.end_date
    share = rules.exact(record.progress)
    if kind == "objective":
        own = record.status
        means, label, tint = own and own.kind, own.label if own else "", own.tint if own else "grey"
    else:
        means = record.stage if kind == "playbook" else record.status
        label = record.get_stage_display() if kind == "playbook" else record.get_status_display()
        tint = TINTS[means]
    status = rules.tracker_status(
        rules.standing(kind, means), record.start_date, end, share, person.today
    )
    completed = record.completed_at if kind == "task" else None
    done_on = completed.astimezone(person.zone).date() if completed else None
    return Row(
        node,
        record.name,
        status=status,
        own=label,
        own_tint=tint,
        owners=_owners(kind, record),
        start=record.start_date,
        end=end,
        share=share,
        timing=rules.timing(status, record.start_date, end, share, person.today, done_on),
    )


def _owners(kind: str, record: Any) -> tuple[str, ...]:
    if kind == "task":
        return tuple(str(assignment) for assignment in record.assignments.all())
    owner = record.owner or getattr(record, "owner_contact", None)
    return (owner.name,) if owner else ()


def status_cell(row: Row, person: Person) -> str:
    if row.status:
        return ui.status(row.status)
    return ui.own_status(row.own, row.own_tint) if row.own else ui.NONE


def own_cell(row: Row, person: Person) -> str:
    return ui.own_status(row.own, row.own_tint) if row.own else ui.NONE


def owner_cell(row: Row, person: Person) -> str:
    if not row.owners:
        return ui.NONE
    more = f'<span class="trk-others">+{len(row.owners) - 1}</span>' if row.owners[1:] else ""
    return f"{ui.avatar(row.owners[0])}{more}"


def start_cell(row: Row, person: Person) -> str:
    return f'<span class="date">{person.date(row.start)}</span>' if row.start else ui.NONE


def end_cell(row: Row, person: Person) -> str:
    return f'<span class="date">{person.date(row.end)}</span>' if row.end else ui.NONE


def progress_cell(row: Row, person: Person) -> str:
    if row.share is None:
        return ui.NONE
    return ui.progress_bar(percent_shown(row.share), row.tone)


class TrackerTable(Table):
    """The tree's columns; the name comes first and cannot be hidden."""

    status = Column(status_cell, orderable=False)
    owner = Column(owner_cell)
    start = Column(start_cell, default=False)
    end = Column(end_cell, default=False)
    progress = Column(progress_cell)
    own_status = Column(own_cell, verbose_name="Own status", orderable=False, default=False)


def cell_of(row: Row, name: str, person: Person) -> str:
    """One cell of a row; an account has a status only, the group below it nothing at all."""
    said = {"account": ("own_status", "status"), UNPLANNED: ()}.get(row.node.kind)
    if said is not None and name not in said:
        return ""
    cell: Cell = TrackerTable.base_columns[name].cell
    return cell(row, person)
