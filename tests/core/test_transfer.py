"""Export, change a cell, import: for every list; and what a file cannot do."""

from __future__ import annotations

import csv
import datetime as dt
import io

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import load_workbook

from apps.accounts.models import ImportRun
from apps.core.kinds import KINDS
from tests import factories
from tests.architecture.world import populate

pytestmark = pytest.mark.django_db
# The heading whose cell is changed in each list, what is written there, and what is then stored.
CHANGES = {
    "account": ("Tier", "Platinum", "tier", "Platinum"),
    "contact": ("Title", "Head of Everything", "title", "Head of Everything"),
    "plan": ("Status", "On Hold", "status", "on_hold"),
    "challenge": ("Severity", "Low", "severity", "low"),
    "objective": ("Due", "2026-11-30", "due_date", dt.date(2026, 11, 30)),
    "kpi": ("Target", "250.5", "target", 250.5),
    "playbook": ("Stage", "On Hold", "stage", "on_hold"),
    "task": ("Priority", "High", "priority", "high"),
    "activity": ("Minutes", "45", "duration", 45),
}
# Tables that a request writes beside the records: events, words, jobs, what somebody chose.
ASIDE = (
    "event",
    "session",
    "importrun",
    "procrastinate",
    "searchentry",
    "preference",
    "kpivalue",
    "notification",
)


@pytest.fixture
def csm(client):
    user = factories.make_csm()
    client.force_login(user)
    return user


@pytest.fixture
def world(csm):
    account = factories.make_account(name="Acme", tier="Gold")
    return populate(account, rows=3, author=csm)


def rows_of(response):
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def exported(client, kind, query="", form="csv"):
    name = KINDS[kind].namespace
    response = client.get(f"{reverse(f'{name}:export')}?{query}&format={form}")
    assert response.status_code == 200, response.status_code
    return response


def as_text(rows, delimiter=","):
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter).writerows(rows)
    return written.getvalue()


def upload(client, kind, content, name="file.csv"):
    content = content if isinstance(content, bytes) else content.encode()
    address = reverse(f"{KINDS[kind].namespace}:import")
    response = client.post(address, {"file": SimpleUploadedFile(name, content)})
    assert response.status_code == 302, response.content.decode()
    return ImportRun.objects.latest("pk")


def outcome(run):
    run.refresh_from_db()
    assert "outcome" in run.report, run.report
    return run.report["outcome"]


def confirm(client, run, rows="all"):
    run.refresh_from_db()
    address = reverse(f"{KINDS[run.kind].namespace}:import-confirm", args=[run.pk])
    response = client.post(address, {"rows": rows, "check": run.report["check"]})
    assert response.status_code == 302
    run.refresh_from_db()
    return run


def page(client, run, query=""):
    address = reverse(f"{KINDS[run.kind].namespace}:import-run", args=[run.pk])
    return client.get(address + query).content.decode()


def tables():
    """Every row of every table of ours that holds records."""
    held = {}
    for model in apps.get_models():
        if any(word in model._meta.model_name for word in ASIDE) or model._meta.proxy:
            continue
        if not model.__module__.startswith("apps."):
            continue
        for row in model._base_manager.values():
            held[model._meta.label, row["id"]] = row
    return held


def difference(before, after):
    """Which rows differ, and in which fields; stamps aside."""
    return {
        key: {name for name in after[key] if before[key][name] != after[key][name]} - {"updated_at"}
        if key in before and key in after
        else None
        for key in before.keys() | after.keys()
        if before.get(key) != after.get(key)
    }


@pytest.mark.parametrize("kind", CHANGES)
def test_an_exported_file_changes_nothing_when_it_comes_back(client, world, kind):
    before = tables()
    rows = rows_of(exported(client, kind))
    assert rows[0][0] == "Record id"
    assert len(rows) > 1
    run = upload(client, kind, as_text(rows))
    counts = outcome(run)["counts"]
    assert (counts["unchanged"], counts["rows"]) == (len(rows) - 1, len(rows) - 1), outcome(run)
    assert tables() == before


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("kind", CHANGES)
def test_one_changed_cell_changes_exactly_that_record(client, csm, world, kind, form):
    heading, cell, field, stored = CHANGES[kind]
    response = exported(client, kind, form=form)
    if form == "xlsx":
        book = load_workbook(io.BytesIO(b"".join(response.streaming_content)))
        head = [one.value for one in book.active[1]]
        wanted = next(
            row for row in book.active.iter_rows(min_row=2) if row[0].value == world[kind].pk
        )
        wanted[head.index(heading)].value = cell
        kept = io.BytesIO()
        book.save(kept)
        content = kept.getvalue()
    else:
        rows = rows_of(response)
        wanted = next(row for row in rows if row[0] == str(world[kind].pk))
        wanted[rows[0].index(heading)] = cell
        content = as_text(rows)
    before = tables()
    run = upload(client, kind, content, f"list.{form}")
    said = outcome(run)
    assert (said["counts"]["update"], said["counts"]["errors"], said["counts"]["create"]) == (
        1,
        0,
        0,
    ), said
    assert tables() == before
    shown = page(client, run)
    assert f'href="{KINDS[kind].prefix}{world[kind].pk}/"' in shown
    assert f'<span class="change-label">{heading}</span>' in shown

    confirm(client, run)
    assert outcome(run)["written"], run.report
    changed = difference(before, tables())
    label = type(world[kind])._meta.label
    follows = {"kpi": {"percent_complete", "last_progress_update"}}.get(kind, set())
    assert set(changed) == {(label, world[kind].pk)}
    assert field in changed[label, world[kind].pk] <= {field, *follows}
    assert getattr(type(world[kind]).objects.get(pk=world[kind].pk), field) == stored
    event = type(world[kind]).events.rel.related_model.objects.filter(pgh_obj_id=world[kind].pk)
    assert (event.latest("pgh_id").pgh_door, event.latest("pgh_id").pgh_actor) == ("import", csm)

    undone = client.post(reverse("core:undo", args=[outcome(run)["operation"]]))
    assert undone.status_code == 302
    again = difference(before, tables())
    assert all(fields <= {"updated_at", *follows} for fields in again.values()), again
