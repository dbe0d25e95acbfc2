"""Who may do what: the one table behind every button, page and service.

`create`, `edit`, `delete` and `view` are Django's own permissions on the record's model; the
other actions are permissions on a model's Meta. Groups are filled from here after each migrate.
"""

from __future__ import annotations

from typing import Final, NamedTuple

CUSTOMER_SUCCESS: Final = "CSC - Customer Success"
PARTICIPANT: Final = "CSC - Participant User"
ADMINISTRATOR: Final = "CSC - Administrator"

_DJANGO_ACTIONS: Final = {"view": "view", "create": "add", "edit": "change", "delete": "delete"}


class Grant(NamedTuple):
    """One line of the table."""

    record: str
    action: str
    permission: str
    customer_success: bool
    participant: bool


# record: (model, actions of both, actions of Customer Success only, actions of neither)
_TABLE: Final[dict[str, tuple[str, str, str, str]]] = {
    "account": ("accounts.account", "view", "create edit share", "delete"),
    "contact": ("accounts.contact", "view create edit", "delete", ""),
    "plan": (
        "plans.successplan",
        "view",
        "create create_from_template save_as_template edit delete share",
        "",
    ),
    "challenge": ("plans.businesschallenge", "view create edit", "delete", ""),
    "objective": (
        "objectives.objective",
        "view create edit",
        "create_from_template save_as_template delete share",
        "",
    ),
    "kpi": ("kpis.objectivekpi", "view create edit", "delete share", ""),
    "kpi_value": ("kpis.kpivalue", "view", "", "create edit delete"),
    "playbook": (
        "playbooks.playbook",
        "view create edit",
        "create_from_template save_as_template delete share",
        "",
    ),
    "task": ("playbooks.playbooktask", "view create edit", "delete share", ""),
    "activity": ("activities.csactivity", "view create edit delete", "", ""),
    "comment": ("activities.comment", "view create edit delete", "", ""),
    "resource": ("accounts.resource", "view", "", "edit"),
    "account_role": ("accounts.accountrole", "view", "edit", ""),
    "attribute_value": ("accounts.attributevalue", "view", "create", "edit delete"),
}
_WITHOUT_MODEL: Final[dict[str, tuple[str, str, str]]] = {
    "report": ("view", "", ""),
    "list": ("export", "import", ""),
    "template": ("", "view", ""),
    "tag": ("use", "", ""),
    "vocabulary": ("", "", "edit"),
}


# What the permission allows on one's own records only.
OWN: Final = frozenset({("comment", "edit"), ("comment", "delete")})

# The record that a model is: "plans.successplan" is a plan.
RECORD_OF: Final = {line[0]: record for record, line in _TABLE.items()}


def permission_name(record: str, action: str) -> str:
    """The Django permission behind an action: `objectives.add_objective`."""
    if record in _WITHOUT_MODEL:
        return f"core.{action}_{record}"
    app, model = _TABLE[record][0].split(".")
    if action in _DJANGO_ACTIONS:
        return f"{app}.{_DJANGO_ACTIONS[action]}_{model}"
    return f"{app}.{action}_task" if record == "task" else f"{app}.{action}"


def _lines() -> list[Grant]:
    rows = [(record, *line[1:]) for record, line in _TABLE.items()]
    rows += [(record, *line) for record, line in _WITHOUT_MODEL.items()]
    return [
        Grant(record, action, permission_name(record, action), column < 2, column < 1)
        for record, *columns in rows
        for column, actions in enumerate(columns)
        for action in actions.split()
    ]


GRANTS: Final[list[Grant]] = _lines()

_VOCABULARIES: Final = (
    "core.unit core.tag accounts.role accounts.teampool accounts.teampoolmember"
    " core.customfield core.customchoice core.recordtype core.recordtypegroup core.fieldset"
    " core.fieldsetitem accounts.attributedefinition plans.challengecategory objectives.objectivestatus"
    " objectives.objectivecategory kpis.kpicategory activities.activitytype"
    " reports.healthmetric reports.healthmetricstatus reports.healthmetrictag"
    " reports.healthmetriccategory reports.healththreshold"
)
LIBRARY_KINDS: Final = ("plan", "objective", "playbook")
_PEOPLE: Final = "core.user auth.group accounts.resource accounts.accountrole"


def _all_actions(models: str, *actions: str) -> list[str]:
    return [
        f"{app}.{action}_{model}"
        for app, model in (label.split(".") for label in models.split())
        for action in actions
    ]


def group_permissions() -> dict[str, set[str]]:
    """What each of the three groups is granted."""
    return {
        CUSTOMER_SUCCESS: {line.permission for line in GRANTS if line.customer_success},
        PARTICIPANT: {line.permission for line in GRANTS if line.participant},
        ADMINISTRATOR: {
            *(line.permission for line in GRANTS if line.action == "view"),
            permission_name("account", "delete"),
            # The library is loaded and taken away by those who set up.
            *(permission_name(kind, "save_as_template") for kind in LIBRARY_KINDS),
            permission_name("list", "import"),
            permission_name("vocabulary", "edit"),
            *_all_actions(_VOCABULARIES, "view", "add", "change", "delete"),
            *_all_actions(_PEOPLE, "view", "add", "change"),
            "accounts.delete_accountrole",
            *_all_actions("core.organisation", "view", "change"),
        },
    }
