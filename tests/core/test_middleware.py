"""The boundary between pages and htmx: signed out, refused, told, never cached."""

from __future__ import annotations

import json

import pytest
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect
from django.test import RequestFactory
from django.urls import reverse

from apps.core import htmx
from apps.core.access import Refused
from apps.core.history import current_door
from apps.core.middleware import BoundaryMiddleware, HistoryMiddleware
from tests.factories import make_csm, make_participant, make_plan

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "HX-Target": "list"}


def test_signed_out_a_page_leads_to_the_door_and_htmx_gets_401(client):
    for path in ("/", "/plans/", "/preferences/"):
        page = client.get(path)
        assert (page.status_code, page.url) == (302, f"/auth/login/?next={path}")
        part = client.get(path, headers=HTMX)
        assert part.status_code == 401
        assert part.content == b"You are signed out."
    assert client.post("/preferences/theme/", {"theme": "dark"}, headers=HTMX).status_code == 401


def test_a_refusal_is_a_page_with_its_reason_or_a_message_that_stays(client):
    client.force_login(make_participant())
    path = reverse("plans:edit", args=[make_plan().pk])
    page = client.get(path)
    assert page.status_code == 403
    assert "Your permission set does not let you edit plans." in page.content.decode()
    part = client.get(path, headers=HTMX)
    assert part.status_code == 403
    assert json.loads(part["HX-Trigger"])["toast"] == {
        "level": "danger",
        "text": "Your permission set does not let you edit plans.",
    }


def test_what_does_not_exist_is_404_for_both(client):
    client.force_login(make_csm())
    assert client.get("/plans/987654/").status_code == 404
    assert client.get("/plans/987654/", headers=HTMX).status_code == 404


def boundary(view, user, **headers):
    request = RequestFactory().get("/x/", headers=headers)
    request.user = user
    request.session = {}
    request._messages = messages.storage.fallback.FallbackStorage(request)
    return request, BoundaryMiddleware(view)(request)


def test_a_redirect_to_htmx_is_followed_by_the_browser_not_swapped_in():
    user = make_csm()
    _, answer = boundary(lambda request: HttpResponseRedirect("/plans/1/"), user, **HTMX)
    assert (answer.status_code, answer["HX-Redirect"]) == (204, "/plans/1/")
    assert "Location" not in answer
    _, page = boundary(lambda request: HttpResponseRedirect("/plans/1/"), user)
    assert page.status_code == 302


def test_messages_become_toasts_for_htmx_and_wait_for_the_next_page_otherwise():
    def view(request):
        messages.success(request, "Gespeichert – gut")
        return HttpResponse("part")

    request, answer = boundary(view, make_csm(), **HTMX)
    assert json.loads(answer["HX-Trigger"])["toast"]["text"] == "Gespeichert – gut"
    assert answer["HX-Trigger"].isascii()
    assert request._messages.used
    request, answer = boundary(view, make_csm())
    assert "HX-Trigger" not in answer
    assert not request._messages.used


def test_a_message_waits_while_a_redirect_or_a_failure_passes():
    def view(request):
        messages.success(request, "Saved")
        return HttpResponseRedirect("/")

    request, _ = boundary(view, make_csm(), **HTMX)
    assert not request._messages.used


def test_signed_in_pages_are_kept_by_no_cache_and_vary_by_target(client):
    client.force_login(make_csm())
    page = client.get("/plans/")
    assert {"private", "no-store"} <= {p.strip() for p in page["Cache-Control"].split(",")}
    assert {"HX-Request", "HX-Target"} <= {p.strip() for p in page["Vary"].split(",")}


@pytest.mark.parametrize("error", [Refused("Not you."), PermissionDenied("Not you.")])
def test_only_refusals_are_turned_into_answers(error):
    request = RequestFactory().get("/x/", headers=HTMX)
    middle = BoundaryMiddleware(lambda request: HttpResponse())
    answer = middle.process_exception(request, error)
    assert (answer.status_code, answer.content) == (403, b"Not you.")
    assert middle.process_exception(request, ValueError("a fault")) is None


@pytest.mark.parametrize(("path", "door"), [("/plans/", "page"), ("/admin/x/", "admin")])
def test_the_door_follows_the_address(path, door):
    seen = []

    def view(request):
        seen.append(current_door())
        return HttpResponse()

    HistoryMiddleware(view)(RequestFactory().get(path))
    assert seen == [door]
    assert current_door() == "shell"


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ({}, ""),
        ({"HX-Target": "list"}, ""),
        ({"HX-Request": "true", "HX-Target": "list"}, "list"),
        ({"HX-Request": "true"}, ""),
        (
            {
                "HX-Request": "true",
                "HX-Target": "list",
                "HX-History-Restore-Request": "true",
            },
            "",
        ),
    ],
)
def test_the_target_is_empty_for_a_full_page(headers, found):
    assert htmx.target(RequestFactory().get("/", headers=headers)) == found


def test_events_of_one_answer_are_all_kept():
    answer = htmx.toast(htmx.trigger(HttpResponse(), saved={"id": 1}), "Gut – so")
    assert json.loads(answer["HX-Trigger"]) == {
        "saved": {"id": 1},
        "toast": {"level": "success", "text": "Gut – so"},
    }


def test_a_session_that_ended_in_the_middle_of_an_edit_keeps_what_was_typed(client):
    user, plan = make_csm(), make_plan(name="Before")
    client.force_login(user)
    path = reverse("plans:edit", args=[plan.pk])
    client.logout()
    answer = client.post(path, {"name": "Typed"}, headers=HTMX)
    assert answer.status_code == 401
    plan.refresh_from_db()
    assert plan.name == "Before"


def test_alive_and_ready_answer_machines_without_a_session(client):
    assert (client.get("/healthz").content, client.get("/readyz").content) == (b"ok", b"ready")
    assert not client.cookies
