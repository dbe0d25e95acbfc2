"""Rows, cards and days of Activity Tracker as text: hundreds stand on a page, each with its tools.

One form a row: its first button, which no eye sees, is the one that Enter in the date box presses.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from apps.core import ui
from apps.playbooks.choices import TaskStatus
from apps.workspace.tables.due import Line

# How many people are shown on a row before the rest is only counted.
FACES = 3


def rows_html(lines: Iterable[Line], token: str) -> SafeString:
    """The rows of a heading."""
    return _safe("".join([_row(line, token) for line in lines]))


def cards_html(lines: Iterable[Line], token: str) -> SafeString:
    """The cards of a column."""
    return _safe("".join([_card(line, token) for line in lines]))


def items_html(lines: Iterable[Line]) -> SafeString:
    """What falls on a day."""
    return _safe("".join([_item(line) for line in lines]))


def _safe(text: str) -> SafeString:
    return mark_safe(text)  # noqa: S308 (all that people wrote is escaped below)


def _classes(line: Line, first: str) -> str:
    marks = [first]
    if line.late:
        marks.append("is-late")
    if line.done:
        marks.append("is-done")
    if line.problem:
        marks.append("is-refused")
    return " ".join(marks)


def _form(line: Line, token: str, css: str) -> str:
    """A form whose answer brings the page's rows anew; where to is said once around them."""
    return (
        f'<form class="{css}" method="post" action="{line.do_url}" hx-post="{line.do_url}">'
        f'<input type="hidden" name="csrfmiddlewaretoken" value="{token}">'
    )


def _button(name: str, value: str, key: str, label: str, title: str, css: str = "") -> str:
    about = f' data-key="{key}"' if key else ""
    return (
        f'<button class="icon-button{css}" name="do" value="{value}"{about}'
        f' aria-label="{label}" title="{title}">{ui.icon(name)}</button>'
    )


def _link(url: str, name: str, key: str, label: str, title: str, *, dialog: bool = True) -> str:
    about = f' data-key="{key}"' if key else ""
    over = f' hx-get="{escape(url)}" hx-target="#dialog"' if dialog else ""
    return (
        f'<a class="icon-button" href="{escape(url)}"{over}{about} aria-label="{label}"'
        f' title="{title}">{ui.icon(name)}</a>'
    )


def _opens(line: Line, name: str) -> str:
    return (
        f'<a href="{line.url}" hx-get="{line.url}" hx-target="#panel" data-open'
        f' draggable="false">{name}</a>'
    )


def _marks(line: Line, name: str) -> str:
    """Flag and pin of a task."""
    if not line.is_task:
        return ""
    flagged, pinned = line.record.is_flagged, line.record.is_pinned
    flag = ""
    if line.may_edit:
        flag = (
            _button(
                "flag-filled",
                "unflag",
                "f",
                f"Take the flag off {name}",
                "Take the flag off",
                " due-flag is-on",
            )
            if flagged
            else _button("flag", "flag", "f", f"Flag {name}", "Flag for everybody", " due-flag")
        )
    pin = (
        _button("pin-filled", "unpin", "p", f"Unpin {name}", "Unpin", " due-pin is-on")
        if pinned
        else _button("pin", "pin", "p", f"Pin {name}", "Pin for yourself", " due-pin")
    )
    return flag + pin


def _faces(line: Line) -> str:
    shown = "".join([ui.avatar(name) for name in line.owners[:FACES]])
    rest = len(line.owners) - FACES
    more = f'<span class="muted">+{rest}</span>' if rest > 0 else ""
    return f'<span class="due-owners">{shown}{more}</span>'


def _problem(line: Line) -> str:
    if not line.problem:
        return ""
    return f'<p class="field-error due-problem" role="alert">{escape(line.problem)}</p>'


def _place(line: Line) -> str:
    """Account and parent of a row, each with its page."""
    parts = []
    if line.kind in ("plan", "account"):
        parts.append("Business review")
    for found in (line.account, line.where):
        if found is not None:
            parts.append(f'<a href="{found[1]}">{escape(found[0])}</a>')
    return " · ".join(parts)


def _day(line: Line, name: str) -> str:
    when = escape(line.when)
    words = f'<span class="date">{when}</span> <span class="due-distance">{line.distance}</span>'
    if not line.moves:
        return f'<div class="due-day">{words}</div>'
    opened = " open" if line.problem and line.typed else ""
    steps = "".join(
        [
            f'<button class="btn btn-outline btn-sm" name="by" value="{by}" title="{title}">+{by}</button>'
            for by, title in (
                (1, "A day later, tomorrow at the earliest"),
                (3, "Three days later"),
                (7, "A week later"),
            )
        ]
    )
    return (
        f'<div class="due-day"><details class="due-move"{opened}>'
        f'<summary data-key="m" aria-label="Move {name}, due {when}">{words}</summary>'
        f'<div class="due-move-form"><input type="hidden" name="shown" value="{line.day}">'
        f'<input type="date" name="day" value="{escape(line.typed) or line.day}" aria-label="New day of {name}">'
        f'<button class="btn btn-primary btn-sm" name="do" value="move">Move</button>{steps}'
        "</div></details></div>"
    )


def _row(line: Line, token: str) -> str:
    name = escape(str(line.record))
    check = "<span></span>"
    if line.completes:
        does, value = ("Reopen", "reopen") if line.done else ("Complete", "complete")
        check = (
            f'<button class="due-check{" is-on" if line.done else ""}" name="do" value="{value}"'
            f' data-key="d" aria-label="{does} {name}" title="{does}">{ui.icon("check")}</button>'
        )
    acts = [_marks(line, name)]
    if line.assign_url:
        acts.append(_link(line.assign_url, "user-plus", "a", f"Assign {name}", "Assign"))
    if line.note_url:
        acts.append(
            _link(line.note_url, "message-plus", "n", f"Note about {name}", "Note", dialog=False)
        )
    if line.talk_url:
        acts.append(_link(line.talk_url, "message-circle", "", f"Comments on {name}", "Comments"))
    if line.deletes:
        acts.append(
            f'<button class="icon-button" name="do" value="delete" aria-label="Delete {name}"'
            f' data-ask="{escape(line.delete_question)}" title="Delete">{ui.icon("trash")}</button>'
        )
    return (
        f'<li id="{line.id}" class="{_classes(line, "due-item")}" data-row tabindex="-1">'
        f"{_form(line, token, 'due-row')}"
        '<button class="visually-hidden" name="do" value="move" tabindex="-1" aria-hidden="true">Move</button>'
        f'{check}<span title="{line.what}">{ui.kind_icon(line.kind)}'
        f'<span class="visually-hidden">{line.what}</span></span>'
        f'<div class="due-name">{_opens(line, name)}<span class="muted">{_place(line)}</span></div>'
        f'<span class="due-status">{line.status}</span>{_faces(line)}{_day(line, name)}'
        f'<span class="due-acts">{"".join(acts)}</span>{_problem(line)}</form></li>'
    )


def _card(line: Line, token: str) -> str:
    name = escape(str(line.record))
    record = line.record
    account = escape(line.account[0]) if line.account else ""
    place = f"{escape(str(record.playbook))} · {account}" if record.playbook else account
    day = ""
    if line.entry.day:
        tone = "tone-red" if line.late else "muted"
        sign = ui.icon("alarm", "Overdue") if line.late else ui.icon("clock")
        day = f'<span class="card-day {tone}" title="{line.distance}">{sign} {line.when}</span>'
    status = ""
    drags = ""
    if line.may_edit:
        drags = ' draggable="true"'
        options = "".join(
            [
                f'<option value="{value}"{" selected" if value == record.status else ""}>{label}</option>'
                for value, label in TaskStatus.choices
            ]
        )
        status = (
            f'<select class="card-status" name="status" aria-label="Status of {name}">{options}</select>'
            '<button class="btn btn-outline btn-sm no-js" name="do" value="status">Set</button>'
        )
    return (
        f'<li id="{line.id}" class="{_classes(line, "due-card")}" data-row tabindex="-1"'
        f' data-do="{line.do_url}" data-status="{record.status}"{drags}>'
        f'{_form(line, token, "card-form")}<div class="card-top">{_opens(line, name)}'
        f'<span class="card-marks">{_marks(line, name)}</span></div>'
        f'<p class="muted card-where">{place}</p>'
        f'<div class="card-foot">{day}{_faces(line)}</div>{status}{_problem(line)}</form></li>'
    )


def _item(line: Line) -> str:
    name = escape(str(line.record))
    late = '<span class="visually-hidden">, overdue</span>' if line.late else ""
    label = f'<span class="visually-hidden">{line.what}: </span>{name}{late}'
    drags = f' data-do="{line.do_url}" draggable="true"' if line.moves else ""
    account = f" · {escape(line.account[0])}" if line.account else ""
    return (
        f'<li id="{line.id}" class="{_classes(line, f"cal-item cal-{line.kind}")}" data-row'
        f' tabindex="-1" data-day="{line.day}"{drags} title="{line.what}: {name}{account}">'
        f"{ui.kind_icon(line.kind)}{_opens(line, label)}{_problem(line)}</li>"
    )
