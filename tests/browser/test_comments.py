"""Comments and people in a real Chromium, by keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from apps.activities.comment_services import comment_create
from apps.activities.models import Comment
from apps.core.models import Notification
from apps.objectives.models import Collaborator
from tests.browser.conftest import settled
from tests.browser.test_main_job import clean, page  # noqa: F401
from tests.factories import PASSWORD, make_account, make_csm, make_objective, make_resource

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def csm():
    return make_csm(first_name="Nina", last_name="Berg")


@pytest.fixture
def signed_in(page, csm):  # noqa: F811
    page.goto("/auth/login/")
    page.fill("[name=login]", csm.email)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/auth/" not in url)
    return page


@pytest.fixture
def objective():
    return make_objective(account=make_account(name="Acme"), name="Adopt")


def test_a_mention_is_answered_from_home_in_three_interactions_by_keyboard(
    signed_in, csm, objective
):
    asking = make_csm(first_name="Jo", last_name="Park")
    text = "@Nina Berg, shall we move the go-live?"
    top = comment_create(actor=asking, kind="objective", pk=objective.pk, text=text).comment
    signed_in.goto("/")
    # 1: the notifications. 2: the newest of them. 3: the answer is sent.
    signed_in.keyboard.press("g")
    signed_in.keyboard.press("n")
    signed_in.wait_for_url("**/notifications/")
    first = signed_in.locator(".notification-open").first
    expect(first).to_be_focused()
    expect(first).to_contain_text("mentions you in a comment on the objective “Adopt” in Acme.")
    clean(signed_in)
    signed_in.keyboard.press("Enter")
    signed_in.wait_for_url(f"**/comments/objective/{objective.pk}/**")
    box = signed_in.locator(".answer[open] textarea")
    expect(box).to_be_focused()
    signed_in.keyboard.type("Yes, by a week.")
    signed_in.keyboard.press("Control+Enter")
    expect(signed_in.locator(".replies .comment-text")).to_have_text("Yes, by a week.")
    expect(signed_in.locator(".notice")).to_contain_text("The comment was saved.")
    clean(signed_in)
    assert Comment.objects.get(parent=top).author == csm
    assert Notification.objects.filter(user=asking, kind="reply").count() == 1


def test_a_name_is_chosen_from_the_list_beside_the_record(signed_in, objective):
    make_resource(name="Omar Said", email="omar@example.com")
    make_resource(name="Olga Sand")
    signed_in.goto(f"/objectives/{objective.pk}/")
    box = signed_in.locator(".record-aside .comment-write textarea").first
    box.click()
    signed_in.keyboard.type("Please look, @o")
    option = signed_in.get_by_role("option")
    expect(option).to_have_count(2)
    clean(signed_in)
    signed_in.keyboard.press("ArrowDown")
    signed_in.keyboard.press("Enter")
    expect(box).to_have_value("Please look, @Omar Said ")
    expect(option).to_have_count(0)
    signed_in.keyboard.press("Control+Enter")
    expect(signed_in.locator(".mention")).to_have_text("@Omar Said")
    settled(signed_in)
    # What stands half written elsewhere stays when something else is saved.
    signed_in.locator(".record-aside .comment-write textarea").first.fill("Half a thought")
    signed_in.get_by_role("button", name="Resolve").click()
    expect(signed_in.locator(".resolved-comments > summary")).to_have_text("1 resolved")
    expect(signed_in.locator(".record-aside .comment-write textarea").first).to_have_value(
        "Half a thought"
    )
    clean(signed_in)


def test_collaborators_are_added_by_name_and_by_address(signed_in, objective):
    make_resource(name="Omar Said", email="omar@example.com")
    signed_in.goto(f"/objectives/{objective.pk}/")
    box = signed_in.locator("#id_who")
    box.click()
    signed_in.keyboard.type("om")
    expect(signed_in.get_by_role("option")).to_have_count(1)
    signed_in.keyboard.press("Enter")
    expect(box).to_have_value("Omar Said <omar@example.com>")
    signed_in.keyboard.press("Enter")
    expect(signed_in.locator(".followers")).to_contain_text("Omar Said")
    settled(signed_in)
    signed_in.locator("#id_who").fill("any@example.com")
    signed_in.keyboard.press("Enter")
    expect(signed_in.locator(".followers")).to_contain_text("any@example.com")
    clean(signed_in)
    assert Collaborator.objects.count() == 2


def test_the_link_of_a_mail_and_the_wishes_are_clean(signed_in, csm, objective):
    asking = make_csm()
    comment_create(actor=asking, kind="objective", pk=objective.pk, text="@Nina Berg?")
    signed_in.goto("/preferences/notifications/")
    clean(signed_in)
    signed_in.get_by_label("Not at all: You are mentioned in a comment").check()
    signed_in.get_by_role("button", name="Save").click()
    expect(signed_in.locator(".notice")).to_contain_text("Your wishes were saved.")
