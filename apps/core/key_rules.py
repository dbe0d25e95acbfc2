"""The keys, once: what `?` shows is what the pages obey.

`static/js/keys.js` reads the places and acts from the list that `?` shows, so that a key that is
not told does nothing, and one that is told does what is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Key:
    """One key or a sequence of them, what it does, and by which act or at which address."""

    keys: str
    says: str
    act: str = ""
    url: str = ""

    @property
    def parts(self) -> list[str]:
        """The single keys, as they are pressed one after the other or together."""
        return self.keys.split()


@dataclass(frozen=True)
class Keys:
    """The keys of one place."""

    title: str
    keys: tuple[Key, ...]


EVERYWHERE: Final = Keys(
    "Everywhere",
    (
        Key("?", "These keys", act="keys"),
        Key("/", "Find or do anything", act="palette"),
        Key("Ctrl K", "The same, from within a field too"),
        Key("c", "Create something", act="create"),
        Key("s", "The page's own search", act="search"),
        Key("n", "Notifications", url="core:notifications"),
        Key("u", "To the Undo of the last message", act="undo"),
        Key("Esc", "Close a panel, dialog or menu"),
    ),
)
PLACES: Final = Keys(
    "Go to",
    (
        Key("g h", "Home", url="workspace:home"),
        Key("g a", "Accounts", url="accounts:list"),
        Key("g p", "Success plans", url="plans:list"),
        Key("g o", "Objectives", url="objectives:list"),
        Key("g k", "Objective KPIs", url="kpis:list"),
        Key("g b", "Playbooks", url="playbooks:list"),
        Key("g t", "Tasks", url="tasks:list"),
        Key("g y", "CS activities", url="activities:list"),
        Key("g c", "Contacts", url="contacts:list"),
        Key("g l", "Library", url="library:list"),
        Key("g s", "Success Tracker", url="workspace:success-tracker"),
        Key("g v", "Value Tracker", url="workspace:value-tracker"),
        Key("g d", "Activity Tracker", url="workspace:activity-tracker"),
    ),
)
PALETTE: Final = Keys(
    "Find or do anything",
    (
        Key("↑ ↓", "Walk through what is found"),
        Key("Enter", "Open it, or do it"),
        Key("Ctrl Enter", "Open it in a new tab"),
    ),
)
LISTS: Final = Keys(
    "Lists",
    (
        Key("↑ ↓", "Walk the rows"),
        Key("← →", "Walk the cells"),
        Key("Enter", "Edit the cell, or open the record"),
        Key("e", "Edit the cell"),
        Key("x", "Select the row"),
        Key("m", "Comments on the row"),
        Key("r", "Carry out the objective of the row"),
    ),
)
SUCCESS_TRACKER: Final = Keys(
    "Success Tracker",
    (
        Key("↑ ↓", "Walk the rows"),
        Key("Home End", "First and last row"),
        Key("→ ←", "Open and close a branch"),
        Key("Enter", "Show the details"),
        Key("+", "Add a child"),
        Key("Alt ← →", "Move both dates"),
        Key("Alt Shift ← →", "Move the end"),
    ),
)
TASKS: Final = Keys(
    "Tasks of a playbook",
    (
        Key("Alt ↑ ↓", "Move a task up and down"),
        Key("Esc", "Close its dates"),
    ),
)
VALUE_TRACKER: Final = Keys(
    "Value Tracker",
    (
        Key("Enter", "Save the value"),
        Key("Tab", "Save and go on"),
        Key("↑ ↓", "Change the row"),
        Key("Esc", "Bring back what was there"),
        Key("f", "Full screen"),
    ),
)
ACTIVITY_TRACKER: Final = Keys(
    "Activity Tracker",
    (
        Key("↑ ↓", "Walk the rows"),
        Key("Enter", "Show the details"),
        Key("d", "Done, or open again"),
        Key("m", "Move the date"),
        Key("a", "Assign"),
        Key("f", "Flag"),
        Key("p", "Pin"),
        Key("n", "Note"),
        Key("Alt ← →", "Board: change the status; calendar: a day"),
        Key("Alt ↑ ↓", "Calendar: a week"),
    ),
)
# In two columns.
COLUMNS: Final = (
    (EVERYWHERE, PLACES),
    (PALETTE, LISTS, SUCCESS_TRACKER, TASKS, VALUE_TRACKER, ACTIVITY_TRACKER),
)
