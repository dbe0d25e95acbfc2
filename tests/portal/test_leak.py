"""R-EXT-5: nothing internal leaves, by whatever page, mail or error a customer gets.

Every text, number and id of every model is a marker; each is looked for in all that a customer can
open. A field that is added tomorrow is marked tomorrow.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import uuid

import pytest
from django.core import mail
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import AccountTag, AttributeValue
from apps.activities.models import (
    ActivityContact,
    ActivityResource,
    Comment,
    CommentMention,
)
from apps.core.models import (
    MailStop,
    Notification,
    Organisation,
    Preference,
    RecentView,
    SavedView,
    Tag,
    User,
)
from apps.core.people_models import Session
from apps.core.shape_models import (
    CustomChoice,
    CustomField,
    FieldSet,
    FieldSetItem,
    RecordType,
    RecordTypeGroup,
)
from apps.core.tasks import mail_notifications
from apps.core.tracking import Guest
from apps.library.models import Draft
from apps.objectives.models import (
    Collaborator,
    ObjectiveCategory,
    ObjectiveChallenge,
    ObjectiveStatus,
    ObjectiveTag,
)
from apps.plans.models import PlanChallenge
from apps.playbooks.choices import TaskStatus
from apps.playbooks.models import PlaybookTask, TaskPin
from apps.portal import rules
from apps.portal.models import Completion, PortalCode, PortalSession, Share, ShareVisit
from apps.portal.selectors import shown
from apps.portal.selectors.seen import key_of
from apps.portal.services import token_of
from apps.portal.tasks import mail_code, mail_invitation
from apps.portal.urls import share_patterns
from apps.reports.models import HealthMetric, HealthScore
from tests import factories as make
from tests.portal import leak

pytestmark = pytest.mark.django_db

COOKIE = "sc_portal"
HIDDEN_TASKS = 97
# Models of which this world holds no row -> why.
WITHOUT_ROWS = {
    "accounts.ImportRun": "a job of ours",
    "core.ExportRun": "a job of ours",
}


@dataclasses.dataclass
class World:
    share: object
    other: object
    contact: object
    marks: leak.Marks
    tasks: dict[str, object]


def tree(account, *, shared):
    """A plan with one of each below it, all marked shared, or all internal."""
    resource = make.make_csm().resource
    fields = {"is_shared": shared}
    plan = make.make_plan(account, description="x", owner=resource, **fields)
    make.make_account_role(account, resource)
    for external in {shared, False}:
        objective = make.make_objective(
            plan, is_external=external, description="x", baseline=1, current=2, target=3, health=4
        )
        for seen in {external, False}:
            kpi = make.make_kpi(
                objective, is_external=seen, description="x", baseline=1, current=2, target=3
            )
        playbook = make.make_playbook(
            objective, plan=plan, is_shared=external, description="x", owner=resource
        )
        task = make.make_task(
            playbook, is_shared=external, description="x", notes="x", percent_complete=5
        )
    return plan, objective, kpi, playbook, task


@pytest.fixture
def world(settings):
    leak.spread_ids()
    account = make.make_account(summary="x", external_id="x1", arr=5)
    contact = make.make_contact(account, email="kim@acme.com", title="x", phone="1")
    stranger = make.make_contact(account, email="jo@acme.com", title="x", phone="1")
    plan, objective, kpi, playbook, task = tree(account, shared=True)
    tree(account, shared=False)
    abroad, *_ = tree(make.make_account(), shared=True)
    PlaybookTask.objects.bulk_create(
        PlaybookTask(account=account, name=f"Hidden {n}", plan=plan) for n in range(HIDDEN_TASKS)
    )
    shown = list(plan.objectives.filter(is_external=True))[0]
    tasks = {
        "mine": make.make_task(account=account, plan=plan, objective=shown, is_shared=True),
        "done": make.make_task(
            account=account,
            plan=plan,
            is_shared=True,
            status=TaskStatus.COMPLETED,
            percent_complete=100,
            completed_at=timezone.now(),
        ),
        "foreign": abroad.tasks.first() or make.make_task(account=abroad.account, is_shared=True),
    }
    make.assign(tasks["mine"], contact)
    make.assign(task, make.make_pool(make.make_resource()))
    make.assign(task, stranger)
    user = plan.owner.user
    _internal(account, plan, objective, kpi, playbook, task, contact, user)
    share = make.make_share(plan=plan, contacts=[contact], may_complete=True, created_by=user)
    _people(share, task, stranger)
    marks = leak.Marks()
    marks.mark()
    for record in (share, contact, *tasks.values()):
        record.refresh_from_db()
    other = make.make_share(abroad.account, contacts=[])
    return World(share, other, contact, marks, tasks)


def _internal(account, plan, objective, kpi, playbook, task, contact, user):
    """One row at least of each model that customers never see."""
    now = timezone.now()
    Organisation.objects.update_or_create(pk=1, defaults={"note": "x"})
    challenge = make.make_challenge(account, description="x")
    PlanChallenge.objects.create(plan=plan, challenge=challenge)
    ObjectiveChallenge.objects.create(objective=objective, challenge=challenge)
    tag = Tag.objects.create(label="Tag")
    ObjectiveTag.objects.create(objective=objective, tag=tag)
    AccountTag.objects.create(account=account, tag=tag)
    attribute = make.make_attribute()
    AttributeValue.objects.create(account=account, definition=attribute, value=5, measured_on=now)
    activity = make.make_activity(account=account, plan=plan, notes="x", duration=30)
    ActivityContact.objects.create(activity=activity, contact=contact)
    ActivityResource.objects.create(activity=activity, resource=user.resource)
    for record in ({"task": task}, {"plan": plan}, {"objective": objective}, {"kpi": kpi}):
        comment = Comment.objects.create(author=user, text="x", **record)
        # For the customer too: on what they see, and on what they do not.
        Comment.objects.create(author=user, text="x", is_external=True, **record)
    hidden = account.objectives.filter(is_external=False)[0]
    Comment.objects.create(author=user, text="x", is_external=True, objective=hidden)
    CommentMention.objects.create(comment=comment, resource=user.resource)
    Collaborator.objects.create(objective=objective, email="them@partner.org")
    TaskPin.objects.create(task=task, user=user)
    Notification.objects.create(user=user, kind="allocated", text="x", path="/", data={})
    MailStop.objects.create(email="them@partner.org", path="/")
    Preference.objects.create(user=user, key="list:task", data={})
    SavedView.objects.create(owner=user, key="list:task", name="x", query="", columns=[])
    RecentView.objects.create(user=user, kind="plan", record_id=plan.pk, viewed_at=now)
    Draft.objects.create(user=user, kind="plan", source=plan.pk, data={})
    metric = HealthMetric.objects.all()[0]
    metric.status_links.create(status=ObjectiveStatus.objects.all()[0])
    metric.tag_links.create(tag=Tag.objects.all()[0])
    metric.category_links.create(category=ObjectiveCategory.objects.all()[0])
    metric.thresholds.create(segment="x", lower=0, upper=1)
    _shaped(user)
    HealthScore.objects.create(account=plan.account, day=now.date(), score=1, calculated_at=now)


def _shaped(user):
    field = CustomField.objects.create(kind="plan", key="x", label="x", type="choice")
    CustomChoice.objects.create(field=field, label="x")
    kind = RecordType.objects.create(kind="plan", label="x")
    RecordTypeGroup.objects.create(record_type=kind, group=user.groups.all()[0])
    FieldSetItem.objects.create(
        field_set=FieldSet.objects.create(kind="plan", record_type=kind), name="x"
    )
    Session.objects.create(
        session_key="x", session_data="x", expire_date=timezone.now(), user=user, device="x"
    )


def _people(share, task, contact):
    now = timezone.now()
    done = uuid.uuid4()
    Guest.objects.create(operation=done, name="x")
    Completion.objects.create(
        task=task, contact=contact, operation=done, at=now, status="planned", percent_complete=5
    )
    later = now + dt.timedelta(minutes=15)
    ShareVisit.objects.create(share=share, email="old@acme.com", first_at=now, last_at=now)
    PortalCode.objects.create(
        email="old@acme.com", share=share, link_hash="x" * 64, created_at=now, expires_at=later
    )
    PortalSession.objects.create(
        email="old@acme.com", key_hash="x" * 64, created_at=now, last_at=now, expires_at=later
    )


def signed_in(client, email):
    """A browser in which an address was proven."""
    now = timezone.now()
    PortalSession.objects.update_or_create(
        key_hash=rules.hashed(f"key of {email}"),
        defaults={
            "email": email,
            "created_at": now,
            "last_at": now,
            "expires_at": now + rules.SESSION_LIVES,
            "revoked_at": None,
        },
    )
    client.cookies[COOKIE] = f"key of {email}"
    return client


def test_each_model_is_in_this_world(world):
    empty = {
        model._meta.label
        for model in leak.our_models()
        if not model._base_manager.exists() and model._meta.managed
    }
    assert empty <= set(WITHOUT_ROWS), empty - set(WITHOUT_ROWS)
    assert len(world.marks.words) > 150


def test_a_marker_is_found_wherever_it_stands(world):
    account = world.share.account
    assert world.marks.found_in(f"<p>{account.summary.upper()}</p>") == {
        ("accounts.Account", account.pk, "summary")
    }
    assert world.marks.found_in(f"/accounts/{account.pk}/") == {
        ("accounts.Account", account.pk, "id")
    }
    number = f"{int(account.arr):,}"
    assert world.marks.found_in(number) == {("accounts.Account", account.pk, "arr")}


def filled(pattern, world, task):
    """The addresses of a pattern, with what a customer might put into them."""
    names = list(pattern.pattern.converters)
    tokens = [token_of(world.share), token_of(world.other), "wrong"] if "token" in names else [""]
    for token in tokens:
        given = {"token": token, "key": key_of("task", task.pk)}
        yield reverse(f"share:{pattern.name}", kwargs={name: given[name] for name in names})


def opened(client, world, enter):
    """All that comes back from every address of the portal, asked for in every way.

    `enter` brings the visitor in before each request, for some of them end the session.
    """
    for pattern in share_patterns[0]:
        if not pattern.name:
            continue
        for task in world.tasks.values():
            for address in filled(pattern, world, task):
                enter()
                yield client.get(address)
                for data in (
                    {"email": world.contact.email},
                    {"email": "stranger@nowhere.example", "code": "123456"},
                    {"comment": "Done."},
                ):
                    enter()
                    yield client.post(address, data)
    for wrong in ("/share/a/b/c/", "/share/%00/", f"/share/{token_of(world.share)}/tasks/1/"):
        yield client.get(wrong)


def told(response):
    """Everything of an answer that reaches a browser."""
    body = b"".join(response) if response.streaming else response.content
    headers = "\n".join(f"{name}: {value}" for name, value in response.headers.items())
    cookies = response.cookies.output()
    return f"{headers}\n{cookies}\n{body.decode(errors='replace')}"


def mailed():
    """Every mail to somebody who is none of ours."""
    ours = set(User.objects.values_list("email", flat=True))
    for one in mail.outbox:
        if set(one.to) <= ours:
            continue
        parts = [str(part.content) for part in getattr(one, "alternatives", ())]
        yield "\n".join([one.subject, one.body, *one.to, str(one.extra_headers), *parts])


@pytest.mark.parametrize("who", ["nobody", "the contact", "somebody of the domain", "staff"])
@pytest.mark.parametrize("anyone", [False, True])
def test_r_ext_5_nothing_internal_leaves(client, world, who, anyone):
    share = world.share
    Share._base_manager.filter(pk=share.pk).update(anyone=anyone, domains="partner.example")
    staff = make.make_csm()
    enter = {
        "nobody": lambda: None,
        "the contact": lambda: signed_in(client, world.contact.email),
        "somebody of the domain": lambda: signed_in(client, "sam@partner.example"),
        "staff": lambda: client.force_login(staff),
    }[who]
    everything = [told(one) for one in opened(client, world, enter)]
    for code in PortalCode.objects.filter(mailed_at=None):
        mail_code(code.pk)
    mail_invitation(share.pk, world.contact.pk, share.created_by_id)
    mail_notifications()
    everything += mailed()
    found = set().union(*(world.marks.found_in(text) for text in everything))
    assert leak.leaks(found, leak.readable(share)) == []
    sees = anyone or who in ("the contact", "somebody of the domain")
    assert (
        ("objectives.Objective", "name") in {(label, field) for label, _, field in found}
    ) == sees
    hidden = re.compile(rf"\b({HIDDEN_TASKS}|{HIDDEN_TASKS + 1})\b")
    assert not [text for text in everything if hidden.search(re.sub(r"[\w-]{20,}", "", text))]


def test_a_deliberate_leak_makes_it_fail(client, world, monkeypatch):
    signed_in(client, world.contact.email)
    rows = leak.readable(world.share)
    # Somebody forgets that an objective is for the customer only when it is marked so.
    monkeypatch.setattr(shown, "_objective", lambda at="": Q())
    page = told(client.get(reverse("share:view", args=[token_of(world.share)])))
    leaked = leak.leaks(world.marks.found_in(page), rows)
    assert ("objectives.Objective", "name") in {(label, field) for label, _, field in leaked}


def test_a_field_that_is_public_by_nobodys_word_makes_it_fail(client, world, monkeypatch):
    signed_in(client, world.contact.email)
    page = told(client.get(reverse("share:view", args=[token_of(world.share)])))
    found = world.marks.found_in(page)
    rows = leak.readable(world.share)
    assert leak.leaks(found, rows) == []
    monkeypatch.setitem(leak.PUBLIC, "objectives.Objective", set())
    assert leak.leaks(found, rows) != []
