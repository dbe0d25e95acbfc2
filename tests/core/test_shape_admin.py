"""Own fields, record types and field sets in the admin, made by one without superuser rights."""

from __future__ import annotations

import datetime as dt

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse

from apps.core.access import Refused
from apps.core.choices import CustomType
from apps.core.custom_key_rules import LONGEST, QUESTIONS, key_for
from apps.core.models import User
from apps.core.permissions import CUSTOMER_SUCCESS, PARTICIPANT
from apps.core.shape_models import CustomChoice, CustomField, FieldSet, FieldSetItem, RecordType
from apps.core.shape_selectors import shape, types_for
from apps.core.shape_services import custom_field_purge
from apps.objectives.forms import ObjectiveForm
from apps.objectives.models import Objective, ObjectiveCategory
from tests.factories import make_administrator, make_csm, make_objective, make_participant


@pytest.mark.parametrize(
    ("label", "taken", "key"),
    [
        ("Sales region", (), "sales_region"),
        ("Sales region", {"sales_region"}, "sales_region_2"),
        ("Größe (m²)", (), "groe_m2"),
        ("3rd party", (), "field_3rd_party"),
        ("Контракт", (), "field"),
        ("In", (), "field_in"),
        ("a__b", (), "a_b"),
        ("x" * 80, {"x" * LONGEST}, f"{'x' * (LONGEST - 2)}_2"),
    ],
)
def test_a_key_is_made_of_the_label(label, taken, key):
    made = key_for(label, set(taken))
    assert made == key
    assert len(made) <= LONGEST


def test_no_key_is_read_as_a_question_by_the_database_layer():
    assert set(models.JSONField.get_lookups()) - QUESTIONS == set()


pytestmark = pytest.mark.django_db
FIELD = {
    "kind": "objective",
    "label": "Sales region",
    "type": "text",
    "help_text": "",
    "position": "10",
    "is_active": "on",
}
NO_CHOICES = {"choices-TOTAL_FORMS": "0", "choices-INITIAL_FORMS": "0"}


@pytest.fixture
def administrator(client):
    user = make_administrator()
    client.force_login(user)
    return user


def url(model, name, *args):
    return reverse(f"admin:core_{model.__name__.lower()}_{name}", args=args)


def text(response):
    return BeautifulSoup(response.content, "html.parser").get_text(" ", strip=True)


def own_field(**more):
    values = {"kind": "objective", "key": "region", "label": "Region"}
    return CustomField.objects.create(**(values | more))


def test_a_field_is_made_gets_its_key_and_stands_in_the_form(client, administrator):
    assert client.post(url(CustomField, "add"), FIELD | NO_CHOICES).status_code == 302
    field = CustomField.objects.get()
    assert field.key == "sales_region"
    assert "custom_sales_region" in ObjectiveForm(user=make_csm()).fields
    event = field.events.get()
    assert event.pgh_actor_id == administrator.pk
    # Renamed, never of another type or kind: its key stays.
    changed = FIELD | NO_CHOICES | {"label": "Area", "type": "number", "kind": "plan"}
    assert client.post(url(CustomField, "change", field.pk), changed).status_code == 302
    field.refresh_from_db()
    assert (field.label, field.key, field.type, field.kind) == (
        "Area",
        "sales_region",
        "text",
        "objective",
    )


def test_two_fields_of_a_kind_cannot_have_the_same_label(client, administrator):
    own_field(label="sales REGION")
    refused = client.post(url(CustomField, "add"), FIELD | NO_CHOICES)
    assert refused.status_code == 200
    assert CustomField.objects.count() == 1


def choices(*rows, initial=0, **more):
    data = {"choices-TOTAL_FORMS": str(len(rows)), "choices-INITIAL_FORMS": str(initial)}
    for at, row in enumerate(rows):
        data |= {f"choices-{at}-{name}": value for name, value in row.items()}
    return data | more


def test_a_choice_needs_its_values_and_other_types_have_none(client, administrator):
    gold = {"label": "Gold", "position": "10", "is_active": "on"}
    wanted = FIELD | {"type": CustomType.CHOICE}
    assert "at least one choice" in text(client.post(url(CustomField, "add"), wanted | choices()))
    refused = client.post(url(CustomField, "add"), FIELD | choices(gold))
    assert "Only a field of the type “Choice” has choices" in text(refused)
    assert not CustomField.objects.exists()
    assert client.post(url(CustomField, "add"), wanted | choices(gold)).status_code == 302
    assert CustomChoice.objects.get().label == "Gold"


def test_a_choice_that_records_have_is_switched_off_not_removed(client, administrator):
    field = own_field(type=CustomType.CHOICE)
    gold, silver = (CustomChoice.objects.create(field=field, label=x) for x in ("Gold", "Silver"))
    make_objective(custom={"region": str(gold.pk)})
    data = {**FIELD, "label": "Region"}

    def rows(**gone):
        return choices(
            {
                "id": gold.pk,
                "field": field.pk,
                "label": "Gold",
                "position": "1",
                **gone.get("gold", {}),
            },
            {
                "id": silver.pk,
                "field": field.pk,
                "label": "Silver",
                "position": "2",
                "is_active": "on",
                **gone.get("silver", {}),
            },
            initial=2,
        )

    refused = client.post(url(CustomField, "change", field.pk), data | rows(gold={"DELETE": "on"}))
    assert "“Gold” is used by 1 objective" in text(refused)
    done = client.post(url(CustomField, "change", field.pk), data | rows(silver={"DELETE": "on"}))
    assert "at least one" not in text(done) and done.status_code == 302
    assert list(CustomChoice.objects.values_list("label", "is_active")) == [("Gold", False)]


def test_a_field_is_taken_away_purged_and_then_deleted(client, administrator):
    field = own_field()
    kept = make_objective(custom={"region": "North", "other": "stays"})
    make_objective(custom={"region": "South"})
    make_objective()
    assert "2 objectives" in text(client.get(url(CustomField, "changelist")))
    address = reverse("admin:core_customfield_purge", args=[field.pk])
    # In use: neither purged nor deleted.
    assert "still in use" in text(client.get(address))
    client.post(address)
    client.post(url(CustomField, "delete", field.pk), {"post": "yes"})
    kept.refresh_from_db()
    assert kept.custom["region"] == "North" and CustomField.objects.exists()
    client.post(
        url(CustomField, "changelist"), {"action": "deactivate", "_selected_action": [field.pk]}
    )
    assert "custom_region" not in ObjectiveForm(user=make_csm()).fields
    kept.refresh_from_db()
    assert kept.custom["region"] == "North"
    assert "taken from 2 objectives" in text(client.get(address))
    assert "2 records" in text(client.post(address, follow=True))
    kept.refresh_from_db()
    assert kept.custom == {"other": "stays"}
    assert not Objective.objects.filter(custom__has_key="region").exists()
    event = kept.events.order_by("-pgh_id")[0]
    assert event.pgh_actor_id == administrator.pk
    assert client.post(url(CustomField, "delete", field.pk), {"post": "yes"}).status_code == 302
    assert not CustomField.objects.exists()


def test_a_purge_needs_the_right_to_shape_and_a_field_that_was_taken_away():
    field = own_field(is_active=False)
    make_objective(custom={"region": "North"})
    with pytest.raises(Refused):
        custom_field_purge(actor=make_csm(), field=field)
    CustomField.objects.update(is_active=True)
    with pytest.raises(ValidationError, match="still in use"):
        custom_field_purge(actor=make_administrator(), field=field)
    CustomField.objects.update(is_active=False)
    assert custom_field_purge(actor=make_administrator(), field=field) == 1


def test_lists_of_fields_and_types_need_as_many_queries_for_8_as_for_1(client, administrator):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def make(number):
        own_field(key=f"key{number}", label=f"Field {number}")
        one = RecordType.objects.create(kind="plan", label=f"Type {number}")
        FieldSet.objects.create(kind="plan", record_type=one)

    def queries():
        counts = []
        for model in (CustomField, RecordType, FieldSet):
            with CaptureQueriesContext(connection) as found:
                assert client.get(url(model, "changelist")).status_code == 200
            counts.append(len(found))
        return counts

    make(0)
    queries()
    few = queries()
    for number in range(1, 8):
        make(number)
    assert queries() == few


def test_a_type_is_for_some_groups(client, administrator):
    group = Group.objects.get(name=CUSTOMER_SUCCESS)
    data = {
        "kind": "objective",
        "label": "Renewal",
        "tint": "blue",
        "position": "10",
        "is_active": "on",
    }
    assert client.post(url(RecordType, "add"), data | {"open_to": [group.pk]}).status_code == 302
    row = RecordType.objects.get()
    assert [one.label for one in types_for(make_csm(), "objective")] == ["Renewal"]
    assert types_for(make_participant(), "objective") == []
    other = Group.objects.get(name=PARTICIPANT)
    changed = data | {"kind": "plan", "label": "Renewals", "open_to": [other.pk]}
    assert client.post(url(RecordType, "change", row.pk), changed).status_code == 302
    row.refresh_from_db()
    assert (row.kind, row.label, list(row.groups.all())) == ("objective", "Renewals", [other])
    assert [one.label for one in types_for(make_participant(), "objective")] == ["Renewals"]


def test_a_used_type_stays_and_is_deactivated(client, administrator):
    row = RecordType.objects.create(kind="objective", label="Renewal")
    FieldSet.objects.create(kind="objective", record_type=row)
    make_objective(record_type=row)
    asked = text(client.get(url(RecordType, "delete", row.pk)))
    assert "“Renewal” is used by 1 objective" in asked
    client.post(url(RecordType, "delete", row.pk), {"post": "yes"})
    client.post(url(RecordType, "delete", row.pk), {"deactivate": "1"})
    row.refresh_from_db()
    assert not row.is_active and types_for(make_csm(), "objective") == []


def begin(client, kind="objective", record_type="", **more):
    data = {"kind": kind, "record_type": record_type, "begin": "on"} | more
    return client.post(url(FieldSet, "add"), data)


def test_a_field_set_begins_with_all_fields_as_they_stand(client, administrator):
    own_field()
    assert begin(client).status_code == 302
    made = FieldSet.objects.get()
    form = ObjectiveForm(user=make_csm(), arranged=False)
    before = [b.name for _, bounds in form.fieldsets for b in bounds if not b.is_hidden]
    placed = list(made.items.values_list("name", flat=True))
    assert placed == [name for name in before if name in placed]
    assert {"name", "due_date", "custom_region"} <= set(placed)
    assert made.items.get(name="custom_region").group == "Your own fields"
    # The form looks as before until something is changed.
    arranged = ObjectiveForm(user=make_csm())
    after = [b.name for _, bounds in arranged.fieldsets for b in bounds if b.name in placed]
    assert after == placed


def test_there_is_one_field_set_for_each_kind_and_type(client, administrator):
    row = RecordType.objects.create(kind="plan", label="Renewal")
    assert begin(client).status_code == 302
    assert "already" in text(begin(client))
    assert "is a type of Success plan" in text(begin(client, record_type=row.pk))
    assert begin(client, kind="plan", record_type=row.pk).status_code == 302
    assert FieldSet.objects.count() == 2


def arranged(made, *rows, initial=0):
    data = {"items-TOTAL_FORMS": str(len(rows)), "items-INITIAL_FORMS": str(initial)}
    for at, row in enumerate(rows):
        base = {"field_set": made.pk, "position": str(at * 10), "on_create": "on", "on_edit": "on"}
        data |= {f"items-{at}-{name}": value for name, value in (base | row).items()}
    return data


def test_fields_are_chosen_by_their_label_and_obeyed_at_once(client, administrator):
    own_field()
    made = FieldSet.objects.create(kind="objective")
    address = url(FieldSet, "change", made.pk)
    options = BeautifulSoup(client.get(address).content, "html.parser").select(
        "select[name='items-__prefix__-name'] option"
    )
    assert {"Region", "Name", "Priority"} <= {one.text for one in options}
    data = arranged(
        made,
        {"name": "name"},
        {
            "name": "custom_region",
            "is_required": "on",
            "help_text": "Where it sells",
            "default": "EU",
        },
        {"name": "due_date", "default": "today+14", "group": "When"},
    )
    assert client.post(address, data).status_code == 302
    form = ObjectiveForm(user=make_csm())
    assert form.fields["custom_region"].required
    assert form.fields["custom_region"].help_text == "Where it sells"
    assert form.initial["custom_region"] == "EU"
    assert isinstance(form.initial["due_date"], dt.date)
    assert "risk_level" not in form.fields


def test_defaults_follow_a_word_that_is_renamed(client, administrator):
    category = ObjectiveCategory.objects.create(label="Growth")
    tier = own_field(key="tier", label="Tier", type=CustomType.CHOICE)
    gold = CustomChoice.objects.create(field=tier, label="Gold")
    made = FieldSet.objects.create(kind="objective")
    for name, default in (("category", "growth"), ("custom_tier", "Gold"), ("name", "Growth")):
        FieldSetItem.objects.create(field_set=made, name=name, default=default)
    word = {"label": "Broader use", "position": "5", "tint": "blue", "is_active": "on"}
    address = reverse("admin:objectives_objectivecategory_change", args=[category.pk])
    assert client.post(address, word).status_code == 302
    row = {"id": gold.pk, "field": tier.pk, "label": "Platinum", "position": "1", "is_active": "on"}
    data = {**FIELD, "label": "Tier"} | choices(row, initial=1)
    assert client.post(url(CustomField, "change", tier.pk), data).status_code == 302
    assert dict(made.items.values_list("name", "default")) == {
        "category": "Broader use",
        "custom_tier": "Platinum",
        "name": "Growth",
    }
    form = ObjectiveForm(user=make_csm())
    assert form.initial["category"] == category
    assert form.initial["custom_tier"] == str(gold.pk)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"name": "name"}, {"name": "name"}], "stands in the set twice"),
        ([{"name": "due_date", "default": "soon"}], "is no date"),
        ([{"name": "priority", "default": "Urgent"}], "Urgent"),
        ([{"name": "category", "default": "Nothing"}], "is no category"),
        ([{"name": "due_date", "is_required": "on", "is_read_only": "on"}], "never be filled in"),
    ],
)
def test_what_cannot_work_is_refused_at_its_row(client, administrator, rows, said):
    made = FieldSet.objects.create(kind="objective")
    refused = client.post(url(FieldSet, "change", made.pk), arranged(made, *rows))
    assert refused.status_code == 200
    assert said in text(refused)
    assert not FieldSetItem.objects.exists()


def test_a_field_that_was_taken_away_stays_in_the_set_until_it_is_removed(client, administrator):
    field = own_field()
    made = FieldSet.objects.create(kind="objective")
    FieldSetItem.objects.create(field_set=made, name="custom_region")
    CustomField.objects.update(is_active=False)
    address = url(FieldSet, "change", made.pk)
    assert "Region (not on the form)" in text(client.get(address))
    item = made.items.get()
    data = arranged(made, {"id": item.pk, "name": "custom_region"}, initial=1)
    assert client.post(address, data).status_code == 302
    # With the field its places go, too.
    client.post(url(CustomField, "delete", field.pk), {"post": "yes"})
    assert not made.items.exists()
    assert shape(User.objects.get(pk=administrator.pk)).fields == {}
