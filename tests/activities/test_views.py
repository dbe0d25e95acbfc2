"""Pages of activities over HTTP: who may, what is refused, what is never lost."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.activities.models import ActivityContact, ActivityResource, ActivityType, CsActivity
from apps.core.choices import RowScope
from apps.core.models import Organisation
from tests.factories import (
    make_account,
    make_activity,
    make_administrator,
    make_challenge,
    make_contact,
    make_csm,
    make_kpi,
    make_objective,
    make_participant,
    make_plan,
    make_playbook,
    make_resource,
    make_task,
    make_user,
)
from tests.pages import edit_data, form_data, queries, saving

pytestmark = pytest.mark.django_db

LIST, NEW = reverse("activities:list"), reverse("activities:create")


@pytest.fixture
def csm(client):
    user = make_csm()
    client.force_login(user)
    return user


def address(name, activity):
    return reverse(f"activities:{name}", args=[activity.pk])


def test_a_meeting_is_recorded_with_what_it_is_about_and_who_was_present(client, csm):
    kpi = make_kpi(make_objective(make_plan(make_account(name="Acme"))))
    account = kpi.objective.account
    contact, resource = make_contact(account, name="Jo Field"), make_resource(name="Sam Hill")
    page = client.get(f"{NEW}?account={account.pk}")
    data = form_data(
        page,
        subject="Kick-off",
        kpi=f"{kpi} #{kpi.pk}",
        duration="45",
        happened_at="2026-03-01T09:30",
        contacts=[contact.pk],
        resources=[resource.pk],
    )
    response = client.post(NEW, data)
    activity = CsActivity.objects.get()
    assert (response.status_code, response.url) == (302, address("detail", activity))
    assert (activity.kpi, activity.objective, activity.account) == (kpi, kpi.objective, account)
    assert (activity.owner, activity.author, activity.duration) == (csm.resource, csm, 45)
    assert list(activity.contacts.all()) == [contact]
    detail = client.get(address("detail", activity)).content.decode()
    for shown in ("Jo Field", "Sam Hill", str(kpi), "Acme", "Internal"):
        assert shown in detail


def test_the_moment_is_read_and_shown_in_the_persons_time_zone(client):
    user = make_csm(time_zone="Asia/Tokyo")
    client.force_login(user)
    account = make_account()
    data = form_data(
        client.get(f"{NEW}?account={account.pk}"), subject="Call", happened_at="2026-03-01T09:30"
    )
    client.post(NEW, data)
    activity = CsActivity.objects.get()
    assert activity.happened_at == dt.datetime(2026, 3, 1, 0, 30, tzinfo=dt.UTC)
    assert "1 Mar 2026, 09:30" in client.get(address("detail", activity)).content.decode()


@pytest.mark.parametrize("kind", ["plan", "objective", "kpi", "playbook", "task"])
def test_the_address_fills_in_the_link_and_its_account(client, csm, kind):
    objective = make_objective(make_plan(make_account(name="Acme")))
    playbook = make_playbook(objective)
    record = {
        "plan": objective.plan,
        "objective": objective,
        "kpi": make_kpi(objective),
        "playbook": playbook,
        "task": make_task(playbook),
    }[kind]
    data = form_data(client.get(f"{NEW}?{kind}={record.pk}&note=1"))
    assert data[kind] == [str(record)]
    assert data["account"] == ["Acme"]
    assert data["type"] == [str(ActivityType.objects.get(label="Note").pk)]
    assert data["owner"] == [str(csm.resource)]
    assert client.post(NEW, data | {"subject": "Note"}).status_code == 302
    assert getattr(CsActivity.objects.get(), kind) == record


@pytest.mark.parametrize("moment", ["0001-01-01T00:00", "9999-12-31T23:59"])
def test_a_moment_that_other_time_zones_do_not_have_is_refused(client, csm, moment):
    account = make_account()
    data = edit_data(client, f"{NEW}?account={account.pk}", subject="Call", happened_at=moment)
    answer = client.post(NEW, data)
    assert answer.status_code == 422
    assert "Choose one from 1900 to 2999" in answer.content.decode()
    assert not CsActivity.objects.exists()


def test_a_link_of_another_account_is_refused_and_everything_typed_stays(client, csm):
    make_account(name="Acme")
    plan = make_plan(make_account(name="Other"), name="Grow")
    data = form_data(
        client.get(NEW),
        subject="Long typed subject",
        account="Acme",
        plan=f"Grow #{plan.pk}",
        notes="What was said",
    )
    response = client.post(NEW, data)
    page = response.content.decode()
    assert response.status_code == 422
    assert "“Grow” is a success plan of Other. Choose one of Acme, or none." in page
    for typed in ("Long typed subject", 'value="Acme"', f"Grow #{plan.pk}", "What was said"):
        assert typed in page
    assert not CsActivity.objects.exists()


def test_an_empty_subject_is_refused_beside_the_field(client, csm):
    response = client.post(NEW, form_data(client.get(NEW), notes="Kept"))
    assert response.status_code == 422
    assert "subject" in response.context["form"].errors
    assert "Kept" in response.content.decode()


def test_scripts_in_notes_are_gone_when_saved_and_when_shown(client, csm):
    account = make_account()
    nasty = '<p onclick="x()">Fine <b>bold</b></p><script>alert(1)</script><img src=x onerror=y>'
    data = form_data(client.get(f"{NEW}?account={account.pk}"), subject="Call", notes=nasty)
    client.post(NEW, data)
    activity = CsActivity.objects.get()
    assert activity.notes == "<p>Fine <b>bold</b></p>"
    CsActivity.objects.update(notes=nasty)
    for page in (address("detail", activity), address("edit", activity)):
        text = client.get(page).content.decode()
        assert "<script>alert" not in text
        assert "<img src=x" not in text
    assert "<b>bold</b>" in client.get(address("detail", activity)).content.decode()


def test_the_contacts_of_a_chosen_account_appear_without_judging_the_rest(client, csm):
    account = make_account(name="Acme")
    contact = make_contact(account, name="Jo Field")
    plan = make_plan(account)
    before = client.get(NEW)
    assert "Jo Field" not in before.content.decode()
    for typed in ({"account": "Acme"}, {"plan": f"{plan} #{plan.pk}"}):
        response = client.post(NEW, form_data(before) | typed | {"refresh": "1"})
        page = response.content.decode()
        assert response.status_code == 200
        assert f'name="contacts" value="{contact.pk}"' in page
        assert "field-error" not in page


def test_one_field_changed_by_two_people_is_409_and_different_ones_are_both_saved(client, csm):
    activity = make_activity(account=make_account(), subject="As shown")
    url = address("edit", activity)
    data = edit_data(client, url, subject="Mine")
    CsActivity.objects.update(subject="Theirs", duration=5)
    response = client.post(url, data)
    page = response.content.decode()
    assert response.status_code == 409
    assert "Theirs" in page
    assert 'value="Mine"' in page
    assert CsActivity.objects.get().subject == "Theirs"
    assert client.post(url, data | {"initial-subject": "Theirs"}).status_code == 302
    stored = CsActivity.objects.get()
    assert (stored.subject, stored.duration) == ("Mine", 5)


def test_an_edit_that_changes_nothing_saves_nothing(client, csm):
    account = make_account()
    activity = make_activity(account=account, plan=make_plan(account), notes="<p>Fine</p>")
    ActivityContact.objects.create(activity=activity, contact=make_contact(account))
    url = address("edit", activity)
    events = activity.events.count()
    assert client.post(url, edit_data(client, url)).status_code == 302
    assert (activity.events.count(), activity.contacts.count()) == (events, 1)


@pytest.mark.parametrize("person", [make_csm, make_participant])
def test_both_permission_sets_may_delete_and_what_it_is_about_stays(client, person):
    client.force_login(person())
    plan = make_plan(name="Grow")
    activity = make_activity(plan=plan)
    url = address("delete", activity)
    assert "Grow (success plan)" in client.get(url).content.decode()
    assert client.post(url).status_code == 302
    assert not CsActivity.objects.exists()
    plan.refresh_from_db()


@pytest.mark.parametrize("name", ["create", "edit", "delete"])
def test_an_administrator_sees_activities_but_may_not_change_them(client, name):
    client.force_login(make_administrator())
    activity = make_activity(account=make_account())
    url = NEW if name == "create" else address(name, activity)
    assert client.get(address("detail", activity)).status_code == 200
    for response in (client.get(url), client.post(url)):
        assert response.status_code == 403
        assert "permission set" in response.content.decode()
    assert CsActivity.objects.count() == 1


def test_without_a_permission_set_nothing_is_seen(client):
    client.force_login(make_user(None))
    activity = make_activity(account=make_account(), subject="Secret call")
    assert client.get(address("detail", activity)).status_code == 404
    assert client.get(LIST).status_code == 403
    assert "Secret call" not in client.get(reverse("activities:options")).content.decode()


def test_r_vis_1_another_teams_activity_is_404_and_in_no_list_choice_or_link(client, csm):
    activity = make_activity(plan=make_plan(name="Hidden plan"), subject="Hidden call")
    Organisation.objects.update_or_create(pk=1, defaults={"row_scope": RowScope.ACCOUNT_TEAM})
    for name in ("detail", "edit", "delete"):
        assert client.get(address(name, activity)).status_code == 404
        if name != "detail":
            assert client.post(address(name, activity)).status_code == 404
    for page in (
        LIST,
        f"{reverse('activities:options')}?q=Hidden",
        f"{NEW}?plan={activity.plan_id}",
    ):
        assert "Hidden" not in client.get(page).content.decode()
    data = form_data(client.get(NEW), subject="Sneaky", plan=f"#{activity.plan_id}")
    assert client.post(NEW, data).status_code == 422
    assert CsActivity.objects.count() == 1


def test_r_vis_1_an_activity_without_account_is_its_authors_alone(client, csm):
    client.post(NEW, form_data(client.get(NEW), subject="A thought"))
    activity = CsActivity.objects.get()
    assert activity.author == csm
    assert "A thought" in client.get(LIST).content.decode()
    client.force_login(make_csm())
    assert client.get(address("detail", activity)).status_code == 404
    assert "A thought" not in client.get(LIST).content.decode()
    client.force_login(make_administrator())
    assert client.get(address("detail", activity)).status_code == 200


@pytest.mark.parametrize("tab", ["details", "related", "history"])
def test_every_tab_shows_its_part(client, csm, tab):
    account = make_account()
    activity = make_activity(plan=make_plan(account, name="Grow"), notes="What was said")
    ActivityContact.objects.create(
        activity=activity, contact=make_contact(account, name="Jo Field", email="jo@example.com")
    )
    page = client.get(f"{address('detail', activity)}?tab={tab}").content.decode()
    assert ("What was said" in page) == (tab == "details")
    assert ("jo@example.com" in page) == (tab == "related")
    assert ("created this" in page.replace("</strong>", "")) == (tab == "history")
    assert ("Grow" in page) == (tab != "history")


def test_the_panel_is_one_element_that_replaces_the_panel(client, csm):
    activity = make_activity(account=make_account(), notes="What was said")
    headers = {"HX-Request": "true", "HX-Target": "panel"}
    response = client.get(address("detail", activity), headers=headers)
    page = response.content.decode()
    assert page.strip().startswith('<aside id="panel"')
    assert "What was said" in page
    assert "HX-Target" in response.headers["Vary"]


def test_options_suggest_by_subject(client, csm):
    make_activity(account=make_account(), subject="Kick-off call")
    make_activity(account=make_account(), subject="Renewal")
    page = client.get(f"{reverse('activities:options')}?q=kick").content.decode()
    assert "Kick-off call" in page
    assert "Renewal" not in page


def filtered(client, **query):
    body = str(client.get(LIST, query).context["table"]["body"])
    return {subject for subject in ("First", "Second") if subject in body}


@pytest.fixture
def two(csm):
    """Two activities that differ in everything that the list filters by."""
    objective = make_objective(make_plan())
    playbook, kpi = make_playbook(objective), make_kpi(objective)
    first = make_activity(
        subject="First",
        notes="about seats",
        type=ActivityType.objects.get(label="Call"),
        kpi=kpi,
        task=make_task(playbook),
        owner=csm.resource,
        happened_at=dt.datetime(2026, 3, 1, 23, 30, tzinfo=dt.UTC),
    )
    make_activity(
        subject="Second",
        account=make_account(),
        owner=make_resource(),
        happened_at=dt.datetime(2026, 3, 2, 0, 30, tzinfo=dt.UTC),
    )
    return first


@pytest.mark.parametrize(
    "name", ["account", "plan", "objective", "kpi", "playbook", "task", "owner"]
)
def test_the_list_is_filtered_by_each_link(client, two, name):
    assert filtered(client) == {"First", "Second"}
    assert filtered(client, **{name: getattr(two, f"{name}_id")}) == {"First"}


def test_the_list_is_filtered_by_words_type_days_and_mine(client, csm, two):
    assert filtered(client, q="SEATS about") == {"First"}
    assert filtered(client, q="second") == {"Second"}
    assert filtered(client, type=two.type_id) == {"First"}
    assert filtered(client, since="2026-03-02") == {"Second"}
    assert filtered(client, until="2026-03-01") == {"First"}
    assert filtered(client, since="2026-03-01", until="2026-03-02") == {"First", "Second"}
    assert filtered(client, mine="1") == {"First"}
    ActivityResource.objects.create(
        activity=CsActivity.objects.get(subject="Second"), resource=csm.resource
    )
    assert filtered(client, mine="1") == {"First", "Second"}


def test_the_first_and_last_days_of_the_calendar_are_days_of_a_filter(client, csm, two):
    for name in ("Asia/Tokyo", "Pacific/Midway"):
        type(csm).objects.filter(pk=csm.pk).update(time_zone=name)
        assert filtered(client, since="0001-01-01", until="9999-12-31") == {"First", "Second"}
        assert filtered(client, since="9999-12-31") == set()


def test_the_accounts_below_one_are_included_on_demand(client, csm):
    above = make_account()
    make_activity(account=above, subject="First")
    make_activity(account=make_account(parent=above), subject="Second")
    assert filtered(client, account=above.pk) == {"First"}
    assert filtered(client, account=above.pk, children="1") == {"First", "Second"}


def test_days_of_a_filter_are_the_persons_days(client, csm, two):
    type(csm).objects.filter(pk=csm.pk).update(time_zone="Asia/Tokyo")
    assert filtered(client, until="2026-03-01") == set()
    assert filtered(client, until="2026-03-02", since="2026-03-02") == {"First", "Second"}


def test_the_newest_come_first(client, csm, two):
    body = str(client.get(LIST).context["table"]["body"])
    assert body.index("Second") < body.index("First")


@pytest.mark.parametrize(
    "column", ["happened_at", "subject", "type", "account", "owner", "duration", "updated_at"]
)
def test_the_list_sorts_by_every_column_both_ways(client, csm, column):
    types = list(ActivityType.objects.all()[:2])
    for place in range(2):
        make_activity(
            subject=f"Activity {place}",
            account=make_account(name=f"Account {place}"),
            owner=make_resource(name=f"Owner {place}"),
            type=types[place],
            duration=place + 1,
            happened_at=timezone.now() + dt.timedelta(days=place),
        )
    for sign, order in (("", [0, 1]), ("-", [1, 0])):
        body = str(client.get(LIST, {"sort": f"{sign}{column}"}).context["table"]["body"])
        assert sorted([0, 1], key=lambda place: body.index(f"Activity {place}")) == order


def test_an_empty_list_offers_the_next_step(client, csm):
    page = client.get(LIST).content.decode()
    assert "No activities yet" in page
    assert NEW in page


def full(count):
    """Activities with every link, all different."""
    for _ in range(count):
        objective = make_objective(make_plan())
        activity = make_activity(
            kpi=make_kpi(objective),
            task=make_task(make_playbook(objective)),
            owner=make_resource(),
            author=make_csm(),
            type=ActivityType.objects.all()[0],
        )
    return activity


def present(count):
    activity = full(1)
    for _ in range(count):
        contact = make_contact(activity.account)
        ActivityContact.objects.create(activity=activity, contact=contact)
        ActivityResource.objects.create(activity=activity, resource=make_resource())
        make_challenge(activity.account)
    return activity


def test_the_list_needs_the_same_queries_at_1_and_8_rows(client, csm):
    full(1)
    one = queries(client, LIST)
    full(7)
    assert queries(client, LIST) == one <= 12


@pytest.mark.parametrize(
    "page", ["detail", "detail?tab=related", "detail?tab=history", "edit", "delete"]
)
def test_pages_need_the_same_queries_with_1_and_8_people_present(client, csm, page):
    name, _, query = page.partition("?")
    counts = [
        queries(client, f"{address(name, activity)}?{query}")
        for activity in (present(1), present(8))
    ]
    # One of them remembers that the person looked at it.
    assert counts[0] == counts[1] <= 21


def test_saving_an_edit_needs_at_most_12_queries(client, csm):
    activity = present(3)
    url = address("edit", activity)
    statements = saving(client, url, edit_data(client, url, subject="Renamed", notes="More"))
    activity.refresh_from_db()
    assert (activity.subject, activity.notes) == ("Renamed", "More")
    assert len(statements) <= 12, "\n".join(statements)


def test_the_admin_shows_an_activity_and_changes_it_through_its_service(client):
    client.force_login(make_user(is_staff=True, is_superuser=True))
    foreign = make_plan(name="Grow")
    activity = make_activity(account=make_account(), subject="Call")
    assert "Call" in client.get("/admin/activities/csactivity/").content.decode()
    url = f"/admin/activities/csactivity/{activity.pk}/change/"
    data = form_data(client.get(url), "csactivity_form")
    response = client.post(url, data | {"plan": f"Grow #{foreign.pk}"})
    assert "is a success plan of" in response.content.decode()
    assert client.post(url, data | {"subject": "Long call"}).status_code == 302
    activity.refresh_from_db()
    assert (activity.subject, activity.plan) == ("Long call", None)
