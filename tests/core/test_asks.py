"""What field sets ask: defaults read as their fields read, sentences, own fields on every page."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django import forms
from django.urls import reverse

from apps.core.asks_rules import Asks, Shaping, asked, type_named
from apps.core.choices import ShapedKind
from apps.core.default_forms import read_default
from apps.core.fields import NumberField
from apps.core.kinds import KINDS
from apps.core.models import Tag, Unit
from apps.core.shape_models import CustomField, RecordType
from apps.core.shape_rules import Placed, Type, type_of_copy
from tests.architecture.world import populate
from tests.factories import make_account, make_csm
from tests.pages import queries

TODAY = dt.date(2026, 11, 25)
PRIORITIES = [("", "—"), ("high", "High"), ("low", "Low")]
GROUPED = [("", "—"), ("Ours", [("a", "Alpha")]), ("Theirs", [("b", "Beta")])]


@pytest.mark.parametrize(
    ("field", "text", "expected"),
    [
        (forms.DateField(), "today", TODAY),
        (forms.DateField(), "Today + 14", TODAY + dt.timedelta(14)),
        (forms.DateField(), "today-1", TODAY - dt.timedelta(1)),
        (forms.DateField(), "today+14 days", TODAY + dt.timedelta(14)),
        (forms.DateField(), "2026-12-24", dt.date(2026, 12, 24)),
        (forms.ChoiceField(choices=PRIORITIES), "HIGH", "high"),
        (forms.ChoiceField(choices=GROUPED), "Beta", "b"),
        (forms.BooleanField(required=False), "yes", True),
        (forms.BooleanField(required=False), "no", False),
        (NumberField(max_digits=18, decimal_places=4), "1234.5", Decimal("1234.5")),
        (forms.IntegerField(), "45", 45),
        (forms.CharField(), "  As agreed ", "As agreed"),
        (forms.CharField(), "   ", None),
    ],
)
def test_r_typ_5_a_default_is_read_as_its_field_reads(field: forms.Field, text: str, expected: Any):
    assert read_default(field, text, label="Field", today=TODAY) == expected


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        (forms.DateField(), "tomorrow", "“today+14”"),
        (forms.DateField(), "2026-13-45", "is no date"),
        (forms.ChoiceField(choices=PRIORITIES), "Urgent", "Write one of: High, Low."),
        (forms.BooleanField(required=False), "perhaps", "Write yes or no."),
        (NumberField(max_digits=18, decimal_places=4), "many", "not a number"),
        (forms.IntegerField(max_value=100), "101", "100"),
        (forms.URLField(assume_scheme="https"), "no link", "valid URL"),
    ],
)
def test_r_typ_5_a_default_that_cannot_be_read_says_what_would_be_right(
    field, text: str, said: str
):
    with pytest.raises(ValueError, match="."):
        read_default(field, text, label="Field", today=TODAY)
    try:
        read_default(field, text, label="Field", today=TODAY)
    except ValueError as error:
        assert said in str(error)


@pytest.mark.django_db
def test_r_typ_5_words_of_a_vocabulary_are_named_by_their_label():
    unit = Unit.objects.filter(is_active=True)[0]
    field = forms.ModelChoiceField(Unit.objects.filter(is_active=True))
    assert read_default(field, unit.label.upper(), label="Unit", today=TODAY) == unit
    tags = [Tag.objects.create(label=label) for label in ("Red", "Blue")]
    several = forms.ModelMultipleChoiceField(Tag.objects.all())
    assert set(read_default(several, "red; BLUE", label="Tags", today=TODAY)) == set(tags)
    with pytest.raises(ValueError, match="“Gone” is no unit that can be chosen"):
        read_default(field, "Gone", label="Unit", today=TODAY)


NAMES = ["account", "name", "priority", "risk", "due"]


@pytest.mark.parametrize(
    ("items", "new", "expected"),
    [
        ([], True, ((), (), ())),
        ([Placed("priority", required=True)], True, (("due", "risk"), (), ("priority",))),
        ([Placed("priority", on_create=False)], True, (("due", "priority", "risk"), (), ())),
        ([Placed("priority", on_create=False)], False, (("due", "risk"), (), ())),
        (
            [Placed("risk", read_only=True, required=True), Placed("name", on_edit=False)],
            False,
            (("due", "priority"), ("risk",), ()),
        ),
    ],
)
def test_r_typ_3_a_field_set_asks_nothing_of_what_a_record_cannot_be_without(items, new, expected):
    found = asked(NAMES, items, new=new, kept={"account", "name"})
    assert tuple(tuple(sorted(one)) for one in found) == expected


def test_sentences_name_the_field_and_the_type():
    asks = Asks(
        "objectives",
        "Renewal",
        {"risk": "Risk level"},
        hidden=frozenset({"risk"}),
        read_only=frozenset({"priority"}),
        required=frozenset({"due"}),
    )
    said = asks.refusals({"risk": "high", "priority": "low", "due": None, "name": "x"})
    assert said == [
        "“Risk level” is not among the fields for the type “Renewal”. It stays as it is.",
        "“Priority” is read-only for the type “Renewal”. It stays as it is.",
        "“Due” is required for the type “Renewal”: it cannot be emptied.",
    ]
    plain = Asks("objectives", required=frozenset({"due", "risk"}))
    assert plain.missing({"risk": "low"}, {"due", "risk"}) == [
        "Due: it is required for objectives without a type."
    ]
    assert plain.missing({}, {"name"}) == []


A, B = Type(1, "task", "First"), Type(2, "task", "Second")


@pytest.mark.parametrize(
    ("offered", "source", "said", "expected"),
    [
        ([], None, "", None),
        ([], 1, "1", None),
        ([A], None, "", A),
        ([A], 2, "2", A),
        ([A, B], None, "", None),
        ([A, B], 2, "", B),
        ([A, B], 2, "1", A),
        ([A, B], 9, "", None),
    ],
)
def test_r_typ_2_the_type_of_a_copy_is_chosen_inherited_or_the_only_one(
    offered, source, said, expected
):
    assert type_of_copy(offered, source, said) == expected


def test_r_typ_1_a_file_names_one_of_the_types_that_can_be_used():
    assert type_named("SECOND", [A, B]) == B
    with pytest.raises(ValueError, match="Write one of: First, Second."):
        type_named("Third", [A, B])
    shaping = Shaping(lambda kind, new: Asks("tasks"), [A, B])
    assert shaping.type_of_new(B) == (2, "")
    assert "Write one of: First, Second." in shaping.type_of_new(None)[1]


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ShapedKind.values)
def test_own_fields_and_the_type_stand_on_page_panel_and_list(client, kind):
    user = make_csm()
    client.force_login(user)
    record = populate(make_account(), author=user)[kind]
    CustomField.objects.create(kind=kind, key="region", label="Sales region")
    rows = type(record)._base_manager
    rows.filter(pk=record.pk).update(custom={"region": "Nordics"})
    typed = hasattr(record, "record_type_id")
    if typed:
        made = RecordType.objects.create(kind=kind, label="Renewal kind")
        rows.filter(pk=record.pk).update(record_type=made)
    space = KINDS[kind].namespace
    page = reverse(f"{space}:detail", args=[record.pk])
    panel = client.get(page, headers={"HX-Request": "true", "HX-Target": "panel"})
    for response in (client.get(page), panel):
        text = BeautifulSoup(response.content, "html.parser").get_text(" ")
        assert "Sales region" in text and "Nordics" in text
        assert ("Renewal kind" in text) == typed
    columns = ["custom_region", *(["record_type"] if typed else [])]
    name = next(one for one in ("name", "title", "subject") if hasattr(record, one))
    client.post(reverse("core:layout", args=[f"list:{kind}"]), {"columns": [name, *columns]})
    address = reverse(KINDS[kind].list_url)
    group = f"?group={columns[-1]}&sort={columns[-1]}"
    few = queries(client, address + group)
    populate(make_account(), rows=7, author=user)
    rows.filter(custom={}).update(custom={"region": "DACH"})
    assert queries(client, address + group) == few
    assert "Nordics" in client.get(address).content.decode()
