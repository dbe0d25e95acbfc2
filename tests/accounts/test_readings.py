"""The list of readings, and files of them: every fed record changes once, to its newest."""

from __future__ import annotations

import csv
import datetime as dt
import io
from decimal import Decimal
from uuid import UUID

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts import import_run_services as runs
from apps.accounts import tasks
from apps.accounts.models import AttributeDefinition, AttributeValue, ImportRun
from apps.core.models import Notification
from apps.core.undo_services import undo
from apps.kpis.models import KpiValue, ObjectiveKpi
from apps.objectives.models import Objective
from tests.factories import (
    make_account,
    make_attribute,
    make_csm,
    make_kpi,
    make_objective,
    make_participant,
)
from tests.pages import queries

pytestmark = pytest.mark.django_db
HEAD = ["Account", "Attribute", "Value", "Measured on"]
FIRST = dt.date(2026, 1, 1)
KPI_EVENTS = ObjectiveKpi.events.rel.related_model
OBJECTIVE_EVENTS = Objective.events.rel.related_model


@pytest.fixture
def csm(client, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    user = make_csm()
    client.force_login(user)
    return user


@pytest.fixture
def acme():
    return make_account(name="Acme", external_id="A-1")


@pytest.fixture
def seats():
    return make_attribute(key="seats", label="Seats in use")


def text_of(rows, head=HEAD):
    written = io.StringIO()
    csv.writer(written).writerows([head, *rows])
    return written.getvalue()


def imported(actor, rows, head=HEAD, *, good_rows=False):
    """A file that is checked and then imported; what was said of it."""
    run = runs.run_create(
        actor=actor,
        file=ContentFile(text_of(rows, head).encode()),
        name="readings.csv",
        kind="attribute_value",
    )
    tasks.perform(run)
    run.refresh_from_db()
    assert "outcome" in run.report, run.report
    checked = run.report["outcome"]
    if checked["counts"]["errors"] and not good_rows:
        return checked
    runs.run_confirm(actor=actor, run=run, good_rows=good_rows, check=run.report["check"])
    run.refresh_from_db()
    tasks.perform(run)
    run.refresh_from_db()
    assert run.report["outcome"]["counts"] == checked["counts"]
    return run.report["outcome"]


def stored():
    rows = AttributeValue.objects.order_by("measured_on", "pk")
    return [(row.account.name, row.definition.key, row.value, row.measured_on.day) for row in rows]


# Files -------------------------------------------------------------------------------------------
def test_accounts_by_name_or_external_id_and_attributes_by_label_or_key(csm, acme, seats):
    counts = imported(
        csm,
        [
            ["Acme", "Seats in use", "10", "2026-01-01"],
            ["A-1", "seats", "11.5", "2026-01-02"],
            [f"Acme #{acme.pk}", "SEATS", "12", "2026-01-03"],
        ],
    )["counts"]
    assert (counts["create"], counts["errors"]) == (3, 0)
    assert stored() == [
        ("Acme", "seats", 10, 1),
        ("Acme", "seats", Decimal("11.5"), 2),
        ("Acme", "seats", 12, 3),
    ]
    assert set(AttributeValue.objects.values_list("door", "recorded_by")) == {("import", csm.pk)}


def test_the_very_same_reading_again_is_unchanged_and_not_there_twice(csm, acme, seats):
    rows = [["Acme", "seats", "10", "2026-01-01"], ["A-1", "seats", "10.0", "2026-01-01"]]
    first = imported(csm, rows)["counts"]
    assert (first["create"], first["unchanged"]) == (1, 1)
    again = imported(csm, [*rows, ["Acme", "seats", "11", "2026-01-01"]])["counts"]
    assert (again["create"], again["unchanged"]) == (1, 2)
    assert [value for _, _, value, _ in stored()] == [10, 11]


def test_the_same_reading_in_another_thousand_rows_is_found_too(csm, acme, seats):
    rows = [["Acme", "seats", str(n), "2026-01-01"] for n in range(1_000)]
    counts = imported(csm, [*rows, ["Acme", "seats", "7", "2026-01-01"]])["counts"]
    assert (counts["create"], counts["unchanged"]) == (1_000, 1)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (["Nobody", "seats", "1", "2026-01-01"], "There is no account “Nobody”"),
        (["Acme", "Nothing", "1", "2026-01-01"], "“Nothing” is no attribute"),
        (["Acme", "Twin", "1", "2026-01-01"], "More than one attribute is called “Twin”"),
        (["Acme", "retired", "1", "2026-01-01"], "“retired” is no attribute"),
        (["Acme", "seats", "many", "2026-01-01"], "many"),
        (["Acme", "seats", "1", "2026-02-30"], "2026-02-30"),
        (["Acme", "seats", "", "2026-01-01"], "a new record needs it"),
        (["", "seats", "1", "2026-01-01"], "a new record needs it"),
    ],
)
def test_what_a_row_cannot_be_is_said_and_the_good_rows_can_be_had(csm, acme, seats, row, said):
    for key in ("twin-1", "twin-2"):
        make_attribute(key=key, label="Twin")
    make_attribute(key="retired", label="Retired", is_active=False)
    good = ["Acme", "seats", "5", "2026-01-01"]
    refused = imported(csm, [good, row])
    assert refused["counts"]["errors"] == 1
    assert said in refused["errors"][0][1], refused["errors"]
    assert stored() == []
    imported(csm, [good, row], good_rows=True)
    assert stored() == [("Acme", "seats", 5, 1)]


def test_twins_are_told_apart_by_their_keys(csm, acme):
    for key in ("twin-1", "twin-2"):
        make_attribute(key=key, label="Twin")
    imported(csm, [["Acme", "twin-2", "1", "2026-01-01"]])
    assert stored() == [("Acme", "twin-2", 1, 1)]


def test_a_recorded_reading_is_not_changed_by_a_file(csm, acme, seats):
    reading = AttributeValue.objects.create(
        account=acme, definition=seats, value=5, measured_on=FIRST
    )
    head = ["Record id", *HEAD]
    same = [str(reading.pk), "Acme", "Seats in use", "5", "2026-01-01"]
    assert imported(csm, [same], head)["counts"]["unchanged"] == 1
    other = [*same[:3], "6", same[4]]
    assert "stays as it was recorded" in imported(csm, [other], head)["errors"][0][1]


def test_a_file_without_a_needed_column_says_which(csm, acme, seats):
    run = runs.run_create(
        actor=csm,
        file=ContentFile(b"Account,Value\nAcme,5\n"),
        name="readings.csv",
        kind="attribute_value",
    )
    tasks.perform(run)
    run.refresh_from_db()
    said = str(run.report)
    assert "No column holds “Attribute”, “Measured on”" in said, said


def test_a_customer_that_somebody_may_not_see_is_not_there_for_a_file(csm, acme, seats):
    stranger = make_participant()
    with pytest.raises(Exception, match="import"):
        imported(stranger, [["Acme", "seats", "5", "2026-01-01"]])
    assert stored() == []


# What readings move ------------------------------------------------------------------------------
def fed(number, seats, user):
    """Accounts, each with a KPI and an objective that follow one attribute."""
    owner = user.resource
    accounts = [make_account(name=f"Account {n}", external_id=f"X{n}") for n in range(number)]
    for account in accounts:
        objective = make_objective(
            account=account,
            attribute=seats,
            completion_type="attribute",
            baseline=0,
            target=100,
            owner=owner,
        )
        make_kpi(objective, baseline=0, target=1_000, attribute=seats)
    return accounts


def test_r_kpi_10_r_obj_6_ten_thousand_readings_move_every_record_once(csm, seats):
    """For 500 accounts, in no order of days, with a value that passes the target in between."""
    accounts, days = fed(500, seats, make_csm()), 20
    # The newest stands in the middle of the file.
    order = [*range(days // 2, days), *range(days // 2)]
    rows = [
        [f"X{n}", "seats", str(200 - day if day < days - 1 else 120), FIRST + dt.timedelta(day)]
        for day in order
        for n in range(len(accounts))
    ]
    assert len(rows) == 10_000
    kpi_events, objective_events = KPI_EVENTS.objects.count(), OBJECTIVE_EVENTS.objects.count()
    with CaptureQueriesContext(connection) as captured:
        outcome = imported(csm, rows)
    assert outcome["counts"]["create"] == 10_000
    # Checked and imported: both ways through the file.
    assert len(captured) <= 80 * 10, len(captured)
    assert KPI_EVENTS.objects.count() == kpi_events + 500
    assert OBJECTIVE_EVENTS.objects.count() == objective_events + 500
    assert set(ObjectiveKpi.objects.values_list("current", flat=True)) == {Decimal(120)}
    moved = Objective.objects.values_list("current", "status__kind").order_by().distinct()
    assert list(moved) == [(Decimal(120), "completed")]
    assert KpiValue.objects.filter(door="attribute").count() == 10_000
    # One word to the owner for all of it, in the same transaction.
    (word,) = Notification.objects.filter(kind="objective")
    assert len(word.data["records"]) == 500


def test_the_statements_of_a_thousand_rows_are_constant(csm, seats):
    accounts = fed(20, seats, make_csm())
    imported(csm, [[f"X{n}", "seats", "900", FIRST] for n in range(len(accounts))])
    counts = {}
    for thousands in (1, 2, 3):
        first = FIRST + dt.timedelta(1_000 * thousands)
        rows = [
            [f"X{n % len(accounts)}", "seats", str(n), first + dt.timedelta(n % 50)]
            for n in range(1_000 * thousands)
        ]
        with CaptureQueriesContext(connection) as captured:
            imported(csm, rows)
        counts[thousands] = len(captured)
    assert counts[3] - counts[2] == counts[2] - counts[1] <= 80, counts


def test_r_obj_6_undo_of_an_import_brings_all_back(csm, seats):
    (account,) = fed(1, seats, make_csm())
    imported(csm, [["X0", "seats", "50", "2026-01-01"]])
    outcome = imported(
        csm, [["X0", "seats", "150", "2026-01-03"], ["X0", "seats", "70", "2026-01-02"]]
    )
    assert Objective.objects.values_list("current", "status__kind").get() == (150, "completed")
    undo(actor=csm, done=UUID(outcome["operation"]))
    assert Objective.objects.values_list("current", "status__kind").get() == (50, None)
    assert ObjectiveKpi.objects.get().current == 50
    assert [value for *_, value, _ in stored()] == [50]
    assert account.readings.count() == 1


def held_on(kpi, day):
    """The value of a KPI on a day, as reports read its series."""
    rows = KpiValue.objects.filter(kpi=kpi, measured_on__lte=day)
    return rows.order_by("-measured_on", "-recorded_at", "-pk").first().current


def test_r_kpi_9_undo_of_an_import_leaves_a_series_that_reads_as_before(csm, seats):
    fed(1, seats, make_csm())
    kpi = ObjectiveKpi.objects.get()
    imported(csm, [["X0", "seats", "50", "2026-01-10"], ["X0", "seats", "40", "2026-01-05"]])
    days = [FIRST + dt.timedelta(number) for number in range(4, 20)]
    before = [held_on(kpi, day) for day in days]
    outcome = imported(
        csm,
        [
            ["X0", "seats", "70", "2026-01-07"],
            ["X0", "seats", "71", "2026-01-08"],
            ["X0", "seats", "80", "2026-01-12"],
        ],
    )
    assert [held_on(kpi, day) for day in days] != before
    undo(actor=csm, done=UUID(outcome["operation"]))
    assert [held_on(kpi, day) for day in days] == before
    assert (ObjectiveKpi.objects.get().current, kpi.objective.status) == (50, None)


# Pages -------------------------------------------------------------------------------------------
def test_the_list_filters_by_account_children_attribute_days_and_words(client, csm, acme, seats):
    child = make_account(name="Acme France", parent=acme)
    other, errors = make_account(name="Other"), make_attribute(key="errors", label="Error rate")
    for account, definition, number in (
        (acme, seats, 1),
        (child, seats, 2),
        (other, seats, 3),
        (acme, errors, 4),
    ):
        AttributeValue.objects.create(
            account=account,
            definition=definition,
            value=number,
            measured_on=FIRST + dt.timedelta(number),
        )
    for query, numbers in (
        ("", {1, 2, 3, 4}),
        (f"account={acme.pk}", {1, 4}),
        (f"account={acme.pk}&children=1", {1, 2, 4}),
        (f"definition={errors.pk}", {4}),
        ("since=2026-01-04", {3, 4}),
        ("until=2026-01-03", {1, 2}),
        ("q=acme+seats", {1, 2}),
        ("q=A-1", {1, 4}),
        ("door=import", set()),
    ):
        rows = client.get(f"/readings/?{query}").context["table"]["body"]
        values = AttributeValue.objects.in_bulk()
        found = {int(v.value) for pk, v in values.items() if f'id="attribute_value-{pk}"' in rows}
        assert found == numbers, query


def test_the_account_page_leads_to_all_readings_and_to_the_import(client, csm, acme, seats):
    html = client.get(f"/accounts/{acme.pk}/?tab=attributes").content.decode()
    assert f'href="/readings/?account={acme.pk}"' in html
    assert 'href="/readings/import/"' in html
    client.force_login(make_participant())
    assert (
        "/readings/import/"
        not in client.get(f"/accounts/{acme.pk}/?tab=attributes").content.decode()
    )


def test_one_reading_is_recorded_by_hand_and_shown_among_the_others(client, csm, acme, seats):
    address = reverse("readings:create")
    assert client.get(address).status_code == 200
    typed = {
        "account": f"Acme #{acme.pk}",
        "definition": seats.pk,
        "value": "12.5",
        "measured_on": "2026-01-02",
    }
    response = client.post(address, typed)
    assert response.status_code == 302, response.content.decode()
    reading = AttributeValue.objects.get()
    assert (reading.value, reading.recorded_by) == (Decimal("12.5"), csm)
    shown = client.get(reverse("readings:detail", args=[reading.pk]))
    assert shown.url == f"/accounts/{acme.pk}/?tab=attributes&series={seats.pk}"
    client.force_login(make_participant())
    assert client.post(address, typed).status_code == 403
    assert AttributeValue.objects.count() == 1


def test_a_file_is_chosen_looked_at_and_imported_on_the_page(client, csm, acme, seats):
    content = text_of([["Acme", "seats", "5", "2026-01-01"]]).encode()
    response = client.post(
        reverse("readings:import"), {"file": SimpleUploadedFile("r.csv", content)}
    )
    run = ImportRun.objects.get()
    assert response.url == reverse("readings:import-run", args=[run.pk])
    page = client.get(response.url)
    assert page.status_code == 200
    confirm = reverse("readings:import-confirm", args=[run.pk])
    client.post(confirm, {"rows": "all", "check": run.report["check"]})
    assert stored() == [("Acme", "seats", 5, 1)]
    assert client.get(response.url).status_code == 200
    example = b"".join(client.get(reverse("readings:import-example")))
    assert b"Account" in example


def test_the_list_asks_as_much_for_eight_rows_as_for_one(client, csm, acme, seats):
    counts = []
    for number in (1, 7):
        for n in range(number):
            AttributeValue.objects.create(
                account=make_account(), definition=make_attribute(), value=n, measured_on=FIRST
            )
        counts.append(queries(client, "/readings/"))
    assert counts[0] == counts[1] <= 10, counts


def test_rehearsed_twice_in_one_transaction_nothing_waits(csm, acme, seats):
    with transaction.atomic():
        for _ in range(2):
            run = runs.run_create(
                actor=csm,
                file=ContentFile(text_of([["Acme", "seats", "5", "2026-01-01"]]).encode()),
                name="r.csv",
                kind="attribute_value",
            )
            tasks.perform(run)
            run.refresh_from_db()
            assert run.report["outcome"]["counts"]["create"] == 1
    assert stored() == []
    assert AttributeDefinition.objects.filter(key="seats").exists()
