"""The form and row recipes: who fills it in, what was shown, what really changed."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.urls import reverse

from apps.activities.models import CsActivity
from apps.core.choices import NumberFormat
from apps.core.fields import RichTextField, form_field, sanitise
from apps.core.services import PERSONAL
from apps.kpis.forms import KpiForm
from apps.kpis.models import KpiCategory, ObjectiveKpi
from apps.objectives.forms import ObjectiveForm
from apps.objectives.models import Objective
from apps.plans.forms import PlanForm
from apps.plans.models import SuccessPlan
from tests.factories import (
    make_account,
    make_csm,
    make_kpi,
    make_objective,
    make_participant,
    make_plan,
)
from tests.pages import edit_data, form_data

pytestmark = pytest.mark.django_db


@pytest.fixture
def csm(client):
    user = make_csm()
    client.force_login(user)
    return user


def test_only_what_a_person_changed_is_validated_and_saved(csm):
    plan = make_plan(name="Before", start_date=dt.date(2026, 1, 1))
    data = {"name": "After", "initial-name": "Before", "status": plan.status}
    data |= {"initial-status": plan.status, "start_date": "2026-01-01"}
    data |= {"initial-start_date": "2026-01-01", "end_date": "nonsense", "initial-end_date": ""}
    data |= dict.fromkeys(("account", "initial-account"), plan.account.name)
    data |= {"account": str(plan.account), "initial-account": str(plan.account)}
    form = PlanForm(data, instance=plan, user=csm)
    assert not form.is_valid()
    assert set(form.errors) == {"end_date"}
    good = PlanForm(data | {"end_date": ""}, instance=plan, user=csm)
    assert good.is_valid(), good.errors
    assert (good.changes, good.shown) == ({"name": "After"}, {"name": "Before"})


def test_one_form_serves_a_single_cell(csm):
    kpi = make_kpi(baseline=0, current=1, target=10)
    data = {"current": "2", "initial-current": "1"}
    form = KpiForm(data, instance=kpi, user=csm, only=["current"])
    assert list(form.fields) == ["current"]
    assert form.is_valid(), form.errors
    assert form.changes == {"current": Decimal(2)}


@pytest.mark.parametrize(
    ("number_format", "typed", "value"),
    [
        (NumberFormat.COMMA_POINT, "1,234.5", "1234.5"),
        (NumberFormat.POINT_COMMA, "1.234,5", "1234.5"),
        (NumberFormat.SPACE_COMMA, "1 234,5", "1234.5"),
    ],
)
def test_r_num_1_forms_show_and_take_the_persons_numbers(client, number_format, typed, value):
    user = make_csm(number_format=number_format)
    client.force_login(user)
    kpi = make_kpi(baseline=Decimal("1000.25"), current=Decimal("1000.25"), target=2000)
    url = reverse("kpis:edit", args=[kpi.pk])
    untouched = edit_data(client, url)
    assert client.post(url, untouched).status_code == 302
    kpi.refresh_from_db()
    assert kpi.current == Decimal("1000.25")
    assert client.post(url, edit_data(client, url, current=typed)).status_code == 302
    kpi.refresh_from_db()
    assert kpi.current == Decimal(value)


def test_an_inactive_word_is_kept_where_it_stands_and_offered_nowhere_else(csm):
    word = KpiCategory.objects.create(label="Old word")
    kpi = make_kpi(category=word)
    KpiCategory.objects.filter(pk=word.pk).update(is_active=False)
    assert word in KpiForm(instance=kpi, user=csm).fields["category"].queryset
    assert word not in KpiForm(user=csm).fields["category"].queryset
    assert word not in KpiForm(instance=make_kpi(), user=csm).fields["category"].queryset


def test_fields_that_need_another_permission_are_not_there():
    assert "is_external" in ObjectiveForm(user=make_csm()).fields
    assert "is_external" not in ObjectiveForm(user=make_participant()).fields


def test_an_address_fills_in_only_fields_of_the_form(client, csm):
    account = make_account(name="Acme")
    page = client.get(
        reverse("plans:create"), {"account": account.pk, "name": "From a link", "nonsense": "x"}
    )
    text = page.content.decode()
    assert 'value="Acme' in text
    assert 'value="From a link"' in text


@pytest.mark.parametrize("account", ["999999", "x", "9" * 30, "9" * 5000, "\0", "<b>"])
def test_an_address_that_fills_in_nonsense_is_no_fault(client, csm, account):
    for name in ("plans:create", "objectives:create", "challenges:create", "contacts:create"):
        assert client.get(reverse(name), {"account": account}).status_code == 200


@pytest.mark.parametrize("name", ["plans", "objectives", "challenges", "contacts", "accounts"])
def test_characters_that_no_database_holds_are_refused_beside_the_field(client, csm, name):
    url = reverse(f"{name}:create")
    field = "title" if name == "challenges" else "name"
    data = edit_data(client, url, **{field: "a\0b", "account": "a\0b"})
    response = client.post(url, data)
    assert response.status_code == 422
    assert field in response.context["form"].errors


def test_after_saving_one_is_led_back_to_ones_own_pages_only(client, csm):
    plan = make_plan()
    url = reverse("plans:edit", args=[plan.pk])
    detail = reverse("plans:detail", args=[plan.pk])
    for wanted, led in (
        ("/home/?x=1", "/home/?x=1"),
        ("https://evil.example/", detail),
        ("//evil.example", detail),
        ("javascript:alert(1)", detail),
        ("", detail),
    ):
        response = client.post(url, edit_data(client, url, next=wanted))
        assert response.url == led, wanted


def test_a_record_deleted_meanwhile_is_404_and_nothing_is_made_anew(client, csm):
    plan = make_plan()
    url = reverse("plans:edit", args=[plan.pk])
    data = edit_data(client, url, name="Too late")
    SuccessPlan.objects.all().delete()
    assert client.post(url, data).status_code == 404
    assert not SuccessPlan.objects.exists()


class GoneMeanwhile:
    """Somebody else deletes a record after it was read and before it is locked to be saved."""

    def __init__(self, record):
        self.record = record

    def __call__(self, execute, sql, params, many, context):
        if self.record is not None and sql.startswith("SAVEPOINT"):
            record, self.record = self.record, None
            record.delete()
        return execute(sql, params, many, context)


def test_a_record_deleted_while_it_is_saved_is_said_and_what_was_typed_stays(client, csm):
    plan = make_plan()
    url = reverse("plans:edit", args=[plan.pk])
    data = edit_data(client, url, name="At the same moment")
    with connection.execute_wrapper(GoneMeanwhile(plan)):
        answer = client.post(url, data)
    assert answer.status_code == 409
    assert "Somebody else deleted this" in answer.content.decode()
    assert "At the same moment" in answer.content.decode()
    assert not SuccessPlan.objects.exists()


def test_a_record_is_deleted_by_post_only(client, csm):
    plan = make_plan()
    for method in (client.delete, client.put, client.patch):
        assert method(reverse("plans:delete", args=[plan.pk])).status_code == 405
    assert SuccessPlan.objects.exists()


def test_a_record_deleted_twice_at_once_is_404(client, csm):
    plan = make_plan()
    with connection.execute_wrapper(GoneMeanwhile(SuccessPlan.objects.get(pk=plan.pk))):
        answer = client.post(reverse("plans:delete", args=[plan.pk]))
    assert answer.status_code == 404


def test_a_row_deleted_while_the_rows_are_saved_is_said_and_what_was_typed_stays(client, csm):
    kpi = make_kpi(make_objective(), title="Before")
    url = f"{reverse('kpis:grid')}?objective={kpi.objective_id}"
    data = edit_data(client, url, **{"rows-0-title": "Typed"})
    with connection.execute_wrapper(GoneMeanwhile(ObjectiveKpi.objects.get(pk=kpi.pk))):
        answer = client.post(url, data)
    assert answer.status_code == 409
    assert "deleted by somebody else meanwhile" in answer.content.decode()
    assert "Typed" in answer.content.decode()


def test_ids_that_no_record_can_have_name_nothing(client, csm):
    long, foreign = "9" * 5000, "٣"
    kpi = make_kpi(make_objective())
    grid = f"{reverse('kpis:grid')}?objective="
    data = edit_data(client, f"{grid}{kpi.objective_id}", **{"rows-0-title": "Typed"})
    for nonsense in (long, foreign):
        assert client.get(f"{grid}{nonsense}").status_code == 404
        assert client.get(reverse("activities:create"), {"kpi": nonsense}).status_code == 200
        answer = client.post(f"{grid}{kpi.objective_id}", data | {"rows-0-id": nonsense})
        assert answer.status_code == 422
        answer = client.post(reverse("plans:create"), {"account": nonsense, "name": "Typed"})
        assert answer.status_code == 422


def test_a_conflict_keeps_what_was_typed_and_saving_again_keeps_ones_own(client, csm):
    plan = make_plan(name="As shown")
    url = reverse("plans:edit", args=[plan.pk])
    data = edit_data(client, url, name="Mine")
    SuccessPlan.objects.update(name="Theirs")
    response = client.post(url, data)
    assert response.status_code == 409
    text = response.content.decode()
    for said in ("Somebody else changed this meanwhile", "Theirs", 'value="Mine"'):
        assert said in text
    plan.refresh_from_db()
    assert plan.name == "Theirs"

    assert client.post(url, form_data(response)).status_code == 302
    plan.refresh_from_db()
    assert plan.name == "Mine"


# Rows saved with their record ---------------------------------------------------------------------
def grid(objective):
    return f"{reverse('kpis:grid')}?objective={objective.pk}"


def test_rows_are_added_changed_and_deleted_in_one_go(client, csm):
    objective = make_objective()
    kept, gone = make_kpi(objective, title="A kept"), make_kpi(objective, title="B gone")
    page = client.get(grid(objective))
    data = edit_data(client, grid(objective))
    prefix = page.context["formset"].prefix
    data |= {f"{prefix}-0-title": "A renamed", f"{prefix}-1-DELETE": "on"}
    data |= {f"{prefix}-2-title": "C new"}
    assert client.post(grid(objective), data).status_code == 302
    titles = list(ObjectiveKpi.objects.order_by("title").values_list("pk", "title"))
    assert titles[0] == (kept.pk, "A renamed")
    assert [title for _, title in titles] == ["A renamed", "C new"]
    assert gone.pk not in dict(titles)


def test_one_wrong_row_saves_none_and_keeps_all_that_was_typed(client, csm):
    objective = make_objective()
    make_kpi(objective, title="A")
    prefix = client.get(grid(objective)).context["formset"].prefix
    data = edit_data(client, grid(objective))
    data |= {f"{prefix}-0-title": "Renamed", f"{prefix}-1-title": "New"}
    data |= {f"{prefix}-1-target": "twelve"}
    response = client.post(grid(objective), data)
    assert response.status_code == 422
    assert list(ObjectiveKpi.objects.values_list("title", flat=True)) == ["A"]
    for typed in ('value="Renamed"', 'value="New"', 'value="twelve"'):
        assert typed in response.content.decode()


def test_a_row_that_somebody_else_deleted_is_not_made_anew_by_accident(client, csm):
    objective = make_objective()
    kpi = make_kpi(objective, title="A")
    prefix = client.get(grid(objective)).context["formset"].prefix
    data = edit_data(client, grid(objective), **{f"{prefix}-0-title": "Typed"})
    kpi.delete()
    response = client.post(grid(objective), data)
    assert response.status_code == 422
    assert "was deleted by somebody else meanwhile" in response.content.decode()
    assert 'value="Typed"' in response.content.decode()
    assert not ObjectiveKpi.objects.exists()


def test_a_row_of_another_record_cannot_be_smuggled_in(client, csm):
    objective = make_objective()
    make_kpi(objective, title="Mine")
    foreign = make_kpi(title="Foreign")
    prefix = client.get(grid(objective)).context["formset"].prefix
    data = edit_data(client, grid(objective))
    data |= {f"{prefix}-0-id": str(foreign.pk), f"{prefix}-0-title": "Stolen"}
    client.post(grid(objective), data)
    foreign.refresh_from_db()
    assert foreign.title == "Foreign"


def test_too_many_rows_are_refused_not_a_fault(client, csm):
    objective = make_objective()
    prefix = client.get(grid(objective)).context["formset"].prefix
    for total in ("1001", "9" * 20, "-1", "x", ""):
        data = edit_data(client, grid(objective), **{f"{prefix}-TOTAL_FORMS": total})
        assert client.post(grid(objective), data).status_code in (302, 422), total


# Rich text ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("<p>Hello <b>you</b></p>", "<p>Hello <b>you</b></p>"),
        ("<script>alert(1)</script>Hi", "Hi"),
        ('<img src="x" onerror="alert(1)">', ""),
        ('<a href="javascript:alert(1)">x</a>', '<a rel="noopener nofollow">x</a>'),
        ('<p style="color:red" onclick="x()">a</p>', "<p>a</p>"),
        ("<svg><a href='data:text/html,x'>y</a></svg>", None),
    ],
)
def test_rich_text_is_cleaned_when_it_is_saved(typed, kept):
    found = RichTextField().clean(typed)
    if kept is not None:
        assert found == kept
    assert "script" not in found
    assert "data:" not in found
    assert sanitise(found) == found


def test_plain_text_with_signs_is_kept_as_typed():
    assert RichTextField().clean("a & b > c") == "a & b > c"


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "a\0b"])
def test_a_time_zone_that_does_not_exist_is_refused_beside_the_field(client, csm, zone):
    url = reverse("core:preferences")
    plain = {name: getattr(csm, name) for name in PERSONAL}
    answer = client.post(url, plain | {"time_zone": zone, "first_name": "Typed"})
    assert answer.status_code == 422
    assert "Typed" in answer.content.decode()
    csm.refresh_from_db()
    assert (csm.time_zone, csm.first_name) == ("", "Person")


@pytest.mark.parametrize(
    ("model", "name", "typed", "right"),
    [
        (CsActivity, "duration", "half an hour", "Write it like 45."),
        (CsActivity, "happened_at", "yesterday", "Write them like 2026-11-23 14:30."),
        (Objective, "due_date", "next week", "Write it like 2026-11-23."),
    ],
)
def test_r_num_1_what_cannot_be_read_is_refused_with_the_right_form(model, name, typed, right):
    field = form_field(model._meta.get_field(name))
    with pytest.raises(ValidationError, match=right):
        field.clean(typed)


@pytest.mark.parametrize("left", ["<div><br></div>", "<div>&nbsp;</div>\n", "<h3></h3>"])
def test_rich_text_that_says_nothing_is_empty(left):
    assert RichTextField(required=False).clean(left) == ""


def test_what_the_editor_writes_passes_unchanged():
    written = (
        "<h3>Aims</h3><div>Less <strong>churn</strong>, <em>soon</em>, <del>never</del>"
        "<br>and <code>x</code></div><ul><li>one<ul><li>two</li></ul></li></ul>"
        "<ol><li>first</li></ol><blockquote>said</blockquote><pre>code</pre>"
    )
    assert RichTextField().clean(written) == written
