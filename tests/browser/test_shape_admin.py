"""Shaping at a screen: words put in order and a field set arranged, by mouse and by keys."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from apps.accounts.models import Role
from apps.core.shape_models import CustomChoice, CustomField, FieldSet, RecordType
from tests.browser.test_main_job import page  # noqa: F401
from tests.factories import PASSWORD, make_administrator, make_objective

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def administrator(page) -> Page:  # noqa: F811
    user = make_administrator()
    page.goto("/auth/login/")
    page.fill("input[name=login]", user.email)
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/auth/" not in url)
    return page


def clean(page: Page) -> None:  # noqa: F811
    """What axe says in both themes. It does not take style sheets apart here: those of Django's
    admin import others, and the copies it makes of them break the policy of the page.
    """
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        found = Axe().run(page, options={"preload": False})
        assert found.violations_count == 0, f"{page.url} ({theme})\n{found.generate_report()}"
    page.emulate_media(color_scheme="light")


def shoot(page: Page, name: str) -> None:  # noqa: F811
    """Pictures for whoever wants to look: with SHOTS set to a folder."""
    folder = os.environ.get("SHOTS", "")
    if not folder:
        return
    for theme in ("light", "dark"):
        for width in (1440, 390):
            page.emulate_media(color_scheme=theme)
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=Path(folder) / f"{name}-{theme}-{width}.png", full_page=True)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1440, "height": 900})


def labels(page: Page) -> list[str]:  # noqa: F811
    return page.locator("#result_list .field-word .chip").all_inner_texts()


def save(page: Page) -> None:  # noqa: F811
    page.locator("input[name=_save]").click()
    page.wait_for_load_state("load")


def test_words_are_put_in_order_by_mouse_and_by_keys(administrator):
    page = administrator  # noqa: F811
    page.goto("/admin/accounts/role/")
    before = labels(page)
    handles = page.locator(".order-handle")
    handles.nth(0).focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".order-said")).to_contain_text("Moved to place 2")
    start, end = handles.nth(2).bounding_box(), handles.nth(0).bounding_box()
    page.mouse.move(start["x"] + 5, start["y"] + 5)
    page.mouse.down()
    page.mouse.move(end["x"] + 5, end["y"] + 2, steps=6)
    page.mouse.up()
    wanted = [before[2], before[1], before[0], *before[3:]]
    assert labels(page) == wanted
    clean(page)
    shoot(page, "roles")
    save(page)
    assert labels(page) == wanted
    assert list(Role.objects.order_by("position").values_list("label", flat=True)) == wanted


def test_a_field_set_is_begun_and_arranged(administrator):
    page = administrator  # noqa: F811
    page.goto("/admin/")
    clean(page)
    shoot(page, "start")
    page.locator(".set-up-cards a.card-link", has_text="Field sets").click()
    page.locator(".object-tools .addlink").click()
    page.locator("select[name=kind]").select_option("task")
    save(page)
    first, second = FieldSet.objects.get().items.all()[:2]
    page.locator(".dynamic-items .order-handle").nth(0).focus()
    page.keyboard.press("ArrowDown")
    clean(page)
    shoot(page, "field-set")
    save(page)
    assert list(FieldSet.objects.get().items.all()[:2]) == [second, first]


def test_an_own_field_with_choices_is_made_and_the_pages_of_shaping_are_clean(administrator):
    page = administrator  # noqa: F811
    page.goto("/admin/core/customfield/add/")
    page.locator("select[name=kind]").select_option("objective")
    page.fill("input[name=label]", "Sales region")
    page.locator("select[name=type]").select_option("choice")
    for at, label in enumerate(("North", "South")):
        page.locator(".add-row a").click()
        page.fill(f"input[name=choices-{at}-label]", label)
    clean(page)
    shoot(page, "field-new")
    save(page)
    field = CustomField.objects.get()
    north, south = CustomChoice.objects.filter(field=field)
    assert (north.label, south.label) == ("North", "South")
    assert north.position < south.position
    make_objective(custom={field.key: str(north.pk)})
    RecordType.objects.create(kind="objective", label="Renewal", tint="violet")
    for address, name in (
        ("customfield/", "fields"),
        (f"customfield/{field.pk}/change/", "field"),
        (f"customfield/{field.pk}/delete/", "field-delete"),
        ("recordtype/", "types"),
        ("recordtype/add/", "type-new"),
    ):
        page.goto(f"/admin/core/{address}")
        clean(page)
        shoot(page, name)
    page.goto("/admin/objectives/objectivestatus/")
    clean(page)
    shoot(page, "statuses")
