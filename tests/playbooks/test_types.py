"""Types and field sets in the working list of a playbook, and in the rows of a new one."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from apps.core.shape_models import CustomField, FieldSet, FieldSetItem, RecordType
from apps.playbooks.models import Playbook, PlaybookTask
from tests.factories import make_account, make_csm, make_playbook, make_task
from tests.pages import form_data

pytestmark = pytest.mark.django_db


@pytest.fixture
def csm(client):
    user = make_csm()
    client.force_login(user)
    return user


@pytest.fixture
def types():
    return [
        RecordType.objects.create(kind="task", label=label, position=place)
        for place, label in enumerate(["Call", "Visit"])
    ]


def page_of(client, playbook):
    response = client.get(reverse("playbooks:detail", args=[playbook.pk]))
    return BeautifulSoup(response.content, "html.parser")


def test_r_typ_1_the_quick_line_asks_for_the_type(client, csm, types):
    playbook = make_playbook()
    quick = page_of(client, playbook).find(id="task-quick")
    assert quick.select_one("select[name=record_type]")
    add = reverse("playbooks:add-task", args=[playbook.pk])
    refused = client.post(add, {"name": "Ring them"})
    assert refused.status_code == 422 and "required" in refused.content.decode()
    assert client.post(add, {"name": "Ring them", "record_type": types[1].pk}).status_code == 302
    assert PlaybookTask.objects.get(name="Ring them").record_type == types[1]


def test_r_typ_4_the_quick_line_makes_room_where_more_is_required(client, csm):
    playbook = make_playbook()
    CustomField.objects.create(kind="task", key="room", label="Room", is_required=True)
    page = page_of(client, playbook)
    assert page.find(id="task-quick") is None
    assert "New" in page.find(id="task-list").get_text()
    # The line was open before.
    add = reverse("playbooks:add-task", args=[playbook.pk])
    refused = client.post(add, {"name": "Ring them"}, headers={"HX-Request": "true"})
    assert refused.status_code == 422 and "Room: it is required" in refused.content.decode()
    assert not PlaybookTask.objects.exists()


def test_r_typ_3_a_line_and_the_standing_obey_the_field_set(client, csm, types):
    playbook = make_playbook(stage="planned")
    task = make_task(playbook, status="planned", record_type=types[0])
    for kind, record_type, name in (("task", types[0], "status"), ("playbook", None, "stage")):
        fields = FieldSet.objects.create(kind=kind, record_type=record_type)
        FieldSetItem.objects.create(field_set=fields, name=name, is_read_only=True)
        FieldSetItem.objects.create(field_set=fields, name="start_date")
    line = reverse("tasks:line", args=[task.pk])
    sent = {"status": "in_progress", "initial-status": "planned"}
    refused = client.post(line, sent, headers={"HX-Request": "true"})
    assert refused.status_code == 422
    assert "“Status” is read-only for the type “Call”." in refused.content.decode()
    standing = reverse("playbooks:standing", args=[playbook.pk])
    refused = client.post(standing, {"stage": "on_hold", "initial-stage": "planned"})
    assert refused.status_code == 422
    assert "“Stage” is read-only for playbooks without a type." in refused.content.decode()
    task.refresh_from_db()
    playbook.refresh_from_db()
    assert (task.status, playbook.stage) == ("planned", "planned")


def test_r_typ_1_tasks_in_the_form_of_a_new_playbook_have_their_type(client, csm, types):
    address = f"{reverse('playbooks:create')}?account={make_account().pk}"
    page = client.get(address)
    data = form_data(page, name="Kick-off", start_date="2026-03-02")
    prefix = next(name for name in data if name.endswith("-TOTAL_FORMS"))[: -len("-TOTAL_FORMS")]
    data[f"{prefix}-0-name"] = "Ring them"
    refused = client.post(address, data)
    assert refused.status_code == 422 and not Playbook.objects.exists()
    again = form_data(refused, **{f"{prefix}-0-record_type": types[1].pk})
    assert client.post(address, again).status_code == 302
    assert PlaybookTask.objects.get(name="Ring them").record_type == types[1]
