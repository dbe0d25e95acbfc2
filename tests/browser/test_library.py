"""The library and the wizard in a real Chromium: few interactions, keyboard alone, axe clean."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from apps.core.models import Tag
from apps.library.models import Draft
from apps.library.shipped_services import library_load
from apps.plans.models import SuccessPlan
from apps.playbooks.models import PlaybookTask
from tests.browser.conftest import settled
from tests.browser.test_main_job import clean, page, tab_to  # noqa: F401
from tests.factories import PASSWORD, make_account, make_account_role, make_csm
from tests.library.trees import keyed, make_template, role

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def csm():
    return make_csm()


@pytest.fixture
def signed_in(page: Page, csm) -> Iterator[Page]:  # noqa: F811
    page.goto("/auth/login/")
    page.fill("[name=login]", csm.email)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/auth/" not in url)
    yield page


class Counted:
    """A page on which every click is counted."""

    def __init__(self, seen: Page) -> None:
        self.page, self.interactions = seen, 0

    def click(self, selector: str) -> None:
        self.interactions += 1
        self.page.click(selector)
        self.page.wait_for_load_state()


def test_a_plan_of_40_records_from_the_account_page_in_at_most_4_interactions(signed_in, csm):
    library_load(actor=None)
    account = make_account(name="Acme")
    make_account_role(account, csm.resource, role())
    signed_in.goto(f"/accounts/{account.pk}/")
    began = time.monotonic()
    person = Counted(signed_in)
    person.click(".page-actions >> text=Success plan")
    person.click("a[aria-label='Use “Onboarding in 90 days”']")
    person.click("text=Go on: select records")
    person.click("[name=action][value=create]")
    taken = time.monotonic() - began
    expect(signed_in.locator("h1")).to_contain_text("Onboarding in 90 days")
    plan = SuccessPlan.objects.get(account=account)
    records = 1 + plan.objectives.count() + plan.playbooks.count() + plan.tasks.count()
    records += sum(objective.kpis.count() for objective in plan.objectives.all())
    assert records >= 40
    assert person.interactions <= 4
    # Not what a person needs, but what they wait for.
    assert taken < 10
    notice = signed_in.locator(".notice")
    expect(notice).to_contain_text("1 success plan, 4 objectives, 6 KPIs, 6 playbooks and 25 tasks")
    notice.get_by_role("button", name="Undo").click()
    signed_in.wait_for_url("**/plans/")
    assert not SuccessPlan.objects.filter(account=account).exists()
    assert not PlaybookTask.objects.filter(account=account).exists()


def test_axe_finds_nothing_on_the_library_and_the_steps_of_the_wizard(signed_in, csm):
    template, account = make_template(), make_account(name="Acme")
    Tag.objects.get_or_create(label="Tag")
    for path in (
        "/library/",
        "/library/?view=list",
        f"/library/?view=cards&kind=plan&account={account.pk}",
        f"/library/plan/{template.pk}/",
        f"/library/plan/{template.pk}/?tab=history",
        f"/library/plan/{template.pk}/edit/",
        f"/library/plan/{template.pk}/delete/",
        f"/library/plan/{template.pk}/save-as/",
        "/library/objective/new/",
        f"/library/task/new/?plan={template.pk}",
        f"/library/plan/{template.pk}/use/?account={account.pk}",
    ):
        signed_in.goto(path)
        clean(signed_in)
    signed_in.click("text=Go on: select records")
    expect(signed_in.locator("#grid")).to_be_visible()
    settled(signed_in)
    clean(signed_in)
    grid = signed_in.url
    signed_in.click("[data-cell][href*='people=task']")
    expect(signed_in.locator("#dialog[open]")).to_be_visible()
    clean(signed_in)
    signed_in.keyboard.press("Escape")
    signed_in.click("[data-cell][href*='kpis=']")
    expect(signed_in.locator("#dialog[open]")).to_be_visible()
    clean(signed_in)
    signed_in.keyboard.press("Escape")
    signed_in.goto(f"{grid}&people={keyed(template, 'Task 1')}")
    clean(signed_in)
    signed_in.goto("/library/")
    expect(signed_in.locator(".drafts")).to_be_visible()
    clean(signed_in)
    signed_in.set_viewport_size({"width": 390, "height": 844})
    for path in ("/library/", grid, f"/library/plan/{template.pk}/"):
        signed_in.goto(path)
        clean(signed_in)
        width = signed_in.evaluate("document.documentElement.scrollWidth")
        assert width <= 390, (path, width)


def test_the_grid_by_keyboard_alone_keeps_each_change_on_the_server(signed_in, csm):
    template, account = make_template(), make_account(name="Acme")
    signed_in.goto(f"/library/plan/{template.pk}/use/?account={account.pk}")
    tab_to(signed_in, signed_in.locator("text=Go on: select records"))
    signed_in.keyboard.press("Enter")
    signed_in.wait_for_url("**draft=**")
    objective, task = keyed(template, "Go live"), keyed(template, "Task 1")
    playbook = keyed(template, "Kick-off")
    tick = signed_in.locator(f"[name='keep:{objective}']")
    tab_to(signed_in, tick)
    signed_in.keyboard.press("Space")
    counts = signed_in.locator("[data-counts]")
    expect(counts).to_have_text("1 success plan and 1 task")
    for _ in range(2):
        signed_in.keyboard.press("ArrowDown")
    expect(signed_in.locator(f"[name='keep:{task}']")).to_be_focused()
    signed_in.keyboard.press("Space")
    expect(counts).to_have_text("1 success plan and 2 tasks")
    expect(signed_in.locator(f"[name='keep:{playbook}']")).not_to_be_checked()
    signed_in.keyboard.press("ArrowRight")
    name = signed_in.locator(f"[name='name:{task}']")
    expect(name).to_be_focused()
    signed_in.keyboard.press("Control+A")
    signed_in.keyboard.type("Do it now")
    signed_in.keyboard.press("Enter")
    expect(signed_in.locator(f"[name='name:{keyed(template, 'Task 2')}']")).to_be_focused()
    signed_in.wait_for_timeout(400)
    (draft,) = Draft.objects.all()
    assert draft.data["edits"][task]["name"] == "Do it now"
    signed_in.reload()
    expect(name).to_have_value("Do it now")
    tab_to(signed_in, signed_in.locator("[name=action][value=create]"))
    signed_in.keyboard.press("Enter")
    signed_in.wait_for_url("**/plans/*/")
    plan = SuccessPlan.objects.get(account=account)
    assert set(plan.tasks.values_list("name", flat=True)) == {"Do it now", "One-off"}
    assert not plan.objectives.exists()


def test_a_start_changed_in_the_grid_asks_before_it_loses_edits(signed_in, csm):
    template, account = make_template(), make_account(name="Acme")
    signed_in.goto(f"/library/plan/{template.pk}/use/?account={account.pk}")
    signed_in.fill("#form [name=start]", "2026-03-02")
    signed_in.click("text=Go on: select records")
    expect(signed_in.locator("#grid")).to_be_visible()
    settled(signed_in)
    task, root = keyed(template, "Task 1"), f"plan-{template.pk}"
    signed_in.fill(f"[name='end:{task}']", "2026-03-06")
    signed_in.fill(f"[name='start:{root}']", "2026-03-12")
    signed_in.locator(f"[name='start:{root}']").press("Enter")
    pending = signed_in.locator("[data-pending]")
    expect(pending).to_contain_text("1 edit of dates will be lost")
    clean(signed_in)
    settled(signed_in)
    # Esc keeps the dates; then once more.
    signed_in.keyboard.press("Escape")
    expect(pending).to_have_count(0)
    start = signed_in.locator(f"[name='start:{root}']")
    expect(start).to_have_value("2026-03-02")
    # Enter had gone on to the next row: there the typing goes on.
    expect(signed_in.locator("#grid tr[data-key] :focus")).to_have_count(1)
    settled(signed_in)
    start.fill("2026-03-12")
    start.press("Enter")
    expect(pending).to_be_visible()
    pending.get_by_role("button", name="Change the start").click()
    expect(signed_in.locator(f"[name='end:{task}']")).to_have_value("2026-03-14")
    expect(signed_in.locator(".wz-note").first).to_contain_text("KPI target dates stayed")
    signed_in.get_by_role("button", name="Move them too").click()
    expect(signed_in.get_by_role("button", name="Move them too")).to_have_count(0)


def test_people_chosen_in_the_dialog_stand_in_the_row(signed_in, csm):
    template, account = make_template(), make_account(name="Acme")
    signed_in.goto(f"/library/plan/{template.pk}/use/?account={account.pk}")
    signed_in.click("text=Go on: select records")
    expect(signed_in.locator("#grid")).to_be_visible()
    settled(signed_in)
    cell = signed_in.locator(f"[data-cell][href$='people={keyed(template, 'Task 1')}']")
    cell.focus()
    signed_in.keyboard.press("Enter")
    expect(signed_in.locator("#dialog[open]")).to_be_visible()
    signed_in.locator(f"#dialog [value='resource-{csm.resource.pk}']").check()
    signed_in.click("#dialog >> text=Choose")
    expect(signed_in.locator("#dialog[open]")).to_have_count(0)
    expect(cell).to_contain_text(csm.get_full_name())
    expect(cell).to_be_focused()


def test_the_grid_keeps_what_is_typed_reverts_by_esc_and_says_what_is_wrong_at_once(signed_in, csm):
    template, account = make_template(), make_account(name="Acme")
    signed_in.goto(f"/library/plan/{template.pk}/use/?account={account.pk}")
    signed_in.fill("#form [name=start]", "2026-03-02")
    signed_in.click("text=Go on: select records")
    expect(signed_in.locator("#grid")).to_be_visible()
    settled(signed_in)
    task, playbook = keyed(template, "Task 1"), keyed(template, "Kick-off")
    name = signed_in.locator(f"[name='name:{task}']")
    name.focus()
    signed_in.keyboard.press("Control+A")
    signed_in.keyboard.type("First")
    signed_in.keyboard.press("Enter")
    signed_in.keyboard.press("ArrowUp")
    expect(name).to_be_focused()
    signed_in.keyboard.press("End")
    signed_in.keyboard.type(" and more")
    signed_in.keyboard.press("Escape")
    expect(name).to_have_value("First")
    signed_in.keyboard.press("Control+Home")
    expect(signed_in.locator(f"[name='name:plan-{template.pk}']")).to_be_focused()
    # A year is typed digit by digit: nothing is sent, and nobody is thrown out, in between.
    end = signed_in.locator(f"[name='end:{task}']")
    end.focus()
    signed_in.keyboard.type("03302026")
    signed_in.keyboard.press("Enter")
    row = signed_in.locator(f"#row-{task}")
    expect(row.locator(".field-error")).to_contain_text("after the end of the playbook")
    clean(signed_in)
    end.fill("2026-03-05")
    end.press("Enter")
    expect(row.locator(".field-error")).to_have_count(0)
    signed_in.locator(f"[name='keep:{playbook}']").uncheck()
    signed_in.locator(f"[name='keep:{task}']").check()
    expect(row).to_contain_text("Without its playbook it goes to “Go live”.")
    start = signed_in.locator(f"[name='start:{keyed(template, 'Go live')}']")
    start.focus()
    signed_in.keyboard.type("03092026")
    signed_in.keyboard.press("Control+ArrowDown")
    pending = signed_in.locator("[data-pending]")
    expect(pending).to_contain_text("1 edit of dates will be lost")
    pending.get_by_role("button", name="Change the start").click()
    expect(signed_in.locator(f"[name='end:{task}']")).to_have_value("2026-03-11")
    # What is just typed and what is pressed next arrive one after the other.
    name.fill("Last")
    signed_in.get_by_role("button", name="Add a task to objective Go live").click()
    added = signed_in.locator("[name='name:task-new-1']")
    expect(added).to_be_focused()
    added.fill("Mine")
    signed_in.click("[name=action][value=create]")
    signed_in.wait_for_url("**/plans/*/")
    plan = SuccessPlan.objects.get(account=account)
    assert set(plan.tasks.values_list("name", flat=True)) == {"Last", "Mine", "One-off"}
