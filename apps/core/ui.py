"""What pages are built of, as functions that return safe text: for table cells and templates alike.

Status is always an icon, a word and a colour; bars are SVG with percent attributes, because the
content security policy allows no style attributes.
"""

from __future__ import annotations

import functools
import html
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from django.templatetags.static import static
from django.utils.safestring import SafeString, mark_safe

from apps.core.choices import Level, ProgressStatus

# status: (icon, tone)
STATUS: Final[dict[str, tuple[str, str]]] = {
    ProgressStatus.ON_TRACK: ("trending-up", "green"),
    ProgressStatus.OFF_TRACK: ("trending-down", "amber"),
    ProgressStatus.OVERDUE: ("alarm", "red"),
    ProgressStatus.COMPLETED: ("circle-check", "cyan"),
    ProgressStatus.IN_PROGRESS: ("progress", "blue"),
    ProgressStatus.NOT_STARTED: ("clock", "grey"),
    ProgressStatus.NOT_AVAILABLE: ("circle-dashed", "grey"),
}
# kind: (icon, tint)
KINDS: Final[dict[str, tuple[str, str]]] = {
    "account": ("building", "blue"),
    "contact": ("address-book", "cyan"),
    "resource": ("users", "grey"),
    "attribute_value": ("chart-line", "cyan"),
    "plan": ("flag", "teal"),
    "challenge": ("alert-triangle", "red"),
    "objective": ("target", "violet"),
    "kpi": ("chart-dots", "blue"),
    "playbook": ("book", "amber"),
    "task": ("checkbox", "plain"),
    "activity": ("message-circle", "green"),
    "comment": ("quote", "cyan"),
}
LEVELS: Final[dict[str, tuple[str, str]]] = {
    Level.HIGH: ("arrow-up", "red"),
    Level.MEDIUM: ("minus", "amber"),
    Level.LOW: ("arrow-down", "grey"),
}


@functools.cache
def _sprite() -> str:
    return static("icons.svg")


def escape(value: object) -> str:
    """A text that is safe within markup; what is joined into cells is marked as such in the end.

    Django's own makes each piece a lazy, marked string, a thousand of them a page.
    """
    return html.escape(str(value))


def _safe(text: str) -> SafeString:
    return mark_safe(text)  # noqa: S308 (every value below is escaped or a number)


# What stands where there is nothing.
NONE: Final = _safe('<span class="none">—</span>')


def icon(name: str, label: str = "") -> SafeString:
    """An icon; with a label it is read aloud, without one it is decoration."""
    meaning = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    return _safe(f'<svg class="icon" {meaning}><use href="{_sprite()}#{name}"></use></svg>')


def tone_of(status: str) -> str:
    """The colour of a progress status."""
    return STATUS[status][1]


def status(value: str) -> SafeString:
    """A progress status: icon, word, colour (R-KPI-4)."""
    name, tone = STATUS[value]
    label = ProgressStatus(value).label
    return _safe(f'<span class="status tone-{tone}">{icon(name)} {label}</span>')


def own_status(label: str, tint: str = "grey") -> SafeString:
    """A record's own status in the colour of its vocabulary."""
    if not label:
        return NONE
    return _safe(f'<span class="own-status tone-{escape(tint)}"><i></i>{escape(label)}</span>')


def blocked_badge(reason: str = "") -> SafeString:
    """The one filled badge; the reason says who blocks (R-KPI-8)."""
    hint = f' title="Blocked {escape(reason)}"' if reason else ""
    return _safe(f'<span class="badge-blocked"{hint}>{icon("ban")} Blocked</span>')


def progress_bar(value: int | Decimal | None, tone: str = "teal") -> SafeString:
    """A thin bar and its number: "40%"."""
    whole = int(value or 0)
    return _safe(
        f'<span class="progress-cell"><svg class="bar tone-{tone}" aria-hidden="true">'
        f'<rect class="bar-rest" width="100%" height="100%" rx="3"/>'
        f'<rect class="bar-done" width="{whole}%" height="100%" rx="3"/></svg>'
        f'<span class="percent">{whole}%</span></span>'
    )


def kind_icon(kind: str) -> SafeString:
    """The icon of a kind of record, on its tint."""
    name, tint = KINDS[kind]
    return _safe(f'<span class="kind kind-{tint}">{icon(name)}</span>')


def initials(name: str) -> str:
    """Two letters for a name."""
    words = [word for word in name.split() if word[:1].isalnum()]
    return "".join(
        word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)
    ).upper()


def avatar(name: str) -> SafeString:
    """A person as a circle with initials; the name is read aloud and shown on hover."""
    if not name:
        return NONE
    full = escape(name)
    return _safe(
        f'<span class="person-mark" role="img" aria-label="{full}" title="{full}">{escape(initials(name))}</span>'
    )


def shared_mark() -> SafeString:
    """The customer sees this record."""
    return _safe(
        f'<span class="shared" title="Shared with the customer">{icon("share", "Shared with the customer")}</span>'
    )


def flag_mark() -> SafeString:
    """Somebody flagged this: it needs attention."""
    return _safe(f'<span class="tone-red" title="Flagged">{icon("flag-filled", "Flagged")}</span>')


def pin_mark() -> SafeString:
    """The person pinned this for themselves."""
    return _safe(
        f'<span class="tone-teal" title="Pinned by you">{icon("pin-filled", "Pinned by you")}</span>'
    )


def internal_mark() -> SafeString:
    """The customer never sees this text."""
    return _safe(f'<span class="internal">{icon("lock")} Internal</span>')


def freshness(said: str, stale: bool, exactly: str) -> SafeString:
    """When something was touched last, in words and exactly; marked when it is stale."""
    hint = f'title="Last touch: {escape(exactly)}"'
    if stale:
        return _safe(
            f'<span class="status tone-amber" {hint}>{icon("history")} {said}, stale</span>'
        )
    return _safe(f"<span {hint}>{said}</span>")


def level(value: str) -> SafeString:
    """A priority, risk or severity: icon, word, colour."""
    if not value:
        return NONE
    name, tone = LEVELS[value]
    return _safe(f'<span class="status tone-{tone}">{icon(name)} {Level(value).label}</span>')


def tag(label: str, tint: str = "grey") -> SafeString:
    """A small mark in a named tint."""
    return _safe(f'<span class="tag tint-{escape(tint)}">{escape(label)}</span>')


def _scaled(points: Sequence[Decimal | int | float], height: float) -> list[float]:
    low, high = float(min(points)), float(max(points))
    span = (high - low) or 1.0
    return [round(height - (float(point) - low) / span * height, 2) for point in points]


def sparkline(points: Sequence[Decimal | int | float], tone: str = "teal") -> SafeString:
    """The shape of a series, 64 by 18; its numbers stand elsewhere on the page."""
    if len(points) < 2:
        return _safe(
            '<svg class="spark" viewBox="0 0 64 18" aria-hidden="true"><line class="spark-flat" x1="1" y1="9" x2="63" y2="9"/></svg>'
        )
    step = 62 / (len(points) - 1)
    path = " ".join(f"{1 + step * i:.1f},{2 + y:.1f}" for i, y in enumerate(_scaled(points, 14)))
    return _safe(
        f'<svg class="spark tone-{tone}" viewBox="0 0 64 18" aria-hidden="true"><polyline points="{path}"/></svg>'
    )


def line_chart(
    series: Sequence[tuple[str, Decimal | int | float]],
    *,
    baseline: Decimal | None = None,
    target: Decimal | None = None,
    label: str,
    tone: str = "teal",
) -> SafeString:
    """Values over time with the baseline and the target as lines; the table beside holds them.

    `series` is (date as shown, value), oldest first.
    """
    if not series:
        return _safe("")
    values = [float(value) for _, value in series]
    levels = values + [float(v) for v in (baseline, target) if v is not None]
    low, high = min(levels), max(levels)
    span = (high - low) or 1.0
    width, height = 560.0, 160.0

    def y(value: float) -> float:
        return round(10 + (high - value) / span * (height - 34), 1)

    step = (width - 24) / max(len(values) - 1, 1)
    points = " ".join(f"{12 + step * i:.1f},{y(v)}" for i, v in enumerate(values))
    parts = [
        f'<svg class="chart tone-{tone}" viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(label)}">'
    ]
    for value, name in ((baseline, "Baseline"), (target, "Target")):
        if value is not None:
            at = y(float(value))
            parts.append(
                f'<line class="chart-{name.lower()}" x1="0" x2="{width:g}" y1="{at}" y2="{at}"/>'
                f'<text x="{width - 4:g}" y="{at - 4 if at > 24 else at + 12}" text-anchor="end">{name}</text>'
            )
    parts.append(f'<polyline points="{points}"/>')
    parts += [
        f'<circle cx="{12 + step * i:.1f}" cy="{y(v)}" r="2.6"><title>{escape(day)}: {v:g}</title></circle>'
        for i, ((day, _), v) in enumerate(zip(series, values, strict=True))
    ]
    parts.append(f'<text x="12" y="{height - 4:g}">{escape(series[0][0])}</text>')
    if len(series) > 1:
        parts.append(
            f'<text x="{width - 12:g}" y="{height - 4:g}" text-anchor="end">{escape(series[-1][0])}</text>'
        )
    parts.append("</svg>")
    return _safe("".join(parts))
