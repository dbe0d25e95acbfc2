"""Lists as files: exactly what is shown, streamed, in the background when long, for their owner."""

from __future__ import annotations

import csv
import datetime as dt
import gc
import io
import tracemalloc
from decimal import Decimal
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook
from procrastinate.contrib.django.models import ProcrastinateJob

from apps.accounts.models import Account, AccountTag
from apps.core import export_services, tasks
from apps.core.choices import ExportState
from apps.core.export_tables import csv_pieces, listing_of
from apps.core.kinds import KINDS
from apps.core.models import ExportRun, Notification, SavedView, Tag
from apps.core.transfer_tables import Sheet
from apps.playbooks.models import TaskPin
from tests import factories
from tests.architecture.world import populate
from tests.core.test_transfer import exported, rows_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def csm(client):
    user = factories.make_csm()
    client.force_login(user)
    return user


@pytest.fixture
def files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def choose(user, kind, *columns):
    user.preferences.create(key=f"list:{kind}", data={"columns": list(columns)})


def test_the_rows_columns_and_order_are_those_of_the_list(client, csm):
    choose(csm, "plan", "status", "name", "actions", "end_date")
    for name, status in (("B", "active"), ("A", "active"), ("C", "draft")):
        factories.make_plan(name=name, status=status, end_date=dt.date(2026, 5, 1))
    rows = rows_of(exported(client, "plan", "status=active&sort=-name&page=7&size=25"))
    assert rows[0] == ["Record id", "Status", "Name", "End"]
    assert [row[1:] for row in rows[1:]] == [
        ["Active", "B", "2026-05-01"],
        ["Active", "A", "2026-05-01"],
    ]


def test_a_saved_view_brings_its_columns(client, csm):
    factories.make_plan(name="B")
    view = SavedView.objects.create(
        owner=csm, key="list:plan", name="Mine", query="", columns=["name", "review_date"]
    )
    rows = rows_of(exported(client, "plan", f"view={view.pk}"))
    assert rows[0] == ["Record id", "Name", "Business review"]


def test_pinned_tasks_stand_first_as_in_the_list(client, csm):
    choose(csm, "task", "name")
    for name in "ABC":
        factories.make_task(name=name)
    TaskPin.objects.create(user=csm, task=factories.make_task(name="Pinned"))
    rows = rows_of(exported(client, "task", "sort=name"))
    assert [row[1] for row in rows[1:]] == ["Pinned", "A", "B", "C"]


def test_the_external_key_always_comes_along(client, csm):
    choose(csm, "account", "name")
    factories.make_account(name="Acme", external_id="A1")
    assert rows_of(exported(client, "account"))[0] == ["Record id", "External id", "Name"]


def test_values_are_plain_and_people_have_addresses(client, csm):
    choose(csm, "objective", "name", "status", "owner", "target", "due_date", "tags", "updated_at")
    owner = factories.make_resource(name="Nina", email="nina@example.com")
    objective = factories.make_objective(
        owner=owner, target=Decimal("-12345.5"), due_date=dt.date(2026, 5, 1)
    )
    for label in ("VIP", "Pilot"):
        objective.tag_links.create(tag=Tag.objects.create(label=label))
    row = rows_of(exported(client, "objective"))[1]
    assert row[3:7] == ["nina@example.com", "-12345.5", "2026-05-01", "Pilot; VIP"]
    assert dt.datetime.fromisoformat(row[7]) == objective.updated_at
    sheet = load_workbook(
        io.BytesIO(b"".join(exported(client, "objective", form="xlsx").streaming_content))
    ).active
    assert sheet.cell(2, 5).value == -12345.5
    assert sheet.cell(2, 6).value == dt.datetime(2026, 5, 1)  # noqa: DTZ001 (as a workbook has it)


@pytest.mark.parametrize("kind", KINDS)
def test_every_list_is_exported_with_all_its_columns_in_the_same_statements(client, csm, kind):
    listing = listing_of(kind, csm)
    choose(csm, kind, *listing.table.base_columns)
    populate(factories.make_account(), author=csm)
    exported(client, kind)

    def statements():
        with CaptureQueriesContext(connection) as captured:
            rows = rows_of(exported(client, kind))
        return len(rows), len(captured)

    few, before = statements()
    populate(factories.make_account(), rows=8, author=csm)
    many, after = statements()
    assert many >= few
    assert after == before
    assert "Record id" in rows_of(exported(client, kind))[0]


def test_two_statements_at_most_for_a_thousand_rows_and_memory_stays_flat(csm):
    tag = Tag.objects.create(label="VIP")
    sizes, counts = {}, {}
    made = 0
    for number in (4_500, 7_000):
        Account.objects.bulk_create(
            (Account(name=f"Account {n}") for n in range(made, number)), batch_size=5000
        )
        made = number
        if number == 4_500:
            AccountTag.objects.bulk_create(
                AccountTag(account=one, tag=tag) for one in Account.objects.all()
            )
        sheet = Sheet(listing_of("account", csm), csm, QueryDict(), ["name", "tags", "arr", "csm"])
        # How much waits to be collected is not to depend on what other tests left behind.
        gc.collect()
        gc.freeze()
        gc.collect()
        tracemalloc.start()
        with CaptureQueriesContext(connection) as captured:
            written = sum(len(piece) for piece in csv_pieces(sheet.header, sheet.lines()))
        sizes[number] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        gc.unfreeze()
        counts[number] = len(captured)
        assert written > number * 10
    assert counts[7_000] - counts[4_500] <= 6, counts
    assert sizes[7_000] < sizes[4_500] * 1.25 + 500_000, sizes


def test_who_may_not_export_is_refused_and_is_offered_nothing(client, csm):
    assert "data-export" in client.get(reverse("plans:list")).content.decode()
    csm.groups.clear()
    user = factories.make_user(None)
    user.user_permissions.add(*_views("view_successplan", "view_account"))
    client.force_login(user)
    assert "data-export" not in client.get(reverse("plans:list")).content.decode()
    assert client.get(f"{reverse('plans:export')}?format=csv").status_code == 403
    user.user_permissions.add(*_views("export_list"))
    assert client.get(f"{reverse('plans:export')}?format=csv").status_code == 200
    assert client.get(f"{reverse('kpis:export')}?format=csv").status_code == 403


def _views(*names):
    return Permission.objects.filter(codename__in=names)


def test_another_form_is_not_there(client, csm):
    assert client.get(f"{reverse('plans:export')}?format=pdf").status_code == 404


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_long_list_is_written_in_the_background_and_fetched_by_its_owner(
    client, csm, settings, files, form
):
    settings.EXPORT_ROWS_AT_ONCE = 2
    for name in "ABC":
        factories.make_plan(name=name)
    factories.make_plan(name="D", status="draft")
    answer = client.get(f"{reverse('plans:export')}?status=active&sort=-name&format={form}")
    run = ExportRun.objects.get()
    address = reverse("core:export", args=[run.pk])
    assert (answer.status_code, answer.url) == (302, address)
    (job,) = ProcrastinateJob.objects.filter(task_name="core.export_work")
    assert job.args == {"run_id": run.pk}
    shown = client.get(address).content.decode()
    assert "The file is being written" in shown
    assert client.get(reverse("core:export-file", args=[run.pk])).status_code == 404

    tasks.export_work(run_id=run.pk)
    tasks.export_work(run_id=run.pk)
    polled = client.get(address, HTTP_HX_REQUEST="true", HTTP_HX_TARGET="export-progress")
    assert polled.headers["HX-Refresh"] == "true"
    assert "3 rows" in client.get(address).content.decode()
    (note,) = Notification.objects.filter(kind="export")
    assert (note.user, note.path) == (csm, address)
    content = b"".join(client.get(reverse("core:export-file", args=[run.pk])).streaming_content)
    if form == "csv":
        names = [row[1] for row in csv.reader(io.StringIO(content.decode("utf-8-sig")))]
        assert names == ["Name", "C", "B", "A"]
    else:
        assert load_workbook(io.BytesIO(content)).active.max_row == 4

    client.force_login(factories.make_csm())
    for name in ("export", "export-file"):
        assert client.get(reverse(f"core:{name}", args=[run.pk])).status_code == 404
    assert client.post(reverse("core:export-again", args=[run.pk])).status_code == 404


def test_an_export_whose_worker_was_killed_is_written_again(client, csm, settings, files):
    settings.EXPORT_ROWS_AT_ONCE = 0
    factories.make_plan()
    client.get(f"{reverse('plans:export')}?format=csv")
    run = ExportRun.objects.get()
    again = reverse("core:export-again", args=[run.pk])
    assert client.post(again).status_code == 403
    ExportRun.objects.update(updated_at=timezone.now() - 2 * export_services.SILENT_FOR)
    assert (
        "seems to have been stopped"
        in client.get(reverse("core:export", args=[run.pk])).content.decode()
    )
    assert client.post(again).status_code == 302
    assert ProcrastinateJob.objects.filter(task_name="core.export_work").count() == 2
    tasks.export_work(run_id=run.pk)
    run.refresh_from_db()
    assert run.state == ExportState.DONE


def test_who_lost_the_permission_meanwhile_gets_no_file(client, csm, settings, files):
    settings.EXPORT_ROWS_AT_ONCE = 0
    factories.make_plan()
    client.get(f"{reverse('plans:export')}?format=csv")
    csm.groups.clear()
    run = ExportRun.objects.get()
    tasks.export_work(run_id=run.pk)
    run.refresh_from_db()
    assert (run.state, "does not let you" in run.reason) == (ExportState.FAILED, True)


def test_old_exports_go_every_night(client, csm, settings, files):
    settings.EXPORT_ROWS_AT_ONCE = 0
    factories.make_plan()
    client.get(f"{reverse('plans:export')}?format=csv")
    run = ExportRun.objects.get()
    tasks.export_work(run_id=run.pk)
    run.refresh_from_db()
    path = Path(run.file.path)
    tasks.export_purge(timestamp=0)
    assert path.exists()
    ExportRun.objects.update(created_at=timezone.now() - dt.timedelta(days=4))
    tasks.export_purge(timestamp=0)
    assert not path.exists()
    assert not ExportRun.objects.exists()
