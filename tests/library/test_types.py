"""Types and own fields of templates: kept by copies, asked for in the wizard, saved with a template."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from apps.core.shape_models import CustomField, FieldSet, FieldSetItem, RecordType
from apps.kpis.models import ObjectiveKpi
from apps.library.services import save_as_template
from apps.objectives.models import Objective
from apps.plans.models import SuccessPlan
from apps.playbooks.models import Playbook, PlaybookTask
from tests.factories import make_account, make_csm
from tests.library.test_views import begun, sent, use_url
from tests.library.trees import keyed, make_template
from tests.pages import form_data, queries

pytestmark = pytest.mark.django_db


@pytest.fixture
def csm(client):
    user = make_csm()
    client.force_login(user)
    return user


@pytest.fixture
def template(csm):
    return make_template()


@pytest.fixture
def account(csm):
    return make_account(name="Acme")


def types_of(kind: str, number: int) -> list[RecordType]:
    return [
        RecordType.objects.create(kind=kind, label=f"{kind} {place}", position=place)
        for place in range(number)
    ]


def said_of(client: Any, url: str, key: str) -> str:
    found = BeautifulSoup(client.get(url).content, "html.parser").find(id=f"said-{key}")
    return found.get_text(" ") if found else ""


def test_r_typ_2_a_copy_keeps_types_and_own_fields_of_all_that_is_in_it(
    client, csm, template, account
):
    first, second = types_of("task", 2)
    (only,) = types_of("objective", 1)
    PlaybookTask.objects.filter(name="Task 1").update(record_type=first, custom={"a": "1"})
    PlaybookTask.objects.filter(name__in=["Task 2", "One-off"]).update(record_type=second)
    Objective.objects.update(custom={"b": "2"})
    Playbook.objects.update(custom={"c": "3"})
    ObjectiveKpi.objects.update(custom={"d": "4"})
    SuccessPlan.objects.update(custom={"e": "5"})
    for key, kind in (("e", "plan"), ("b", "objective")):
        CustomField.objects.create(kind=kind, key=key, label=key)
    url = use_url(template, account=account.pk)
    client.post(url, form_data(client.get(url), create="1"))
    made = SuccessPlan.objects.get(account=account)
    assert made.custom == {"e": "5"}
    tasks = PlaybookTask.objects.filter(plan=made)
    assert {(task.name, task.record_type_id) for task in tasks} == {
        ("Task 1", first.pk),
        ("Task 2", second.pk),
        ("One-off", second.pk),
    }
    assert tasks.get(name="Task 1").custom == {"a": "1"}
    objective = Objective.objects.get(plan=made)
    assert (objective.custom, objective.record_type) == ({"b": "2"}, only)
    assert Playbook.objects.get(plan=made).custom == {"c": "3"}
    assert ObjectiveKpi.objects.get(objective=objective).custom == {"d": "4"}


def test_r_typ_2_rows_without_a_type_are_asked_for_it_in_the_grid(client, csm, template, account):
    first, second = types_of("task", 2)
    PlaybookTask.objects.filter(name__in=["Task 1", "One-off"]).update(record_type=first)
    url = begun(client, template, account)
    key = keyed(template, "Task 2")
    page = BeautifulSoup(client.get(url).content, "html.parser")
    asked = [one["name"] for one in page.select("#grid select")]
    assert asked == [f"type:{key}"] and "task 0" in page.find(id="grid").get_text()
    refused = client.post(url, sent(client, url, action="create"))
    assert refused.status_code == 422
    assert "Choose of which type it is: task 0, task 1." in refused.content.decode()
    made = client.post(url, sent(client, url, action="create", **{f"type:{key}": second.pk}))
    assert made.status_code == 302 and not SuccessPlan.objects.filter(name="nothing")
    tasks = PlaybookTask.objects.filter(account=account)
    assert {task.name: task.record_type_id for task in tasks} == {
        "Task 1": first.pk,
        "Task 2": second.pk,
        "One-off": first.pk,
    }


def test_r_typ_4_the_basics_ask_for_what_the_type_requires_and_begin_as_the_template(
    client, csm, template, account
):
    kind, _ = types_of("plan", 2)
    for key in ("region", "segment"):
        CustomField.objects.create(kind="plan", key=key, label=key.capitalize())
    fields = FieldSet.objects.create(kind="plan", record_type=kind)
    for name, more in {
        "custom_region": {"is_required": True},
        "custom_segment": {},
        "description": {},
        "review_date": {"is_required": True, "default": "today+90"},
    }.items():
        FieldSetItem.objects.create(field_set=fields, name=name, **more)
    SuccessPlan.objects.update(custom={"segment": "Large"})
    url = f"{use_url(template, account=account.pk)}&record_type={kind.pk}"
    page = client.get(url)
    data = form_data(page, start="2026-03-02", name="Acme goes live")
    assert data["custom_segment"] == ["Large"] and data["review_date"] != [""]
    assert "description" not in data
    refused = client.post(url, data)
    assert refused.status_code == 422
    wrong = BeautifulSoup(refused.content, "html.parser").select(".field-wrong")
    assert [one.label.get_text(strip=True)[:6] for one in wrong] == ["Region"]
    data = form_data(refused, custom_region="DACH")
    assert data["name"] == ["Acme goes live"]
    grid = client.post(url, data).url
    # The type came after the draft was begun: the other one may be chosen still.
    back = form_data(client.get(f"{grid}&step=basics"))
    assert back["custom_region"] == ["DACH"] and back["record_type"] == [str(kind.pk)]
    client.post(grid, sent(client, grid, action="create"))
    made = SuccessPlan.objects.get(account=account)
    assert made.custom == {"segment": "Large", "region": "DACH"}
    assert made.record_type == kind and made.review_date is not None


def test_r_typ_4_what_became_required_after_the_basics_is_said_before_it_is_made(
    client, csm, template, account
):
    grid = begun(client, template, account)
    CustomField.objects.create(kind="plan", key="region", label="Region", is_required=True)
    refused = client.post(grid, sent(client, grid, action="create"))
    text = refused.content.decode()
    assert refused.status_code == 422
    assert "Region: This field is required." in text and "Go back to the basics" in text
    assert not SuccessPlan.objects.filter(account=account).exists()


def test_r_typ_2_another_type_than_the_templates_can_be_chosen(client, csm, template, account):
    first, second = types_of("plan", 2)
    SuccessPlan.objects.update(record_type=first)
    page = BeautifulSoup(client.get(use_url(template, account=account.pk)).content, "html.parser")
    link = page.find("a", string="Choose another")["href"]
    cards = BeautifulSoup(
        client.get(reverse("library:use", args=["plan", template.pk]) + link).content, "html.parser"
    ).select("a.type-card")
    assert len(cards) == 2
    url = cards[1]["href"]
    client.post(url, form_data(client.get(url), create="1", start="2026-03-02"))
    assert SuccessPlan.objects.get(account=account).record_type == second


def test_r_typ_2_a_template_is_saved_with_types_and_own_fields(csm, template):
    first, _ = types_of("plan", 2)
    SuccessPlan.objects.update(record_type=first, custom={"e": "5"})
    first.is_active = False
    first.save()
    made = save_as_template(actor=csm, record=SuccessPlan.objects.get(), name="Another")
    assert (made.record_type_id, made.custom) == (first.pk, {"e": "5"})


@pytest.mark.parametrize("kind", ["plan", "objective", "playbook"])
def test_a_template_is_made_of_a_type_too(client, csm, kind):
    types = types_of(kind, 2)
    url = reverse("library:create", args=[kind])
    cards = BeautifulSoup(client.get(url).content, "html.parser").select("a.type-card")
    assert len(cards) == 2
    chosen = cards[0]["href"]
    response = client.post(chosen, form_data(client.get(chosen), name="Made here"))
    assert response.status_code == 302
    model: Any = {"plan": SuccessPlan, "objective": Objective, "playbook": Playbook}[kind]
    made = model.objects.get(name="Made here")
    assert made.is_template and made.record_type == types[0]
    assert "Record type" in client.get(response.url).content.decode()


def test_types_cost_no_query_a_row(client, csm, template, account):
    types_of("task", 2)
    url = begun(client, template, account)
    client.get(url)
    few = queries(client, url)
    playbook = Playbook.objects.get(in_template=True)
    PlaybookTask.objects.bulk_create(
        PlaybookTask(playbook=playbook, name=f"More {n}", position=n + 9) for n in range(8)
    )
    assert queries(client, url) == few
