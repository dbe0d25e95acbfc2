"""Bars of Success Tracker dragged and stretched with the mouse: the same question and undo as by keys."""

from __future__ import annotations

import datetime as dt

import pytest
from playwright.sync_api import Page, expect

from apps.plans.models import SuccessPlan
from tests.browser.conftest import settled
from tests.browser.test_success_tracker import row, tracker, world  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)

# The axis of months that begins in January shows 365 days.
SHOWN = (dt.date(2026, 1, 1), 365)


@pytest.fixture
def year(tracker, world) -> Page:  # noqa: F811
    account = world["account"].pk
    tracker.goto(
        f"/success-tracker/?account={account}&scale=months&begin=2026-01-01&expand="
        f"account-{account},plan-{world['plan'].pk},objective-{world['objective'].pk}"
    )
    return tracker


def grab(page: Page, kind: str, record, day: dt.date, nudge: float = 0.0) -> tuple[float, float]:
    """Press the mouse where a day begins on a row's axis; the pixel and the width of a day."""
    box = row(page, kind, record).locator(".trk-axis").bounding_box()
    a_day = box["width"] / SHOWN[1]
    x = box["x"] + (day - SHOWN[0]).days * a_day + nudge
    page.mouse.move(x, box["y"] + box["height"] / 2)
    page.mouse.down()
    return x, a_day


def pull(page: Page, x: float, by: float) -> None:
    y = page.evaluate(
        "document.querySelector('.trk-row [data-grab]:not([data-grab=\"\"])')"
        "?.getBoundingClientRect().top ?? 0"
    )
    page.mouse.move(x + by / 2, y + 12)
    page.mouse.move(x + by, y + 12)


def dates(record) -> tuple[dt.date, dt.date]:
    record.refresh_from_db()
    end = "due_date" if hasattr(record, "due_date") else "end_date"
    return record.start_date, getattr(record, end)


def test_a_bar_is_dragged_by_days_and_undone(year, world):  # noqa: F811
    plan = world["plan"]
    before = dates(plan)
    x, a_day = grab(year, "plan", plan, dt.date(2026, 6, 1))
    pull(year, x, 10 * a_day)
    expect(year.locator(".trk-flag")).to_have_text("11 Mar 2026 – 10 Oct 2026 (+10 days)")
    # Esc lets go; the click that ends it opens nothing.
    year.keyboard.press("Escape")
    expect(year.locator(".bar-ghost")).to_have_count(0)
    year.mouse.up()
    expect(year.locator("#panel")).to_be_hidden()
    assert dates(plan) == before

    x, a_day = grab(year, "plan", plan, before[1] + dt.timedelta(days=1), nudge=-2)
    pull(year, x, 20 * a_day)
    expect(year.locator(".trk-flag")).to_have_text("1 Mar 2026 – 20 Oct 2026 (+20 days)")
    year.mouse.up()
    expect(row(year, "plan", plan)).to_have_attribute("data-end", "2026-10-20")
    expect(year.locator(".bar-ghost")).to_have_count(0)
    expect(year.locator("#panel")).to_be_hidden()
    assert dates(plan) == (before[0], dt.date(2026, 10, 20))
    year.locator(".notice").get_by_role("button", name="Undo").click()
    expect(row(year, "plan", plan)).to_have_attribute("data-end", "2026-09-30")
    assert dates(plan) == before


def test_what_would_move_along_is_asked_as_by_keyboard(year, world):  # noqa: F811
    objective, playbook = world["objective"], world["playbook"]
    before = dates(objective)
    x, a_day = grab(year, "objective", objective, dt.date(2026, 5, 1))
    pull(year, x, 7 * a_day)
    year.mouse.up()
    expect(year.locator("#dialog")).to_contain_text("Move Less churn")
    expect(year.locator("#dialog")).to_contain_text("8 Mar 2026 – 7 Jul 2026")
    assert dates(objective) == before
    year.keyboard.press("Escape")
    expect(year.locator(".bar-ghost")).to_have_count(0)
    assert dates(objective) == before

    x, a_day = grab(year, "objective", objective, dt.date(2026, 5, 1))
    pull(year, x, 7 * a_day)
    year.mouse.up()
    year.get_by_role("button", name="Save and move").click()
    expect(row(year, "objective", objective)).to_have_attribute("data-start", "2026-03-08")
    expect(row(year, "playbook", playbook)).to_have_attribute("data-start", "2026-03-08")
    assert dates(playbook) == (dt.date(2026, 3, 8), dt.date(2026, 5, 8))


def test_the_start_is_stretched_but_not_over_the_end(year, world):  # noqa: F811
    plan = world["plan"]
    SuccessPlan.objects.filter(pk=plan.pk).update(
        start_date=dt.date(2026, 7, 1), end_date=dt.date(2026, 9, 30)
    )
    year.reload()
    x, a_day = grab(year, "plan", plan, dt.date(2026, 7, 1), nudge=2)
    pull(year, x, 150 * a_day)
    expect(year.locator(".trk-flag")).to_contain_text("30 Sep 2026 – 30 Sep 2026 (+91 days)")
    pull(year, x, -30 * a_day)
    year.mouse.up()
    expect(row(year, "plan", plan)).to_have_attribute("data-start", "2026-06-01")
    assert dates(plan) == (dt.date(2026, 6, 1), dt.date(2026, 9, 30))


def test_at_the_end_of_the_axis_the_days_run_on(year, world):  # noqa: F811
    plan = world["plan"]
    x, a_day = grab(year, "plan", plan, dt.date(2026, 9, 30))
    box = row(year, "plan", plan).locator(".trk-axis").bounding_box()
    pull(year, x, box["x"] + box["width"] - 5 - x)
    expect(year.locator(".trk-flag")).to_contain_text("2027")
    year.keyboard.press("Escape")
    year.mouse.up()


def test_somebody_elses_move_is_a_conflict_and_the_bar_returns(year, world):  # noqa: F811
    plan = world["plan"]
    SuccessPlan.objects.filter(pk=plan.pk).update(end_date=dt.date(2026, 12, 24))
    x, a_day = grab(year, "plan", plan, dt.date(2026, 6, 1))
    pull(year, x, 10 * a_day)
    year.mouse.up()
    expect(year.locator("#notices")).to_contain_text("Somebody else moved")
    expect(row(year, "plan", plan)).to_have_attribute("data-end", "2026-12-24")
    expect(year.locator(".bar-ghost")).to_have_count(0)
    settled(year)
    # A press without a move is a click.
    grab(year, "plan", plan, dt.date(2026, 6, 1))
    year.mouse.up()
    expect(year.locator("#panel")).to_contain_text("Onboarding")
