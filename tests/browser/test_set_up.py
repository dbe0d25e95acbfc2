"""A new administrator in a real Chromium, from an empty installation to an import.

Clicks only what "From an empty installation" in docs/administration.md says, in its order.
"""

from __future__ import annotations

import io

import pytest
from django.core.management import call_command
from playwright.sync_api import expect

from apps.accounts.models import Account, Resource
from apps.core.models import Organisation, User
from apps.core.shape_models import CustomField, RecordType
from apps.objectives.models import ObjectiveStatus
from apps.plans.models import SuccessPlan
from tests.browser.conftest import settled
from tests.browser.test_main_job import clean, page  # noqa: F401
from tests.browser.test_shape_admin import save, shoot

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "long enough 4 everybody"  # noqa: S105
ACCOUNTS = "Account name,Status\nNorthwind,Active\nContoso,Prospect\n"


def first_password(page) -> None:  # noqa: F811
    """The link that the command prints, and a password chosen with it."""
    out = io.StringIO()
    call_command("create_administrator", "ada@example.com", first_name="Ada", stdout=out)
    link = out.getvalue().split()[-1]
    page.goto(f"/{link.split('/', 3)[3]}")
    for box in page.locator("input[type=password]").all():
        box.fill(PASSWORD)
    page.locator("main button.btn-primary, form button.btn-primary").first.click()
    page.wait_for_load_state()
    if "/auth/login" in page.url:
        page.fill("input[name=login]", "ada@example.com")
        page.fill("input[name=password]", PASSWORD)
        page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/auth/" not in url)


def back(page) -> None:  # noqa: F811
    """To the set-up page, by the link at the top of the administration."""
    page.locator("#branding").get_by_role("link", name="Set-up", exact=True).click()
    page.wait_for_url("**/setup/")


def go(page, step: str, link: str):  # noqa: F811
    """Follow a link of a step."""
    page.locator(f"#{step}").get_by_role("link", name=link, exact=True).click()
    page.wait_for_load_state()


def state(page, step: str):  # noqa: F811
    return page.locator(f"#{step} .set-up-head .tag")


def test_from_an_empty_installation_to_an_import(page, tmp_path, settings):  # noqa: F811
    settings.MEDIA_ROOT = tmp_path
    first_password(page)
    page.wait_for_url("**/setup/")
    expect(state(page, "organisation")).to_have_text("Missing")
    clean(page)
    shoot(page, "set-up-empty")

    # 1. The organisation.
    go(page, "organisation", "Organisation")
    page.fill("[name=name]", "Northwind Success")
    page.fill("[name=time_zone]", "Europe/Berlin")
    save(page)
    back(page)
    expect(state(page, "organisation")).to_contain_text("Done")

    # 2. Words: one status renamed and one added; then found right.
    go(page, "objectives", "Statuses")
    page.locator("#result_list").get_by_role("link", name="Paused").click()
    page.fill("[name=label]", "On hold")
    save(page)
    page.locator(".object-tools .addlink").click()
    page.fill("[name=label]", "Waiting for customer")
    page.select_option("[name=kind]", "in_progress")
    save(page)
    back(page)
    for title in ("Units and currency", "Statuses and categories of objectives"):
        page.get_by_role("button", name=f"Reviewed, fits us: {title}").click()
        page.wait_for_load_state()
    expect(state(page, "objectives")).to_contain_text("Done")

    # 3. People: five are invited, each with a group and a resource.
    go(page, "people", "Users")
    page.locator(".object-tools .addlink").click()
    for number in range(5):
        page.fill("[name=email]", f"person{number}@example.com")
        page.fill("[name=first_name]", f"Person {number}")
        page.get_by_label("CSC - Customer Success").check()
        last = number == 4
        page.locator(f"input[name={'_save' if last else '_addanother'}]").click()
        page.wait_for_load_state("load")
    back(page)
    expect(state(page, "people")).to_contain_text("Done")
    expect(page.locator("#people")).to_contain_text("5 users have no password yet")

    # 4. Two types of plans and a field of one's own.
    go(page, "shape", "Record types")
    page.locator(".object-tools .addlink").click()
    for label, button in (("Onboarding", "_addanother"), ("Renewal", "_save")):
        page.select_option("[name=kind]", "plan")
        page.fill("[name=label]", label)
        page.locator(f"input[name={button}]").click()
        page.wait_for_load_state("load")
    back(page)
    go(page, "shape", "Own fields")
    page.locator(".object-tools .addlink").click()
    page.select_option("[name=kind]", "plan")
    page.fill("[name=label]", "Contract number")
    save(page)
    back(page)
    expect(page.locator("#shape")).to_contain_text("2 record types and 1 own field")

    # 5. The library.
    go(page, "library", "Load or take away")
    page.get_by_role("button", name="Load these templates").click()
    expect(page.locator("body")).to_contain_text("templates were loaded")
    clean(page)
    shoot(page, "set-up-library")
    page.locator(".crumbs").get_by_role("link", name="Set-up").click()
    expect(state(page, "library")).to_contain_text("Done")

    # 6. The accounts.
    path = tmp_path / "accounts.csv"
    path.write_text(ACCOUNTS)
    go(page, "accounts", "Import accounts")
    page.set_input_files("[name=file]", path)
    page.get_by_role("button", name="Check the file").click()
    page.wait_for_url("**/accounts/import/*/")
    settled(page)
    page.locator("form button.btn-primary", has_text="Import").click()
    expect(page.locator("body")).to_contain_text("The file was imported")

    # 7. A test mail.
    page.locator("#rail").get_by_role("link", name="Set-up").click()
    page.get_by_role("button", name="Send a test mail").click()
    expect(state(page, "mail")).to_contain_text("Done")
    expect(state(page, "accounts")).to_contain_text("Done")
    clean(page)
    shoot(page, "set-up")
    page.get_by_role("link", name="Example words").click()
    clean(page)
    shoot(page, "set-up-words")

    assert Organisation.objects.get().name == "Northwind Success"
    assert (
        ObjectiveStatus.objects.filter(label__in=["On hold", "Waiting for customer"]).count() == 2
    )
    assert (
        User.objects.filter(email__startswith="person", groups__name__endswith="Success").count()
        == 5
    )
    assert Resource.objects.count() == 5
    assert set(RecordType.objects.values_list("label", flat=True)) == {"Onboarding", "Renewal"}
    assert CustomField.objects.get().label == "Contract number"
    assert SuccessPlan.objects.filter(is_template=True).count() == 8
    assert set(Account.objects.values_list("name", flat=True)) == {"Northwind", "Contoso"}
