"""Activities and Activity Tracker in a real Chromium: by hand, by key, by mouse; axe on the way."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from apps.activities.models import CsActivity
from apps.core.scope import today
from apps.playbooks.choices import TaskStatus
from apps.playbooks.models import PlaybookTask
from tests.browser.conftest import held, settled
from tests.browser.test_main_job import clean
from tests.factories import (
    PASSWORD,
    assign,
    make_account,
    make_account_role,
    make_activity,
    make_contact,
    make_csm,
    make_kpi,
    make_objective,
    make_plan,
    make_playbook,
    make_task,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def csm():
    return make_csm(first_name="Mara", last_name="Koch")


@pytest.fixture
def page(chromium, live_server) -> Iterator[Page]:
    context = chromium.new_context(
        base_url=live_server.url, viewport={"width": 1440, "height": 900}, reduced_motion="reduce"
    )
    opened = context.new_page()
    wrong: list[str] = []
    opened.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    yield opened
    context.close()
    # A refusal is an answer: the browser notes it, the page says it.
    assert [text for text in wrong if "409 (Conflict)" not in text] == []


@pytest.fixture
def seen(page, csm):
    page.goto("/auth/login/")
    page.fill("[name=login]", csm.email)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/auth/" not in url)
    return page


def far(days):
    return today() + dt.timedelta(days=days)


def mine(csm, name, days, **fields):
    task = make_task(name=name, end_date=far(days), **fields)
    assign(task, csm.resource)
    return task


def test_a_call_with_two_promises_takes_three_steps_from_the_account(seen, csm):
    account = make_account(name="Northwind")
    make_account_role(account, csm.resource)
    make_contact(account, name="Ines Almeida")
    seen.goto(f"/accounts/{account.pk}/")
    steps = 0

    def step(locator):
        nonlocal steps
        steps += 1
        locator.click()

    step(seen.locator(".page-actions").get_by_role("link", name="CS activity"))
    dialog = seen.locator("#dialog")
    expect(dialog.locator("#id_subject")).to_be_focused()
    seen.keyboard.type("Kick-off")
    step(dialog.locator(".type-chips").get_by_text("Call"))
    # Typing goes on by Tab: when, duration, owner, notes, then the promises.
    dialog.locator("#id_promises-0-name").focus()
    seen.keyboard.type("Send the plan")
    seen.keyboard.press("Tab")
    seen.keyboard.press("Tab")
    seen.keyboard.type(f"{far(3):%m%d%Y}")
    dialog.locator("#id_promises-1-name").focus()
    seen.keyboard.type("Name a sponsor")
    seen.keyboard.press("Tab")
    seen.keyboard.type("Ines")
    clean(seen)
    step(dialog.get_by_role("button", name="Save", exact=True))
    expect(seen.locator("#notices")).to_contain_text("2 promises became tasks")
    expect(dialog).to_be_hidden()
    assert steps == 3
    activity = CsActivity.objects.get()
    assert (activity.account, activity.type.label) == (account, "Call")
    plan, sponsor = PlaybookTask.objects.order_by("pk")
    assert (plan.end_date, str(plan.assignments.get())) == (far(3), str(csm.resource))
    assert str(sponsor.assignments.get()) == "Ines Almeida"
    seen.locator("#notices").get_by_role("button", name="Undo").click()
    expect(seen.locator("#notices")).to_contain_text("Undone")
    assert not CsActivity.objects.exists()
    assert not PlaybookTask.objects.exists()


def test_promises_are_read_from_the_notes_and_ticked(seen, csm):
    account = make_account()
    seen.goto(f"/activities/new/?account={account.pk}")
    seen.fill("#id_subject", "Call")
    notes = seen.get_by_role("textbox", name="Notes")
    notes.click()
    seen.keyboard.type("Good start.\nWe will send the plan\nThey will pay", delay=15)
    box = seen.locator("#suggestions").get_by_label("Send the plan")
    box.click()
    first = seen.locator("#id_promises-0-name")
    expect(first).to_have_value("Send the plan")
    expect(seen.locator("#id_promises-0-end_date")).to_be_focused()
    expect(notes).to_contain_text("They will pay")
    seen.locator("#suggestions").get_by_label("Pay").click()
    expect(seen.locator("#id_promises-1-who")).to_have_value("them")
    seen.get_by_role("button", name="Save", exact=True).click()
    seen.wait_for_url(re.compile(r"/activities/\d+/$"))
    assert set(PlaybookTask.objects.values_list("name", flat=True)) == {"Send the plan", "Pay"}


def test_a_note_is_made_from_value_tracker_and_shown_in_the_timeline(seen, csm):
    objective = make_objective(make_plan(owner=csm.resource), owner=csm.resource)
    kpi = make_kpi(objective, title="Churn", baseline=0, current=1, target=9)
    seen.goto(f"/value-tracker/?objective={objective.pk}")
    button = seen.locator(f"#kpi-{kpi.pk} [popovertarget]")
    button.click()
    seen.get_by_role("link", name="Add CS Activity Note").click()
    expect(seen.locator("#id_kpi")).to_have_value("Churn")
    seen.keyboard.press("Escape")
    expect(seen.locator("#dialog")).to_be_hidden()
    expect(button).to_be_focused()
    button.click()
    seen.get_by_role("link", name="Add CS Activity Note").click()
    expect(seen.locator("#id_subject")).to_be_focused()
    seen.keyboard.type("They like it")
    seen.keyboard.press("Enter")
    expect(seen.locator("#notices")).to_contain_text("They like it")
    seen.goto(f"/objectives/{objective.pk}/?tab=related")
    timeline = seen.locator("#timeline")
    expect(timeline).to_contain_text("They like it")
    clean(seen)
    timeline.get_by_label("Search").fill("nothing")
    expect(timeline).to_contain_text("No activity is like that")
    expect(timeline.get_by_label("Search")).to_have_value("nothing")
    timeline.get_by_role("link", name="Clear").click()
    expect(timeline).to_contain_text("They like it")
    timeline.get_by_role("link", name="New").click()
    expect(seen.locator("#id_objective")).to_have_value(str(objective))
    seen.keyboard.type("And more")
    seen.keyboard.press("Enter")
    expect(timeline).to_contain_text("And more")


def test_the_day_is_worked_through_by_key(seen, csm):
    first, second, third = (
        mine(csm, "First", -2),
        mine(csm, "Second", 1),
        mine(csm, "Third", 2),
    )
    seen.keyboard.press("g")
    seen.keyboard.press("d")
    seen.wait_for_url("**/activity-tracker/")
    clean(seen)
    seen.keyboard.press("ArrowDown")
    expect(seen.locator(f"#task-{first.pk}")).to_be_focused()
    seen.keyboard.press("d")
    expect(seen.locator(".due-done")).to_contain_text("First")
    settled(seen)
    expect(seen.locator(f"#task-{first.pk}")).to_be_focused()
    row = seen.locator(f"#task-{second.pk}")
    row.focus()
    seen.keyboard.press("ArrowDown")
    expect(seen.locator(f"#task-{third.pk}")).to_be_focused()
    seen.keyboard.press("f")
    expect(seen.locator(f"#task-{third.pk} .due-flag")).to_have_class(re.compile("is-on"))
    settled(seen)
    expect(seen.locator(f"#task-{third.pk}")).to_be_focused()
    seen.keyboard.press("p")
    # Pinned, it stands first.
    expect(seen.locator(".due-week [data-row]").first).to_contain_text("Third")
    settled(seen)
    seen.keyboard.press("m")
    expect(seen.locator(f"#task-{third.pk} [name=day]")).to_be_focused()
    seen.keyboard.type(f"{far(9):%m%d%Y}")
    seen.keyboard.press("Enter")
    expect(seen.locator(".due-later")).to_contain_text("Third")
    settled(seen)
    expect(seen.locator(f"#task-{third.pk}")).to_be_focused()
    seen.keyboard.press("n")
    expect(seen.locator("#dialog h2")).to_have_text("New CS activity")
    expect(seen.locator("#id_task")).to_have_value("Third")
    seen.keyboard.press("Escape")
    expect(seen.locator("#dialog")).to_be_hidden()
    # The dialog leaves its button in focus: the keys of the row work on.
    seen.keyboard.press("f")
    expect(seen.locator(f"#task-{third.pk} .due-flag")).not_to_have_class(re.compile("is-on"))
    settled(seen)
    seen.keyboard.press("f")
    expect(seen.locator(f"#task-{third.pk} .due-flag")).to_have_class(re.compile("is-on"))
    settled(seen)
    row = seen.locator(f"#task-{second.pk}")
    row.focus()
    seen.keyboard.press("a")
    expect(seen.locator("#dialog")).to_contain_text("Second")
    seen.keyboard.press("Escape")
    expect(seen.locator("#dialog")).to_be_hidden()
    row.focus()
    seen.keyboard.press("Enter")
    expect(seen.locator("#panel")).to_contain_text("Second")
    third.refresh_from_db()
    first.refresh_from_db()
    assert (third.end_date, third.is_flagged, first.status) == (far(9), True, TaskStatus.COMPLETED)
    notices = seen.locator("#notices")
    expect(notices.get_by_role("button", name="Undo")).to_be_visible()


def test_steps_faster_than_the_answers_are_all_taken_and_shown(seen, csm):
    tasks = [mine(csm, f"Task {n}", 2, account=make_account()) for n in range(4)]
    seen.goto("/activity-tracker/")
    settled(seen)
    with held(seen, "**/activity-tracker/rows/**"):
        for task in tasks:
            seen.locator(f"#task-{task.pk} .due-flag").click()
    expect(seen.locator(".due-flag.is-on")).to_have_count(4)
    assert PlaybookTask.objects.filter(is_flagged=True).count() == 4


def test_a_day_moved_twice_at_once_is_moved_twice(seen, csm):
    task = mine(csm, "Train users", 3)
    seen.goto("/activity-tracker/?as=calendar")
    row = seen.locator(f"#task-{task.pk}")
    settled(seen)
    row.focus()
    with held(seen, "**/activity-tracker/rows/**"):
        seen.keyboard.press("Alt+ArrowRight")
        seen.keyboard.press("Alt+ArrowRight")
    expect(row).to_have_attribute("data-day", far(5).isoformat())
    task.refresh_from_db()
    assert task.end_date == far(5)


def test_a_day_that_somebody_else_changed_stays_in_its_box(seen, csm):
    task = mine(csm, "Train users", 3)
    seen.goto("/activity-tracker/")
    PlaybookTask.objects.filter(pk=task.pk).update(end_date=far(4))
    row = seen.locator(f"#task-{task.pk}")
    row.get_by_text("in 3 days").click()
    row.get_by_role("button", name="+7").click()
    expect(row.get_by_role("alert")).to_contain_text("Somebody else moved")
    settled(seen)
    expect(row.locator("[name=day]")).to_be_focused()
    expect(row.locator("[name=day]")).to_have_value(far(10).isoformat())
    clean(seen)
    row.get_by_role("button", name="Move", exact=True).click()
    expect(seen.locator(".due-later")).to_contain_text("Train users")
    task.refresh_from_db()
    assert task.end_date == far(10)


def test_filters_stay_in_the_address_and_a_view_keeps_them(seen, csm):
    mine(csm, "Flagged one", 1, is_flagged=True)
    mine(csm, "Other one", 1)
    seen.goto("/activity-tracker/")
    seen.get_by_text("More filters").click()
    seen.get_by_label("Flagged", exact=True).select_option("1")
    expect(seen.locator("#due")).not_to_contain_text("Other one")
    expect(seen).to_have_url(re.compile(r"/activity-tracker/\?whose=1&flagged=1$"))
    seen.locator("details.views summary").click()
    seen.get_by_role("link", name="Save this view…").click()
    seen.locator("#dialog [name=name]").fill("Flagged")
    seen.keyboard.press("Enter")
    expect(seen.locator("details.views summary")).to_contain_text("Flagged")
    expect(seen.locator("#due")).not_to_contain_text("Other one")
    seen.reload()
    expect(seen.locator("#due")).to_contain_text("Flagged one")
    expect(seen.locator("#due")).not_to_contain_text("Other one")


def test_cards_change_their_column_by_mouse_and_by_key(seen, csm):
    playbook = make_playbook(make_objective(), stage="in_progress")
    task = mine(csm, "Train users", 3, playbook=playbook, account=playbook.account)
    seen.goto("/activity-tracker/?as=board")
    clean(seen)
    card = seen.locator(f"#task-{task.pk}")
    column = seen.locator("[data-drop-status=in_progress]")
    card.drag_to(column)
    expect(column.locator(f"#task-{task.pk}")).to_be_visible()
    settled(seen)
    expect(card).to_be_focused()
    seen.keyboard.press("Alt+ArrowRight")
    expect(seen.locator("[data-drop-status=on_hold]").locator(f"#task-{task.pk}")).to_be_visible()
    settled(seen)
    card.get_by_label("Status of Train users").select_option("completed")
    done = seen.locator("[data-drop-status=completed]")
    expect(done.locator(f"#task-{task.pk}")).to_be_visible()
    task.refresh_from_db()
    assert (task.status, task.percent_complete) == (TaskStatus.COMPLETED, 100)


def test_days_change_in_the_calendar_by_mouse_and_by_key(seen, csm):
    task = mine(csm, "Train users", 0)
    make_activity(
        subject="Kick-off", account=make_account(), owner=csm.resource, happened_at=timezone.now()
    )
    seen.goto("/activity-tracker/?as=calendar")
    clean(seen)
    item = seen.locator(f"#task-{task.pk}")
    begin = far(0) - dt.timedelta(days=far(0).weekday())
    other = begin + dt.timedelta(days=(far(0).weekday() + 1) % 7)
    item.drag_to(seen.locator(f"[data-drop-day='{other}']"))
    expect(seen.locator(f"[data-drop-day='{other}'] #task-{task.pk}")).to_be_visible()
    settled(seen)
    expect(item).to_be_focused()
    seen.keyboard.press("Alt+ArrowRight")
    expect(item).to_have_attribute("data-day", (other + dt.timedelta(days=1)).isoformat())
    task.refresh_from_db()
    assert task.end_date == other + dt.timedelta(days=1)
    seen.goto("/activity-tracker/?as=calendar&span=week")
    clean(seen)
    seen.set_viewport_size({"width": 390, "height": 800})
    expect(seen.locator("td.is-today .cal-long")).to_contain_text("today")
    clean(seen)


def test_the_tracker_fits_a_phone(seen, csm):
    mine(csm, "Train users", -1)
    seen.set_viewport_size({"width": 390, "height": 800})
    for address in ("/activity-tracker/", "/activity-tracker/?as=board"):
        seen.goto(address)
        clean(seen)
        wide = seen.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not wide, address
