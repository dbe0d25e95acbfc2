"""Own fields in lists: shown, filtered, sorted, edited, exported, imported, told and undone."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from apps.core.shape_models import CustomChoice, CustomField
from apps.core.undo_services import undo
from apps.objectives.models import Objective
from tests.core.test_transfer import confirm, exported, outcome, rows_of, upload
from tests.factories import make_account, make_csm, make_objective

LIST = "/objectives/"


@pytest.fixture
def field_of():
    """Makes a field of objectives of a type; a choice has Gold and Silver."""

    def make(kind: str, **more: Any) -> CustomField:
        made = CustomField.objects.create(
            kind="objective", key="extra", label="Extra", type=kind, **more
        )
        if kind == "choice":
            for position, label in enumerate(["Silver", "Gold"]):
                CustomChoice.objects.create(field=made, label=label, position=position)
        return made

    return make


@pytest.fixture
def csm(client):
    user = make_csm()
    client.force_login(user)
    return user


def kept(kind: str, value: Any) -> Any:
    if kind == "choice":
        return str(CustomChoice.objects.get(label=value).pk)
    return value


def choose(client, *columns: str) -> None:
    client.post(reverse("core:layout", args=["list:objective"]), {"columns": columns})


# type: (low, high, as shown, filters that find only the high one)
TYPES = {
    "text": ("apple", "pear", "pear", ["custom_extra=EA"]),
    "number": (
        "9.5",
        "1250",
        "1,250",
        ["custom_extra_from=100", "custom_extra_to=5000&custom_extra_from=10"],
    ),
    "date": ("2026-02-01", "2026-11-03", "3 Nov 2026", ["custom_extra_from=2026-03-01"]),
    "choice": ("Silver", "Gold", "Gold", ["custom_extra={choice}"]),
    "yes_no": (None, True, "Yes", ["custom_extra=1"]),
    "link": (
        "https://a.example/",
        "https://b.example/",
        "https://b.example/",
        ["custom_extra=b.ex"],
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize("kind", TYPES)
def test_an_own_field_is_shown_filtered_sorted_and_exported(client, csm, field_of, kind):
    field_of(kind)
    low, high, shown, filters = TYPES[kind]
    account = make_account()
    make_objective(account=account, name="Low", custom={"extra": kept(kind, low)} if low else {})
    second = make_objective(account=account, name="High", custom={"extra": kept(kind, high)})
    choose(client, "name", "custom_extra")
    page = BeautifulSoup(client.get(f"{LIST}?sort=custom_extra").content, "html.parser")
    cells = [cell.text for cell in page.select("td.col-custom_extra")]
    assert cells[-1 if low else 0] == shown and len(cells) == 2
    turned = BeautifulSoup(client.get(f"{LIST}?sort=-custom_extra").content, "html.parser")
    assert [c.text for c in turned.select("td.col-custom_extra")] == cells[::-1]
    for asked in filters:
        asked = asked.format(choice=kept(kind, "Gold") if kind == "choice" else "")
        found = BeautifulSoup(client.get(f"{LIST}?{asked}").content, "html.parser")
        assert [row["id"] for row in found.select("tr[id^=objective-]")] == [
            f"objective-{second.pk}"
        ]
    response = client.get(f"{LIST}export/?sort=name")
    text = b"".join(response.streaming_content).decode().lstrip("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["Name"] for row in rows] == ["High", "Low"]
    assert rows[0]["Extra"] == ("Yes" if high is True else high)


HX = {"HX-Request": "true", "HX-Target": "row"}


@pytest.mark.django_db
def test_a_cell_of_an_own_field_is_edited_refused_and_undone(client, csm, field_of):
    field_of("number")
    objective = make_objective(custom={"extra": "9.5", "other": "kept"})
    address = f"{LIST}{objective.pk}/cell/"
    shown = {"cell": "custom_extra", "columns": "name,custom_extra", "initial-custom_extra": "9.5"}
    wrong = client.post(address, {**shown, "custom_extra": "many"}, headers=HX)
    assert wrong.status_code == 422 and "many" in wrong.content.decode()
    saved = client.post(address, {**shown, "custom_extra": "1,250"}, headers=HX)
    assert saved.status_code == 200 and "1,250" in saved.content.decode()
    objective.refresh_from_db()
    assert objective.custom == {"extra": "1250", "other": "kept"}
    late = client.post(address, {**shown, "custom_extra": "7"}, headers=HX)
    assert late.status_code == 409 and "1,250" in late.content.decode()
    told = client.get(f"{LIST}{objective.pk}/?tab=history").content.decode()
    assert "Extra" in told and "9.5" in told and "1,250" in told
    done = Objective.events.rel.related_model.objects.filter(  # type: ignore[attr-defined]
        pgh_obj_id=objective.pk, pgh_label="update"
    ).latest("pgh_id")
    page = client.get(reverse("core:operation", args=[done.pgh_operation])).content.decode()
    assert "Extra" in page
    undo(actor=csm, done=done.pgh_operation)
    objective.refresh_from_db()
    assert objective.custom == {"extra": "9.5", "other": "kept"}


@pytest.mark.django_db
def test_another_own_field_that_changed_since_is_no_hindrance_to_undo(client, csm, field_of):
    field_of("text")
    CustomField.objects.create(kind="objective", key="second", label="Second")
    objective = make_objective(custom={"extra": "a", "second": "b", "third": "c"})
    for key, value in (("extra", "A"), ("second", "")):
        shown = {"cell": f"custom_{key}", f"initial-custom_{key}": objective.custom[key]}
        client.post(f"{LIST}{objective.pk}/cell/", {**shown, f"custom_{key}": value}, headers=HX)
    events = Objective.events.rel.related_model.objects.filter(pgh_label="update")  # type: ignore[attr-defined]
    first, second = events.order_by("pgh_id").values_list("pgh_operation", flat=True)
    objective.refresh_from_db()
    assert objective.custom == {"extra": "A", "third": "c"}
    undo(actor=csm, done=first)
    objective.refresh_from_db()
    assert objective.custom == {"extra": "a", "third": "c"}
    undo(actor=csm, done=second)
    objective.refresh_from_db()
    assert objective.custom == {"extra": "a", "second": "b", "third": "c"}


@pytest.mark.django_db
def test_many_rows_get_an_own_field_at_once(client, csm, field_of):
    field_of("choice")
    gold = kept("choice", "Gold")
    account = make_account()
    rows = [make_objective(account=account, custom={"other": str(n)}) for n in range(3)]
    data = {"row": [r.pk for r in rows], "set": ["custom_extra"], "custom_extra": gold}
    shown = client.post(f"{LIST}bulk-edit/", {**data, "step": "preview"}).content.decode()
    word = BeautifulSoup(shown, "html.parser").select_one("input[name=confirmed]")["value"]
    assert "3 will change" in shown and "Gold" in shown
    client.post(f"{LIST}bulk-edit/", {**data, "step": "apply", "confirmed": word})
    assert [o.custom for o in Objective.objects.order_by("pk")] == [
        {"other": str(n), "extra": gold} for n in range(3)
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("kind", TYPES)
def test_an_exported_own_field_comes_back_changed(client, csm, field_of, kind):
    field_of(kind)
    low, high, *_ = TYPES[kind]
    objective = make_objective(custom={"other": "kept"})
    choose(client, "name", "custom_extra")
    rows = rows_of(exported(client, "objective"))
    place = rows[0].index("Extra")
    rows[1][place] = {"yes_no": "yes"}.get(kind, high)
    run = upload(client, "objective", "\n".join(",".join(row) for row in rows))
    assert outcome(run)["counts"]["update"] == 1, outcome(run)
    confirm(client, run)
    objective.refresh_from_db()
    assert objective.custom == {"other": "kept", "extra": kept(kind, high)}
    rows[1][place] = ""
    run = upload(client, "objective", "\n".join(",".join(row) for row in rows))
    confirm(client, run)
    objective.refresh_from_db()
    assert objective.custom in ({"other": "kept"}, {"other": "kept", "extra": False})


@pytest.mark.django_db
def test_a_new_record_in_a_file_needs_what_is_required(client, csm, field_of):
    field_of("text", is_required=True)
    account = make_account(name="Acme")
    text = f"Name,Account,Extra\nWith,{account.name},x\nWithout,{account.name},\n"
    found = outcome(upload(client, "objective", text))
    assert found["counts"]["create"] == 1 and found["counts"]["errors"] == 1
    assert "Extra: a new record needs it." in str(found["errors"])


@pytest.mark.django_db
def test_what_is_taken_away_is_on_no_page_and_its_values_stay(client, csm, field_of):
    field = field_of("text")
    objective = make_objective(custom={"extra": "treasure"})
    choose(client, "name", "custom_extra")
    assert "treasure" in client.get(LIST).content.decode()
    assert "treasure" in client.get(f"{LIST}{objective.pk}/").content.decode()
    field.is_active = False
    field.save()
    for address in (LIST, f"{LIST}{objective.pk}/", f"{LIST}?custom_extra=x&sort=custom_extra"):
        answer = client.get(address)
        assert answer.status_code == 200 and "treasure" not in answer.content.decode()
    objective.refresh_from_db()
    assert objective.custom == {"extra": "treasure"}
    field.is_active = True
    field.save()
    assert "treasure" in client.get(LIST).content.decode()
