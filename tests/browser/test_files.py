"""A list exported, changed in a spreadsheet and imported again, in a real Chromium by keyboard."""

from __future__ import annotations

import csv
import datetime as dt

import pytest
from playwright.sync_api import expect

from apps.plans.models import SuccessPlan
from tests.browser.conftest import settled
from tests.browser.test_main_job import clean, page, tab_to  # noqa: F401
from tests.browser.test_undo import signed_in  # noqa: F401
from tests.factories import make_account, make_plan

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_filtered_list_is_exported_changed_imported_and_undone(signed_in, tmp_path, settings):  # noqa: F811
    settings.MEDIA_ROOT = tmp_path
    acme = make_account(name="Acme")
    for name, status in (("Growth", "active"), ("Rollout", "active"), ("Old", "archived")):
        make_plan(acme, name=name, status=status, end_date=dt.date(2026, 12, 1))
    signed_in.goto("/plans/")
    settled(signed_in)
    signed_in.select_option("[name=status]", "active")
    expect(signed_in.locator("#list tbody tr")).to_have_count(2)
    signed_in.wait_for_url("**status=active**")
    signed_in.locator(".export-menu summary").focus()
    signed_in.keyboard.press("Enter")
    clean(signed_in)
    with signed_in.expect_download() as waiting:
        signed_in.get_by_role("link", name="Export as CSV").click()
    path = tmp_path / "plans.csv"
    waiting.value.save_as(path)
    rows = list(csv.reader(path.read_text("utf-8-sig").splitlines()))
    assert sorted(row[1] for row in rows[1:]) == ["Growth", "Rollout"]

    end = rows[0].index("End")
    rows[1][end], rows[2][end] = "2026-10-31", "no date"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    signed_in.locator(".export-menu summary").click()
    signed_in.get_by_role("link", name="Import a file").click()
    clean(signed_in)
    signed_in.set_input_files("[name=file]", path)
    tab_to(signed_in, signed_in.get_by_role("button", name="Check the file"))
    signed_in.keyboard.press("Enter")
    signed_in.wait_for_url("**/plans/import/*/")
    settled(signed_in)
    expect(signed_in.locator(".import-changes ins")).to_have_text("2026-10-31")
    expect(signed_in.locator(".import-errors")).to_contain_text("“no date” is not a date")
    clean(signed_in)
    tab_to(signed_in, signed_in.get_by_role("button", name="Import the good rows"))
    signed_in.keyboard.press("Enter")
    expect(signed_in.locator("body")).to_contain_text("The file was imported")
    clean(signed_in)
    assert SuccessPlan.objects.get(name=rows[1][1]).end_date == dt.date(2026, 10, 31)
    signed_in.get_by_role("button", name="Undo the import").click()
    expect(signed_in.locator(".notice")).to_contain_text("1 record is as before")
    assert not SuccessPlan.objects.exclude(end_date=dt.date(2026, 12, 1)).exists()
