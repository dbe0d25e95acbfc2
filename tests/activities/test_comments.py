"""Comments: said, answered, resolved and taken back; who is named and answered is told."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import connection
from django.http import Http404
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.models import TeamPool, TeamPoolMember
from apps.accounts.services import contact_delete
from apps.activities import comment_services
from apps.activities.comment_rules import Named, handles, mentioned, parts
from apps.activities.comment_selectors import RECORDS, Counts, comment_counts, thread
from apps.activities.comment_services import (
    comment_create,
    comment_delete,
    comment_resolve,
    comment_update,
)
from apps.activities.models import Comment, CommentMention
from apps.core.access import Refused
from apps.core.choices import RowScope
from apps.core.history import finished
from apps.core.kinds import KINDS
from apps.core.models import Notification, Organisation
from apps.core.notify_services import wishes_set
from apps.core.services import Conflict
from apps.core.tasks import mail_notifications
from apps.core.undo_services import is_offered, undo, undo_problem
from apps.objectives.services import objective_delete, objective_update
from apps.plans.services import plan_update
from tests import factories
from tests.factories import (
    make_account,
    make_account_role,
    make_administrator,
    make_csm,
    make_objective,
    make_participant,
    make_plan,
    make_resource,
    make_user,
)
from tests.pages import queries

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def make_record(kind, account=None):
    """A record of a kind that can be commented on, in an account."""
    account = account or make_account()
    if kind == "account":
        return account
    if kind == "kpi":
        return factories.make_kpi(make_objective(account=account))
    make = getattr(factories, f"make_{kind}")
    return make(account) if kind in ("plan", "challenge") else make(account=account)


def say(actor, record, text="Hello", *, kind="objective", **more):
    return comment_create(actor=actor, kind=kind, pk=record.pk, text=text, **more).comment


def people(*names):
    return [Named(("resource", n), name, f"p{n}@example.com") for n, name in enumerate(names, 1)]


# Names --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("@Jo Park, please", [1]),
        ("please @jo park", [1]),
        ("@Jo Parker", [2]),
        ("(@Jo Park)\n@Jo Park again, @Jo Parker", [1, 2]),
        ("jo@Jo Park", []),
        ("a@Jo Park and @", []),
        ("@Jo", []),
        ("@Jo Parks", []),
        ("@@Jo Park", []),
        ("", []),
        ("@Ünal Öz!", [3]),
    ],
)
def test_a_name_after_an_at_is_a_mention(text, wanted):
    names = handles(people("Jo Park", "Jo Parker", "Ünal Öz"))
    assert mentioned(text, names) == ([("resource", n) for n in wanted], [])


def test_who_shares_a_name_is_written_with_an_address():
    names = handles(people("Jo", "jo", "Al"))
    assert mentioned("@Jo and @Al", names) == ([("resource", 3)], ["Jo"])
    assert mentioned("@Jo (p2@example.com)", names) == ([("resource", 2)], [])


def test_the_pieces_of_a_text_are_the_text():
    text = "Ask @Jo Park or @Al, not al@example.com."
    found = parts(text, ["Jo Park", "Al"])
    assert "".join(part for part, _ in found) == text
    assert [part for part, named in found if named] == ["@Jo Park", "@Al"]


# Writing ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", RECORDS)
def test_each_kind_of_record_is_commented_on(client, kind):
    actor, record = make_csm(), make_record(kind)
    client.force_login(actor)
    url = reverse("comments:thread", args=[kind, record.pk])
    assert "Nothing was said here yet" in client.get(url).content.decode()
    assert client.post(url, {"text": "Who comes?"}).status_code == 302
    comment = Comment.objects.get()
    account = record if kind == "account" else getattr(record, "objective", None) or record
    assert comment.account == (record if kind == "account" else account.account)
    assert (comment.author, comment.text, getattr(comment, kind)) == (actor, "Who comes?", record)
    assert "Who comes?" in client.get(url).content.decode()
    assert comment_counts(actor, kind, [record.pk, 0]) == {record.pk: Counts(1, 1)}


def test_an_account_shows_its_own_comments_not_those_of_its_records():
    actor, account = make_csm(), make_account()
    say(actor, account, kind="account")
    say(actor, make_objective(account=account))
    assert thread(actor, "account", account.pk).count == 1
    assert comment_counts(actor, "account", [account.pk]) == {account.pk: Counts(1, 1)}


def test_answers_stand_below_what_they_answer_and_are_resolved_with_it():
    actor, other, objective = make_csm(), make_csm(), make_objective()
    first = say(actor, objective, "First")
    say(other, objective, "Second")
    answer = say(other, objective, "Answer", parent=first.pk)
    # An answer to an answer belongs to the same conversation.
    say(actor, objective, "Again", parent=answer.pk)
    found = thread(actor, "objective", objective.pk)
    told = [[one.first.comment.text, *(r.comment.text for r in one.replies)] for one in found.open]
    assert told == [["Second"], ["First", "Answer", "Again"]]
    with pytest.raises(ValidationError, match="resolved as a whole"):
        comment_resolve(actor=other, comment=answer, resolved=True)
    assert comment_resolve(actor=other, comment=first, resolved=True)
    assert not comment_resolve(actor=actor, comment=first, resolved=True)
    found = thread(actor, "objective", objective.pk)
    assert [one.first.comment.resolved_by for one in found.resolved] == [other]
    assert comment_counts(actor, "objective", [objective.pk]) == {objective.pk: Counts(4, 1)}
    assert comment_resolve(actor=actor, comment=first, resolved=False)
    assert comment_counts(actor, "objective", [objective.pk]) == {objective.pk: Counts(4, 4)}


def test_an_answer_to_what_is_gone_or_elsewhere_is_refused():
    actor, objective = make_csm(), make_objective()
    elsewhere = say(actor, make_objective())
    for parent in (elsewhere.pk, 0x7FFFFFFF):
        with pytest.raises(ValidationError, match="was deleted meanwhile"):
            say(actor, objective, parent=parent)


def test_editing_marks_the_comment_and_a_second_window_loses_nothing(client):
    actor, objective = make_csm(), make_objective()
    comment = say(actor, objective, "First")
    client.force_login(actor)
    url = reverse("comments:edit", args=[comment.pk])
    assert "First</textarea>" in client.get(url).content.decode()
    assert client.post(url, {"text": "Better", "shown": "First"}).status_code == 302
    comment.refresh_from_db()
    assert comment.text == "Better"
    assert comment.edited_at
    assert "edited" in client.get(comment_page(objective)).content.decode()
    answer = client.post(url, {"text": "Mine", "shown": "First"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Mine</textarea>" in page
    assert "“Better”" in page
    assert client.post(url, {"text": "Mine", "shown": "Better"}).status_code == 302
    comment.refresh_from_db()
    assert comment.text == "Mine"


def comment_page(objective):
    return reverse("comments:thread", args=["objective", objective.pk])


def test_an_empty_or_endless_comment_is_refused_and_kept(client):
    actor, objective = make_csm(), make_objective()
    client.force_login(actor)
    first = say(actor, objective)
    for text, sentence in [("  ", "Write something first"), ("x" * 5001, "at most 5000")]:
        typed = {"text": text, "parent": first.pk}
        answer = client.post(comment_page(objective), typed, headers=HTMX)
        assert answer.status_code == 422
        soup = BeautifulSoup(answer.content, "html.parser")
        assert sentence in soup.select_one(".conversation .field-error").text
        assert soup.select_one(".conversation textarea").text.strip("\n") == text
        assert not soup.select_one(".comments > .comment-write .field-error")
    assert Comment.objects.count() == 1


def test_one_s_own_are_deleted_unless_answered_and_nobody_s_else(client):
    actor, other, objective = make_csm(), make_csm(), make_objective()
    comment = say(actor, objective, f"@{other}")
    with pytest.raises(Refused, match="Only who wrote a comment may delete it"):
        comment_delete(actor=other, comment=comment)
    with pytest.raises(Refused, match="Only who wrote a comment may edit it"):
        comment_update(actor=other, comment=comment, changes={"text": "x"})
    client.force_login(other)
    for name in ("edit", "delete"):
        url = reverse(f"comments:{name}", args=[comment.pk])
        assert client.get(url).status_code == 403
        assert client.post(url, {"text": "x"}).status_code == 403
    answer = say(other, objective, parent=comment.pk)
    with pytest.raises(ValidationError, match="An answer stands below this comment"):
        comment_delete(actor=actor, comment=comment)
    comment_delete(actor=other, comment=answer)
    client.force_login(actor)
    url = reverse("comments:delete", args=[comment.pk])
    assert f"@{other}" in client.get(url).content.decode()
    assert client.post(url).status_code == 302
    assert not Comment.objects.exists()
    # What was told of it is taken back.
    assert not Notification.objects.exists()


def test_marking_for_the_customer_needs_the_permission_to_share(client):
    csm, participant = make_csm(), make_participant()
    objective = make_objective()
    assert say(csm, objective, is_external=True).is_external
    with pytest.raises(Refused):
        say(participant, objective, is_external=True)
    # Challenges are always internal (R-PLAN-2).
    with pytest.raises(Refused):
        say(csm, factories.make_challenge(), kind="challenge", is_external=True)
    client.force_login(participant)
    assert "is_external" not in client.get(comment_page(objective)).content.decode()
    client.post(comment_page(objective), {"text": "Mine", "is_external": "1"})
    assert [one.is_external for one in Comment.objects.order_by("pk")] == [True, False]
    client.force_login(csm)
    assert "For the customer too" in client.get(comment_page(objective)).content.decode()


# Who may ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("make", "may_see", "may_write"),
    [
        (make_csm, True, True),
        (make_participant, True, True),
        (make_administrator, True, False),
        (lambda: make_user(None), False, False),
    ],
)
def test_everybody_may_what_the_table_says(client, make, may_see, may_write):
    writer, user, objective = make_csm(), make(), make_objective()
    comment = say(writer, objective, "Said before")
    client.force_login(user)
    url = comment_page(objective)
    page = client.get(url)
    assert page.status_code == (200 if may_see else 403)
    assert ("Said before" in page.content.decode()) is may_see
    assert ("<textarea" in page.content.decode()) is may_write
    answer = client.post(url, {"text": "Mine"})
    assert answer.status_code == (302 if may_write else 403)
    assert Comment.objects.filter(author=user).exists() is may_write
    resolving = client.post(reverse("comments:resolve", args=[comment.pk]))
    comment.refresh_from_db()
    assert (comment.resolved_at is not None) is may_write
    assert resolving.status_code in ((302,) if may_write else (403, 404))
    found = client.get(reverse("comments:people"), {"q": ""})
    assert found.status_code == (200 if may_write else 403)


def test_r_vis_1_comments_of_an_account_that_one_does_not_see_are_nowhere(client):
    writer, user, objective = make_csm(), make_csm(), make_objective()
    comment = say(writer, objective)
    Organisation.objects.update_or_create(pk=1, defaults={"row_scope": RowScope.ACCOUNT_TEAM})
    client.force_login(user)
    assert client.get(comment_page(objective)).status_code == 404
    for name in ("edit", "delete", "resolve"):
        assert client.post(reverse(f"comments:{name}", args=[comment.pk])).status_code == 404
    assert comment_counts(user, "objective", [objective.pk]) == {}
    with pytest.raises(Http404):
        say(user, objective)
    assert client.get(reverse("comments:thread", args=["widget", 1])).status_code == 404


# Moves --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["objective", "kpi", "playbook", "task"])
def test_r_obj_3_comments_follow_their_record_to_another_account(kind):
    actor, account, other = make_csm(), make_account(), make_account()
    plan = make_plan(account)
    objective = make_objective(plan)
    playbook = factories.make_playbook(objective)
    record = {
        "objective": objective,
        "kpi": factories.make_kpi(objective),
        "playbook": playbook,
        "task": factories.make_task(playbook),
    }[kind]
    comment = say(actor, record, kind=kind)
    on_plan = say(actor, plan, kind="plan")
    plan_update(actor=actor, plan=plan, changes={"account": other})
    for one in (comment, on_plan):
        one.refresh_from_db()
        assert one.account == other
    undo(actor=actor, done=finished())
    comment.refresh_from_db()
    assert comment.account == account


def test_a_comment_on_a_challenge_or_a_moved_kpi_follows_by_raw_writes_too():
    actor, other = make_csm(), make_objective()
    challenge, kpi = factories.make_challenge(), factories.make_kpi()
    first = say(actor, challenge, kind="challenge")
    second = say(actor, kpi, kind="kpi")
    type(challenge).objects.filter(pk=challenge.pk).update(account=other.account)
    type(kpi).objects.filter(pk=kpi.pk).update(objective=other)
    # Nobody can put a comment into an account that is not its record's.
    Comment.objects.filter(pk=first.pk).update(account=make_account())
    for one in (first, second):
        one.refresh_from_db()
        assert one.account == other.account


# Telling ------------------------------------------------------------------------------------------
def told():
    return {
        (row.user, row.email): (row.kind, row.text)
        for row in Notification.objects.select_related("user")
    }


def test_who_is_mentioned_is_told_once_and_never_the_author(settings):
    settings.SITE_URL = "https://success.example.com"
    actor, nina, out = make_csm(), make_csm(), make_resource(name="Out", email="out@example.com")
    silent = make_resource(name="Silent")
    objective = make_objective(account=make_account(name="Acme"), name="Adopt")
    text = f"@{nina} and @{nina}, @Out, @Silent, @{actor}: look"
    comment = say(actor, objective, text)
    said = f"{actor} mentions you in a comment on the objective “Adopt” in Acme."
    assert told() == {(nina, ""): ("mention", said), (None, "out@example.com"): ("mention", said)}
    assert set(comment.mentions.values_list("resource", flat=True)) == {
        nina.resource.pk,
        out.pk,
        silent.pk,
        actor.resource.pk,
    }
    mail_notifications()
    message = next(one for one in mail.outbox if one.to == [nina.email])
    assert text in message.body
    path = f"/comments/objective/{objective.pk}/?answer={comment.pk}#comment-{comment.pk}"
    assert f"https://success.example.com{path}" in message.body
    assert "Silent" in Notification.objects.all()[0].data["quote"]


def test_a_group_is_each_of_its_active_members():
    actor, nina, al = make_csm(), make_csm(), make_csm()
    pool = TeamPool.objects.create(name="Support")
    gone = make_resource(is_active=False, email="gone@example.com")
    for one in (actor.resource, nina.resource, al.resource, gone):
        TeamPoolMember.objects.create(pool=pool, resource=one)
    say(actor, make_objective(), f"@support and @{al}")
    found = {user: text.split(" in a comment")[0] for (user, _), (_, text) in told().items()}
    assert found == {
        nina: f"{actor} mentions your group Support",
        al: f"{actor} mentions you",
    }


def test_participants_of_a_conversation_are_told_of_answers():
    first, second, third, stranger = (make_csm() for _ in range(4))
    objective = make_objective()
    top = say(first, objective, f"@{third}")
    say(stranger, objective, "Something else")
    say(second, objective, "One", parent=top.pk)
    Notification.objects.all().delete()
    say(first, objective, f"Two, @{second}", parent=top.pk)
    assert {user: kind for (user, _), (kind, _) in told().items()} == {
        second: "mention",
        third: "reply",
    }


def test_editing_tells_only_who_is_newly_named():
    actor, nina, al = make_csm(), make_csm(), make_csm()
    comment = say(actor, make_objective(), f"@{nina}")
    Notification.objects.all().delete()
    comment_update(actor=actor, comment=comment, changes={"text": f"@{nina} @{al}"})
    assert [user for user, _ in told()] == [al]
    comment_update(actor=actor, comment=comment, changes={"text": "Nobody"})
    assert not CommentMention.objects.exists()


def test_r_vis_1_who_does_not_see_the_account_is_named_and_not_told(client):
    actor, nina = make_csm(), make_csm()
    objective = make_objective()
    make_account_role(objective.account, actor.resource)
    Organisation.objects.update_or_create(pk=1, defaults={"row_scope": RowScope.ACCOUNT_TEAM})
    client.force_login(actor)
    typed = {"text": f"@{nina}"}
    answer = client.post(comment_page(objective), typed, follow=True).content.decode()
    assert f"Not told: {nina}, who does not see this account." in answer
    assert told() == {}


def test_a_name_that_several_have_is_refused_with_the_ways_to_write_it(client):
    actor, objective = make_csm(), make_objective()
    for n in (1, 2):
        make_resource(name="Jo", email=f"jo{n}@example.com")
    client.force_login(actor)
    answer = client.post(comment_page(objective), {"text": "@Jo?"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Write @Jo (jo1@example.com) or @Jo (jo2@example.com)." in page
    assert "@Jo?</textarea>" in page
    assert not Comment.objects.exists()
    assert (
        client.post(comment_page(objective), {"text": "@Jo (jo2@example.com)"}).status_code == 302
    )
    assert CommentMention.objects.get().resource.email == "jo2@example.com"


def test_everybody_is_told_of_mentions_as_they_wish():
    actor, nina = make_csm(), make_csm()
    wishes_set(actor=nina, wanted={"mention": "app", "reply": "none"})
    objective = make_objective()
    comment = say(nina, objective)
    say(actor, objective, f"@{nina}", parent=comment.pk)
    say(actor, objective, "Answer", parent=comment.pk)
    assert [kind for kind, _ in told().values()] == ["mention"]
    mail_notifications()
    assert mail.outbox == []


def test_suggestions_begin_with_what_was_typed(client):
    client.force_login(make_csm())
    make_resource(name="Nina Berg", email="nina@example.com")
    make_resource(name="Anna Nilsson")
    make_resource(name="Old Nina", is_active=False)
    TeamPool.objects.create(name="Night shift")
    found = client.get(reverse("comments:people"), {"q": "ni"}).json()["people"]
    assert [one["value"] for one in found] == ["Nina Berg", "Night shift", "Anna Nilsson"]
    assert [one["hint"] for one in found] == ["nina@example.com", "Group", ""]


# History and undo ---------------------------------------------------------------------------------
def test_undo_takes_a_comment_back_and_what_was_told():
    actor, nina, objective = make_csm(), make_csm(), make_objective()
    say(actor, objective, f"@{nina}")
    done = finished()
    assert is_offered(actor=actor, done=done)
    assert "own" in undo_problem(actor=nina, done=done)
    undo(actor=actor, done=done)
    assert not Comment.objects.exists()
    assert not Notification.objects.exists()
    undo(actor=actor, done=finished())
    assert Comment.objects.get().mentions.count() == 1


def test_nobody_undoes_what_somebody_else_said_edited_or_took_back():
    actor, other, objective = make_csm(), make_csm(), make_objective()
    comment = say(actor, objective, "One")
    for deed in (
        lambda: comment_update(actor=actor, comment=comment, changes={"text": "Two"}),
        lambda: comment_delete(actor=actor, comment=comment),
    ):
        deed()
        done = finished()
        with pytest.raises(Refused, match="own"):
            undo(actor=other, done=done)
        undo(actor=actor, done=done)
    assert Comment.objects.get().text == "One"
    comment_resolve(actor=actor, comment=comment, resolved=True)
    undo(actor=other, done=finished())
    assert Comment.objects.get().resolved_at is None


def test_comments_go_with_their_record_and_come_back_with_it():
    actor, other, objective = make_csm(), make_csm(), make_objective()
    first = say(other, objective, f"@{actor}", is_external=True)
    say(actor, objective, parent=first.pk)
    from_before = list(Comment.objects.order_by("pk").values("pk", "text", "parent", "is_external"))
    objective_delete(actor=actor, objective=objective)
    assert not Comment.objects.exists()
    undo(actor=actor, done=finished())
    rows = Comment.objects.order_by("pk").values("pk", "text", "parent", "is_external")
    assert list(rows) == from_before


def test_undo_of_a_move_moves_others_comments_back():
    actor, other = make_csm(), make_csm()
    objective = make_objective()
    account = objective.account
    comment = say(other, objective)
    objective_update(actor=actor, objective=objective, changes={"account": make_account()})
    undo(actor=actor, done=finished())
    comment.refresh_from_db()
    assert comment.account == account


@pytest.mark.parametrize("kind", RECORDS)
def test_the_page_that_deletes_names_the_comments_that_go(client, kind):
    make = make_administrator if kind == "account" else make_csm
    record = make_record(kind)
    client.force_login(make())
    url = reverse(f"{KINDS[kind].namespace}:delete", args=[record.pk])
    assert "comment" not in BeautifulSoup(client.get(url).content, "html.parser").main.text
    say(make_csm(), record, kind=kind)
    assert "The comment on it" in client.get(url).content.decode()
    say(make_csm(), record, kind=kind)
    assert "2 comments on it" in client.get(url).content.decode()
    client.post(url)
    assert not type(record).objects.filter(pk=record.pk).exists()
    assert not Comment.objects.exists()


def test_r_del_1_a_contact_who_said_something_stays():
    contact = factories.make_contact()
    objective = make_objective(account=contact.account)
    Comment.objects.create(objective=objective, author_contact=contact, text="From us")
    with pytest.raises(ValidationError, match="wrote comments, which stay"):
        contact_delete(actor=make_csm(), contact=contact)
    assert "From us" in str(thread(make_csm(), "objective", objective.pk).open[0].first.comment)


# Pages --------------------------------------------------------------------------------------------
def test_the_thread_is_a_page_a_fragment_and_a_dialog(client):
    actor, objective = make_csm(), make_objective()
    say(actor, objective, "<b>bold</b>")
    client.force_login(actor)
    name = f"comments-objective-{objective.pk}"
    for target, root in [(name, "section"), ("dialog", "dialog")]:
        answer = client.get(comment_page(objective), headers={**HTMX, "HX-Target": target})
        (element,) = BeautifulSoup(answer.content, "html.parser").find_all(recursive=False)
        assert (element.name, element["id"]) == (root, target)
        assert "&lt;b&gt;bold" in answer.content.decode()
    page = client.get(f"/objectives/{objective.pk}/").content.decode()
    assert f'id="{name}"' in page
    posted = client.post(
        comment_page(objective), {"text": "Two"}, headers={**HTMX, "HX-Target": name}
    )
    assert "undo" in posted.headers["HX-Trigger"]
    assert '"total": 2' in posted.headers["HX-Trigger"]


def test_a_notification_leads_to_the_box_that_answers(client):
    actor, nina, objective = make_csm(), make_csm(), make_objective()
    comment = say(actor, objective, f"@{nina}")
    client.force_login(nina)
    row = Notification.objects.get()
    address = client.post(reverse("core:notification-open", args=[row.pk])).url
    page = BeautifulSoup(client.get(address.split("#")[0]).content, "html.parser")
    assert page.select_one(f"#{address.split('#')[1]}")
    box = page.select_one("details.answer[open] textarea[autofocus]")
    assert box.find_parent("form").select_one("[name=parent]")["value"] == str(comment.pk)


def test_as_many_queries_for_8_conversations_as_for_1(client):
    actor = make_csm()
    client.force_login(actor)
    counts = []
    for number in (1, 8):
        objective = make_objective()
        for _ in range(number):
            other = make_csm()
            top = say(other, objective, f"@{actor}")
            say(actor, objective, f"@{other}", parent=top.pk)
            comment_resolve(actor=other, comment=say(other, objective), resolved=True)
        counts.append(queries(client, comment_page(objective)))
    assert counts[0] == counts[1] <= 12


def test_as_many_statements_to_mention_8_as_to_mention_1():
    actor, objective = make_csm(), make_objective()

    def count(number):
        text = " ".join(f"@{make_csm()}," for _ in range(number))
        with CaptureQueriesContext(connection) as captured:
            say(actor, objective, text)
        return len(captured)

    count(1)
    assert count(1) == count(8)


def test_only_the_newest_conversations_come_at_first(client):
    actor, objective = make_csm(), make_objective()
    Comment.objects.bulk_create(
        Comment(objective=objective, author=actor, text=f"No. {n}.") for n in range(52)
    )
    client.force_login(actor)
    page = client.get(comment_page(objective)).content.decode()
    assert "2 earlier" in page
    assert "No. 1." not in page
    whole = client.get(comment_page(objective), {"all": "1"}).content.decode()
    assert "No. 0." in whole


def test_a_conflict_is_one_for_whoever_calls_the_service_too():
    actor = make_csm()
    comment = say(actor, make_objective(), "One")
    with pytest.raises(Conflict):
        comment_update(
            actor=actor, comment=comment, changes={"text": "Two"}, shown={"text": "Other"}
        )


@pytest.fixture
def deleted_at_once(monkeypatch):
    """Whatever is locked next was deleted by somebody else a moment before."""
    really = comment_services.lock

    def lock(comment):
        Comment.objects.filter(pk=comment.pk).delete()
        return really(comment)

    monkeypatch.setattr(comment_services, "lock", lock)


@pytest.mark.parametrize("step", ["resolve", "delete"])
def test_a_step_on_a_comment_that_is_gone_says_so(client, deleted_at_once, step):
    author, plan = make_csm(), make_plan()
    comment = comment_create(actor=author, kind="plan", pk=plan.pk, text="Who comes?").comment
    client.force_login(author)
    address = reverse(f"comments:{step}", args=[comment.pk])
    target = {**HTMX, "HX-Target": f"comments-plan-{plan.pk}"}
    response = client.post(address, headers=target)
    assert response.status_code == 409
    assert "was deleted at this very moment" in response.content.decode()


def test_what_was_typed_over_a_comment_that_is_gone_stands_in_the_box_for_a_new_one(
    client, deleted_at_once
):
    author, plan = make_csm(), make_plan()
    comment = comment_create(actor=author, kind="plan", pk=plan.pk, text="Who comes?").comment
    client.force_login(author)
    response = client.post(reverse("comments:edit", args=[comment.pk]), {"text": "Who came?"})
    assert response.status_code == 409
    page = BeautifulSoup(response.content, "html.parser")
    assert page.select_one("textarea[name=text]").text.strip() == "Who came?"
    assert "Save again to say it anew" in page.text


def test_an_answer_to_a_comment_that_is_gone_stands_in_the_box_for_a_new_one(client):
    plan = make_plan()
    client.force_login(make_csm())
    address = reverse("comments:thread", args=["plan", plan.pk])
    response = client.post(address, {"text": "I do.", "parent": 10**9})
    assert response.status_code == 422
    page = BeautifulSoup(response.content, "html.parser")
    assert [box.text.strip() for box in page.select("textarea[name=text]")] == ["I do."]
    assert "was deleted meanwhile" in page.text
