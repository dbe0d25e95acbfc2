"""Choosing the type of a new record: first when there are several, by itself when there is one."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from apps.core.choices import TypedKind
from apps.core.kinds import KINDS
from apps.core.permissions import RECORD_OF
from apps.core.shape_models import RecordType
from tests.architecture.world import populate
from tests.factories import make_account, make_csm

pytestmark = pytest.mark.django_db
HX = {"HX-Request": "true", "HX-Target": "dialog"}


@pytest.fixture
def csm(client):
    user = make_csm()
    client.force_login(user)
    return user


def types_of(kind: str, number: int) -> list[RecordType]:
    return [
        RecordType.objects.create(kind=kind, label=f"Type {place}", position=place)
        for place in range(number)
    ]


def typed_of(response) -> list[str]:
    soup = BeautifulSoup(response.content, "html.parser")
    return [str(field["value"]) for field in soup.select("#form input[name=record_type]")]


@pytest.mark.parametrize("kind", TypedKind.values)
@pytest.mark.parametrize("number", [0, 1, 3])
def test_a_type_is_chosen_first_when_there_are_several(client, csm, kind, number):
    types = types_of(kind, number)
    address = reverse(f"{KINDS[kind].namespace}:create")
    for headers in ({}, HX):
        response = client.get(address, {"account": make_account().pk}, headers=headers)
        assert response.status_code == 200
        soup = BeautifulSoup(response.content, "html.parser")
        links = [link["href"] for link in soup.select("a.type-card")]
        if number < 2:
            assert not links and typed_of(response) == [str(one.pk) for one in types]
            continue
        assert len(links) == number and not soup.select("#form")
        assert all("account=" in link for link in links)
        chosen = client.get(links[1], headers=headers)
        assert typed_of(chosen) == [str(types[1].pk)]


@pytest.mark.parametrize("kind", TypedKind.values)
def test_without_a_type_nothing_is_made_where_there_are_several(client, csm, kind):
    types_of(kind, 2)
    response = client.post(reverse(f"{KINDS[kind].namespace}:create"), {"name": "X"})
    assert response.status_code == 422
    assert "Choose of which type it is first: Type 0, Type 1." in response.content.decode()


@pytest.mark.parametrize("kind", TypedKind.values)
def test_the_type_is_shown_and_never_changed_afterwards(client, csm, kind):
    first, second = types_of(kind, 2)
    record = populate(make_account(), author=csm)[kind]
    model = type(record)
    assert RECORD_OF[model._meta.label_lower] == kind
    model._base_manager.filter(pk=record.pk).update(record_type=first)
    address = reverse(f"{KINDS[kind].namespace}:edit", args=[record.pk])
    page = client.get(address)
    assert "Type 0" in page.content.decode() and not typed_of(page)
    client.post(f"{address}?record_type={second.pk}", {"record_type": second.pk, "name": "Another"})
    assert model._base_manager.get(pk=record.pk).record_type_id == first.pk
