"""Users and groups in the administration: without a superuser, and nobody raises themselves."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import Group, Permission
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Resource, Role
from apps.core import undo_services
from apps.core.access import Refused
from apps.core.models import Notification, SavedView, User
from apps.core.people_models import Session
from apps.core.people_selectors import grantable, held_permissions
from apps.core.permissions import ADMINISTRATOR, CUSTOMER_SUCCESS, PARTICIPANT, group_permissions
from apps.core.tasks import mail_notifications
from apps.playbooks.models import TaskAssignment
from apps.workspace import leaving_services
from tests.core.test_people import is_in, jobs, run_jobs, sign_in
from tests.factories import (
    PASSWORD,
    assign,
    make_account,
    make_account_role,
    make_administrator,
    make_csm,
    make_objective,
    make_participant,
    make_plan,
    make_pool,
    make_resource,
    make_task,
    make_user,
)

pytestmark = pytest.mark.django_db
ADD = "/admin/core/user/add/"
DEEDS = ("invite", "sessions", "keep-address", "leave", "return")


@pytest.fixture(autouse=True)
def _fresh_limits():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def administrator(client):
    user = make_administrator()
    client.force_login(user)
    return user


def page(user, deed="change"):
    return f"/admin/core/user/{user.pk}/{deed}/"


def group(name):
    return Group.objects.get(name=name)


def typed(**more):
    data = {
        "email": "kim@example.com",
        "first_name": "Kim",
        "last_name": "Lee",
        "groups": [group(CUSTOMER_SUCCESS).pk],
        "tie": "new",
        "invite": "on",
    }
    return data | more


def text(response):
    return " ".join(BeautifulSoup(response.content, "html.parser").get_text(" ").split())


# In ---------------------------------------------------------------------------------------------
def test_a_user_is_made_tied_and_invited_in_one_step(client, administrator):
    role, pool = Role.objects.first(), make_pool()
    response = client.post(ADD, typed(role=role.pk, pools=[pool.pk]))
    assert response.status_code == 302
    kim = User.objects.get(email="kim@example.com")
    assert (kim.is_staff, kim.has_usable_password()) == (False, False)
    assert (kim.resource.name, kim.resource.email, kim.resource.role) == (
        "Kim Lee",
        "kim@example.com",
        role,
    )
    assert list(kim.resource.pools.all()) == [pool]
    run_jobs()
    assert mail.outbox[0].to == ["kim@example.com"]
    # One operation, of the administrator, through the admin.
    events = [kim.events.first(), kim.resource.events.first()]
    assert len({event.pgh_operation for event in events}) == 1
    assert {(e.pgh_actor_id, e.pgh_door) for e in events} == {(administrator.pk, "admin")}


def test_a_resource_that_is_there_is_linked(client, administrator):
    jo = make_resource(name="Jo")
    client.post(ADD, typed(tie=str(jo.pk), invite=""))
    jo.refresh_from_db()
    assert jo.user.email == "kim@example.com"
    assert not jobs()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"email": "no address"}, "Enter a valid email address"),
        ({"email": "TAKEN@example.com"}, "Another user has this e-mail address"),
        ({"tie": "", "role": "1"}, "Role and team pools belong to a resource"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost_or_half_made(client, administrator, wrong, said):
    make_user(email="taken@example.com")
    if "role" in wrong:
        wrong = wrong | {"role": Role.objects.first().pk}
    before = (User.objects.count(), Resource.objects.count())
    response = client.post(ADD, typed(**wrong))
    assert said in text(response)
    assert 'value="Lee"' in response.content.decode()
    assert (User.objects.count(), Resource.objects.count()) == before


def test_a_resource_taken_meanwhile_is_refused_and_no_user_is_left_behind(client, administrator):
    jo = make_resource(name="Jo")
    form = typed(tie=str(jo.pk))
    jo.user = make_user()
    jo.save()
    response = client.post(ADD, form)
    assert response.status_code == 200
    assert not User.objects.filter(email="kim@example.com").exists()


def test_who_administers_may_enter_and_others_may_not(client, administrator):
    client.post(ADD, typed(groups=[group(ADMINISTRATOR).pk]))
    kim = User.objects.get(email="kim@example.com")
    assert kim.is_staff
    client.post(page(kim), typed(groups=[group(PARTICIPANT).pk], tie=str(kim.resource.pk)))
    kim.refresh_from_db()
    assert not kim.is_staff
    assert [one.name for one in kim.groups.all()] == [PARTICIPANT]


def test_a_changed_address_waits_for_its_mailbox(client, administrator):
    mara = make_csm(email="mara@example.com")
    form = typed(email="new@example.com", tie=str(mara.resource.pk))
    assert client.post(page(mara), form).status_code == 302
    mara.refresh_from_db()
    assert (mara.email, mara.new_email) == ("mara@example.com", "new@example.com")
    assert "A new address waits" in text(client.get(page(mara)))
    client.post(page(mara, "keep-address"))
    mara.refresh_from_db()
    assert mara.new_email == ""


def test_the_address_of_who_was_not_in_yet_changes_at_once_with_a_new_invitation(
    client, administrator
):
    client.post(ADD, typed())
    kim = User.objects.get(email="kim@example.com")
    client.post(page(kim), typed(email="lee@example.com", tie=str(kim.resource.pk)))
    kim.refresh_from_db()
    assert (kim.email, kim.new_email) == ("lee@example.com", "")
    run_jobs()
    assert {address for message in mail.outbox for address in message.to} == {"lee@example.com"}


def test_an_invitation_is_sent_again(client, administrator):
    client.post(ADD, typed())
    kim = User.objects.get(email="kim@example.com")
    assert "Send the invitation again" in text(client.get(page(kim)))
    response = client.post(page(kim, "invite"), follow=True)
    assert "is on its way" in text(response)
    assert len(jobs()) == 2
    mara = make_csm()
    assert "has a password already" in text(client.post(page(mara, "invite"), follow=True))


def test_the_list_takes_a_constant_number_of_queries(client, administrator):
    def count(n):
        for _ in range(n):
            user = make_csm()
            user.resource.role = Role.objects.first()
            user.resource.save()
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/admin/core/user/").status_code == 200
        return len(queries)

    count(1)
    assert count(1) == count(7)


# Sessions ---------------------------------------------------------------------------------------
def test_sessions_of_a_user_are_shown_and_ended(client, administrator):
    mara = make_csm(email="mara@example.com")
    theirs = client.__class__()
    sign_in(theirs, "mara@example.com")
    shown = client.get(page(mara))
    assert "Firefox on Linux" in text(shown)
    assert theirs.session.session_key not in shown.content.decode()
    client.post(page(mara, "sessions"))
    assert not is_in(theirs)
    assert "Nowhere at the moment" in text(client.get(page(mara)))


# Out --------------------------------------------------------------------------------------------
def leaver():
    """Somebody who owns and is assigned something that goes on."""
    mara = make_csm(email="mara@example.com")
    account = make_account()
    plan = make_plan(account, owner=mara.resource)
    objective = make_objective(plan, owner=mara.resource)
    assign(make_task(), mara.resource)
    make_account_role(account, mara.resource)
    return mara, plan, objective


def test_who_leaves_is_out_at_once_and_what_goes_on_is_given_to_another(client, administrator):
    mara, plan, objective = leaver()
    jo = make_resource(name="Jo")
    view = SavedView.objects.create(owner=mara, key="list:plan", name="Mine")
    theirs = client.__class__()
    sign_in(theirs, "mara@example.com")
    asked = text(client.get(page(mara, "leave")))
    assert "1 account role, 1 success plan, 1 objective and 1 task" in asked
    data = {"what": "give", "to": jo.pk}
    response = client.post(page(mara, "leave"), data, follow=True)
    assert "Jo gets" in text(response)
    assert not is_in(theirs)
    sign_in(theirs, "mara@example.com")
    assert not is_in(theirs)
    for row in (mara, plan, objective, mara.resource):
        row.refresh_from_db()
    assert (plan.owner, objective.owner) == (jo, jo)
    assert (mara.is_active, mara.resource.is_active) == (False, False)
    assert TaskAssignment.objects.get().resource == jo
    assert SavedView.objects.filter(pk=view.pk).exists()
    assert not Session.objects.filter(user=mara).exists()
    operations = {row.events.latest("pgh_id").pgh_operation for row in (mara, plan, objective)}
    assert len(operations) == 1


def test_or_it_stays_with_who_leaves(client, administrator):
    mara, plan, _ = leaver()
    make_resource(name="Jo")
    client.post(page(mara, "leave"), {"what": "keep"})
    plan.refresh_from_db()
    mara.refresh_from_db()
    assert (plan.owner_id, mara.is_active) == (mara.resource.pk, False)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({}, "Choose what shall become"),
        ({"what": "give"}, "Choose who shall get it"),
        ({"what": "give", "to": "99999999"}, "Choose who shall get it"),
    ],
)
def test_without_a_choice_nothing_is_done(client, administrator, data, said):
    mara, plan, _ = leaver()
    make_resource(name="Jo")
    response = client.post(page(mara, "leave"), data)
    assert response.status_code == 422
    assert said in text(response)
    mara.refresh_from_db()
    assert mara.is_active


def test_a_taker_who_left_meanwhile_is_refused_and_nothing_is_half_done():
    mara, plan, _ = leaver()
    gone = make_resource(is_active=False)
    with pytest.raises(Exception, match="active"):
        leaving_services.user_leaves(actor=make_administrator(), user=mara, taker=gone)
    mara.refresh_from_db()
    plan.refresh_from_db()
    assert (mara.is_active, plan.owner_id) == (True, mara.resource.pk)


def test_who_comes_back_signs_in_as_before_and_can_be_given_work(client, administrator):
    mara, plan, _ = leaver()
    jo = make_resource(name="Jo")
    leaving_services.user_leaves(actor=administrator, user=mara, taker=jo)
    assert "Let them in again" in text(client.get(page(mara)))
    client.post(page(mara, "return"))
    mara.resource.refresh_from_db()
    plan.refresh_from_db()
    assert (mara.resource.is_active, plan.owner) == (True, jo)
    theirs = client.__class__()
    sign_in(theirs, "mara@example.com", PASSWORD)
    assert is_in(theirs)


def test_nobody_deactivates_themselves_nor_takes_the_administration_from_themselves(
    client, administrator
):
    response = client.post(page(administrator, "leave"))
    assert "You cannot deactivate yourself" in text(response)
    form = typed(email=administrator.email, groups=[group(PARTICIPANT).pk], tie="")
    response = client.post(page(administrator), form)
    assert "You cannot take the administration from yourself" in text(response)
    administrator.refresh_from_db()
    assert administrator.is_active
    assert administrator.groups.filter(name=ADMINISTRATOR).exists()


def test_notifications_stop_with_the_deactivation():
    mara, _, _ = leaver()
    leaving_services.user_leaves(actor=make_administrator(), user=mara)
    Notification.objects.create(
        user=mara, kind="allocated", text="Yours", path="/plans/", by_mail=True
    )
    mail_notifications()
    assert not mail.outbox


# Groups -----------------------------------------------------------------------------------------
GROUPS = "/admin/auth/group/"


def test_an_own_group_is_made_of_the_permissions_of_the_table(client, administrator):
    form = client.get(f"{GROUPS}add/")
    boxes = BeautifulSoup(form.content, "html.parser").select("input[name=granted]")
    assert {box["value"] for box in boxes} == grantable()
    assert "Create plans from templates" in text(form)
    wanted = ["plans.view_successplan", "accounts.view_account"]
    assert client.post(f"{GROUPS}add/", {"name": "Readers", "granted": wanted}).status_code == 302
    readers = group("Readers")
    assert held_permissions(readers) == set(wanted)
    change = f"{GROUPS}{readers.pk}/change/"
    client.post(change, {"name": "Readers", "granted": wanted[:1]})
    assert held_permissions(readers) == set(wanted[:1])


@pytest.mark.parametrize(
    "outside", ["core.add_user", "auth.change_group", "core.change_organisation", "x.y"]
)
def test_nothing_outside_of_the_table_is_granted(client, administrator, outside):
    response = client.post(f"{GROUPS}add/", {"name": "Sly", "granted": [outside]})
    assert response.status_code == 200
    assert not Group.objects.filter(name="Sly").exists()


@pytest.mark.parametrize("name", [CUSTOMER_SUCCESS, PARTICIPANT, ADMINISTRATOR])
def test_the_groups_of_the_program_cannot_be_broken(client, administrator, name):
    one = group(name)
    change = f"{GROUPS}{one.pk}/change/"
    assert "comes with the program" in text(client.get(change))
    client.post(change, {"name": "Mine", "granted": []})
    client.post(f"{GROUPS}{one.pk}/delete/", {"post": "yes"})
    assert held_permissions(group(name)) == group_permissions()[name]


def test_a_group_that_was_changed_elsewhere_is_shown_and_put_back(client, administrator):
    one = group(PARTICIPANT)
    taken = one.permissions.get(codename="view_account")
    one.permissions.remove(taken)
    one.permissions.add(Permission.objects.get(codename="delete_account"))
    change = f"{GROUPS}{one.pk}/change/"
    said = text(client.get(change))
    assert "It may too much: Delete accounts" in said
    assert "It lacks: View accounts" in said
    assert "Changed" in text(client.get(GROUPS))
    client.post(f"{GROUPS}{one.pk}/put-back/")
    assert held_permissions(one) == group_permissions()[PARTICIPANT]
    assert "It was changed" not in text(client.get(change))


def test_an_own_group_goes_when_nobody_is_in_it(client, administrator):
    own = Group.objects.create(name="Readers")
    mara = make_user(None)
    mara.groups.add(own)
    assert client.post(f"{GROUPS}{own.pk}/delete/", {"post": "yes"}).status_code == 403
    mara.groups.clear()
    client.post(f"{GROUPS}{own.pk}/delete/", {"post": "yes"})
    assert not Group.objects.filter(name="Readers").exists()


# Who may ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "make",
    [make_csm, make_participant, lambda: make_user(None), lambda: make_csm(is_staff=True)],
    ids=["csm", "participant", "nobody", "staff csm"],
)
def test_nobody_but_an_administrator_reaches_people(client, make):
    other = make_csm()
    client.force_login(make())
    paths = ["/admin/core/user/", ADD, page(other), GROUPS, f"{GROUPS}add/"]
    paths += [page(other, deed) for deed in DEEDS]
    paths.append(f"{GROUPS}{group(PARTICIPANT).pk}/put-back/")
    for path in paths:
        for method in (client.get, client.post):
            assert method(path).status_code in (302, 403), path
            assert method(path).status_code == 403 or "login" in method(path).url
    other.refresh_from_db()
    assert other.is_active


def test_an_administrator_sees_and_changes_no_superuser(client, administrator):
    boss = make_user(None, is_superuser=True, is_staff=True)
    assert boss.email not in text(client.get("/admin/core/user/"))
    assert client.post(page(boss), typed()).status_code == 302
    for deed in DEEDS:
        assert client.post(page(boss, deed)).status_code == 404
    boss.refresh_from_db()
    assert (boss.is_active, boss.is_superuser, boss.email != "kim@example.com") == (True,) * 3


def test_nobody_raises_themselves(client, administrator):
    form = typed(
        email=administrator.email,
        groups=[group(ADMINISTRATOR).pk],
        tie="",
        is_superuser="on",
        user_permissions=[Permission.objects.first().pk],
        password="x",
    )
    assert client.post(page(administrator), form).status_code == 302
    administrator.refresh_from_db()
    assert not administrator.is_superuser
    assert not administrator.user_permissions.exists()
    assert administrator.check_password(PASSWORD)


def test_how_somebody_signs_in_does_not_come_back_by_undo(client, administrator):
    mara, _, _ = leaver()
    leaving_services.user_leaves(actor=administrator, user=mara)
    done = mara.events.latest("pgh_id").pgh_operation
    with pytest.raises(Refused, match="under Users"):
        undo_services.undo(actor=administrator, done=done)
    mara.refresh_from_db()
    assert not mara.is_active
