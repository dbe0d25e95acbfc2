"""Vocabularies in the admin: used by, order, and what happens to words that are used or needed."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from apps.accounts.models import AttributeDefinition, Role, TeamPool
from apps.activities.models import ActivityType
from apps.core.models import Tag, Unit
from apps.core.usage_rules import Use, cannot_go, stays_where
from apps.core.usage_selectors import uses_of
from apps.kpis.models import KpiCategory
from apps.objectives.choices import StatusKind
from apps.objectives.forms import ObjectiveForm
from apps.objectives.models import ObjectiveCategory, ObjectiveStatus
from apps.objectives.services import objective_update
from apps.objectives.status_rules import last_of_its_kind
from apps.plans.models import ChallengeCategory
from tests.factories import (
    assign,
    make_account,
    make_account_role,
    make_activity,
    make_administrator,
    make_attribute,
    make_challenge,
    make_csm,
    make_kpi,
    make_objective,
    make_pool,
    make_resource,
    make_task,
    objective_status,
)

USE = Use("objective", "objectives", 12)


@pytest.mark.parametrize(
    ("use", "text"),
    [
        (Use("objective", "objectives", 1), "1 objective"),
        (Use("objective", "objectives", 12, 2), "12 objectives and 2 in templates"),
        (Use("objective", "objectives", 0, 1), "1 objective in templates"),
    ],
)
def test_a_use_is_told_in_words(use, text):
    assert use.text == text


def test_a_refusal_names_how_many_of_what_and_what_to_do():
    said = cannot_go("Adoption", [USE, Use("KPI", "KPIs", 1)])
    assert said.startswith("“Adoption” is used by 12 objectives and 1 KPI, so it cannot be deleted")
    assert "Deactivate it instead" in said
    assert "Take it away there first" in cannot_go("Pool", [USE], can_be_off=False)
    assert stays_where("Adoption", [USE]).endswith("in 12 objectives.")


@pytest.mark.parametrize(
    ("kind", "others", "stays"),
    [
        (StatusKind.NOT_STARTED, [], True),
        (StatusKind.COMPLETED, [StatusKind.NOT_STARTED], True),
        (StatusKind.COMPLETED, [StatusKind.COMPLETED], False),
        (StatusKind.PAUSED, [], False),
    ],
)
def test_the_last_status_of_a_kind_that_is_needed_stays(kind, others, stays):
    said = last_of_its_kind("Done", kind, others)
    assert bool(said) is stays
    if stays:
        assert StatusKind(kind).label in said and "add or activate another" in said


pytestmark = pytest.mark.django_db
LABEL = {"position": "5", "tint": "blue", "is_active": "on"}


@pytest.fixture
def administrator(client):
    user = make_administrator()
    client.force_login(user)
    return user


def url(model, name, *args):
    return reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_{name}", args=args)


def page(response):
    return BeautifulSoup(response.content, "html.parser")


def said(client, response):
    """The messages of the page that follows."""
    shown = client.get(response.url)
    return page(shown).select_one(".messagelist").get_text(" ", strip=True)


def used(model, row):
    """One use of a word, made for the test."""
    if model is Role:
        return make_account_role(make_account(), make_resource(), row)
    if model is Tag:
        return make_objective().tag_links.create(tag=row)
    if model is AttributeDefinition:
        return make_account().readings.create(definition=row, value=1, measured_on="2026-01-01")
    make, field = {
        Unit: (make_kpi, "unit"),
        KpiCategory: (make_kpi, "category"),
        ObjectiveStatus: (make_objective, "status"),
        ObjectiveCategory: (make_objective, "category"),
        ChallengeCategory: (make_challenge, "category"),
        ActivityType: (make_activity, "type"),
    }[model]
    return make(**{field: row})


WORDS = [
    Unit,
    KpiCategory,
    ObjectiveStatus,
    ObjectiveCategory,
    ChallengeCategory,
    ActivityType,
    Tag,
    Role,
    AttributeDefinition,
]
LINKED = {KpiCategory, ObjectiveStatus, ObjectiveCategory, ChallengeCategory, ActivityType, Tag}


def new_word(model, label="Fresh"):
    if model is AttributeDefinition:
        return make_attribute(label=label)
    return model.objects.create(label=label)


@pytest.mark.parametrize("model", WORDS)
def test_a_used_word_names_its_uses_is_deactivated_and_stays(client, administrator, model):
    row = new_word(model)
    record = used(model, row)
    shown = page(client.get(url(model, "changelist")))
    cell = next(
        tr.select_one(".field-used")
        for tr in shown.select("#result_list tbody tr")
        if "Fresh" in tr.text
    )
    assert "1 " in cell.text
    assert bool(cell.select("a")) is (model in LINKED)
    client.force_login(make_csm())
    for link in cell.select("a"):
        assert client.get(link["href"]).status_code == 200
    client.force_login(administrator)
    asked = client.get(url(model, "delete", row.pk))
    assert "so it cannot be deleted" in asked.content.decode()
    # Who insists is refused, too.
    client.post(url(model, "delete", row.pk), {"post": "yes"})
    row.refresh_from_db()
    assert row.is_active
    answer = client.post(url(model, "delete", row.pk), {"deactivate": "1"})
    assert "It stays where it stands" in said(client, answer)
    row.refresh_from_db()
    record.refresh_from_db()
    assert not row.is_active


@pytest.mark.parametrize("model", WORDS)
def test_an_unused_word_is_deleted(client, administrator, model):
    row = new_word(model)
    assert "used nowhere" in client.get(url(model, "delete", row.pk)).content.decode()
    assert client.post(url(model, "delete", row.pk), {"post": "yes"}).status_code == 302
    assert not model.objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize("model", WORDS)
def test_a_list_of_words_needs_as_many_queries_for_8_as_for_1(
    client, administrator, model, django_assert_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    used(model, new_word(model, "Word 0"))
    address = url(model, "changelist")
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    for number in range(1, 8):
        used(model, new_word(model, f"Word {number}"))
    with django_assert_num_queries(len(few)):
        client.get(address)


def test_records_in_templates_are_counted_apart(administrator):
    category = ObjectiveCategory.objects.create(label="Growth")
    make_objective(category=category)
    make_objective(category=category, account=None, is_template=True)
    (use,) = uses_of(ObjectiveCategory, [category.pk])[category.pk]
    assert use.text == "1 objective and 1 in templates"
    assert use.url.endswith(f"?category={category.pk}")


def test_a_renamed_status_changes_no_behaviour(client, administrator):
    csm, done = make_csm(), objective_status(StatusKind.COMPLETED)
    objective = make_objective(status=done)
    before = (
        objective.__class__.objects.get(pk=objective.pk).progress
        if hasattr(objective, "progress")
        else None
    )
    values = {**LABEL, "label": "Everything delivered", "kind": done.kind}
    assert client.post(url(ObjectiveStatus, "change", done.pk), values).status_code == 302
    objective.refresh_from_db()
    assert objective.status.label == "Everything delivered"
    if before is not None:
        assert objective.progress == before
    # A new objective is ticked off with it, by its kind.
    other = make_objective()
    objective_update(actor=csm, objective=other, changes={"status": objective_status("completed")})
    other.refresh_from_db()
    assert other.status == done


def test_a_deactivated_unit_stays_on_its_kpi_and_is_offered_to_no_other(client, administrator):
    unit = Unit.objects.create(label="Seats", symbol="seats")
    kpi = make_kpi(unit=unit, baseline=0, current=1, target=2)
    client.post(url(Unit, "changelist"), {"action": "deactivate", "_selected_action": [unit.pk]})
    csm = make_csm()
    client.force_login(csm)
    form = ObjectiveForm(user=csm)
    assert unit not in form.fields["unit"].queryset
    shown = client.get(reverse("kpis:detail", args=[kpi.pk]))
    assert shown.status_code == 200 and "seats" in shown.content.decode()
    from apps.kpis.forms import KpiForm

    assert unit in KpiForm(user=csm, instance=kpi).fields["unit"].queryset


def test_many_are_deleted_except_those_that_are_used(client, administrator):
    free, busy = (Tag.objects.create(label=label) for label in ("Free", "Busy"))
    make_objective().tag_links.create(tag=busy)
    data = {"action": "delete_unused", "_selected_action": [free.pk, busy.pk]}
    answer = client.post(url(Tag, "changelist"), data)
    assert "“Busy” is used by 1 objective" in said(client, answer)
    assert set(Tag.objects.filter(label__in=["Free", "Busy"])) == {busy}


@pytest.mark.parametrize("kind", [StatusKind.NOT_STARTED, StatusKind.COMPLETED])
def test_the_last_status_that_the_program_needs_stays(client, administrator, kind):
    last, *others = ObjectiveStatus.objects.filter(kind=kind)
    ObjectiveStatus.objects.filter(pk__in=[one.pk for one in others]).delete()
    address = url(ObjectiveStatus, "change", last.pk)
    off = {"label": last.label, "kind": kind, "position": "1", "tint": "grey"}
    moved = {**off, "kind": StatusKind.PAUSED, "is_active": "on"}
    for data in (off, moved):
        refused = client.post(address, data)
        assert (
            refused.status_code == 200 and "is the only active status" in refused.content.decode()
        )
    client.post(
        url(ObjectiveStatus, "changelist"),
        {"action": "deactivate", "_selected_action": [last.pk]},
    )
    client.post(url(ObjectiveStatus, "delete", last.pk), {"deactivate": "1"})
    client.post(url(ObjectiveStatus, "delete", last.pk), {"post": "yes"})
    last.refresh_from_db()
    assert (last.kind, last.is_active) == (kind, True)
    ObjectiveStatus.objects.create(label="Another", kind=kind)
    assert client.post(address, off).status_code == 302
    last.refresh_from_db()
    assert not last.is_active


def test_the_order_of_words_is_saved_and_in_the_history_of_its_person(client, administrator):
    rows = list(Role.objects.order_by("position", "label"))
    data = {
        "form-TOTAL_FORMS": len(rows),
        "form-INITIAL_FORMS": len(rows),
        "_save": "Save",
    }
    for place, row in enumerate(reversed(rows)):
        at = len(rows) - 1 - place
        data |= {f"form-{at}-id": row.pk, f"form-{at}-position": (place + 1) * 10}
    assert client.post(url(Role, "changelist"), data).status_code == 302
    assert list(Role.objects.order_by("position", "label")) == rows[::-1]
    event = rows[0].events.order_by("-pgh_id")[0]
    assert event.pgh_actor_id == administrator.pk


def test_rows_can_be_moved_only_where_all_stand_in_their_order(client, administrator):
    assert page(client.get(url(Role, "changelist"))).select("[data-order]")
    assert not page(client.get(url(Role, "changelist"), {"is_active__exact": 1})).select(
        "[data-order]"
    )


def test_a_pool_with_tasks_is_refused_and_one_without_goes(client, administrator):
    busy, free = make_pool(make_resource()), make_pool(make_resource())
    assign(make_task(), busy)
    for pool in (busy, free):
        client.post(url(TeamPool, "delete", pool.pk), {"post": "yes"})
    assert list(TeamPool.objects.all()) == [busy]
    refused = client.get(url(TeamPool, "delete", busy.pk)).content.decode()
    assert "used by 1 task" in refused and "Take it away there first" in refused


def test_a_word_begins_last_and_its_colour_is_chosen_by_its_look(client, administrator):
    Role.objects.update(position=30)
    form = page(client.get(url(Role, "add")))
    assert form.select_one("[name=position]")["value"] == "40"
    assert len(form.select(".tints input[type=radio]")) == 10
    assert form.select_one(".tints .chip-violet")
