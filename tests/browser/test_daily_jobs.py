"""The daily jobs of a CSM, counted: at most three interactions each, from Home or from an account.

An interaction is a click, a key or a choice out of a list; typing a text, with the Enter that
ends it, is none. What is counted stands in docs/daily-jobs.md; `make daily-jobs` writes it anew.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from apps.activities.comment_services import comment_create
from apps.activities.models import Comment
from apps.core.scope import today
from apps.kpis.models import ObjectiveKpi
from apps.objectives.models import Objective
from apps.playbooks.models import PlaybookTask, TaskAssignment
from tests.browser.conftest import settled
from tests.browser.test_main_job import page  # noqa: F401
from tests.factories import (
    PASSWORD,
    make_account,
    make_account_role,
    make_contact,
    make_csm,
    make_kpi,
    make_objective,
    make_plan,
    make_playbook,
    make_resource,
    make_task,
)

pytestmark = pytest.mark.django_db(transaction=True)
MOST = 3
TABLE = Path(__file__).parents[2] / "docs" / "daily-jobs.md"
LINE = re.compile(r"^\| (?P<job>[^|]+) \| (?P<start>[^|]+) \| (?P<count>\d+) \| (?P<how>[^|]+) \|$")


class Hand:
    """A person at the page, every interaction counted and told."""

    def __init__(self, page: Page) -> None:  # noqa: F811
        self.page = page
        self.done: list[str] = []

    def click(self, what: str, place: Locator, **kwargs) -> None:
        self.done.append(what)
        place.click(**kwargs)
        settled(self.page)

    def press(self, what: str, key: str) -> None:
        self.done.append(what)
        self.page.keyboard.press(key)
        settled(self.page)

    def choose(self, what: str, place: Locator, label: str) -> None:
        self.done.append(what)
        place.select_option(label=label)
        settled(self.page)

    def type(self, text: str, *, ends: bool = True) -> None:
        """Text, and the Enter that ends it."""
        self.page.keyboard.type(text)
        if ends:
            self.page.keyboard.press("Enter")
        settled(self.page)


@pytest.fixture
def world():
    csm = make_csm(first_name="Mara", last_name="Koch")
    account = make_account(name="Northwind")
    make_account_role(account, csm.resource)
    plan = make_plan(account, name="Onboarding", owner=csm.resource, status="active")
    objective = make_objective(plan, name="Less churn", owner=csm.resource)
    return {"csm": csm, "account": account, "plan": plan, "objective": objective}


@pytest.fixture
def hand(page, world) -> Iterator[Hand]:  # noqa: F811
    page.goto("/auth/login/")
    page.fill("[name=login]", world["csm"].email)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/auth/" not in url)
    yield Hand(page)


def rows_of_table() -> dict[str, re.Match[str]]:
    """The lines of the table in the docs, by job."""
    lines = TABLE.read_text().splitlines() if TABLE.exists() else []
    return {found["job"]: found for line in lines if (found := LINE.match(line))}


@pytest.fixture
def told(hand) -> Iterator[Callable[[str, str], None]]:
    """Says which job was done from where; the docs must tell the same."""

    def tell(job: str, start: str) -> None:
        line = f"| {job} | {start} | {len(hand.done)} | {', '.join(hand.done)} |"
        assert len(hand.done) <= MOST, line
        found = rows_of_table().get(job)
        if os.environ.get("DAILY_JOBS") == "write":
            text = TABLE.read_text().rstrip("\n")
            text = text.replace(found[0], line) if found else f"{text}\n{line}"
            TABLE.write_text(f"{text}\n")
        else:
            assert found is not None, f"docs/daily-jobs.md does not tell of “{job}”"
            assert found[0] == line

    yield tell


def from_account(hand: Hand, world: dict) -> Page:
    hand.page.goto(f"/accounts/{world['account'].pk}/")
    settled(hand.page)
    return hand.page


def from_home(hand: Hand) -> Page:
    hand.page.goto("/")
    settled(hand.page)
    return hand.page


def tab(page: Page, name: str) -> Locator:  # noqa: F811
    return page.locator(".tabs a", has_text=name)


def test_update_a_kpi(hand, told, world):
    kpi = make_kpi(world["objective"], title="Seats", baseline=0, current=1, target=100)
    page = from_account(hand, world)  # noqa: F811
    hand.click("Value Tracker", tab(page, "Value Tracker"))
    hand.click("its value", page.locator("[name=current]").first)
    page.keyboard.press("Control+a")
    hand.type("60")
    expect(page.locator("#values")).to_contain_text("60%")
    assert ObjectiveKpi.objects.get(pk=kpi.pk).current == 60
    told("Update a KPI", "account")


def test_mark_three_objectives_paused(hand, told, world):
    for number in range(2):
        make_objective(world["plan"], name=f"Goal {number}")
    page = from_account(hand, world)  # noqa: F811
    hand.click("Objectives", tab(page, "Objectives"))
    hand.click("select all", page.locator("[data-pick-all]"))
    hand.choose("Paused", page.locator("#bulk [name=quick]"), "Paused")
    expect(page.locator("#notices")).to_contain_text("3 objectives were changed.")
    assert Objective.objects.filter(status__label="Paused").count() == 3
    told("Mark three objectives paused", "account")


def test_move_a_due_date(hand, told, world):
    Objective.objects.update(start_date=dt.date(2026, 3, 2), due_date=dt.date(2026, 6, 26))
    page = from_account(hand, world)  # noqa: F811
    hand.click("Objectives", tab(page, "Objectives"))
    cell = page.locator("#list td.col-due_date").first
    hand.click("its due date", cell, position={"x": 3, "y": 3})
    cell.locator("input:not([type=hidden])").fill("2026-07-31")
    page.keyboard.press("Enter")
    expect(cell).to_contain_text("31 Jul 2026")
    assert Objective.objects.get().due_date == dt.date(2026, 7, 31)
    told("Move a due date", "account")


def test_reassign_ten_tasks(hand, told, world):
    other = make_resource(name="Jo Park")
    playbook = make_playbook(world["objective"])
    late = today() - dt.timedelta(days=3)
    for number in range(10):
        task = make_task(playbook, name=f"Task {number}", start_date=late, end_date=late)
        TaskAssignment.objects.create(task=task, resource=world["csm"].resource)
    page = from_home(hand)  # noqa: F811
    hand.click(
        "My Overdue Tasks", page.get_by_role("link", name=re.compile("My Overdue Tasks")).first
    )
    hand.click("select all", page.locator("[data-pick-all]"))
    hand.click("Give to", page.locator("#bulk [name=give]"))
    hand.type("Jo Park")
    expect(page.locator("#notices")).to_contain_text("10 tasks were changed.")
    assert set(TaskAssignment.objects.values_list("resource", flat=True)) == {other.pk}
    told("Reassign ten tasks", "home")


def test_see_what_is_overdue(hand, told, world):
    late = today() - dt.timedelta(days=3)
    task = make_task(make_playbook(world["objective"]), name="Late", start_date=late, end_date=late)
    TaskAssignment.objects.create(task=task, resource=world["csm"].resource)
    page = from_home(hand)  # noqa: F811
    hand.click(
        "My Overdue Tasks", page.get_by_role("link", name=re.compile("My Overdue Tasks")).first
    )
    expect(page.locator("#list")).to_contain_text("Late")
    told("See my overdue tasks", "home")


def test_find_any_record(hand, told, world):
    page = from_home(hand)  # noqa: F811
    hand.press("Ctrl+K", "Control+k")
    page.keyboard.type("less chu")
    expect(page.locator("dialog[open] [role=option]").first).to_contain_text("Less churn")
    page.keyboard.press("Enter")
    page.wait_for_url("**/objectives/*/")
    told("Find any record", "home")


def test_find_a_contacts_open_tasks(hand, told, world):
    contact = make_contact(world["account"], name="Sam Reed")
    task = make_task(make_playbook(world["objective"]), name="Send the list")
    TaskAssignment.objects.create(task=task, contact=contact)
    page = from_home(hand)  # noqa: F811
    hand.press("Ctrl+K", "Control+k")
    page.keyboard.type("sam reed")
    expect(page.locator("dialog[open] [role=option]").first).to_contain_text("Sam Reed")
    page.keyboard.press("Enter")
    page.wait_for_url("**/contacts/*/")
    settled(page)
    if not page.locator("main", has_text="Send the list").count():
        hand.click("Tasks", page.locator(".tabs a", has_text=re.compile("Related|Tasks")))
    expect(page.locator("main")).to_contain_text("Send the list")
    told("Find a contact's open tasks", "home")


def test_block_a_kpi(hand, told, world):
    kpi = make_kpi(world["objective"], title="Seats", baseline=0, current=1, target=100)
    page = from_account(hand, world)  # noqa: F811
    hand.click("Value Tracker", tab(page, "Value Tracker"))
    hand.click("the row's menu", page.locator(".v-row [popovertarget]").first)
    hand.click("Block", page.get_by_role("button", name="Block", exact=True))
    expect(page.locator(".badge-blocked").first).to_be_visible()
    assert ObjectiveKpi.objects.get(pk=kpi.pk).is_blocked
    told("Block a KPI", "account")


def test_take_back_the_last_change(hand, told, world):
    page = from_account(hand, world)  # noqa: F811
    page.goto("/objectives/")
    page.locator("[data-pick-all]").check()
    page.locator("#bulk [name=quick]").select_option(label="Paused")
    expect(page.locator("#notices")).to_contain_text("was saved")
    hand.press("u", "u")
    hand.press("Enter", "Enter")
    expect(page.locator("#notices")).to_contain_text("Undone")
    assert Objective.objects.filter(status__label="Paused").count() == 0
    told("Take back the last change", "any page")


def test_add_a_task_to_an_account(hand, told, world):
    page = from_account(hand, world)  # noqa: F811
    hand.click("+ Create", page.locator(".topbar").get_by_role("button", name="Create"))
    hand.click(
        "Task", page.locator(".topbar .dropdown-menu").get_by_role("link", name="Task", exact=True)
    )
    page.locator("#form [name=name]").fill("Send the agenda")
    page.locator("#form [name=name]").press("Enter")
    expect(page.locator("#notices")).to_contain_text("Send the agenda")
    assert PlaybookTask.objects.get(name="Send the agenda").account == world["account"]
    told("Add a task to an account", "account")


def test_log_a_call_with_two_promises(hand, told, world):
    page = from_account(hand, world)  # noqa: F811
    hand.click("CS activity", page.locator(".page-actions").get_by_role("link", name="CS activity"))
    page.keyboard.type("Weekly call")
    hand.click("Call", page.locator("#dialog .type-chips").get_by_text("Call"))
    for place, promise in enumerate(("Send the report", "Name a sponsor")):
        page.locator(f"#id_promises-{place}-name").focus()
        page.keyboard.type(promise)
    hand.click("Save", page.locator("#form").get_by_role("button", name="Save", exact=True).last)
    expect(page.locator("#notices")).to_contain_text("Weekly call")
    names = PlaybookTask.objects.filter(account=world["account"]).values_list("name", flat=True)
    assert sorted(names) == ["Name a sponsor", "Send the report"]
    told("Log a call with two promises", "account")


def test_answer_a_mention(hand, told, world):
    other = make_csm(first_name="Jo", last_name="Park")
    comment_create(
        actor=other, kind="objective", pk=world["objective"].pk, text="@Mara Koch can you look?"
    )
    page = from_home(hand)  # noqa: F811
    hand.click("the bell", page.locator(".bell"))
    hand.click("the mention", page.locator(".notification-open").first)
    settled(page)
    answer = page.locator("textarea:focus")
    expect(answer).to_be_visible()
    page.keyboard.type("I shall.")
    hand.press("Ctrl+Enter", "Control+Enter")
    expect(page.locator(".replies")).to_contain_text("I shall.")
    assert Comment.objects.count() == 2
    told("Answer a mention", "home")


def test_complete_a_task(hand, told, world):
    task = make_task(make_playbook(world["objective"]), name="Call back", end_date=today())
    TaskAssignment.objects.create(task=task, resource=world["csm"].resource)
    page = from_home(hand)  # noqa: F811
    hand.click(
        "Activity Tracker",
        page.locator(".page-actions").get_by_role("link", name="Activity Tracker"),
    )
    hand.click("the task's tick", page.get_by_role("button", name="Complete Call back"))
    expect(page.locator("#notices")).to_contain_text("Call back")
    assert PlaybookTask.objects.get(pk=task.pk).status == "completed"
    told("Complete a task that is due", "home")


def test_comment_on_an_objective(hand, told, world):
    page = from_account(hand, world)  # noqa: F811
    hand.click("Objectives", tab(page, "Objectives"))
    page.locator("#list tbody tr[id]").first.hover()
    hand.click("Comments", page.locator(".row-talk"))
    page.locator("#dialog textarea").fill("Looks good")
    hand.click(
        "Comment", page.locator("#dialog").get_by_role("button", name=re.compile("Comment|Send"))
    )
    expect(page.locator("#dialog")).to_contain_text("Looks good")
    assert Comment.objects.get().text.strip().endswith("Looks good")
    told("Comment on an objective", "account")


def test_export_the_kpis_off_track(hand, told, world):
    Objective.objects.update(start_date=today() - dt.timedelta(days=90))
    late = today() + dt.timedelta(days=5)
    make_kpi(world["objective"], title="Seats", baseline=0, current=1, target=100, target_date=late)
    page = from_home(hand)  # noqa: F811
    hand.click("KPIs Off Track", page.get_by_role("link", name=re.compile("KPIs Off Track")).first)
    hand.click("Export", page.locator(".export-menu summary"))
    with page.expect_download() as download:
        hand.click("CSV", page.get_by_role("link", name="Export as CSV"))
    assert "Seats" in Path(download.value.path()).read_text(encoding="utf-8-sig")
    told("Export the KPIs that are off track", "home")
