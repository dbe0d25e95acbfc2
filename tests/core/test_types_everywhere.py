"""Record types and field sets wherever a record is made or changed: a table of every combination."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.apps import apps
from django.urls import reverse

from apps.activities.models import ActivityType
from apps.core.choices import TypedKind
from apps.core.kinds import KINDS
from apps.core.permissions import RECORD_OF
from apps.core.shape_models import CustomField, FieldSet, FieldSetItem, RecordType
from tests.architecture.world import populate
from tests.core.test_transfer import as_text, confirm, exported, outcome, rows_of, upload
from tests.factories import make_account, make_csm
from tests.library.trees import make_template
from tests.pages import form_data

pytestmark = pytest.mark.django_db
HX = {"HX-Request": "true", "HX-Target": "row"}
NUMBERS = (0, 1, 2)
NAMED = dict.fromkeys(TypedKind.values, "name") | {"activity": "subject"}
NAME = dict.fromkeys(TypedKind.values, "Name") | {"activity": "Subject"}


@pytest.fixture
def csm(client):
    user = make_csm()
    client.force_login(user)
    return user


@pytest.fixture
def account(csm):
    return make_account(name="Acme")


def types_of(kind: str, number: int) -> list[RecordType]:
    return [
        RecordType.objects.create(kind=kind, label=f"Type {place}", position=place)
        for place in range(number)
    ]


def arranged(kind: str, record_type: RecordType | None = None, **fields: dict[str, Any]) -> None:
    """A field set of these fields."""
    made = FieldSet.objects.create(kind=kind, record_type=record_type)
    for place, (name, more) in enumerate(fields.items()):
        FieldSetItem.objects.create(field_set=made, name=name, position=place, **more)


MODELS: dict[str, Any] = {kind: apps.get_model(label) for label, kind in RECORD_OF.items()}


def made(kind: str, name: str) -> Any:
    return MODELS[kind]._base_manager.get(**{NAMED[kind]: name})


def shown_type(response: Any) -> str:
    found = BeautifulSoup(response.content, "html.parser").select_one(".record-type strong")
    return found.get_text() if found else ""


def problems(response: Any) -> list[str]:
    """What a page says is wrong."""
    soup = BeautifulSoup(response.content, "html.parser")
    return [one.get_text(" ", strip=True) for one in soup.select(".form-errors, .field-wrong")]


def typed_in(response: Any, kind: str, **more: Any) -> dict[str, Any]:
    data = form_data(response, **{NAMED[kind]: "Made here"}, **more)
    if kind == "activity":
        soup = BeautifulSoup(response.content, "html.parser")
        kinds = soup.select("input[name=type], select[name=type] option")
        data |= {"type": one["value"] for one in kinds[:2] if one["value"]}
    return data


# {no type, one, several} x {blank, from template, edit, import} ---------------------------------
@pytest.mark.parametrize("kind", TypedKind.values)
@pytest.mark.parametrize("number", NUMBERS)
def test_r_typ_1_blank_the_type_is_chosen_first_automatic_or_none(client, account, kind, number):
    types = types_of(kind, number)
    address = f"{reverse(f'{KINDS[kind].namespace}:create')}?account={account.pk}"
    page = client.get(address)
    if number > 1:
        choices = BeautifulSoup(page.content, "html.parser").select("a.type-card")
        assert [one.select_one("strong, .type-card-name, span").get_text() for one in choices]
        page = client.get(choices[-1]["href"])
    assert shown_type(page) == (types[-1].label if types else "")
    response = client.post(address, typed_in(page, kind))
    assert response.status_code == 302, problems(response)
    assert made(kind, "Made here").record_type_id == (types[-1].pk if types else None)


@pytest.mark.parametrize("kind", ["plan", "objective", "playbook"])
@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("inherits", [False, True])
def test_r_typ_2_from_a_template_the_type_is_chosen_first_inherited_or_automatic(
    client, account, kind, number, inherits
):
    types = types_of(kind, number)
    root = _root(kind)
    if inherits and types:
        type(root)._base_manager.filter(pk=root.pk).update(record_type=types[0])
    address = f"{reverse('library:use', args=[kind, root.pk])}?account={account.pk}"
    page = client.get(address)
    cards = BeautifulSoup(page.content, "html.parser").select("a.type-card")
    assert bool(cards) == (number > 1 and not inherits)
    expected = types[0] if types else None
    if cards:
        expected = types[-1]
        page = client.get(cards[-1]["href"])
    assert shown_type(page) == (expected.label if expected else "")
    sent = form_data(page, name="Made here", create="1", start="2026-03-02")
    response = client.post(address, sent)
    assert response.status_code == 302, problems(response)
    assert made(kind, "Made here").record_type_id == (expected.pk if expected else None)


def _root(kind: str) -> Any:
    """A template that holds nothing else."""
    plan = make_template()
    if kind == "plan":
        return plan
    root = MODELS[kind](name="Alone", is_template=True)
    root.save()
    return root


@pytest.mark.parametrize("kind", TypedKind.values)
@pytest.mark.parametrize("number", NUMBERS)
def test_r_typ_1_an_edit_shows_the_type_and_never_changes_it(client, csm, account, kind, number):
    types = types_of(kind, number)
    record = populate(account, author=csm)[kind]
    own = types[0] if types else None
    type(record)._base_manager.filter(pk=record.pk).update(record_type=own)
    address = reverse(f"{KINDS[kind].namespace}:edit", args=[record.pk])
    page = client.get(address)
    assert shown_type(page) == (own.label if own else "")
    other = types[-1].pk if types else ""
    sent = form_data(page, **{NAMED[kind]: "Renamed"}, record_type=other)
    response = client.post(f"{address}?record_type={other}", sent)
    assert response.status_code == 302, problems(response)
    assert made(kind, "Renamed").record_type_id == (own.pk if own else None)


@pytest.mark.parametrize("kind", TypedKind.values)
@pytest.mark.parametrize("number", NUMBERS)
def test_r_typ_1_a_file_names_the_type_or_it_is_automatic(client, csm, account, kind, number):
    types = types_of(kind, number)
    plain = [[NAME[kind], "Account"], ["Made here", "Acme"]]
    typed = [[NAME[kind], "Account", "Record type"], ["Made here", "Acme", "type 1"]]
    if kind == "activity":
        word = _activity_type()
        plain, typed = ([[*rows[0], "Type"], [*rows[1], word]] for rows in (plain, typed))
    found = outcome(run := upload(client, kind, as_text(plain)))
    if number > 1:
        said = "Record type: a new record needs it. Write one of: Type 0, Type 1."
        assert found["counts"]["errors"] == 1 and said in str(found["errors"])
        found = outcome(run := upload(client, kind, as_text(typed)))
    assert found["counts"]["create"] == 1, found
    confirm(client, run)
    record = made(kind, "Made here")
    assert record.record_type_id == (types[-1].pk if types else None)
    if number:
        # It never changes afterwards, and a new one is of a type that there is.
        for pk, label, said in (
            (str(record.pk), "Type 0" if number > 1 else "Type 9", "never changes"),
            ("", "Type 9", "“Type 9” is no record type. Write one of: Type 0"),
        ):
            rows = [[*plain[0], "Record id", "Record type"], [*plain[1], pk, label]]
            assert said in str(outcome(upload(client, kind, as_text(rows)))["errors"])
        rows = [["Record id", "Record type"], [str(record.pk), types[-1].label]]
        assert outcome(upload(client, kind, as_text(rows)))["counts"]["unchanged"] == 1


def _activity_type() -> str:
    return str(ActivityType.objects.filter(is_active=True)[0])


# What a field set says holds wherever a record is written --------------------------------------
def test_r_typ_3_cells_and_bulk_edits_obey_the_field_set_of_each_row(client, csm, account):
    strict, free = types_of("objective", 2)
    arranged(
        "objective",
        strict,
        priority={"is_read_only": True},
        due_date={"is_required": True},
    )
    rows = [populate(account, author=csm)["objective"] for _ in range(3)]
    model: Any = type(rows[0])
    for row, kind in zip(rows, (strict, free, None), strict=True):
        model.objects.filter(pk=row.pk).update(record_type=kind, priority="medium", risk="low")
    first, second, third = rows
    cell = {"columns": "name,priority", "initial-priority": "medium", "initial-risk": "low"}
    address = f"/objectives/{first.pk}/cell/"
    said = client.post(address, {**cell, "cell": "priority", "priority": "high"}, headers=HX)
    assert said.status_code == 422
    assert "“Priority” is read-only for the type “Type 0”." in said.content.decode()
    said = client.post(address, {**cell, "cell": "risk", "risk": "high"}, headers=HX)
    assert said.status_code == 422 and "is not among the fields" in said.content.decode()
    due = {"cell": "due_date", "due_date": "", "initial-due_date": first.due_date.isoformat()}
    assert client.post(address, {**cell, **due}, headers=HX).status_code == 422
    fine = client.post(
        f"/objectives/{second.pk}/cell/", {**cell, "cell": "risk", "risk": "high"}, headers=HX
    )
    assert fine.status_code == 200
    data = {"row": [r.pk for r in rows], "set": ["priority"], "priority": "high"}
    page = client.post("/objectives/bulk-edit/", {**data, "step": "preview"})
    shown = BeautifulSoup(page.content, "html.parser")
    assert "read-only for the type “Type 0”" in shown.get_text()
    word = shown.select_one("input[name=confirmed]")["value"]
    client.post("/objectives/bulk-edit/", {**data, "step": "apply", "confirmed": word})
    stored = dict(model.objects.values_list("pk", "priority"))
    assert [stored[row.pk] for row in rows] == ["medium", "high", "high"]
    # Not emptied for many rows either; for the others it may be.
    data = {"row": [r.pk for r in rows], "set": ["due_date"], "due_date": "", "step": "preview"}
    text = client.post("/objectives/bulk-edit/", data).content.decode()
    assert "is required for the type “Type 0”: it cannot be emptied" in text
    assert "2 will change" in text


def test_r_typ_3_a_file_obeys_the_field_set_of_each_line(client, csm, account):
    strict, _ = types_of("objective", 2)
    CustomField.objects.create(kind="objective", key="region", label="Region")
    arranged(
        "objective",
        strict,
        custom_region={"is_required": True},
        priority={"is_read_only": True, "default": "High"},
        due_date={"default": "today+14"},
        risk={"on_create": False, "default": "low"},
    )
    head = ["Name", "Account", "Record type", "Region", "Priority", "Health"]
    rows = [
        ["Fine", "Acme", "Type 0", "DACH", "", ""],
        ["Free", "Acme", "Type 1", "", "Low", "3"],
        ["Nothing", "Acme", "Type 0", "", "", ""],
        ["Read-only", "Acme", "Type 0", "DACH", "Low", ""],
        ["Hidden", "Acme", "Type 0", "DACH", "", "3"],
    ]
    run = upload(client, "objective", as_text([head, *rows]))
    found = outcome(run)
    said = str(found["errors"])
    assert found["counts"]["create"] == 2 and found["counts"]["errors"] == 3, found
    assert "Region: it is required for the type “Type 0”." in said
    assert "“Priority” is read-only for the type “Type 0”." in said
    assert "is not among the fields for the type “Type 0”." in said
    confirm(client, run, rows="good")
    fine, free = made("objective", "Fine"), made("objective", "Free")
    assert (fine.priority, fine.risk, fine.custom) == ("high", "low", {"region": "DACH"})
    assert fine.due_date is not None and free.due_date is None
    assert (free.priority, free.record_type_id) == ("low", strict.pk + 1)


def test_the_type_is_a_column_a_filter_a_group_and_a_column_of_files(client, csm, account):
    first, second = types_of("objective", 2)
    rows = [populate(account, author=csm)["objective"] for _ in range(3)]
    model: Any = type(rows[0])
    for row, kind in zip(rows, (first, second, None), strict=True):
        model.objects.filter(pk=row.pk).update(record_type=kind)
    client.post(
        reverse("core:layout", args=["list:objective"]), {"columns": ["name", "record_type"]}
    )
    page = client.get("/objectives/?group=record_type&sort=record_type").content.decode()
    assert page.count("group-row") == 3 and "Type 1" in page

    def found(query: str) -> set[str]:
        soup = BeautifulSoup(client.get(f"/objectives/?{query}").content, "html.parser")
        return {str(row["id"]) for row in soup.select("tbody tr[id^=objective-]")}

    assert found(f"record_type={first.pk}") == {f"objective-{rows[0].pk}"}
    assert found("record_type=none") == {f"objective-{rows[2].pk}"}
    written = rows_of(exported(client, "objective"))
    place = written[0].index("Record type")
    assert sorted(row[place] for row in written[1:]) == ["", "Type 0", "Type 1"]
    assert outcome(upload(client, "objective", as_text(written)))["counts"]["unchanged"] == 3
    detail = client.get(f"/objectives/{rows[0].pk}/").content.decode()
    assert "Record type" in detail and "Type 0" in detail


@pytest.mark.parametrize("kind", TypedKind.values)
def test_r_typ_3_a_field_set_of_little_still_makes_and_edits_records(client, csm, account, kind):
    CustomField.objects.create(kind=kind, key="region", label="Region")
    arranged(kind, None, custom_region={"help_text": "Where it is"})
    address = f"{reverse(f'{KINDS[kind].namespace}:create')}?account={account.pk}"
    page = client.get(address)
    assert "Where it is" in page.content.decode()
    response = client.post(address, typed_in(page, kind, custom_region="DACH"))
    assert response.status_code == 302, problems(response)
    record = made(kind, "Made here")
    assert record.custom == {"region": "DACH"}
    address = reverse(f"{KINDS[kind].namespace}:edit", args=[record.pk])
    sent = form_data(client.get(address), custom_region="Nordics")
    assert client.post(address, sent).status_code == 302
    record.refresh_from_db()
    assert record.custom == {"region": "Nordics"}
    for tail in ("", "?tab=history"):
        page = client.get(reverse(f"{KINDS[kind].namespace}:detail", args=[record.pk]) + tail)
        assert "Nordics" in page.content.decode()


@pytest.mark.parametrize("kind", TypedKind.values)
def test_r_typ_4_a_form_that_was_open_when_a_field_was_added_names_it_and_loses_nothing(
    client, csm, account, kind
):
    create = f"{reverse(f'{KINDS[kind].namespace}:create')}?account={account.pk}"
    opened = typed_in(client.get(create), kind)
    record = populate(account, author=csm)[kind]
    edit = reverse(f"{KINDS[kind].namespace}:edit", args=[record.pk])
    open_edit = form_data(client.get(edit), **{NAMED[kind]: "Renamed here"})
    CustomField.objects.create(kind=kind, key="region", label="Region", is_required=True)
    arranged(kind, None, custom_region={}, **{NAMED[kind]: {}})
    for address, sent in ((create, opened), (edit, open_edit)):
        response = client.post(address, sent)
        assert response.status_code == 422
        soup = BeautifulSoup(response.content, "html.parser")
        wrong = [one.get_text(" ") for one in soup.select("#form .field-wrong")]
        assert len(wrong) == 1 and "Region" in wrong[0] and "required" in wrong[0]
        assert sent[NAMED[kind]] in str(soup.select_one(f"#form [name={NAMED[kind]}]"))
        again = form_data(response, custom_region="DACH")
        if kind == "activity":
            again.setdefault("type", sent.get("type"))
        response = client.post(address, again)
        assert response.status_code == 302, problems(response)
