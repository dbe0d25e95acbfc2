"""R-OBJ-7: who follows an objective is told once of each change, whichever way it came."""

from __future__ import annotations

import datetime as dt
import signal
from decimal import Decimal

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import AccountRole
from apps.accounts.services import reading_record
from apps.core.access import Refused
from apps.core.choices import Door, NotificationKind, RowScope
from apps.core.history import finished, operation, through
from apps.core.models import MailStop, Notification, Organisation
from apps.core.notify_services import wishes_set
from apps.core.tasks import mail_notifications, mail_waiting
from apps.core.undo_services import undo
from apps.kpis.services import kpi_create, kpi_delete, kpi_update
from apps.objectives import collaborator_services
from apps.objectives.bulk_services import objectives_change
from apps.objectives.collaborator_services import collaborator_add, collaborator_remove
from apps.objectives.models import Collaborator, Objective
from apps.objectives.services import objective_update
from apps.playbooks.services import task_update
from tests.accounts.test_imports_killed import others, wait_until
from tests.core.mailbox import mailbox
from tests.core.test_notify_killed import worker
from tests.factories import (
    make_account,
    make_account_role,
    make_attribute,
    make_contact,
    make_csm,
    make_kpi,
    make_objective,
    make_participant,
    make_resource,
    make_task,
    objective_status,
)
from tests.pages import edit_data, queries
from tests.workspace.test_value_tracker import type_into

pytestmark = pytest.mark.django_db
START, DUE, LATER = dt.date(2026, 1, 5), dt.date(2026, 6, 30), dt.date(2026, 9, 30)


def follow(objective, *who):
    actor = make_csm()
    for one in who:
        collaborator_add(actor=actor, objective=objective, who=one)
    Notification.objects.all().delete()


def make_followed(**fields):
    account = make_account(name="Acme")
    values = {"name": "Adopt", "status": objective_status("in_progress"), "health": 4}
    return make_objective(account=account, due_date=DUE, **(values | fields))


def told(**of):
    return list(Notification.objects.filter(kind=NotificationKind.OBJECTIVE, **of).order_by("pk"))


def changes(row):
    (record,) = row.data["records"]
    return {one["label"]: (one["before"], one["after"]) for one in record["changes"]}


def due_now():
    Notification.objects.update(due_at=timezone.now())


def test_r_obj_7_status_health_and_due_date_in_one_save_are_one_message_to_each(client):
    actor, colleague, user = make_csm(), make_csm(), make_participant()
    objective = make_followed()
    contact = make_contact(objective.account, name="Cleo", email="cleo@acme.example.com")
    outside = make_resource(name="Rae", email="rae@example.com")
    follow(objective, actor.email, colleague.email, user.email, contact.name, outside.name)
    follow(objective, "Any.Body@Example.com")
    client.force_login(actor)
    url = reverse("objectives:edit", args=[objective.pk])
    typed = {
        "status": str(objective_status("paused").pk),
        "health": "2",
        "due_date": LATER.isoformat(),
    }
    assert client.post(url, edit_data(client, url, **typed)).status_code == 302
    rows = told()
    assert {(row.user, row.email) for row in rows} == {
        (colleague, ""),
        (user, ""),
        (None, "cleo@acme.example.com"),
        (None, "rae@example.com"),
        (None, "any.body@example.com"),
    }
    assert len(rows) == 5
    for row in rows:
        assert row.text == f"{actor} changed “Adopt” in Acme: status, health score and due date."
        assert row.path == f"/objectives/{objective.pk}/"
        assert changes(row) == {
            "Status": ("In Progress", "Paused"),
            "Health score": (4, 2),
            "Due date": ("2026-06-30", "2026-09-30"),
        }
    due_now()
    mail_notifications()
    mail_notifications()
    assert sorted(message.to[0] for message in mail.outbox) == sorted(
        [colleague.email, user.email, "cleo@acme.example.com", "rae@example.com"]
        + ["any.body@example.com"]
    )


def test_a_digest_waits_for_more_of_the_same_and_is_told_as_one():
    actor, other, colleague = make_csm(), make_csm(), make_csm()
    objective = make_followed()
    follow(objective, colleague.email)
    objective_update(actor=actor, objective=objective, changes={"health": 3})
    mail_notifications()
    assert mail.outbox == []
    objective_update(actor=other, objective=objective, changes={"health": 2})
    objective_update(actor=actor, objective=objective, changes={"due_date": LATER})
    (row,) = told()
    assert changes(row) == {
        "Health score": (4, 2),
        "Due date": ("2026-06-30", "2026-09-30"),
    }
    assert row.text.startswith(f"{actor} and {other} changed “Adopt”")
    assert dt.timedelta() < row.due_at - timezone.now() <= dt.timedelta(seconds=30)
    due_now()
    mail_notifications()
    (message,) = mail.outbox
    assert "Health score: 4 → 2" in message.body
    # What comes after is a new word.
    objective_update(actor=actor, objective=objective, changes={"health": 5})
    assert [changes(one) for one in told(mailed_at=None)] == [{"Health score": (2, 5)}]


def test_what_is_undone_while_it_waits_is_not_told_and_later_it_is():
    actor, colleague = make_csm(), make_csm()
    objective = make_followed()
    follow(objective, colleague.email)
    objective_update(actor=actor, objective=objective, changes={"health": 3})
    undo(actor=actor, done=finished())
    assert told() == []
    objective_update(actor=actor, objective=objective, changes={"health": 1})
    done = finished()
    due_now()
    mail_notifications()
    undo(actor=actor, done=done)
    assert [changes(one) for one in told()] == [
        {"Health score": (4, 1)},
        {"Health score": (1, 4)},
    ]


def test_several_objectives_of_one_bulk_change_are_one_message():
    actor, colleague = make_csm(), make_csm()
    rows = [make_followed(name=f"O{n}") for n in range(5)]
    for row in rows:
        follow(row, colleague.email)
    before = Notification.objects.count()
    objectives_change(actor=actor, ids=[row.pk for row in rows], changes={"health": 1})
    assert Notification.objects.count() == before + 1
    (row,) = told()
    assert row.text == f"{actor} changed 5 objectives: “O0”, “O1”, “O2” and 2 more."
    assert [record["path"] for record in row.data["records"]] == [
        f"/objectives/{one.pk}/" for one in rows
    ]


def test_values_of_kpis_and_the_progress_that_follows_are_told():
    actor, colleague = make_csm(), make_csm()
    objective = make_followed()
    kpi = make_kpi(objective, title="Seats", baseline=0, current=10, target=100)
    follow(objective, colleague.email)
    kpi_update(actor=actor, kpi=kpi, changes={"current": 40})
    assert changes(told()[0]) == {
        "KPI “Seats” current value": ("10.0000", "40.0000"),
        "Progress": (10, 40),
    }
    new = kpi_create(actor=actor, objective=objective, values={"title": "New"})
    assert changes(told()[0])["KPI “New”"] == (None, "part of it")
    assert changes(told()[0])["Progress"] == (10, 20)
    kpi_delete(actor=actor, kpi=new)
    assert changes(told()[0]) == {
        "KPI “Seats” current value": ("10.0000", "40.0000"),
        "Progress": (10, 40),
    }


def test_tasks_that_are_the_progress_are_told_and_others_are_not():
    actor, colleague = make_csm(), make_csm()
    objective = make_followed()
    tasks = [make_task(account=objective.account, objective=objective) for _ in range(4)]
    follow(objective, colleague.email)
    task_update(actor=actor, task=tasks[0], changes={"name": "Only a name"})
    assert told() == []
    task_update(actor=actor, task=tasks[0], changes={"status": "completed"})
    assert changes(told()[0]) == {"Progress": (0, 25)}


def test_a_reading_and_a_cell_of_the_grid_are_told_as_well(client):
    actor, colleague = make_csm(), make_csm()
    attribute = make_attribute()
    objective = make_followed()
    kpi = make_kpi(objective, title="Seats", baseline=0, target=100, attribute=attribute)
    follow(objective, colleague.email)
    reading_record(
        actor=actor,
        account=objective.account,
        definition=attribute,
        value=Decimal(40),
        measured_on=START,
    )
    assert changes(told()[0])["KPI “Seats” current value"] == (None, "40.0000")
    client.force_login(actor)
    query = f"?account={objective.account_id}"
    answer = type_into(client, kpi, query, current="50", initial_current="40")
    assert answer.status_code == 200
    assert changes(told()[0])["KPI “Seats” current value"] == (None, "50.0000")
    assert changes(told()[0])["Progress"] == (0, 50)


def test_what_collaborators_are_not_told_of_is_silent():
    actor, colleague = make_csm(), make_csm()
    objective = make_followed()
    follow(objective, colleague.email)
    objective_update(actor=actor, objective=objective, changes={"name": "B", "risk": "high"})
    assert told() == []


def test_a_change_that_nobody_signed_in_made_names_its_door():
    colleague = make_csm()
    objective = make_followed()
    follow(objective, colleague.email)
    with through(Door.IMPORT), operation(None):
        objective.health = 1
        objective.save()
    assert told()[0].text.startswith("An import changed “Adopt”")


def test_nothing_is_told_when_the_operation_fails():
    actor, colleague = make_csm(), make_csm()
    objective = make_followed()
    follow(objective, colleague.email)
    with pytest.raises(RuntimeError), operation(actor):
        objective_update(actor=actor, objective=objective, changes={"health": 1})
        raise RuntimeError
    assert told() == []


def test_r_vis_1_who_does_not_see_the_account_is_not_told():
    actor, inside, outside = make_csm(), make_csm(), make_csm()
    objective = make_followed()
    follow(objective, inside.email, outside.email)
    make_account_role(objective.account, inside.resource)
    make_account_role(objective.account, actor.resource)
    Organisation.objects.update_or_create(pk=1, defaults={"row_scope": RowScope.ACCOUNT_TEAM})
    objective_update(actor=actor, objective=objective, changes={"health": 1})
    assert [row.user for row in told()] == [inside]
    AccountRole.objects.all().delete()
    parent = make_account()
    objective.account.parent = parent
    objective.account.save()
    make_account_role(parent, outside.resource)
    make_account_role(parent, actor.resource)
    objective_update(actor=make_actor(parent), objective=objective, changes={"health": 2})
    assert [row.user for row in told()] == [inside, outside]


def make_actor(account):
    actor = make_csm()
    make_account_role(account, actor.resource)
    return actor


def test_who_left_or_lost_the_permission_is_not_told():
    actor, gone = make_csm(), make_csm()
    objective = make_followed()
    contact = make_contact(objective.account, email="left@example.com")
    follow(objective, gone.email, contact.name)
    gone.is_active = False
    gone.save()
    contact.is_active = False
    contact.save()
    objective_update(actor=actor, objective=objective, changes={"health": 1})
    assert told() == []


def test_contacts_and_addresses_stay_behind_when_the_objective_changes_its_account():
    colleague = make_csm()
    objective = make_followed()
    contact = make_contact(objective.account, email="c@example.com")
    follow(objective, colleague.email, contact.name, "any@example.com")
    objective_update(
        actor=make_csm(), objective=objective, changes={"account": make_account(), "plan": None}
    )
    assert [str(one.resource) for one in objective.collaborators.all()] == [str(colleague.resource)]


@pytest.mark.parametrize(
    ("wish", "in_app", "mails"),
    [("both", 1, 1), ("app", 1, 0), ("mail", 0, 1), ("none", 0, 0)],
)
def test_everybody_is_told_as_they_wish(client, wish, in_app, mails):
    actor, colleague = make_csm(), make_csm()
    wishes_set(actor=colleague, wanted={NotificationKind.OBJECTIVE: wish})
    objective = make_followed()
    follow(objective, colleague.email)
    for health in (3, 2):
        objective_update(actor=actor, objective=objective, changes={"health": health})
    client.force_login(colleague)
    assert client.get("/notifications/").content.decode().count("changed “Adopt”") == 2 * in_app
    due_now()
    mail_notifications()
    assert len(mail.outbox) == mails


def test_the_mail_says_what_changed_in_the_readers_formats(settings):
    settings.SITE_URL = "https://success.example.com"
    actor = make_csm()
    colleague = make_csm(date_format="iso", number_format="point_comma", time_zone="Asia/Tokyo")
    objective = make_followed(baseline=0, current=1000, target=5000)
    follow(objective, colleague.email, "any@example.com")
    objective_update(
        actor=actor, objective=objective, changes={"due_date": LATER, "current": 1234.5}
    )
    due_now()
    mail_notifications()
    message = next(one for one in mail.outbox if one.to == [colleague.email])
    assert "- Due date: 2026-06-30 → 2026-09-30" in message.body
    assert "- Current value: 1.000 → 1.234,5" in message.body
    assert f"https://success.example.com/objectives/{objective.pk}/" in message.body
    assert "(Asia/Tokyo)" in message.body
    html = message.alternatives[0][0]
    assert "<strong>1.234,5</strong>" in html
    other = next(one for one in mail.outbox if one.to == ["any@example.com"])
    assert "- Due date: 30 Jun 2026 → 30 Sep 2026" in other.body
    assert f"/objectives/{objective.pk}/" not in other.body
    assert f"/objectives/{objective.pk}/" not in other.alternatives[0][0]


# The worker ---------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_r_obj_7_a_killed_worker_loses_no_digest_and_repeats_none_that_was_taken(settings):
    settings.SITE_URL = "https://success.example.com"
    actor = make_csm()
    objective = make_followed()
    addresses = [f"p{n}@example.com" for n in range(4)]
    follow(objective, *addresses)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    objective_update(
        actor=actor,
        objective=objective,
        changes={"status": objective_status("paused"), "health": 1, "due_date": LATER},
    )
    due_now()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = NULL")
    with mailbox(settings) as server:
        server.silent_for = addresses[2]
        process = worker(server.port)
        try:
            wait_until(lambda: server.addresses == addresses[:3])
            process.send_signal(signal.SIGKILL)
            process.wait(timeout=30)
        finally:
            process.kill()
            process.communicate()
        # Two were taken and stamped; the third was in hand, so it still waits, as the fourth does.
        waiting = Notification.objects.filter(mailed_at__isnull=True).order_by("pk")
        assert [row.email for row in waiting] == addresses[2:]
        wait_until(lambda: not others("relation = 'core_notification'::regclass"))
        server.silent_for = ""
        mail_waiting(timestamp=0)
        mail_waiting(timestamp=0)
        assert sorted(set(server.addresses)) == addresses
        # The one in hand carries the name that it had: a mailbox that has it keeps one.
        names = [message["Message-ID"] for message in server.messages]
        assert len(set(names)) == 4
        assert not waiting.all().exists()


# The box ------------------------------------------------------------------------------------------
def test_people_are_found_by_name_address_or_as_any_address():
    actor = make_csm()
    objective = make_followed()
    nina = make_resource(name="Nina Berg", email="nina@example.com")
    contact = make_contact(objective.account, name="Cleo", email="cleo@example.com")
    make_contact(name="Elsewhere", email="else@example.com")
    for who in ("nina berg", "CLEO@example.com", "x@example.com"):
        collaborator_add(actor=actor, objective=objective, who=who)
    rows = list(objective.collaborators.order_by("pk"))
    assert [row.resource for row in rows] == [nina, None, None]
    assert [row.contact for row in rows] == [None, contact, None]
    assert [row.email for row in rows] == ["", "", "x@example.com"]
    for who, sentence in [
        ("Nina Berg <nina@example.com>", "is told already"),
        ("X@example.com", "is told already"),
        ("Elsewhere", "Nobody is called “Elsewhere”"),
        ("a@b", "is not an e-mail address"),
        ("  ", "Write a name"),
    ]:
        with pytest.raises(ValidationError, match=sentence):
            collaborator_add(actor=actor, objective=objective, who=who)
    make_resource(name="Nina Berg", email="other@example.com")
    with pytest.raises(ValidationError, match=r"several: Nina Berg <nina@example.com>, Nina"):
        collaborator_add(actor=actor, objective=objective, who="Nina Berg")
    assert objective.collaborators.count() == 3


def test_who_sees_nothing_here_is_not_added():
    objective = make_followed()
    actor = make_actor(objective.account)
    stranger = make_csm()
    Organisation.objects.update_or_create(pk=1, defaults={"row_scope": RowScope.ACCOUNT_TEAM})
    with pytest.raises(ValidationError, match="does not see Acme"):
        collaborator_add(actor=actor, objective=objective, who=stranger.email)


def test_adding_and_removing_on_the_page_and_undo(client):
    actor = make_csm()
    objective = make_followed()
    client.force_login(actor)
    url = reverse("objectives:collaborators", args=[objective.pk])
    headers = {"HX-Request": "true", "HX-Target": "collaborators"}
    assert "Nobody yet" in client.get(url).content.decode()
    answer = client.post(url, {"who": "Nobody at all"}, headers=headers)
    assert answer.status_code == 422
    assert 'value="Nobody at all"' in answer.content.decode()
    answer = client.post(url, {"me": "1"}, headers=headers)
    assert answer.status_code == 200
    assert str(actor) in answer.content.decode()
    assert "undo" in answer.headers["HX-Trigger"]
    row = objective.collaborators.get()
    history = client.get(f"/objectives/{objective.pk}/?tab=history").content.decode()
    assert f"added resource “{actor.resource}”" in history
    client.post(url, {"who": "any@example.com"})
    done = finished()
    page = client.get(f"/objectives/{objective.pk}/?tab=history").content.decode()
    assert "added e-mail address “any@example.com”" in page
    page = client.get(reverse("core:operation", args=[done])).content.decode()
    assert "e-mail address “any@example.com”" in page
    undo(actor=actor, done=done)
    assert client.post(url, {"remove": row.pk}).status_code == 302
    assert not objective.collaborators.exists()
    undo(actor=actor, done=finished())
    assert objective.collaborators.get().resource == actor.resource


def test_who_may_not_edit_may_only_leave(client):
    objective = make_followed()
    reader = make_csm()
    follow(objective, reader.email, "x@example.com")
    reader.groups.clear()
    reader = type(reader).objects.get(pk=reader.pk)
    rows = {row.email: row for row in objective.collaborators.all()}
    with pytest.raises(Refused):
        collaborator_add(actor=reader, objective=objective, who="y@example.com")
    with pytest.raises(Refused):
        collaborator_remove(actor=reader, objective=objective, pk=rows["x@example.com"].pk)
    collaborator_remove(actor=reader, objective=objective, pk=rows[""].pk)
    assert [row.email for row in objective.collaborators.all()] == ["x@example.com"]
    client.force_login(reader)
    url = reverse("objectives:collaborators", args=[objective.pk])
    assert client.post(url, {"who": "z@example.com"}).status_code == 404


def test_suggestions_name_ours_and_the_contacts_of_the_account(client):
    objective = make_followed()
    make_resource(name="Nora West", email="nora@example.com")
    make_contact(objective.account, name="Norbert", email="norbert@example.com")
    make_contact(name="Norman", email="norman@example.com")
    make_contact(objective.account, name="Norwin without address")
    client.force_login(make_csm())
    found = client.get(reverse("objectives:people", args=[objective.pk]), {"q": "nor"}).json()
    assert [one["value"] for one in found["people"]] == [
        "Nora West <nora@example.com>",
        "Norbert <norbert@example.com>",
    ]


def test_the_box_marks_who_ended_the_mails(client):
    objective = make_followed()
    follow(objective, "x@example.com", "y@example.com")
    MailStop.objects.create(email="x@example.com", path=f"/objectives/{objective.pk}/")
    objective_update(actor=make_csm(), objective=objective, changes={"health": 1})
    assert [row.email for row in told()] == ["y@example.com"]
    client.force_login(make_csm())
    page = client.get(reverse("objectives:collaborators", args=[objective.pk])).content.decode()
    assert page.count("ended the mails") == 1


def test_as_many_queries_for_8_collaborators_as_for_1(client):
    client.force_login(make_csm())
    counts = []
    for number in (1, 8):
        objective = make_followed()
        follow(objective, *(make_csm().email for _ in range(number)), "x@example.com")
        counts.append(queries(client, reverse("objectives:collaborators", args=[objective.pk])))
    assert counts[0] == counts[1] <= 12


def test_telling_needs_as_many_statements_for_8_objectives_and_people_as_for_1():
    def count(number):
        rows = [make_followed() for _ in range(number)]
        for row in rows:
            make_kpi(row, baseline=0, current=1, target=2)
            follow(row, *(f"p{n}@example.com" for n in range(number)), make_csm().email)
        actor = make_csm()
        with CaptureQueriesContext(connection) as captured:
            objectives_change(actor=actor, ids=[row.pk for row in rows], changes={"health": 1})
        assert told()
        return len(captured)

    assert count(1) == count(8)


def test_collaborators_go_and_come_back_with_their_objective():
    actor = make_csm()
    objective = make_followed()
    follow(objective, "x@example.com")
    with operation(actor):
        objective.delete()
    assert not Collaborator.objects.exists()
    undo(actor=actor, done=finished())
    assert Collaborator.objects.get().email == "x@example.com"


@pytest.mark.parametrize("who", ["\0", "\0@example.com", "Jo <\0@example.com>", "a " * 20_000])
def test_what_nobody_can_be_called_is_refused_with_a_sentence(client, who):
    client.force_login(make_csm())
    objective = make_objective()
    address = reverse("objectives:collaborators", args=[objective.pk])
    assert client.post(address, {"who": who}).status_code == 422
    assert client.get(reverse("objectives:people", args=[objective.pk]), {"q": who[:80]}).json()
    assert not Collaborator.objects.exists()


def test_an_objective_deleted_at_this_moment_is_gone(client, monkeypatch):
    objective = make_objective()
    really = collaborator_services.lock

    def lock(record, *related):
        Objective.objects.filter(pk=record.pk).delete()
        return really(record, *related)

    monkeypatch.setattr(collaborator_services, "lock", lock)
    client.force_login(make_csm())
    address = reverse("objectives:collaborators", args=[objective.pk])
    assert client.post(address, {"who": "jo@example.com"}).status_code == 404


# R-OBJ-6: reaching the target ---------------------------------------------------------------------
def measured(attribute, owner, **fields):
    return make_followed(
        attribute=attribute,
        completion_type="attribute",
        baseline=0,
        target=80,
        owner=owner.resource,
        **fields,
    )


def reading(objective, value, actor, number=1):
    return reading_record(
        actor=actor,
        account=objective.account,
        definition=objective.attribute,
        value=Decimal(value),
        measured_on=dt.date(2026, 3, number),
    )


def test_r_obj_6_reaching_the_target_tells_owner_and_collaborators_once_each():
    owner, follower, outsider = make_csm(), make_csm(), "kim@example.com"
    objective = measured(make_attribute(), owner)
    follow(objective, owner.email, follower.email, outsider)
    reading(objective, 80, make_csm())
    notes = told()
    assert {(note.user_id, note.email) for note in notes} == {
        (owner.pk, ""),
        (follower.pk, ""),
        (None, outsider),
    }
    assert len(notes) == 3
    assert {note.text for note in notes} == {"“Adopt” in Acme reached its target and is completed."}
    changes = {one["key"]: one for one in notes[0].data["records"][0]["changes"]}
    assert (changes["reached"]["before"], changes["reached"]["after"]) == ("not reached", "reached")
    assert changes["status"]["after"] == "Completed"


def test_r_obj_6_the_owner_is_told_of_nothing_less():
    owner = make_csm()
    objective = measured(make_attribute(), owner)
    reading(objective, 79, make_csm())
    assert told() == []
    reading(objective, 81, make_csm(), 2)
    (note,) = told()
    assert note.user_id == owner.pk
    reading(objective, 90, make_csm(), 3)
    assert len(told()) == 1


def test_r_obj_6_whoever_recorded_the_reading_is_told_too_but_not_who_completes_by_hand():
    owner = make_csm()
    objective = measured(make_attribute(), owner)
    reading(objective, 80, owner)
    assert [note.user_id for note in told()] == [owner.pk]
    by_hand = make_followed(owner=owner.resource)
    Notification.objects.all().delete()
    objective_update(
        actor=owner, objective=by_hand, changes={"status": objective_status("completed")}
    )
    assert told() == []


def test_r_obj_6_several_reached_at_once_are_one_word():
    owner, attribute = make_csm(), make_attribute()
    first = measured(attribute, owner)
    for name in ("Second", "Third"):
        make_objective(
            account=first.account,
            name=name,
            attribute=attribute,
            completion_type="attribute",
            target=50,
            owner=owner.resource,
        )
    reading(first, 80, make_csm())
    (note,) = told()
    assert note.text == (
        "3 objectives reached their targets and are completed: “Adopt”, “Second” and “Third”."
    )


def test_r_obj_6_undo_takes_the_word_back_while_it_waits():
    owner, actor = make_csm(), make_csm()
    objective = measured(make_attribute(), owner)
    reading(objective, 80, actor)
    assert len(told()) == 1
    undo(actor=actor, done=finished())
    assert told() == []
