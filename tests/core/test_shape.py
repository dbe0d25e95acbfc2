"""Own fields, record types and field sets in forms, and how their values are kept."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Group
from hypothesis import given
from hypothesis import strategies as st

from apps.core import custom_rules as rules
from apps.core.choices import CustomType
from apps.core.models import Organisation
from apps.core.services import Conflict
from apps.core.shape_models import (
    CustomChoice,
    CustomField,
    FieldSet,
    FieldSetItem,
    RecordType,
    RecordTypeGroup,
)
from apps.core.shape_rules import Placed, arranged
from apps.core.shape_selectors import shape, types_for
from apps.objectives.forms import ObjectiveForm
from apps.objectives.services import objective_create, objective_update
from tests.factories import make_account, make_csm, make_objective

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.text(max_size=20),
    st.dates(),
    st.decimals(
        allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9
    ),
)


PARTS = st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3)


@given(PARTS, PARTS)
def test_a_part_changes_only_its_own_keys(stored: dict[str, Any], part: dict[str, Any]):
    whole = rules.merged({}, stored)
    after = rules.merged(whole, part)
    assert {k: v for k, v in after.items() if k not in part} == {
        k: v for k, v in whole.items() if k not in part
    }
    assert all(after.get(key) == rules.kept(value) for key, value in part.items())
    assert set(rules.differing(whole, after)) <= set(part)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (CustomType.NUMBER, Decimal("12.5")),
        (CustomType.NUMBER, Decimal("1000000")),
        (CustomType.NUMBER, Decimal("-0.0001")),
        (CustomType.DATE, dt.date(2026, 2, 28)),
        (CustomType.TEXT, "a"),
        (CustomType.YES_NO, False),
        (CustomType.LINK, "https://example.com/"),
    ],
)
def test_what_is_kept_is_read_as_it_was(kind: str, value: Any):
    assert rules.read(kind, rules.kept(value)) == value


ITEMS = [
    Placed("b", "First"),
    Placed("a", "Second"),
    Placed("gone", "First"),
    Placed("new", "First", on_edit=False),
    Placed("old", "Second", on_create=False),
]


@pytest.mark.parametrize(
    ("new", "kept", "expected"),
    [
        (True, (), [("First", ["b", "new"]), ("Second", ["a"])]),
        (False, (), [("First", ["b"]), ("Second", ["a", "old"])]),
        # What a record cannot be without stays, wherever the set is silent.
        (True, ("c", "old"), [("", ["c"]), ("First", ["b", "new"]), ("Second", ["a", "old"])]),
    ],
)
def test_a_field_set_says_which_fields_stand_where(new, kept, expected):
    assert arranged(["a", "b", "c", "new", "old"], ITEMS, new=new, kept=kept) == expected


def own_field(kind: str = "objective", key: str = "region", **more: Any) -> CustomField:
    return CustomField.objects.create(
        **{"kind": kind, "key": key, "label": key.capitalize(), **more}
    )


@pytest.mark.django_db
def test_the_shape_is_read_once_for_each_of_its_words(django_assert_num_queries):
    user = make_csm()
    own_field()
    assert [one.key for one in shape(user).of("objective")] == ["region"]
    other = make_csm()
    with django_assert_num_queries(1):  # the organisation itself
        assert shape(other).of("objective")
    CustomField.objects.update(label="Sales region")
    assert [one.label for one in shape(make_csm()).of("objective")] == ["Sales region"]
    CustomField.objects.update(is_active=False)
    again = shape(make_csm())
    assert not again.of("objective") and again.named("objective", "region")


@pytest.mark.django_db
def test_every_installation_has_its_organisation():
    assert Organisation.objects.filter(pk=1).exists()


def filled(user: Any, account: Any, **values: Any) -> ObjectiveForm:
    data = {
        "account": account.pk,
        "name": "Adopt",
        "priority": "medium",
        "completion_type": "manual",
    }
    return ObjectiveForm({**data, **values}, user=user)


@pytest.mark.django_db
def test_an_own_field_is_filled_in_kept_and_changed():
    user, account = make_csm(), make_account()
    budget = own_field(key="budget", type="number", is_required=True)
    tier = own_field(key="tier", type="choice")
    gold = CustomChoice.objects.create(field=tier, label="Gold")
    form = filled(user, account)
    assert not form.is_valid() and set(form.errors) == {budget_name := rules.name_of(budget.key)}
    form = filled(user, account, custom_budget="1,250.50", custom_tier=str(gold.pk))
    assert form.is_valid(), form.errors
    objective = objective_create(actor=user, values=form.changes)
    objective.refresh_from_db()
    assert objective.custom == {"budget": "1250.5", "tier": str(gold.pk)}
    page = ObjectiveForm(user=user, instance=objective)
    assert page.initial[budget_name] == Decimal("1250.5")
    assert page.fieldsets[-1][0] == "Your own fields"


def edited(
    user: Any, objective: Any, shown: dict[str, Any], typed: dict[str, Any]
) -> ObjectiveForm:
    data = {f"initial-{name}": value for name, value in shown.items()} | shown | typed
    form = ObjectiveForm(data, user=user, instance=objective, only=list(shown))
    assert form.is_valid(), form.errors
    return form


@pytest.mark.django_db
def test_two_people_change_two_own_fields_at_once_and_clash_in_one():
    user, objective = make_csm(), make_objective(custom={"a": "1", "b": "2"})
    own_field(key="a"), own_field(key="b")
    shown = {"custom_a": "1", "custom_b": "2"}
    first = edited(user, objective, shown, {"custom_a": "mine"})
    second = edited(user, objective, shown, {"custom_b": "theirs"})
    third = edited(user, objective, shown, {"custom_a": "late"})
    for form in (first, second):
        objective_update(actor=user, objective=objective, changes=form.changes, shown=form.shown)
    objective.refresh_from_db()
    assert objective.custom == {"a": "mine", "b": "theirs"}
    with pytest.raises(Conflict) as found:
        objective_update(actor=user, objective=objective, changes=third.changes, shown=third.shown)
    assert [(c.name, c.theirs, c.mine) for c in found.value.clashes] == [
        ("custom_a", "mine", "late")
    ]


@pytest.mark.django_db
def test_an_old_record_is_valid_until_it_is_edited_as_a_whole():
    user, objective = make_csm(), make_objective()
    own_field(is_required=True)
    whole = ObjectiveForm(user=user, instance=objective)
    data = {name: whole[name].value() for name in whole.fields}
    data = {n: "" if v is None else v for n, v in data.items()} | {"name": "Another"}
    data |= {f"initial-{name}": value for name, value in data.items() if name != "name"}
    data["initial-name"] = objective.name
    form = ObjectiveForm(data, user=user, instance=objective)
    assert not form.is_valid() and "custom_region" in form.errors
    # One cell of it is somebody's edit of that cell.
    cell = ObjectiveForm(
        {"name": "Another", "initial-name": objective.name},
        user=user,
        instance=objective,
        only=["name"],
    )
    assert cell.is_valid()


@pytest.mark.django_db
@pytest.mark.parametrize(("own", "open_to_all", "expected"), [(0, 0, 0), (0, 1, 1), (1, 1, 2)])
def test_types_are_offered_to_their_groups(own: int, open_to_all: int, expected: int):
    user = make_csm()
    for number in range(open_to_all):
        RecordType.objects.create(kind="objective", label=f"Open {number}")
    for number in range(own):
        mine = RecordType.objects.create(kind="objective", label=f"Mine {number}")
        RecordTypeGroup.objects.create(record_type=mine, group=user.groups.get())
    closed = RecordType.objects.create(kind="objective", label="Theirs")
    RecordTypeGroup.objects.create(record_type=closed, group=Group.objects.create(name="Others"))
    RecordType.objects.create(kind="objective", label="Old", is_active=False)
    assert len(types_for(user, "objective")) == expected


@pytest.mark.django_db
def test_a_field_set_of_a_type_arranges_its_form():
    user, account = make_csm(), make_account()
    own_field()
    kind = RecordType.objects.create(kind="objective", label="Renewal")
    fields = FieldSet.objects.create(kind="objective", record_type=kind)
    for position, (name, more) in enumerate(
        {
            "custom_region": {"group": "Where", "is_required": True, "help_text": "The country"},
            "priority": {"group": "Where", "is_read_only": True, "default": "high"},
            "due_date": {"group": "When"},
        }.items()
    ):
        FieldSetItem.objects.create(field_set=fields, name=name, position=position, **more)
    form = ObjectiveForm(user=user)
    assert form.record_type == kind
    shown = [(legend, [bound.name for bound in group]) for legend, group in form.fieldsets]
    assert shown[1:3] == [("Where", ["custom_region", "priority"]), ("When", ["due_date"])]
    # What a record cannot be without, and where it belongs, is never taken away.
    assert shown[0][0] == "" and {"account", "plan", "name"} <= set(shown[0][1])
    assert "health" not in form.fields
    assert form["custom_region"].help_text == "The country"
    # Read-only: whatever is posted, the record begins with what the set says.
    typed = filled(user, account, custom_region="DACH", priority="low")
    assert typed.is_valid(), typed.errors
    objective = objective_create(actor=user, values=typed.changes)
    assert (objective.record_type_id, objective.priority) == (kind.pk, "high")
    assert objective.custom == {"region": "DACH"}
