"""How the tree is drawn: rows with their level and their bar, what is not shown, and the axis."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from apps.core import ui
from apps.core.access import may
from apps.core.choices import ProgressStatus
from apps.core.kinds import KINDS
from apps.core.person import Person
from apps.core.rules import percent_shown
from apps.core.ui import escape
from apps.workspace import rules
from apps.workspace.selectors.tracker import BRANCH, UNPLANNED, Node
from apps.workspace.tables.menus import BELOW, parent_of
from apps.workspace.tables.rows import Row, cell_of, row_of

WIDTHS: Final = {
    "status": 118,
    "owner": 64,
    "start": 104,
    "end": 104,
    "progress": 134,
    "own_status": 118,
}


@dataclass(frozen=True)
class TreeView:
    """How one person sees a tracker: columns, axis, and what its address says."""

    person: Person
    columns: list[str]
    axis: rules.Axis
    state: Mapping[str, str]
    opened: frozenset[str] = frozenset()
    widths: Mapping[str, int] = field(default_factory=dict)

    def address(self, **changes: Any) -> str:
        """The tracker's own address with some of its parts changed; None takes one away."""
        return f"{reverse('workspace:success-tracker')}{self._query(changes)}"

    def rows_address(self, kind: str, pk: int, **changes: Any) -> str:
        """Where the rows below a row are fetched from."""
        address = reverse("workspace:success-tracker-rows", args=[kind, pk])
        return f"{address}{self._query({'expand': None, 'q': None, **changes})}"

    def _query(self, changes: Mapping[str, Any]) -> str:
        query = {**self.state, **changes}
        encoded = urlencode({k: v for k, v in query.items() if v not in (None, "")})
        return f"?{encoded}" if encoded else ""

    @property
    def query(self) -> str:
        """The query of the tracker's own address."""
        return self._query({})

    @property
    def cols(self) -> list[dict[str, Any]]:
        """Name and width in pixels of each column between the name and the axis."""
        wide = {**WIDTHS, **self.widths}
        return [{"name": name, "width": wide[name]} for name in self.columns]

    @property
    def today_at(self) -> float | None:
        """Where the line of today stands, in percent; None outside the window."""
        at = self.axis.position(self.person.today)
        return at if 0 <= at <= 100 else None

    def body(self, nodes: Iterable[Node]) -> SafeString:
        """These rows with all that is open below them, as table rows."""
        lines: list[str] = []
        for node in nodes:
            self._write(node, lines)
        return mark_safe("".join(lines))  # noqa: S308 (cells escape what they show)

    def _write(self, node: Node, lines: list[str]) -> None:
        lines.append(self._row(node))
        for child in node.children:
            self._write(child, lines)
        for kind, count in node.more.items():
            shown = sum(child.kind == kind for child in node.children)
            lines.append(self.more_row(node, kind, count, after=shown))

    def more_row(self, node: Node, kind: str, count: int, *, after: int) -> str:
        """The row that offers what is still not shown of one kind below a row."""
        plural = KINDS[kind].plural.lower()
        fetch = self.rows_address(node.kind, node.record.pk, only=kind, after=after)
        # Without JavaScript the whole page is asked for again, with longer branches.
        page = self.address(branch=after + BRANCH)
        return (
            f'<tr class="trk-more" role="row" aria-level="{node.level + 1}" tabindex="-1">'
            f'<td role="gridcell" class="trk-name lvl-{node.level + 1}" colspan="{len(self.columns) + 2}">'
            f'<a href="{escape(page)}" hx-get="{escape(fetch)}" hx-target="closest tr" '
            f'hx-swap="outerHTML">{self.person.number(count)} more {plural}</a></td></tr>'
        )

    def _row(self, node: Node) -> str:
        row = row_of(node, self.person)
        expandable = node.size > 0
        state = f' aria-expanded="{"true" if node.expanded else "false"}"' if expandable else ""
        fetch = (
            f' data-rows="{escape(self.rows_address(node.kind, node.record.pk))}"'
            if expandable
            else ""
        )
        dated = node.kind not in ("account", UNPLANNED)
        dates = (
            reverse("workspace:success-tracker-dates", args=[node.kind, node.record.pk])
            if dated
            else ""
        )
        moving = (
            f' data-dates="{dates}" data-start="{row.start or ""}" data-end="{row.end or ""}"'
            if dated and may(self.person.user, f"{node.kind}.edit")
            else ""
        )
        found = " is-found" if node.found else ""
        cells = "".join(
            [
                f'<td role="gridcell" class="col-{name}">{cell_of(row, name, self.person)}</td>'
                for name in self.columns
            ]
        )
        return (
            f'<tr id="{row.id}" class="trk-row trk-{node.kind}{found}" role="row" tabindex="-1"'
            f' aria-level="{node.level}"{state}{fetch}{moving}>'
            f"{self._name(row, expandable)}{cells}"
            f'<td role="gridcell" class="trk-time">{self._axis(row)}</td></tr>'
        )

    def _name(self, row: Row, expandable: bool) -> str:
        node = row.node
        toggle = '<span class="trk-toggle"></span>'
        if expandable:
            open_ones = self.opened - {row.id} if node.expanded else self.opened | {row.id}
            toggle = (
                f'<a class="trk-toggle" tabindex="-1" href="{escape(self.address(expand=",".join(sorted(open_ones)), q=None))}"'
                f' aria-label="{"Close" if node.expanded else "Open"} {escape(row.name)}">'
                f"{ui.icon('chevron-right')}</a>"
            )
        if node.kind == UNPLANNED:
            name = f'<span class="trk-label">{row.name}</span>'
        else:
            shared = getattr(node.record, "is_shared", getattr(node.record, "is_external", False))
            mark = ui.shared_mark() if shared else ""
            name = (
                f'{ui.kind_icon(node.kind)}<a class="trk-label" tabindex="-1" href="{row.url}">'
                f"{escape(row.name)}</a>{mark}"
            )
        return (
            f'<th role="rowheader" scope="row" class="trk-name lvl-{node.level}"><div class="trk-cell">'
            f"{toggle}{name}{self._add(row)}</div></th>"
        )

    def _add(self, row: Row) -> str:
        node = row.node
        allowed = [k for k in BELOW[node.kind] if may(self.person.user, f"{k}.create")]
        if not allowed:
            return ""
        kind = KINDS[allowed[0]]
        query = urlencode({parent_of(node.kind): node.record.pk, "next": self.address()})
        offers = len(allowed) > 1 or kind.name == "playbook"
        label = f"Add to {row.name}" if offers else f"Add {kind.label.lower()} to {row.name}"
        menu = f' data-menu="trk-menu-{node.kind}" data-row="{node.record.pk}"' if offers else ""
        return (
            f'<a class="trk-add" tabindex="-1" href="{reverse(f"{kind.namespace}:create")}?{escape(query)}"'
            f' aria-label="{escape(label)}" title="{escape(label)}"{menu}>{ui.icon("plus")}</a>'
        )

    def _axis(self, row: Row) -> str:
        grid = '<use href="#trk-grid"/>'
        share = row.share or Fraction(0)
        bar = rules.bar(self.axis, row.start, row.end, share)
        late = (
            rules.span(self.axis, row.end + rules.DAY, self.person.today)
            if row.end and row.status == ProgressStatus.OVERDUE
            else None
        )
        if bar is None and late is None:
            return f'<svg class="trk-axis" aria-hidden="true">{grid}</svg>'
        text = escape(self._words(row, share))
        thin = ' y="40%" height="20%"' if row.node.kind == "plan" else ' y="31%" height="38%"'
        drawn = ""
        if late is not None:
            drawn += (
                f'<rect class="bar-late" x="{late.x}%" width="{late.width}%" y="47%" height="6%"/>'
            )
        if bar is not None and bar.point:
            drawn += f'<circle class="bar-point" cx="{bar.x}%" cy="50%" r="5"/>'
        elif bar is not None:
            drawn += f'<rect class="bar-rest" x="{bar.x}%" width="{bar.width}%"{thin} rx="3"/>'
            if bar.done:
                drawn += f'<rect class="bar-done" x="{bar.x}%" width="{bar.done}%"{thin} rx="3"/>'
            if row.timing and row.status != ProgressStatus.OVERDUE:
                drawn += f'<circle class="bar-early" cx="{bar.x + bar.width}%" cy="50%" r="3"/>'
        return (
            f'<svg class="trk-axis" role="img" aria-label="{text}">{grid}'
            f'<g class="bar tone-{row.tone}"><title>{text}</title>{drawn}</g></svg>'
        )

    def _words(self, row: Row, share: Fraction) -> str:
        if row.start and row.end:
            dates = f"{self.person.date(row.start)} – {self.person.date(row.end)}"
        elif row.start:
            dates = f"from {self.person.date(row.start)}"
        else:
            dates = f"until {self.person.date(row.end)}"
        return ", ".join(filter(None, (dates, f"{percent_shown(share)}% done", row.timing)))
