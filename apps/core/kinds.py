"""The kinds of records: their names, icons and addresses, in one place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Kind:
    """How one kind of record is called and where its pages are."""

    name: str
    label: str
    plural: str
    icon: str
    namespace: str

    @property
    def noun(self) -> str:
        """The label within a sentence: "success plan", but "CS activity"."""
        first, rest = self.label[0], self.label[1:]
        return f"{first.lower()}{rest}" if rest[:1].islower() else self.label

    @property
    def list_url(self) -> str:
        """The name of the list's address; the other pages follow the same pattern."""
        return f"{self.namespace}:list"

    @property
    def prefix(self) -> str:
        """The address up to a record's id, for cells that write many links."""
        return f"/{self.namespace}/"


# What people comment on.
COMMENTED: Final = ("account", "plan", "challenge", "objective", "kpi", "playbook", "task")
# What can be made from a template: the library is asked first.
FROM_TEMPLATES: Final = ("plan", "objective", "playbook")
LIBRARY: Final = "library:list"


KINDS: Final[dict[str, Kind]] = {
    kind.name: kind
    for kind in (
        Kind("account", "Account", "Accounts", "building", "accounts"),
        Kind("contact", "Contact", "Contacts", "address-book", "contacts"),
        Kind("resource", "Resource", "Resources", "users", "resources"),
        Kind("attribute_value", "Reading", "Readings", "chart-line", "readings"),
        Kind("plan", "Success plan", "Success Plans", "flag", "plans"),
        Kind("challenge", "Business challenge", "Challenges", "alert-triangle", "challenges"),
        Kind("objective", "Objective", "Objectives", "target", "objectives"),
        Kind("kpi", "Objective KPI", "Objective KPIs", "chart-dots", "kpis"),
        Kind("playbook", "Playbook", "Playbooks", "book", "playbooks"),
        Kind("task", "Task", "Tasks", "checkbox", "tasks"),
        Kind("activity", "CS activity", "Activities", "message-circle", "activities"),
    )
}
