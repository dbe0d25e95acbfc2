"""Links of activities: one account, one place."""

from __future__ import annotations

import pytest

from apps.activities.rules import (
    Link,
    Named,
    emptied_account_error,
    foreign_contacts_error,
    link_errors,
)

ACME, OTHER = Named(1, "Acme"), Named(2, "Other")
PLAN, PLAN_B, NO_PLAN = Named(1, "Plan A"), Named(2, "Plan B"), Named(None, "no account")
ADOPT, RENEW = Named(1, "Adopt"), Named(2, "Renew")


def plan(record=PLAN, account=ACME):
    return Link("plan", record, account)


def objective(record=ADOPT, account=ACME, within=PLAN):
    return Link("objective", record, account, {"plan": within})


def kpi(within=ADOPT, within_plan=PLAN, account=ACME):
    return Link("kpi", Named(1, "Logins"), account, {"objective": within, "plan": within_plan})


def task(within=ADOPT, account=ACME):
    return Link("task", Named(1, "Call"), account, {"objective": within, "plan": PLAN})


@pytest.mark.parametrize(
    ("links", "named", "errors"),
    [
        ([], set(), {}),
        ([kpi(), objective(), plan()], {"kpi", "objective", "plan"}, {}),
        (
            [plan(account=OTHER)],
            {"plan"},
            {"plan": "“Plan A” is a success plan of Other. Choose one of Acme, or none."},
        ),
        (
            [objective(), plan(PLAN_B)],
            {"objective", "plan"},
            {
                "plan": "The objective “Adopt” lies in “Plan A”, not in “Plan B”."
                " Choose “Plan A”, or empty one of the two."
            },
        ),
        (
            [objective(within=NO_PLAN), plan()],
            {"plan"},
            {"plan": "The objective “Adopt” lies in no success plan. Empty one of the two."},
        ),
        # Kept from before: it follows the new link below it, whatever account it is of.
        ([objective(), plan(PLAN_B)], {"objective"}, {}),
        ([objective(), plan(PLAN_B, OTHER)], {"objective"}, {}),
        # Emptied by hand, but what is below still lies in it.
        (
            [kpi()],
            {"objective"},
            {"objective": "The KPI “Logins” lies in “Adopt”. Keep it, or empty the KPI too."},
        ),
        ([objective(within=NO_PLAN)], {"plan"}, {}),
        (
            [task(RENEW), kpi()],
            {"task", "kpi"},
            {
                "kpi": "The task “Call” and the KPI “Logins” do not lie in the same objective."
                " Link one of the two."
            },
        ),
        (
            [task(RENEW), kpi(), objective()],
            {"task"},
            {
                "task": "The task “Call” and the KPI “Logins” do not lie in the same objective."
                " Link one of the two."
            },
        ),
    ],
)
def test_r_cas_2_links_lie_in_one_account_and_in_one_another(links, named, errors):
    assert link_errors(links, account=ACME, named=named) == errors


def test_an_account_is_not_emptied_under_a_link():
    assert emptied_account_error(kpi()) == (
        "The KPI “Logins” belongs to Acme, and so does what is noted about it. Empty the KPI too."
    )


def test_who_was_present_is_of_the_account():
    assert foreign_contacts_error([], "Acme") is None
    assert "not a contact of Acme" in (foreign_contacts_error(["Jo"], "Acme") or "")
    assert "choose the account first" in (foreign_contacts_error(["Jo"], "") or "")
