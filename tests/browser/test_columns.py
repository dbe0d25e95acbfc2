"""Columns as wide as a person wants them, in both trackers and in lists: by mouse and by keyboard."""

from __future__ import annotations

import math

import pytest
from playwright.sync_api import Page, expect

from apps.core.models import Preference
from tests.browser.conftest import settled
from tests.browser.test_main_job import clean, page  # noqa: F401
from tests.browser.test_undo import signed_in  # noqa: F401
from tests.factories import make_kpi, make_objective, make_plan

pytestmark = pytest.mark.django_db(transaction=True)


def edge(tab: Page, column: str):
    return tab.locator(f'th[data-name="{column}"] .col-handle')


def wide(tab: Page, column: str) -> float:
    return tab.locator(f'th[data-name="{column}"]').bounding_box()["width"]


def drag(tab: Page, column: str, by: int) -> None:
    box = edge(tab, column).bounding_box()
    tab.mouse.move(box["x"] + 4, box["y"] + 8)
    tab.mouse.down()
    tab.mouse.move(box["x"] + 4 + by / 2, box["y"] + 8)
    tab.mouse.move(box["x"] + 4 + by, box["y"] + 8)


@pytest.mark.parametrize(
    ("address", "column", "key"),
    [
        ("/success-tracker/?account={}", "name", "success-tracker"),
        ("/success-tracker/?account={}", "status", "success-tracker"),
        ("/value-tracker/?account={}", "title", "value-tracker"),
        ("/value-tracker/?account={}", "progress", "value-tracker"),
    ],
)
def test_a_column_is_dragged_and_stays(signed_in, address, column, key):  # noqa: F811
    tab = signed_in
    plan = make_plan()
    make_kpi(make_objective(plan), baseline=0, current=1, target=10)
    tab.goto(address.format(plan.account_id))
    before = wide(tab, column)
    # Esc takes back what the mouse has not let go yet.
    drag(tab, column, 40)
    assert abs(wide(tab, column) - before - 40) <= 2
    tab.keyboard.press("Escape")
    tab.mouse.up()
    assert abs(wide(tab, column) - before) <= 2
    assert not Preference.objects.filter(key=key).exists()

    with tab.expect_response("**/preferences/columns/**") as answer:
        drag(tab, column, 40)
        tab.mouse.up()
    assert answer.value.status == 204
    tab.reload()
    assert abs(wide(tab, column) - before - 40) <= 2

    with tab.expect_response("**/preferences/columns/**"):
        edge(tab, column).focus()
        tab.keyboard.press("Shift+ArrowLeft")
    settled(tab)
    assert abs(wide(tab, column) - before - 24) <= 2
    expect(edge(tab, column)).to_have_attribute("aria-valuenow", str(math.ceil(wide(tab, column))))
    clean(tab)
    # Choosing columns leaves their widths, Reset forgets both.
    tab.get_by_text("Columns", exact=True).click()
    tab.get_by_role("button", name="Apply").click()
    tab.wait_for_load_state()
    assert abs(wide(tab, column) - before - 24) <= 2
    tab.get_by_text("Columns", exact=True).click()
    tab.get_by_role("button", name="Reset").click()
    tab.wait_for_load_state()
    assert abs(wide(tab, column) - before) <= 2


def test_the_arrows_go_from_edge_to_edge(signed_in):  # noqa: F811
    tab = signed_in
    tab.goto(f"/success-tracker/?account={make_plan().account_id}")
    edge(tab, "name").focus()
    tab.keyboard.press("ArrowRight")
    expect(edge(tab, "status")).to_be_focused()
    tab.keyboard.press("ArrowLeft")
    expect(edge(tab, "name")).to_be_focused()
    expect(edge(tab, "status")).to_have_attribute("tabindex", "-1")


def test_a_column_of_a_list_is_dragged_and_stays(signed_in):  # noqa: F811
    tab = signed_in
    make_plan(name="Onboarding")
    tab.goto("/plans/")
    before = wide(tab, "name")
    with tab.expect_response("**/preferences/columns/**"):
        drag(tab, "name", 60)
        tab.mouse.up()
    tab.reload()
    assert abs(wide(tab, "name") - before - 60) <= 2
    clean(tab)
