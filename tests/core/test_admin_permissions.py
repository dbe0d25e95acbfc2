"""Who may do what in the admin, over every address that it has (found by introspection)."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.contrib import admin
from django.urls import reverse

from apps.core.permissions import ADMINISTRATOR, group_permissions
from apps.core.site_admin import REST, SECTIONS
from tests.architecture import world
from tests.factories import make_account, make_administrator, make_csm, make_participant, make_user

pytestmark = pytest.mark.django_db
REGISTRY = admin.site._registry
# What other packages bring is for superusers only, and stands in no section.
LABELS = {m._meta.label_lower: m for m in REGISTRY if m.__module__.startswith(("apps.", "django."))}
# What no page of the admin does, whoever asks -> why. Everything else is as the table says.
NEVER = {
    "core.user": {"delete": "people are deactivated"},
    "core.organisation": {"add": "there is one", "delete": "there is one"},
    "accounts.attributevalue": {"change": "facts are never changed", "delete": "nor deleted"},
    "accounts.accountrole": {"change": "given, or taken away and given anew"},
    "kpis.kpivalue": dict.fromkeys(("add", "change", "delete"), "written by the database"),
}
# What an administrator may although the table has no Django permission of that name for it.
BY_RIGHT = {("accounts.resource", "delete"): "resource.edit"}
RECORDS = SECTIONS["Records"][1]


def addresses() -> list[world.Address]:
    """Every address of the admin."""
    return [one for one in world.addresses() if one.name.startswith("admin:")]


def filled(address: world.Address) -> str:
    """With something in each of its places."""
    return address.filled(lambda converter, name: "1")


@pytest.mark.parametrize("person", [make_csm, make_participant, lambda: make_user(None)])
def test_who_is_no_administrator_sees_none_of_it(client, person):
    client.force_login(person())
    for address in addresses():
        for ask in (client.get, client.post):
            response = ask(filled(address))
            away = response.status_code == 302 and "/login/" in response.url
            assert (
                away
                or response.status_code in (403, 404, 405)
                or "login" in address.name
                or (
                    # The catalogue of translations, and signing out.
                    address.name in ("admin:jsi18n", "admin:logout")
                )
            ), (address.name, response.status_code)


def test_a_csm_who_may_enter_sees_no_set_up(client):
    client.force_login(make_csm(is_staff=True))
    shown = BeautifulSoup(client.get("/admin/").content, "html.parser")
    names = {one.text for one in shown.select(".set-up-section h2")}
    assert names <= {"Records", "People"}
    for label, model in LABELS.items():
        app, name = label.split(".")
        section = next((one for one, (_, lines) in SECTIONS.items() if label in lines), REST)
        if section in ("Records", "People"):
            continue
        for page in ("changelist", "add"):
            response = client.get(reverse(f"admin:{app}_{name}_{page}"))
            assert response.status_code == 403, (label, page)


def expected(label: str, action: str) -> bool:
    """What the table grants an administrator, less what no page does."""
    app, name = label.split(".")
    if action in NEVER.get(label, {}):
        return False
    if (label, action) in BY_RIGHT:
        return True
    if label in RECORDS and action == "delete":
        return False
    return f"{app}.{action}_{name}" in group_permissions()[ADMINISTRATOR]


@pytest.mark.parametrize("label", sorted(LABELS))
def test_an_administrator_may_do_what_the_table_says_and_nothing_else(rf, label):
    request: Any = rf.get("/")
    request.user = make_administrator()
    page = REGISTRY[LABELS[label]]
    found = {
        "view": page.has_view_permission(request),
        "add": page.has_add_permission(request),
        "change": page.has_change_permission(request),
        "delete": page.has_delete_permission(request),
    }
    wanted = {action: expected(label, action) for action in found}
    # Who changes something sees it.
    assert found == wanted, label


def test_an_administrator_reaches_every_page_of_set_up(client, rf):
    request: Any = rf.get("/")
    request.user = make_administrator()
    client.force_login(request.user)
    world.populate(make_account())
    for section, (_, lines) in SECTIONS.items():
        for label in lines:
            app, name = label.split(".")
            listed = client.get(reverse(f"admin:{app}_{name}_changelist"))
            assert listed.status_code == 200, (section, label)
            response = client.get(reverse(f"admin:{app}_{name}_add"))
            assert response.status_code == (200 if expected(label, "add") else 403), label
            row = REGISTRY[LABELS[label]].get_queryset(request).first()
            if row is not None:
                shown = client.get(reverse(f"admin:{app}_{name}_change", args=[row.pk]))
                assert shown.status_code == 200, label


def test_an_administrator_has_no_rights_beyond_the_table():
    user = make_administrator()
    assert user.get_all_permissions() == group_permissions()[ADMINISTRATOR]
    assert not user.is_superuser


def test_every_page_of_the_admin_has_its_place_and_its_words():
    placed = [label for _, lines in SECTIONS.values() for label in lines]
    assert sorted(placed) == sorted(LABELS)
    for name, (about, lines) in SECTIONS.items():
        assert about
        assert name == "Records" or all(lines.values()), name


def test_the_start_page_says_in_plain_words_what_can_be_set_up(client):
    client.force_login(make_administrator())
    shown = BeautifulSoup(client.get("/admin/").content, "html.parser")
    assert [one.text for one in shown.select(".set-up-section h2")] == list(SECTIONS)
    links = [one["href"] for one in shown.select(".set-up-cards a.card-link")]
    assert len(links) == len(LABELS)
