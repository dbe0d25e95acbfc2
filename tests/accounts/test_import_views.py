"""The Import page over HTTP: choose, check, confirm, mend; who may; what is refused."""

from __future__ import annotations

import csv
import datetime as dt
from io import StringIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from apps.accounts import import_run_services as runs
from apps.accounts import tasks
from apps.accounts.choices import ImportState
from apps.accounts.models import Account, Contact, ImportRun
from apps.core.access import Refused
from tests.factories import make_account, make_administrator, make_csm, make_participant
from tests.pages import form_data, queries

pytestmark = pytest.mark.django_db
START = "accounts:import"
GOOD = "Id;Company;ARR;Contact;E-mail\nA1;Acme;1.200,50;Jo Field;jo@acme.example\nA2;Beta;;;\n"
MIXED = GOOD + "A3;Gamma;a lot;;\n"


@pytest.fixture
def csm(client):
    user = make_csm()
    client.force_login(user)
    return user


def upload(client, text, name="customers.csv", **fields):
    content = text if isinstance(text, bytes) else text.encode()
    return client.post(reverse(START), {"file": SimpleUploadedFile(name, content), **fields})


def page(client, response):
    assert response.status_code == 302, response.content.decode()
    return client.get(response.url)


def confirm(client, run, rows="all", **data):
    run.refresh_from_db()
    data = {"rows": rows, "check": run.report["check"]} | data
    return client.post(reverse("accounts:import-confirm", args=[run.pk]), data)


def test_a_file_is_checked_first_and_imported_when_confirmed(client, csm):
    shown = page(client, upload(client, GOOD))
    run = ImportRun.objects.get()
    text = shown.content.decode()
    assert "To create" in text
    assert "numbers are read like 1.234,56" in text
    assert not Account.objects.exists()
    stored = Path(run.file.path)
    assert stored.exists()

    result = page(client, confirm(client, run))
    assert "The file was imported" in result.content.decode()
    run.refresh_from_db()
    assert (run.state, run.report["outcome"]["counts"]["create"]) == (ImportState.DONE, 2)
    account = Account.objects.get(external_id="A1")
    assert str(account.arr) == "1200.50"
    assert account.contacts.get().email == "jo@acme.example"
    event = Account.events.rel.related_model.objects.filter(pgh_obj_id=account.pk).get()
    assert (event.pgh_door, event.pgh_actor) == ("import", csm)
    assert str(event.pgh_operation) == run.report["outcome"]["operation"]


def test_the_file_is_thrown_away_when_it_is_in(client, csm, django_capture_on_commit_callbacks):
    upload(client, GOOD)
    run = ImportRun.objects.get()
    with django_capture_on_commit_callbacks(execute=True):
        confirm(client, run)
    assert not Path(run.file.path).exists()


def test_good_rows_come_in_by_choice_and_bad_ones_come_back_as_a_file(client, csm):
    shown = page(client, upload(client, MIXED))
    assert "1 row with errors" in shown.content.decode()
    run = ImportRun.objects.get()

    refused = page(client, confirm(client, run, "all"))
    assert "Nothing was imported: some rows have errors" in refused.content.decode()
    assert not Account.objects.exists()

    page(client, confirm(client, run, "good"))
    assert set(Account.objects.values_list("external_id", flat=True)) == {"A1", "A2"}
    answer = client.get(reverse("accounts:import-errors", args=[run.pk]))
    assert 'filename="customers-errors.csv"' in answer.headers["Content-Disposition"]
    content = b"".join(answer.streaming_content).decode("utf-8-sig")
    header, row = csv.reader(StringIO(content), delimiter=";")
    assert header == [
        "Row in the file",
        "What is wrong",
        "Id",
        "Company",
        "ARR",
        "Contact",
        "E-mail",
    ]
    assert row[0] == "4"
    assert "“a lot” is not a number" in row[1]
    assert row[2:] == ["A3", "Gamma", "a lot", "", ""]

    mended = content.replace("a lot;", "7;")
    page(client, upload(client, mended, "mended.csv"))
    page(client, confirm(client, ImportRun.objects.latest("pk")))
    assert str(Account.objects.get(external_id="A3").arr) == "7.00"


def test_columns_are_mapped_on_the_page(client, csm):
    shown = page(client, upload(client, "Kürzel;Haus\nX1;Acme\n"))
    run = ImportRun.objects.get()
    assert "No column holds the account" in shown.content.decode()
    assert "rows" not in form_data(shown)
    address = reverse("accounts:import-run", args=[run.pk])
    twice = client.post(address, form_data(shown, column_0="name", column_1="name"))
    assert twice.status_code == 422
    assert "“Kürzel” fills Account name already" in twice.content.decode()

    page(client, client.post(address, form_data(shown, column_0="external_id", column_1="name")))
    page(client, confirm(client, run))
    assert Account.objects.get(name="Acme").external_id == "X1"


def test_the_order_of_dates_can_be_said(client, csm):
    shown = page(client, upload(client, "Name,Renewal date\nAcme,03/04/2026\n"))
    assert "No value tells whether day or month comes first" in shown.content.decode()
    run = ImportRun.objects.get()
    address = reverse("accounts:import-run", args=[run.pk])
    page(client, client.post(address, form_data(shown, dates="mdy")))
    page(client, confirm(client, run))
    assert Account.objects.get().renewal_date == dt.date(2026, 3, 4)


def test_what_would_change_is_shown_field_by_field(client, csm):
    make_account(name="Acme", external_id="A1", industry="Retail")
    shown = page(client, upload(client, "Id,Name,Industry\nA1,Acme,Health\n"))
    text = shown.content.decode()
    assert "<del>Retail</del> → <ins>Health</ins>" in text


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.csv", b"", "The file is empty"),
        ("a.csv", b"PK\x03\x04rest", "an Excel workbook"),
        ("a.xlsx", b"Name\nAcme\n", "must end in .csv"),
        ("a.csv", bytes(range(256)) * 20, "The file is binary"),
    ],
)
def test_what_is_no_text_is_refused_and_not_kept(client, csm, name, content, reason):
    response = upload(client, content, name)
    assert response.status_code == 422
    assert reason in response.content.decode()
    assert not ImportRun.objects.exists()


def test_no_file_at_all_is_said(client, csm):
    response = client.post(reverse(START), {})
    assert response.status_code == 422
    assert "Choose a CSV file first" in response.content.decode()


def test_a_file_that_is_too_big_is_refused(client, csm, settings):
    settings.IMPORT_MAX_BYTES = 2048
    response = upload(client, "Name\n" + "Acme\n" * 1000)
    assert response.status_code == 422
    assert "at most 2 kB can be imported at once" in response.content.decode()


def test_a_long_file_is_checked_and_imported_by_jobs(client, csm, settings):
    settings.IMPORT_ROWS_AT_ONCE = 1
    shown = page(client, upload(client, GOOD))
    text = shown.content.decode()
    run = ImportRun.objects.get()
    assert "The file is being checked" in text
    assert "data-poll" in text
    (job,) = ProcrastinateJob.objects.filter(task_name="accounts.import_work")
    assert job.args == {"run_id": run.pk}

    tasks.work(run_id=run.pk)
    address = reverse("accounts:import-run", args=[run.pk])
    polled = client.get(address, HTTP_HX_REQUEST="true", HTTP_HX_TARGET="import-progress")
    assert polled.headers["HX-Refresh"] == "true"
    confirm(client, run)
    assert not Account.objects.exists()
    assert "being imported" in client.get(address).content.decode()
    tasks.work(run_id=run.pk)
    tasks.work(run_id=run.pk)
    assert Account.objects.count() == 2


def test_a_poll_says_how_many_rows_were_read(client, csm, settings):
    settings.IMPORT_ROWS_AT_ONCE = 1
    upload(client, GOOD)
    run = ImportRun.objects.get()
    runs.progress_path(run).write_text("12000")
    address = reverse("accounts:import-run", args=[run.pk])
    polled = client.get(address, HTTP_HX_REQUEST="true", HTTP_HX_TARGET="import-progress")
    assert "12,000 rows read" in polled.content.decode()
    assert "<html" not in polled.content.decode()
    assert "HX-Refresh" not in polled.headers


def test_a_job_that_was_killed_can_be_started_again(client, csm, settings):
    settings.IMPORT_ROWS_AT_ONCE = 1
    upload(client, GOOD)
    settings.IMPORT_ROWS_AT_ONCE = 1000
    run = ImportRun.objects.get()
    address = reverse("accounts:import-run", args=[run.pk])
    busy = client.post(address, {})
    assert busy.status_code == 403
    ImportRun.objects.update(updated_at=timezone.now() - dt.timedelta(hours=1))
    assert "Nothing of the file was saved" in client.get(address).content.decode()
    page(client, client.post(address, {}))
    run.refresh_from_db()
    assert run.state == ImportState.CHECKED


def test_what_changed_since_the_check_is_shown_before_anything_is_written(client, csm):
    upload(client, GOOD)
    run = ImportRun.objects.get()
    make_account(name="Acme", external_id="A1")
    shown = page(client, confirm(client, run))
    assert "since the check somebody changed these accounts" in shown.content.decode()
    assert not Account.objects.filter(external_id="A2").exists()
    page(client, confirm(client, run))
    assert Account.objects.filter(external_id="A2").exists()


def test_only_the_check_that_was_seen_is_confirmed_and_only_once(client, csm):
    upload(client, GOOD)
    run = ImportRun.objects.get()
    assert confirm(client, run, check="another").status_code == 403
    assert not Account.objects.exists()
    check = ImportRun.objects.get().report["check"]
    confirm(client, run)
    assert confirm(client, run, check=check).status_code == 403
    assert Account.objects.count() == 2


def test_a_file_that_breaks_off_is_refused_as_a_whole(client, csm):
    text = 'Name,Industry\nAcme,"never closed\n' + "x" * 140_000
    shown = page(client, upload(client, text))
    assert "a quotation mark there opens and never closes" in shown.content.decode()
    assert ImportRun.objects.get().state == ImportState.FAILED


@pytest.mark.parametrize("make", [make_participant, lambda: make_csm(), make_administrator])
def test_list_import_opens_the_page_and_nothing_else_does(client, make):
    user = make()
    client.force_login(user)
    allowed = user.has_perm("core.import_list")
    assert client.get(reverse(START)).status_code == (200 if allowed else 403)
    assert client.get(reverse("accounts:import-example")).status_code == (200 if allowed else 403)
    assert upload(client, GOOD).status_code == (302 if allowed else 403)
    assert ImportRun.objects.exists() is allowed


def test_who_may_import_but_not_create_is_told_and_nothing_is_written(client):
    client.force_login(make_administrator())
    shown = page(client, upload(client, GOOD))
    assert "does not let you create accounts" in shown.content.decode()
    run = ImportRun.objects.get()
    shown = page(client, confirm(client, run))
    assert "does not let you create accounts" in shown.content.decode()
    assert not Account.objects.exists()
    assert not Contact.objects.exists()


def test_the_files_of_others_are_not_there(client, csm):
    upload(client, MIXED)
    run = ImportRun.objects.get()
    check = run.report["check"]
    client.force_login(make_csm())
    for name in ("import-run", "import-errors"):
        assert client.get(reverse(f"accounts:{name}", args=[run.pk])).status_code == 404
    assert confirm(client, run, check=check).status_code == 404
    assert client.post(reverse("accounts:import-run", args=[run.pk])).status_code == 404
    assert "customers.csv" not in client.get(reverse(START)).content.decode()


def test_the_example_file_can_be_imported(client, csm):
    example = client.get(reverse("accounts:import-example")).content
    shown = page(client, upload(client, example))
    assert "row with errors" not in shown.content.decode()
    page(client, confirm(client, ImportRun.objects.get()))
    assert Account.objects.get(external_id="C-1002").parent.name == "Northwind Group"
    assert Contact.objects.count() == 3


def test_files_that_nobody_came_back_to_are_thrown_away(client, csm):
    upload(client, MIXED)
    run = ImportRun.objects.get()
    tasks.purge(timestamp=0)
    assert ImportRun.objects.exists()
    ImportRun.objects.update(created_at=timezone.now() - dt.timedelta(days=8))
    tasks.purge(timestamp=0)
    assert not ImportRun.objects.exists()
    assert not Path(run.file.path).exists()
    assert not runs.error_path(run).exists()
    tasks.work(run_id=run.pk)


def test_services_refuse_whoever_may_not_import():
    with pytest.raises(Refused, match="import lists"):
        runs.run_create(actor=make_participant(), file=None, name="a.csv")


def test_the_pages_need_the_same_statements_for_one_file_and_for_many(client, csm):
    upload(client, GOOD)
    run = ImportRun.objects.get()
    few = queries(client, reverse(START))
    for _ in range(7):
        upload(client, MIXED)
    assert queries(client, reverse(START)) == few <= 12
    assert queries(client, reverse("accounts:import-run", args=[run.pk])) <= 12
