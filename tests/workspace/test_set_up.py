"""The set-up page: for administrators only, computed, with examples that come and go."""

from __future__ import annotations

import io
import smtplib

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import Group
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.mail.backends import locmem
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse

from apps.core.access import Refused
from apps.core.models import Organisation, Tag, Unit, User
from apps.core.permissions import ADMINISTRATOR, CUSTOMER_SUCCESS
from apps.core.setup import VOCABULARIES, after_migrate
from apps.library.shipped_services import library_load
from apps.library.shipped_take_services import library_take, shelf
from apps.objectives.models import Objective, ObjectiveStatus
from apps.plans.models import SuccessPlan
from apps.workspace import set_up_services as services
from apps.workspace.set_up_selectors import VOCABULARIES as MODELS
from apps.workspace.set_up_selectors import facts
from tests import factories
from tests.pages import queries

pytestmark = pytest.mark.django_db

PAGES = ("setup", "setup-words", "setup-library")


@pytest.fixture
def admin():
    return factories.make_administrator()


@pytest.fixture
def signed(client, admin):
    client.force_login(admin)
    return client


def undo(client):
    """Press the Undo of the newest message on the page."""
    page = BeautifulSoup(client.get(reverse("workspace:setup")).content, "html.parser")
    form = page.find_all("form", action=lambda url: url and "/undo/" in url)[-1]
    return client.post(form["action"], follow=True)


# Who sees it ------------------------------------------------------------------------------------
@pytest.mark.parametrize("page", PAGES)
def test_the_pages_are_for_administrators(client, admin, page):
    client.force_login(admin)
    assert client.get(reverse(f"workspace:{page}")).status_code == 200
    client.force_login(factories.make_csm())
    assert client.get(reverse(f"workspace:{page}")).status_code == 403


def test_the_rail_leads_administrators_there_and_nobody_else(client, admin):
    factories.make_account()
    link = f'href="{reverse("workspace:setup")}"'
    client.force_login(admin)
    assert link in client.get("/").content.decode()
    client.force_login(factories.make_csm())
    assert link not in client.get("/").content.decode()


def test_the_first_sign_in_on_an_empty_installation_lands_there_once(signed):
    assert signed.get("/").url == reverse("workspace:setup")
    assert signed.get("/").status_code == 200


def test_with_an_account_home_is_home(signed):
    factories.make_account()
    assert signed.get("/").status_code == 200


def test_everybody_else_begins_at_home(client):
    client.force_login(factories.make_csm())
    assert client.get("/").status_code == 200


# What it says -----------------------------------------------------------------------------------
def test_the_state_is_computed(signed):
    before = facts()
    assert (before.name, before.accounts, before.templates) == ("SuccessCloud", 0, 0)
    Organisation.objects.update(name="Northwind")
    factories.make_account()
    library_load(actor=None)
    after = facts()
    assert (after.name, after.accounts) == ("Northwind", 1)
    assert after.templates == len(shelf())
    assert after.currencies == ["EUR", "GBP", "JPY", "USD"]


def test_the_page_asks_as_often_for_eight_as_for_one(signed):
    factories.make_csm()
    factories.make_account()
    few = queries(signed, reverse("workspace:setup"))
    for _ in range(8):
        factories.make_csm()
        factories.make_account()
        factories.make_user(None)
    assert queries(signed, reverse("workspace:setup")) == few


def test_every_link_opens(signed):
    page = BeautifulSoup(signed.get(reverse("workspace:setup")).content, "html.parser")
    links = {a["href"] for a in page.select(".set-up a[href]")}
    assert len(links) > 14
    for link in sorted(links):
        assert signed.get(link).status_code == 200, link


def test_reviewed_is_said_by_hand_and_can_be_taken_back(signed, admin):
    signed.post(reverse("workspace:setup-review"), {"step": "units", "fits": "1"})
    assert str(admin) in facts().reviewed["units"]
    signed.post(reverse("workspace:setup-review"), {"step": "units"})
    assert facts().reviewed == {}


def test_only_words_can_be_reviewed(admin):
    with pytest.raises(ValidationError, match="nothing to look through"):
        services.step_review(actor=admin, key="accounts", fits=True)


def test_a_csm_can_do_nothing_of_it():
    csm = factories.make_csm()
    for call in (
        lambda: services.step_review(actor=csm, key="units", fits=True),
        lambda: services.mail_try(actor=csm),
        lambda: services.examples_load(actor=csm),
        lambda: services.examples_take(actor=csm, keys=[]),
    ):
        with pytest.raises(Refused):
            call()
    assert mail.outbox == []


# Mail -------------------------------------------------------------------------------------------
def test_a_test_mail_goes_to_whoever_asks(signed, admin):
    shown = signed.post(reverse("workspace:setup-mail"), follow=True)
    assert [one.to for one in mail.outbox] == [[admin.email]]
    assert "Look whether it arrives" in shown.content.decode()
    assert facts().mail_ok


class Refusing(locmem.EmailBackend):
    """A mail server that takes nothing."""

    def send_messages(self, email_messages):
        raise smtplib.SMTPException("Relay denied")


def test_a_mail_server_that_refuses_is_told_and_kept(signed, settings):
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    shown = signed.post(reverse("workspace:setup-mail"), follow=True).content.decode()
    assert "The mail server did not take the mail: Relay denied." in shown
    assert not facts().mail_ok
    assert "did not go" in facts().mail


def test_a_worker_is_seen_by_its_sign_of_life(db):
    assert not facts().worker
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now())")
        assert facts().worker
        cursor.execute(
            "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'"
        )
    assert not facts().worker


# Example words ----------------------------------------------------------------------------------
def test_unused_words_go_and_used_ones_stay_and_are_named(signed, admin):
    tag = Tag.objects.get(label="Expansion")
    account = factories.make_account()
    account.tags.through.objects.create(account=account, tag=tag)
    shown = signed.get(reverse("workspace:setup-words")).content.decode()
    assert "Used by 1 account." in shown
    found = [word for group in services.examples() for word in group.unused]
    assert tag not in [word.row for word in found]
    response = signed.post(
        reverse("workspace:setup-words"), {"take": "1", "item": [word.key for word in found]}
    )
    assert response.status_code == 302
    assert list(Tag.objects.all()) == [tag]
    # One status of each kind that the program needs, and the metrics that health is made of.
    assert {status.kind for status in ObjectiveStatus.objects.all()} == {
        "not_started",
        "completed",
    }
    after_migrate()
    assert not Unit.objects.exists()


def test_only_what_was_shown_goes(admin):
    word = next(word for group in services.examples() for word in group.unused)
    assert services.examples_take(actor=admin, keys=[word.key, "core.unit-0", "x"])
    assert Unit.objects.count() == len(VOCABULARIES["core.Unit"]) - 1


def test_taking_away_can_be_undone_in_one_go(signed):
    numbers = [model.objects.count() for model in MODELS]
    keys = [word.key for group in services.examples() for word in group.unused]
    signed.post(reverse("workspace:setup-words"), {"take": "1", "item": keys})
    assert [model.objects.count() for model in MODELS] != numbers
    undo(signed)
    assert [model.objects.count() for model in MODELS] == numbers
    assert not Organisation.objects.get().examples_away


def test_loading_adds_what_is_missing_and_leaves_the_rest_alone(signed, admin):
    Unit.objects.filter(label__in=["EUR", "GBP"]).delete()
    Unit.objects.filter(label="USD").update(symbol="US$")
    signed.post(reverse("workspace:setup-words"), {"load": "1"})
    assert Unit.objects.filter(label__in=["EUR", "GBP"]).count() == 2
    assert Unit.objects.get(label="USD").symbol == "US$"
    assert services.examples_load(actor=admin) == 0


# The library ------------------------------------------------------------------------------------
def test_an_administrator_loads_the_library_and_takes_it_away_again(signed):
    signed.post(reverse("workspace:setup-library"), {"load": "1"})
    assert SuccessPlan.objects.filter(is_template=True).count() == 8
    keys = [one.key for one in shelf()]
    signed.post(reverse("workspace:setup-library"), {"take": "1", "item": keys})
    assert not SuccessPlan.objects.exists()
    assert not Objective.objects.exists()
    undo(signed)
    assert SuccessPlan.objects.filter(is_template=True).count() == 8
    # What came back by Undo is still nobody's own.
    assert [one.stays for one in shelf()] == [""] * len(keys)


def test_templates_that_are_used_or_changed_stay(signed, admin):
    library_load(actor=None)
    used, changed = SuccessPlan.objects.filter(is_template=True).order_by("pk")[:2]
    factories.make_plan(factories.make_account(), created_from=used)
    csm = factories.make_csm()
    from_page = reverse("library:detail", args=["plan", changed.pk])
    signed.force_login(csm)
    assert signed.get(from_page).status_code == 200
    with services.operation(csm):
        Objective.objects.filter(plan=changed).first().save()
        Objective.objects.filter(plan=changed).update(description="Ours")
    stays = {one.name: one.stays for one in shelf() if one.stays}
    assert stays == {
        used.name: "1 record was made from it.",
        changed.name: "Somebody changed it: it is yours now.",
    }
    gone = library_take(actor=admin, keys=[one.key for one in shelf()])
    assert {used.name, changed.name}.isdisjoint(one.name for one in gone)
    assert SuccessPlan.objects.filter(is_template=True).count() == 2


# The first administrator ------------------------------------------------------------------------
def test_the_command_makes_an_administrator_and_prints_a_link(client):
    out = io.StringIO()
    call_command("create_administrator", "Ada@Example.com", first_name="Ada", stdout=out)
    user = User.objects.get(email="ada@example.com")
    assert user.is_staff
    assert not user.is_superuser
    assert {group.name for group in user.groups.all()} == {ADMINISTRATOR, CUSTOMER_SUCCESS}
    link = out.getvalue().split()[-1]
    assert client.get(f"/{link.split('/', 3)[3]}", follow=True).status_code == 200
    with pytest.raises(CommandError, match="already"):
        call_command("create_administrator", "ada@example.com")
    with pytest.raises(CommandError, match="valid"):
        call_command("create_administrator", "ada")
    assert Group.objects.count() == 3
