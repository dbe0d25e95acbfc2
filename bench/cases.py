"""What is measured: each case with its address, its floor and what it must reach."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bench.dataset import ACCOUNTS

KPIS_PER_ACCOUNT: Final = 25
PAGE: Final = 50
# Of a case that is not held to a limit.
KB: Final = 1024


@dataclass(frozen=True)
class Limits:
    """The most a case may need; None is not limited. `ratio` is CPU against the floor's."""

    ratio: float | None = None
    queries: int | None = None
    raw: int | None = None
    gzip: int | None = None


@dataclass(frozen=True)
class Save:
    """A form that is fetched, changed in one field and sent; the two values take turns."""

    form_url: str
    changed: str
    values: tuple[str, str]
    # The id of the form that the fields name, when they stand outside it.
    form: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True)
class Case:
    """One page or one save."""

    name: str
    label: str
    url: str
    limits: Limits
    floor: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    save: Save | None = None


LIST: Final = Limits(ratio=4, queries=12, raw=100 * KB, gzip=12 * KB)
DEEP: Final = Limits(ratio=6, queries=12, raw=100 * KB, gzip=12 * KB)
RECORD: Final = Limits(ratio=4, queries=20)
TRACKER: Final = Limits(queries=15)
SAVE: Final = Limits(queries=12)
# Tasks, KPIs, objectives, reviews and activities together: a statement finds them, one for each reads.
DUE: Final = Limits(queries=20)


def cases(size: str, today: dt.date) -> list[Case]:
    """The cases of a size; person 1, whose accounts are 1, 1 + users, 1 + 2 users ..."""
    accounts = ACCOUNTS[size]
    last = accounts * KPIS_PER_ACCOUNT // PAGE
    deep = min(2000, last - 1)
    day = today.isoformat()
    # An account in the middle of the tree, whole with plans, objectives and KPIs.
    account = accounts // 20 + 1
    plan, objective, kpi = 2 * account, 10 * account - 6, 25 * account - 10
    some = {"today": day, "account": account, "plan": plan, "objective": objective}

    def listed(
        name: str,
        label: str,
        url: str,
        floor: str,
        page: int = 1,
        limits: Limits = LIST,
        **more: Any,
    ) -> Case:
        values = {"today": day, "first": (page - 1) * PAGE, **more}
        return Case(name, label, url, limits, floor, values)

    return [
        listed("kpis", "KPIs by title", "/kpis/", "kpis-title"),
        listed("kpis-status", "KPIs by status", "/kpis/?sort=status", "kpis-status"),
        listed("kpis-progress", "KPIs by progress", "/kpis/?sort=progress", "kpis-progress"),
        listed("kpis-off-track", "KPIs off track", "/kpis/?status=off_track", "kpis-off-track"),
        listed(
            "kpis-account",
            "KPIs of an account by status",
            f"/kpis/?account={account}&sort=status",
            "kpis-account",
            account=account,
        ),
        listed("kpis-deep", f"KPIs, page {deep}", f"/kpis/?page={deep}", "kpis-title", deep, DEEP),
        listed(
            "kpis-progress-deep",
            f"KPIs by progress, page {deep}",
            f"/kpis/?sort=progress&page={deep}",
            "kpis-progress",
            deep,
            DEEP,
        ),
        listed(
            "kpis-search",
            "KPIs with two words",
            "/kpis/?q=error+rate",
            "kpis-search",
            1,
            DEEP,
            words="%error rate%",
        ),
        listed("accounts", "Accounts", "/accounts/", "accounts"),
        listed("plans", "Success plans", "/plans/", "plans"),
        listed("objectives", "Objectives", "/objectives/", "objectives"),
        listed("playbooks", "Playbooks", "/playbooks/", "playbooks"),
        listed("tasks", "Tasks by end", "/tasks/?sort=end_date", "tasks"),
        listed("activities", "CS activities", "/activities/", "activities"),
        Case("home", "Home", "/?whose=mine", Limits(queries=20)),
        Case("home-all", "Home, all accounts", "/?whose=all", Limits(queries=20)),
        Case(
            "search",
            "Search over all records",
            "/search/?q=error+rate",
            Limits(ratio=6, queries=20),
            "search",
            {"asked": "'error':*&'rate':*"},
        ),
        Case(
            "search-common",
            "Search for a very common word",
            "/search/?q=sponsor",
            Limits(ratio=6, queries=20),
            "search",
            {"asked": "'sponsor':*"},
        ),
        Case("account", "Account 360", f"/accounts/{account}/", RECORD, "account", some),
        Case("plan", "Plan page", f"/plans/{plan}/", RECORD, "plan", some),
        Case(
            "plan-related",
            "Plan, Related",
            f"/plans/{plan}/?tab=related",
            RECORD,
            "plan-related",
            some,
        ),
        Case("objective", "Objective page", f"/objectives/{objective}/", RECORD, "objective", some),
        Case(
            "objective-related",
            "Objective, Related",
            f"/objectives/{objective}/?tab=related",
            RECORD,
            "objective-related",
            some,
        ),
        Case("success-tracker", "Success Tracker, my accounts", "/success-tracker/", TRACKER),
        Case(
            "success-tracker-branch",
            "Success Tracker, open a branch",
            "/success-tracker/rows/account/1/",
            TRACKER,
        ),
        Case(
            "success-tracker-account",
            "Success Tracker of an account",
            f"/success-tracker/?account={account}",
            TRACKER,
        ),
        Case("activity-tracker", "Activity Tracker, mine", "/activity-tracker/", DUE),
        Case("activity-tracker-all", "Activity Tracker, all", "/activity-tracker/?whose=all", DUE),
        Case("activity-board", "Activity Tracker, board", "/activity-tracker/?as=board", DUE),
        Case(
            "activity-calendar",
            "Activity Tracker, calendar",
            "/activity-tracker/?as=calendar",
            DUE,
        ),
        Case("timeline", "Timeline of an account", f"/activities/timeline/account/{account}/", DUE),
        Case("kpi-trending", "KPI Trending, my accounts", "/reports/kpi-trending/?accounts=1", DUE),
        Case("value-tracker", "Value Tracker, 500 KPIs", "/value-tracker/", TRACKER),
        Case(
            "value-save",
            "Value Tracker, save a value",
            f"/value-tracker/kpis/{kpi}/?account={account}",
            Limits(queries=12, raw=6 * KB),
            save=Save(
                f"/value-tracker/?account={account}",
                "current",
                ("120", "121"),
                form=f"v{kpi}",
                headers={"HX-Request": "true", "HX-Target": f"kpi-{kpi}"},
            ),
        ),
        *(
            Case(
                f"{name}-save",
                f"Save {label}",
                f"/{name}s/{pk}/edit/",
                SAVE,
                save=Save(f"/{name}s/{pk}/edit/", field, values, status=302),
            )
            for name, label, pk, field, values in (
                ("account", "an account", account, "name", ("Borealis Health", "Borealis Care")),
                ("plan", "a plan", plan, "name", ("Renewal", "Renewal plan")),
                ("objective", "an objective with KPIs", objective, "name", ("Use", "Active use")),
                ("kpi", "a KPI", kpi, "title", ("Seats", "Seats in use")),
                ("playbook", "a playbook", objective, "name", ("Review", "Usage review")),
                ("task", "a task", 5 * objective, "name", ("Agree", "Agree on targets")),
            )
        ),
        Case(
            "activity-save",
            "Save an activity",
            f"/activities/{5 * objective}/edit/",
            SAVE,
            save=Save(
                f"/activities/{5 * objective}/edit/", "subject", ("Call", "Weekly call"), status=302
            ),
        ),
    ]
