"""The Select Records grid: one pass of cell functions, for a thousand rows as for ten (R-TPL-3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.safestring import SafeString, mark_safe

from apps.core import ui
from apps.core.ui import escape
from apps.library import rules
from apps.library.copy_services import Copier
from apps.library.rules import Dated

# A sentence beside a row, and whether it says what is wrong with it.
Said = tuple[str, bool]

LABELS: Final = {
    "plan": "success plan",
    "objective": "objective",
    "playbook": "playbook",
    "task": "task",
}


@dataclass
class Grid:
    """Everything that the rows of the grid say."""

    copier: Copier
    dated: Mapping[str, Dated]
    address: str
    said: Mapping[str, Sequence[Said]]
    kpis: Mapping[str, int]
    focus: str = ""

    def body(self) -> SafeString:
        """All rows, the record itself first."""
        above = self.copier.above
        depth: dict[str, int] = {}
        rows = []
        for node in _in_order(self.copier.nodes):
            depth[node.key] = depth[node.parent] + 1 if node.parent else 0
            rows.append(self._row(node, depth[node.key], node.key in above or not node.parent))
        return mark_safe("".join(rows))  # noqa: S308 (every value is escaped)

    def _row(self, node: Any, level: int, kept: bool) -> str:
        key, dated = node.key, self.dated[node.key]
        root = node.parent is None
        name = escape(self.copier.name_of(key))
        what = LABELS[node.kind]
        label = f"{what} {name}"
        said = self.said.get(key, ())
        wrong = any(is_wrong for _, is_wrong in said)
        described = f' aria-describedby="said-{key}"' if said else ""
        described += ' aria-invalid="true"' if wrong else ""
        described += " autofocus" if key == self.focus else ""
        tick = (
            '<span class="visually-hidden">Always</span>'
            if root
            else f'<input type="checkbox" class="form-check-input" name="keep:{key}"'
            f' data-keep aria-label="Keep {label}"{" checked" if kept else ""}>'
        )
        cells = (
            f'<td class="wz-keep">{tick}<input type="hidden" name="row:{key}" value="1"></td>'
            f'<td class="wz-name wz-level-{min(level, 6)}">{ui.kind_icon(node.kind)}'
            f'<input class="wz-input" name="name:{key}" value="{name}" maxlength="200"'
            f' aria-label="Name of {label}"{described}>{self._type(node, label)}'
            f"{_beside(key, said)}</td>"
            f"{self._day('start', key, dated.start, label)}{self._day('end', key, dated.end, label)}"
            f'<td class="wz-people">{self._people(node, label)}</td>'
            f'<td class="wz-more">{self._more(node, label)}</td>'
        )
        classes = "wz-row" + ("" if kept else " wz-off") + (" wz-wrong" if wrong else "")
        parent = f' data-parent="{node.parent}"' if node.parent else ""
        return f'<tr class="{classes}" id="row-{key}" data-key="{key}"{parent}>{cells}</tr>'

    def _type(self, node: Any, label: str) -> str:
        """Of which type a row is, or the box to choose it."""
        types = self.copier.types
        chosen = types.of(node.key, node.kind)
        if node.parent is None or not types.is_asked(node.key, node.kind):
            return (
                f' <span class="wz-type">{ui.tag(chosen.label, chosen.tint)}</span>'
                if chosen
                else ""
            )
        options = "".join(
            f'<option value="{one.pk}"{" selected" if one == chosen else ""}>{escape(one.label)}</option>'
            for one in types.offered(node.kind)
        )
        return (
            f'<select class="wz-input wz-type" name="type:{node.key}" aria-label="Type of {label}">'
            f'<option value="">Choose…</option>{options}</select>'
        )

    def _day(self, what: str, key: str, day: Any, label: str) -> str:
        value = day.isoformat() if day else ""
        word = what.capitalize()
        return (
            f'<td class="wz-date" data-label="{word}"><input class="wz-input" type="date"'
            f' name="{what}:{key}" value="{value}" aria-label="{word} of {label}"></td>'
        )

    def _people(self, node: Any, label: str) -> str:
        words = (
            self.copier.people_of(node.key)
            if node.kind == "task"
            else filter(None, [self.copier.owner_of(node.key)])
        )
        said = [self.copier.people.said(word) for word in words]
        text = ", ".join(escape(one) for one, _ in said) or "Nobody"
        warn = any(not fine for _, fine in said)
        mark = f"{ui.icon('alert-triangle')} " if warn else ""
        tone = " wz-warn" if warn else "" if said else " muted"
        address = escape(f"{self.address}&people={node.key}")
        doing = "Who does" if node.kind == "task" else "Owner of"
        return (
            f'<a class="wz-cell{tone}" href="{address}" hx-get="{address}" hx-target="#dialog"'
            f' hx-swap="outerHTML" data-cell title="{text}">'
            f'<span class="visually-hidden">{doing} {label}: </span>{mark}{text}</a>'
        )

    def _more(self, node: Any, label: str) -> str:
        parts = []
        if node.kind == "objective":
            address = escape(f"{self.address}&kpis={node.key}")
            number = self.kpis.get(node.key, 0)
            parts.append(
                f'<a class="btn btn-link btn-sm" href="{address}" hx-get="{address}"'
                f' hx-target="#dialog" hx-swap="outerHTML" data-cell>{number}'
                f' KPI{"" if number == 1 else "s"}<span class="visually-hidden"> of {label}</span></a>'
            )
        if node.kind != "task":
            parts.append(
                f'<button class="icon-button" name="action" value="add:{node.key}"'
                f' title="Add a task" aria-label="Add a task to {label}" data-cell>'
                f"{ui.icon('plus')}</button>"
            )
        elif node.key.startswith("task-new"):
            parts.append(
                f'<button class="icon-button" name="action" value="drop:{node.key}"'
                f' title="Take away" aria-label="Take away {label}" data-cell>'
                f"{ui.icon('trash')}</button>"
            )
        return "".join(parts)


def _beside(key: str, said: Sequence[Said]) -> str:
    """What is said about a row, below its name."""
    if not said:
        return ""
    lines = "".join(
        f'<span class="{"field-error" if wrong else "muted"}">{escape(text)}</span>'
        for text, wrong in said
    )
    return f'<span class="wz-said" id="said-{key}">{lines}</span>'


def _in_order(nodes: Iterable[rules.Node]) -> list[rules.Node]:
    """Parents before their children, added rows at the end of what they belong to."""
    below: dict[str | None, list[rules.Node]] = {}
    for node in nodes:
        below.setdefault(node.parent, []).append(node)
    result: list[rules.Node] = []

    def walk(node: rules.Node) -> None:
        result.append(node)
        for child in below.get(node.key, ()):
            walk(child)

    for top in below.get(None, ()):
        walk(top)
    return result
