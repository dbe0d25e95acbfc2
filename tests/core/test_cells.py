"""Cells of lists edited where they stand: every list, every column, refusals and conflicts."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.urls import reverse

from apps.accounts.models import Account
from apps.core.kinds import KINDS
from apps.core.models import Organisation
from apps.core.tables import Table
from apps.objectives.models import Objective
from tests.architecture.world import populate
from tests.factories import make_account, make_csm, make_objective, make_participant, make_plan

pytestmark = pytest.mark.django_db
# People are set up in the administration, and readings are never changed.
LISTS = [name for name in KINDS if name not in ("resource", "attribute_value")]
HX = {"HX-Request": "true", "HX-Target": "row"}


@pytest.fixture
def csm(client):
    user = make_csm()
    client.force_login(user)
    return user


def table_of(kind) -> type[Table]:
    # What administrators add makes a table of a table.
    declared = [cls for cls in _below(Table) if cls.__mro__[1].__dict__.get("record", "") == ""]
    return {cls.record: cls for cls in declared if cls.record and cls.edited()}[kind]


def _below(cls):
    for one in cls.__subclasses__():
        yield one
        yield from _below(one)


def editors(client, kind):
    """The boxes by column, as the list gets them."""
    html = client.get(f"{reverse(KINDS[kind].list_url)}?editors=1", headers=HX).content.decode()
    return dict(re.findall(r'data-editor="(\w+)" data-field="(\w+)"', html))


@pytest.mark.parametrize("kind", LISTS)
def test_every_column_that_is_edited_has_its_box(client, csm, kind):
    assert editors(client, kind) == table_of(kind).edited()


@pytest.mark.parametrize("kind", LISTS)
def test_a_cell_says_what_the_form_would_hold_so_sending_it_back_changes_nothing(client, csm, kind):
    record = populate(make_account(name="Acme"), author=csm)[kind]
    columns = table_of(kind).edited()
    address = reverse(f"{KINDS[kind].namespace}:cell", args=[record.pk])
    shown = ",".join(columns)
    row = client.get(address, {"columns": shown}, headers=HX).content.decode()
    before = type(record)._base_manager.filter(pk=record.pk).values().get()
    for column, field in columns.items():
        raw = re.search(rf'col-{column}"[^>]*data-v="([^"]*)"', row)[1]
        sent = [pk for pk in raw.split(",") if pk] if field == "tags" else raw
        data = {"cell": field, "columns": shown, f"initial-{field}": sent}
        if sent:
            data[field] = "on" if raw == "True" else sent
        answer = client.post(address, data, headers=HX)
        assert answer.status_code == 200, (column, answer.content.decode()[:300])
        assert "HX-Trigger" not in answer.headers
    assert type(record)._base_manager.filter(pk=record.pk).values().get() == before


NEW = {
    "account": ("tier", "Gold"),
    "contact": ("title", "Director"),
    "plan": ("status", "on_hold"),
    "challenge": ("severity", "low"),
    "objective": ("health", "4"),
    "kpi": ("current", "41.5"),
    "playbook": ("status", "red"),
    "task": ("priority", "low"),
    "activity": ("duration", "45"),
}


@pytest.mark.parametrize("kind", LISTS)
def test_a_cell_is_saved_by_the_records_own_service_and_offers_undo(client, csm, kind):
    record = populate(make_account(name="Acme"), author=csm)[kind]
    field, value = NEW[kind]
    address = reverse(f"{KINDS[kind].namespace}:cell", args=[record.pk])
    shown = ",".join(table_of(kind).edited())
    row = client.get(address, {"columns": shown}, headers=HX).content.decode()
    raw = re.search(rf'col-{field}"[^>]*data-v="([^"]*)"', row)[1]
    data = {"cell": field, field: value, f"initial-{field}": raw, "columns": shown}
    answer = client.post(address, data, headers=HX)
    assert answer.status_code == 200, answer.content.decode()[:300]
    assert "/undo/" in answer.headers["HX-Trigger"]
    assert f'id="{kind}-{record.pk}"' in answer.content.decode()
    record.refresh_from_db()
    assert str(getattr(record, field)).startswith(value)


@pytest.fixture
def objective():
    plan = make_plan(make_account(name="Acme"), end_date=dt.date(2026, 6, 26))
    return make_objective(
        plan, start_date=dt.date(2026, 3, 2), due_date=dt.date(2026, 6, 1), priority="low"
    )


def cell(client, record, **data):
    return client.post(f"/objectives/{record.pk}/cell/", data, headers=HX)


def test_a_refusal_is_a_sentence_and_nothing_is_saved(client, csm, objective):
    answer = cell(
        client,
        objective,
        cell="due_date",
        due_date="2026-01-01",
        **{"initial-due_date": "2026-06-01"},
    )
    assert answer.status_code == 422
    assert "start" in answer.content.decode()
    objective.refresh_from_db()
    assert objective.due_date == dt.date(2026, 6, 1)


def test_a_conflict_brings_their_value_and_saving_over_it_wins(client, csm, objective):
    Objective.objects.filter(pk=objective.pk).update(priority="high")
    data = {"cell": "priority", "priority": "medium", "initial-priority": "low"}
    answer = cell(client, objective, **data)
    assert answer.status_code == 409
    text = answer.content.decode()
    assert "Somebody else changed this to High meanwhile. You typed Medium." in text
    assert 'data-theirs="high"' in text
    objective.refresh_from_db()
    assert objective.priority == "high"
    assert cell(client, objective, **{**data, "initial-priority": "high"}).status_code == 200
    objective.refresh_from_db()
    assert objective.priority == "medium"


def test_two_people_may_edit_different_cells_of_one_row(client, csm, objective):
    Objective.objects.filter(pk=objective.pk).update(priority="high")
    answer = cell(client, objective, cell="health", health="5", **{"initial-health": ""})
    assert answer.status_code == 200
    objective.refresh_from_db()
    assert (objective.priority, objective.health) == ("high", 5)


@pytest.mark.parametrize("name", ["name", "account", "is_external", "nothing", "pk"])
def test_what_is_no_column_to_edit_is_not_edited(client, csm, objective, name):
    before = Objective.objects.filter(pk=objective.pk).values().get()
    cell(client, objective, cell=name, **{name: "7", f"initial-{name}": ""})
    assert Objective.objects.filter(pk=objective.pk).values().get() == before


def test_a_participant_edits_objectives_and_no_accounts(client, objective):
    client.force_login(make_participant())
    answer = cell(client, objective, cell="health", health="2", **{"initial-health": ""})
    assert answer.status_code == 200
    address = f"/accounts/{objective.account_id}/cell/"
    assert client.post(address, {"cell": "tier", "tier": "X"}, headers=HX).status_code == 403
    assert "data-by-hand" not in client.get("/accounts/").content.decode()
    assert client.get("/accounts/?editors=1").status_code == 403
    assert Account.objects.filter(tier="X").count() == 0


def test_rows_that_one_may_not_see_are_not_there(client, csm, objective):
    Organisation.objects.update_or_create(pk=1, defaults={"row_scope": "account_team"})
    for answer in (
        client.get(f"/objectives/{objective.pk}/cell/"),
        cell(client, objective, cell="health", health="2"),
    ):
        assert answer.status_code == 404
    objective.refresh_from_db()
    assert objective.health is None
