"""R-EXT-3: contacts complete the tasks assigned to them, and nothing else."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.core.cache import cache
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.activities.models import Comment
from apps.core.choices import Door, NotificationKind
from apps.core.history import operation, through
from apps.core.models import Notification, Organisation
from apps.core.selectors import history_of
from apps.core.tracking import Guest
from apps.core.undo_selectors import operation_of
from apps.playbooks.choices import Stage, TaskStatus
from apps.playbooks.models import PlaybookTask
from apps.playbooks.services import task_update
from apps.portal import complete_services, proof_services, services
from apps.portal.complete_services import Answer, Nothing
from apps.portal.models import Completion, PortalSession
from apps.portal.selectors import people, seen
from apps.portal.selectors.completed import undoable
from apps.portal.views.proof import COOKIE
from apps.workspace.selectors.accounts import Reach
from apps.workspace.selectors.changes import recent
from tests.factories import (
    assign,
    make_account,
    make_account_role,
    make_contact,
    make_csm,
    make_objective,
    make_plan,
    make_playbook,
    make_resource,
    make_share,
    make_task,
    make_user,
)

pytestmark = pytest.mark.django_db
MAIL = "kim@acme.com"


@pytest.fixture(autouse=True)
def _fresh():
    cache.clear()


@pytest.fixture
def kim():
    return make_contact(make_account(), name="Kim Lee", email=MAIL)


@pytest.fixture
def owner():
    return make_csm()


@pytest.fixture
def task(kim, owner):
    plan = make_plan(kim.account, is_shared=True, status="active")
    objective = make_objective(plan, is_external=True)
    playbook = make_playbook(objective, is_shared=True, owner=owner.resource)
    task = make_task(playbook, is_shared=True, status="in_progress", percent_complete=40)
    assign(task, kim)
    return task


@pytest.fixture
def share(task, kim):
    return make_share(plan=task.plan, contacts=[kim], may_complete=True)


def key_for(email=MAIL):
    code = proof_services.code_ask(email=email, share=None)
    proven = proof_services.link_use(key=proof_services.link_of(code))
    return proven.key if proven else ""


@pytest.fixture
def browser(client, share):
    client.cookies[COOKIE] = key_for()
    return client


@pytest.fixture
def visitor(share):
    return people.visitor(key_for(), share)


def url(what, share, task):
    token = services.token_of(share)
    return reverse(f"share:{what}", args=[token, seen.key_of("task", task.pk)])


def takes_back(kim, task):
    return undoable([kim.pk], [PlaybookTask.objects.get(pk=task.pk)], timezone.now())


def test_many_completed_at_once_take_as_many_queries_as_one(kim, share, task, visitor):
    counts = []
    for many in (1, 7):
        for _ in range(many):
            made = make_task(task.playbook, is_shared=True)
            assign(made, kim)
            complete_services.task_complete(share=share, visitor=visitor, task=made)
        tasks = list(PlaybookTask.objects.filter(status=TaskStatus.COMPLETED))
        with CaptureQueriesContext(connection) as asked:
            assert undoable([kim.pk], tasks, timezone.now()) == {one.pk for one in tasks}
        counts.append(len(asked))
    assert counts == [2, 2]


def state(task):
    return PlaybookTask.objects.values("status", "percent_complete", "completed_at").get(pk=task.pk)


def test_r_ext_3_a_contact_completes_their_task_with_a_comment(browser, share, task, kim, owner):
    before = timezone.now()
    response = browser.post(url("complete", share, task), {"comment": " All set.\r\nThanks "})
    there = reverse("share:view", args=[services.token_of(share)])
    assert response.url == f"{there}#{seen.key_of('task', task.pk)}"
    task.refresh_from_db()
    assert (task.status, task.percent_complete) == (TaskStatus.COMPLETED, 100)
    assert task.completed_at >= before
    comment = Comment.objects.get()
    assert (comment.task, comment.author, comment.author_contact) == (task, None, kim)
    assert (comment.text, comment.is_external) == ("All set.\nThanks", True)
    note = Notification.objects.get()
    assert (note.user, note.kind) == (owner, NotificationKind.PORTAL)
    assert note.text == f"Kim Lee completed the task “{task}” in {kim.account}."
    assert note.data["quote"] == "All set.\nThanks"
    assert note.path == f"/tasks/{task.pk}/"


def test_r_ext_3_the_history_names_the_contact_and_the_portal(
    browser, client, share, task, kim, owner
):
    browser.post(url("complete", share, task))
    newest = next(one for one in history_of(owner, task) if one.what == "changed this")
    assert (newest.actor, newest.door) == ("Kim Lee", "Portal")
    about = operation_of(newest.operation)
    assert (about.actor, about.door) == ("Kim Lee", "Portal")
    changed = next(one for one in recent(Reach(owner, kim.account), limit=20) if one.kind == "task")
    assert changed.actor == "Kim Lee"
    client.force_login(owner)
    for page in (f"/tasks/{task.pk}/?tab=history", reverse("core:operation", args=[about.id])):
        assert "Kim Lee" in client.get(page).text


@pytest.mark.parametrize("rows", [1, 8])
def test_guests_are_named_in_one_more_query(owner, rows):
    plan = make_plan()
    for number in range(rows):
        plan.name = f"Plan {number}"
        with operation(None, by=f"Guest {number}"):
            plan.save()
    history_of(owner, plan)
    with CaptureQueriesContext(connection) as before:
        history_of(owner, plan)
    with through(Door.PORTAL), operation(None, by="Kim Lee"):
        plan.name = "Last"
        plan.save()
    with CaptureQueriesContext(connection) as after:
        assert history_of(owner, plan)[0].actor == "Kim Lee"
    assert len(after) == len(before) + 1


def test_a_guest_is_named_only_in_an_operation_of_nobody(owner):
    plan = make_plan()
    with operation(owner, by="Kim Lee"):
        plan.name = "Other"
        plan.save()
    assert not Guest.objects.exists()
    with pytest.raises(RuntimeError), operation(None, by="Kim Lee"):
        raise RuntimeError
    assert not Guest.objects.exists()


def test_r_ext_3_twice_is_once(browser, share, task):
    for _ in range(2):
        assert browser.post(url("complete", share, task), {"comment": "Done"}).status_code == 302
    assert Comment.objects.count() == Notification.objects.count() == 1
    assert Completion.objects.count() == Guest.objects.count() == 1
    assert task.events.filter(pgh_label="update").count() == 1


def test_r_ext_3_what_was_completed_by_others_takes_no_comment_and_loses_none(
    browser, share, task, owner
):
    task_update(actor=owner, task=task, changes={"status": TaskStatus.COMPLETED})
    was = state(task)
    response = browser.post(url("complete", share, task), {"comment": "It took <b>us</b> long"})
    assert response.status_code == 409
    assert "It took &lt;b&gt;us&lt;/b&gt; long" in response.text
    assert state(task) == was
    assert not Comment.objects.exists()
    # Nor is what others completed theirs to take back.
    assert browser.post(url("undo", share, task)).status_code == 409
    assert state(task) == was


def test_a_comment_that_is_too_long_is_kept_in_the_form(browser, share, task):
    was = state(task)
    text = "x" * (complete_services.LONGEST + 1)
    response = browser.post(url("complete", share, task), {"comment": text})
    assert response.status_code == 422
    assert text in response.text
    assert state(task) == was
    assert browser.post(url("complete", share, task), {"comment": text[1:]}).status_code == 302


def hide_playbook(task, share, kim):
    task.playbook.is_shared = False
    task.playbook.save()


def hide_objective(task, share, kim):
    task.objective.is_external = False
    task.objective.save()


def hide_plan(task, share, kim):
    task.plan.is_shared = False
    task.plan.save()


def hide_task(task, share, kim):
    task.is_shared = False
    task.save()


def cancel_playbook(task, share, kim):
    task.playbook.stage = Stage.CANCELED
    task.playbook.save()


def draft(task, share, kim):
    task.status = TaskStatus.DRAFT
    task.save()


def cancel(task, share, kim):
    task.status = TaskStatus.CANCELED
    task.save()


def give_to_another(task, share, kim):
    task.assignments.all().delete()
    other = make_contact(kim.account, email="nat@acme.com")
    share.share_contacts.create(contact=other)
    assign(task, other)
    assign(task, make_resource())


def give_to_the_same_name_elsewhere(task, share, kim):
    """A contact with the same address, who is not on the share."""
    task.assignments.all().delete()
    assign(task, make_contact(kim.account, email=MAIL))


def read_only(task, share, kim):
    share.may_complete = False
    share.save()


def revoke(task, share, kim):
    services.share_revoke(actor=make_csm(), share=share)


def renew(task, share, kim):
    services.share_renew(actor=make_csm(), share=share)


def expire(task, share, kim):
    share.last_day = dt.date(2020, 1, 1)
    share.save()


def move_to_another_plan(task, share, kim):
    playbook = make_playbook(
        make_objective(make_plan(kim.account, is_shared=True, status="active"), is_external=True),
        is_shared=True,
    )
    task.playbook = playbook
    task.objective = task.plan = None
    task.save()


NOT_THERE = (
    hide_playbook,
    hide_objective,
    hide_plan,
    hide_task,
    cancel_playbook,
    draft,
    cancel,
    give_to_another,
    give_to_the_same_name_elsewhere,
    read_only,
    revoke,
    renew,
    expire,
    move_to_another_plan,
)


@pytest.mark.parametrize("what", ["complete", "undo"])
@pytest.mark.parametrize("change", NOT_THERE, ids=lambda one: one.__name__)
def test_r_ext_3_nothing_else_is_there(browser, share, task, kim, visitor, change, what):
    """The one 404 page, and nothing half done; even for who came in before it changed."""
    if what == "undo":
        complete_services.task_complete(share=share, visitor=visitor, task=task)
    there = url(what, share, task)
    change(task, share, kim)
    was = state(task)
    counts = Comment.objects.count(), Completion.objects.count(), Guest.objects.count()
    response = browser.post(there, {"comment": "Done"})
    assert response.status_code == 404
    assert response.content == browser.get("/share/no/such/page/").content
    with pytest.raises(Nothing):
        if what == "undo":
            complete_services.task_undo(
                share=share, visitor=visitor, task=PlaybookTask(pk=task.pk, status="completed")
            )
        else:
            complete_services.task_complete(share=share, visitor=visitor, task=task, text="Done")
    assert state(task) == was
    assert counts == (
        Comment.objects.count(),
        Completion.objects.count(),
        Guest.objects.count(),
    )


def test_r_ext_3_who_is_off_the_share_or_gone_completes_nothing(browser, share, task, kim):
    was = state(task)
    kim.is_active = False
    kim.save()
    response = browser.post(url("complete", share, task))
    assert "Who are you?" in response.text
    assert state(task) == was


def test_r_ext_3_a_session_that_was_ended_completes_nothing(browser, share, task):
    was = state(task)
    PortalSession.objects.update(revoked_at=timezone.now())
    assert "Who are you?" in browser.post(url("complete", share, task)).text
    assert state(task) == was


def test_r_ext_3_anyone_with_the_link_completes_nothing(client, share, task):
    share.anyone = True
    share.domains = "acme.net"
    share.save()
    was = state(task)
    client.post(url("complete", share, task))
    client.cookies[COOKIE] = key_for("nat@acme.net")
    assert client.post(url("complete", share, task)).status_code == 404
    assert state(task) == was


def test_r_ext_3_staff_completes_nothing_here(client, share, task, owner):
    client.force_login(owner)
    was = state(task)
    client.post(url("complete", share, task))
    assert state(task) == was


@pytest.mark.parametrize(
    "key", ["", "x", "1", "../1", "x" * 22, "x" * 5000, "é", "%00"], ids=lambda one: one[:6]
)
def test_r_ext_5_no_other_word_names_a_task(share, visitor, task, key):
    for wrong in (key, str(task.pk), seen.key_of("objective", task.pk)):
        with pytest.raises(Nothing):
            complete_services.task_of(share, visitor, wrong)


def test_nothing_is_done_by_opening_an_address(browser, share, task):
    was = state(task)
    for what in ("complete", "undo"):
        assert browser.get(url(what, share, task)).status_code == 404
    assert state(task) == was


def test_r_ext_3_undo_puts_all_back_as_it_was(browser, share, task, kim):
    was = state(task)
    browser.post(url("complete", share, task), {"comment": "Done"})
    assert takes_back(kim, task) == {task.pk}
    assert browser.post(url("undo", share, task)).status_code == 302
    assert state(task) == was
    assert not Comment.objects.exists()
    assert not Notification.objects.exists()
    assert takes_back(kim, task) == set()
    # Twice is once; and it can be completed anew.
    assert browser.post(url("undo", share, task)).status_code == 302
    assert state(task) == was
    browser.post(url("complete", share, task))
    assert state(task)["status"] == TaskStatus.COMPLETED


def test_r_ext_3_who_was_told_already_is_told_of_the_undo(browser, share, task, owner):
    browser.post(url("complete", share, task))
    Notification.objects.update(mailed_at=timezone.now())
    browser.post(url("undo", share, task))
    assert Notification.objects.get().text.startswith("Kim Lee took back that they completed")


def later(task, owner):
    past = timezone.now() - dt.timedelta(seconds=61)
    Completion.objects.update(at=past)


def renamed(task, owner):
    task_update(actor=owner, task=task, changes={"name": "Another"})


def answered(task, owner):
    above = Comment.objects.get()
    Comment.objects.create(task=task, author=owner, parent=above, text="Thank you")


def reopened_and_completed(task, owner):
    for status in (TaskStatus.PLANNED, TaskStatus.COMPLETED):
        task_update(actor=owner, task=task, changes={"status": status})


@pytest.mark.parametrize("change", [later, renamed, answered, reopened_and_completed])
def test_r_ext_3_undo_is_refused_when_anything_happened_since(
    browser, share, task, kim, owner, change
):
    browser.post(url("complete", share, task), {"comment": "Done"})
    change(task, owner)
    was = state(task)
    response = browser.post(url("undo", share, task))
    assert response.status_code == 409
    assert "cannot be taken back" in response.text
    assert state(task) == was
    assert Comment.objects.filter(author_contact=kim).exists()
    assert takes_back(kim, task) == (set() if change is not answered else {task.pk})


def test_r_ext_3_only_who_completed_it_takes_it_back(client, browser, share, task, kim):
    other = make_contact(kim.account, email="nat@acme.com")
    share.share_contacts.create(contact=other)
    assign(task, other)
    browser.post(url("complete", share, task))
    browser.cookies[COOKIE] = key_for("nat@acme.com")
    assert browser.post(url("undo", share, task)).status_code == 409
    assert state(task)["status"] == TaskStatus.COMPLETED


@pytest.mark.parametrize("of", ["playbook", "objective", "plan", "account", "nobody"])
def test_the_nearest_owner_who_sees_it_is_told(visitor, share, task, of):
    csm, second = make_csm(), make_csm()
    for name in ("playbook", "objective", "plan"):
        above = getattr(task, name)
        above.owner = csm.resource if of == name else None
        above.save()
    if of in ("account", "plan"):
        make_account_role(task.account, second.resource if of == "plan" else csm.resource)
    task = PlaybookTask.objects.get(pk=task.pk)
    complete_services.task_complete(share=share, visitor=visitor, task=task)
    told = list(Notification.objects.values_list("user", flat=True))
    assert told == ([] if of == "nobody" else [csm.pk])


def test_r_vis_1_who_does_not_see_the_account_is_told_nothing(visitor, share, task, owner):
    Organisation.objects.update_or_create(pk=1, defaults={"row_scope": "account_team"})
    complete_services.task_complete(share=share, visitor=visitor, task=task)
    assert not Notification.objects.exists()


def test_what_customers_complete_is_one_of_the_kinds_that_people_choose(client):
    client.force_login(make_user())
    page = client.get(reverse("core:notification-wishes"))
    assert NotificationKind.PORTAL.label in page.text


# At the same moment -------------------------------------------------------------------------------
def at_once(*calls):
    """Run calls at the same moment, each in a thread with a connection of its own."""
    gate, answers = threading.Barrier(len(calls)), [None] * len(calls)

    def run(place, call):
        try:
            gate.wait(10)
            answers[place] = call()
        except Exception as error:
            answers[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place, call)) for place, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return answers


@pytest.mark.django_db(transaction=True)
def test_r_ext_3_completed_many_times_at_once_is_completed_once(share, task, visitor):
    def call():
        return complete_services.task_complete(share=share, visitor=visitor, task=task, text="Done")

    answers = at_once(*[call] * 6)
    assert sorted(answers) == [Answer.ALREADY] * 5 + [Answer.DONE]
    assert Comment.objects.count() == Notification.objects.count() == 1
    assert task.events.filter(pgh_label="update").count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round", range(3))
def test_r_ext_3_contact_and_csm_at_once_complete_it_once(share, task, visitor, owner, round):
    answers = at_once(
        lambda: complete_services.task_complete(share=share, visitor=visitor, task=task),
        lambda: task_update(actor=owner, task=task, changes={"status": TaskStatus.COMPLETED}),
    )
    assert not [one for one in answers if isinstance(one, Exception)]
    assert state(task)["percent_complete"] == 100
    assert task.events.filter(pgh_label="update").count() == 1
    assert (answers[0] == Answer.DONE) == Completion.objects.exists() == (answers[1] == [])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round", range(3))
def test_r_ext_3_revoked_at_the_same_moment_nothing_is_half_done(
    share, task, visitor, owner, round
):
    was = state(task)
    answers = at_once(
        lambda: complete_services.task_complete(
            share=share, visitor=visitor, task=task, text="Done"
        ),
        lambda: services.share_revoke(actor=owner, share=share),
    )
    done = answers[0] == Answer.DONE
    assert done or isinstance(answers[0], Nothing)
    assert (state(task)["status"] == TaskStatus.COMPLETED) == done
    assert done or state(task) == was
    assert Comment.objects.exists() == Notification.objects.exists() == done


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round", range(3))
def test_r_ext_3_undo_and_a_change_of_the_csm_at_once_do_not_mix(
    share, task, visitor, owner, round
):
    complete_services.task_complete(share=share, visitor=visitor, task=task, text="Done")
    done = PlaybookTask.objects.get(pk=task.pk)
    answers = at_once(
        lambda: complete_services.task_undo(share=share, visitor=visitor, task=done),
        lambda: task_update(actor=owner, task=task, changes={"name": "Another"}),
    )
    assert answers[0] in (Answer.BACK, Answer.LATE)
    back = answers[0] == Answer.BACK
    task.refresh_from_db()
    assert task.name == "Another"
    assert (task.status == TaskStatus.IN_PROGRESS) == back
    assert (task.percent_complete == 40) == back
    assert Comment.objects.exists() == (not back)
