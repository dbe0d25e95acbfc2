"""What an import of a list refuses, row by row, and what it makes of new rows and empty cells."""

from __future__ import annotations

import csv
import datetime as dt
import io
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from apps.accounts.models import Account, Contact, ImportRun
from apps.activities.models import CsActivity
from apps.core.imports.survey import FORMULA, neutral, restored
from apps.core.models import Notification, Organisation, Tag
from apps.kpis.models import ObjectiveKpi
from apps.objectives.models import Objective
from apps.plans.models import SuccessPlan
from apps.playbooks.models import Playbook, PlaybookTask
from tests import factories
from tests.core.test_transfer import as_text, confirm, exported, outcome, page, rows_of, upload

pytestmark = pytest.mark.django_db
START, END = dt.date(2026, 1, 5), dt.date(2026, 12, 18)


@pytest.fixture
def csm(client):
    user = factories.make_csm()
    client.force_login(user)
    return user


def said(client, kind, text, name="file.csv"):
    run = upload(client, kind, text, name)
    found = outcome(run)
    return run, found


def reasons(found):
    return dict(found["errors"])


def test_r_obj_1_a_plan_of_another_account_is_refused_with_both_names(client, csm):
    objective = factories.make_objective(factories.make_plan(factories.make_account(name="Acme")))
    factories.make_plan(factories.make_account(name="Beta"), name="Elsewhere")
    text = as_text([["Record id", "Success plan"], [objective.pk, "Elsewhere"]])
    _, found = said(client, "objective", text)
    assert "Beta" in reasons(found)[2]
    assert "Acme" in reasons(found)[2]


def test_r_kpi_3_direction_and_values_that_disagree_name_both_numbers(client, csm):
    kpi = factories.make_kpi(baseline=10, current=20, target=50)
    _, found = said(client, "kpi", as_text([["Record id", "Target"], [kpi.pk, "5"]]))
    assert "5" in reasons(found)[2]
    assert "10" in reasons(found)[2]


def test_r_date_1_a_start_after_the_end_is_refused(client, csm):
    plan = factories.make_plan(start_date=START, end_date=END)
    _, found = said(client, "plan", as_text([["Record id", "End"], [plan.pk, "2025-12-31"]]))
    assert "is after the end" in reasons(found)[2]


def test_r_date_1_a_playbook_that_would_leave_a_task_outside_names_it(client, csm):
    playbook = factories.make_playbook(start_date=START, end_date=END)
    task = factories.make_task(playbook, name="Late task", start_date=START, end_date=END)
    rows = [["Record id", "End"], [playbook.pk, "2026-11-01"]]
    _, found = said(client, "playbook", as_text(rows))
    assert task.name in reasons(found)[2]
    task.end_date = dt.date(2026, 10, 1)
    task.save()
    _, found = said(client, "playbook", as_text(rows))
    assert not found["errors"]


def test_r_pb_1_a_task_outside_its_playbook_is_refused_with_both_dates(client, csm):
    task = factories.make_task(
        factories.make_playbook(name="Onboard", start_date=START, end_date=END)
    )
    _, found = said(client, "task", as_text([["Record id", "End"], [task.pk, "2027-01-31"]]))
    assert "Onboard" in reasons(found)[2]
    assert "18 Dec 2026" in reasons(found)[2]


def test_r_own_1_who_cannot_be_allocated_is_named_with_the_reason(client, csm):
    plan = factories.make_plan()
    gone = factories.make_resource(name="Gone", email="gone@example.com", is_active=False)
    text = as_text([["Record id", "Owner"], [plan.pk, gone.email]])
    _, found = said(client, "plan", text)
    assert "Gone is no longer active" in reasons(found)[2]


def test_r_own_1_a_new_owner_is_told_once_of_all_that_they_got(client, csm):
    plans = [factories.make_plan() for _ in range(3)]
    nina = factories.make_resource(
        name="Nina", user=factories.make_user(), email="nina@example.com"
    )
    rows = [["Record id", "Owner"], *([plan.pk, "NINA@example.com"] for plan in plans)]
    run, _ = said(client, "plan", as_text(rows))
    confirm(client, run)
    assert {plan.owner for plan in SuccessPlan.objects.all()} == {nina}
    (note,) = Notification.objects.filter(kind="allocated")
    assert "3 success plans" in note.text


def test_r_own_2_a_contact_of_the_account_can_own_an_objective(client, csm):
    objective = factories.make_objective(owner=factories.make_resource())
    contact = factories.make_contact(objective.account, email="jo@acme.example")
    other = factories.make_contact(email="else@beta.example")
    heading = ["Record id", "Owner"]
    run, _ = said(client, "objective", as_text([heading, [objective.pk, contact.email]]))
    confirm(client, run)
    objective.refresh_from_db()
    assert (objective.owner, objective.owner_contact) == (None, contact)
    rows = rows_of(exported(client, "objective"))
    assert rows[1][rows[0].index("Owner")] == contact.email
    _, found = said(client, "objective", as_text([heading, [objective.pk, other.email]]))
    assert "nor a contact of this account" in reasons(found)[2]


def test_r_obj_5_a_completed_task_is_whole_and_the_check_says_so(client, csm):
    task = factories.make_task(percent_complete=30)
    text = as_text([["Record id", "Status"], [task.pk, "Completed"]])
    run, _ = said(client, "task", text)
    assert "Percent complete" in page(client, run)
    confirm(client, run)
    task.refresh_from_db()
    assert (task.percent_complete, task.completed_at is not None) == (100, True)


def test_r_obj_2_what_moves_along_is_counted_before(client, csm):
    account = factories.make_account()
    objective = factories.make_objective(factories.make_plan(account))
    playbook = factories.make_playbook(objective)
    factories.make_task(playbook)
    plan = factories.make_plan(account, name="The other plan")
    run, _ = said(
        client, "objective", as_text([["Record id", "Success plan"], [objective.pk, plan.name]])
    )
    assert "1 task and 1 playbook move along" in page(client, run)
    confirm(client, run)
    playbook.refresh_from_db()
    assert playbook.plan == plan


def test_r_act_1_an_account_is_not_its_own_ancestor(client, csm):
    top = factories.make_account(name="Top")
    below = factories.make_account(name="Below", parent=top)
    text = as_text([["Record id", "Parent"], [top.pk, below.name]])
    _, found = said(client, "account", text)
    assert "own ancestor" in reasons(found)[2]


def test_r_vis_1_a_parent_that_is_not_seen_is_neither_named_nor_lost(client, csm):
    above = factories.make_account(name="Secret holding")
    account = factories.make_account(name="Ours", parent=above)
    factories.make_account_role(account, csm.resource)
    cleared = as_text([["Record id", "Parent"], [account.pk, ""]])
    run, found = said(client, "account", cleared)
    assert "<del>Secret holding</del> → <ins>—</ins>" in page(client, run)
    Organisation.objects.update_or_create(pk=1, defaults={"row_scope": "account_team"})
    rows = rows_of(exported(client, "account"))
    assert rows[1][rows[0].index("Parent")] == ""
    _, found = said(client, "account", as_text(rows))
    assert found["counts"]["unchanged"] == 1


def test_an_external_id_belongs_to_one_account(client, csm):
    one, other = factories.make_account(external_id="A1"), factories.make_account()
    rows = [["Record id", "External id"], [other.pk, "A1"]]
    _, found = said(client, "account", as_text(rows))
    assert "has the external id “A1” already" in reasons(found)[2]
    rows += [[one.pk, "A1"]]
    _, found = said(client, "account", as_text([rows[0], [other.pk, "B"], [one.pk, "B"]]))
    assert set(reasons(found)) == {2, 3}


@pytest.mark.parametrize(
    ("kind", "make"),
    [
        ("plan", factories.make_plan),
        ("task", factories.make_task),
        ("contact", factories.make_contact),
    ],
)
def test_nothing_is_moved_to_another_account(client, csm, kind, make):
    record = make()
    other = factories.make_account(name="Elsewhere")
    _, found = said(client, kind, as_text([["Record id", "Account"], [record.pk, other.name]]))
    assert "an import does not move it" in reasons(found)[2]


def test_an_empty_id_makes_a_new_record_of_every_kind(client, csm):
    account = factories.make_account(name="Acme")
    factories.make_plan(account, name="Plan A")
    factories.make_objective(SuccessPlan.objects.get(), name="Goal A")
    factories.make_playbook(Objective.objects.get(), name="Book A")
    files = {
        "account": (
            [["Record id", "Name", "Tier"], ["", "Beta", "Gold"]],
            Account,
            {"name": "Beta"},
        ),
        "contact": (
            [["Record id", "Name", "Account", "E-mail"], ["", "Jo", "acme", "jo@acme.example"]],
            Contact,
            {"name": "Jo", "account": account, "is_active": True},
        ),
        "plan": (
            [["Record id", "Name", "Account", "Start"], ["", "Plan B", "Acme", "2026-02-01"]],
            SuccessPlan,
            {"name": "Plan B", "start_date": dt.date(2026, 2, 1)},
        ),
        "objective": (
            [
                ["Record id", "Name", "Success plan", "Baseline", "Target"],
                ["", "Goal B", "Plan A", "9", "1"],
            ],
            Objective,
            {
                "name": "Goal B",
                "account": account,
                "direction": "lower",
                "status__kind": "not_started",
            },
        ),
        "kpi": (
            [
                ["Record id", "KPI", "Objective", "Baseline", "Current", "Target"],
                ["", "K", "Goal A", "0", "1", "2"],
            ],
            ObjectiveKpi,
            {"title": "K", "percent_complete": Decimal(50), "measured_on__isnull": False},
        ),
        "playbook": (
            [["Record id", "Name", "Objective"], ["", "Book B", "Goal A"]],
            Playbook,
            {"name": "Book B", "account": account, "plan__name": "Plan A"},
        ),
        "task": (
            [["Record id", "Name", "Playbook"], ["", "First", "Book A"], ["", "Second", "Book A"]],
            PlaybookTask,
            {"name": "Second", "position": 2, "objective__name": "Goal A"},
        ),
        "activity": (
            [["Record id", "Subject", "When", "Account"], ["", "Call", "2026-03-04 10:30", "Acme"]],
            CsActivity,
            {"subject": "Call", "account": account, "author": csm, "owner__user": csm},
        ),
    }
    for kind, (rows, model, wanted) in files.items():
        run, found = said(client, kind, as_text(rows))
        assert found["counts"]["create"] == len(rows) - 1, (kind, found)
        confirm(client, run)
        assert outcome(run)["written"], (kind, run.report)
        assert model.objects.filter(**wanted).exists(), (kind, list(model.objects.values()))


def test_a_new_record_needs_what_its_form_needs(client, csm):
    _, found = said(client, "plan", as_text([["Record id", "Name"], ["", "Lonely"]]))
    assert "Account: a new record needs it." in reasons(found)[2]
    _, found = said(client, "kpi", as_text([["Record id", "KPI"], ["", "Lonely"]]))
    assert "Objective: a new record needs it." in reasons(found)[2]


def test_an_empty_cell_empties_and_a_column_that_is_left_out_stays(client, csm):
    plan = factories.make_plan(start_date=START, end_date=END, review_date=END)
    run, _ = said(client, "plan", as_text([["Record id", "End"], [plan.pk, ""]]))
    assert "An empty cell empties the field" in page(client, run)
    confirm(client, run)
    plan.refresh_from_db()
    assert (plan.start_date, plan.end_date, plan.review_date) == (START, None, END)
    _, found = said(client, "plan", as_text([["Record id", "Name"], [plan.pk, ""]]))
    assert "It is needed" in reasons(found)[2]


def test_a_file_without_ids_is_matched_by_name_within_the_account(client, csm):
    acme, beta = factories.make_account(name="Acme"), factories.make_account(name="Beta")
    one, other = (factories.make_plan(account, name="Growth") for account in (acme, beta))
    text = as_text([["Name", "Account", "Start"], ["Growth", "Beta", "2026-05-01"]])
    run, found = said(client, "plan", text)
    assert found["counts"]["update"] == 1
    confirm(client, run)
    one.refresh_from_db()
    other.refresh_from_db()
    assert (one.start_date, other.start_date) == (None, dt.date(2026, 5, 1))
    _, found = said(client, "plan", as_text([["Name", "Start"], ["Growth", "2026-05-01"]]))
    assert "More than one success plan is called “Growth”" in reasons(found)[2]


def test_a_row_that_somebody_changed_since_is_a_conflict_with_both_values(client, csm):
    plan = factories.make_plan(name="Growth", end_date=END)
    csm.preferences.create(key="list:plan", data={"columns": ["name", "end_date", "updated_at"]})
    rows = rows_of(exported(client, "plan"))
    assert rows[0] == ["Record id", "Name", "End", "Updated"]
    SuccessPlan.objects.get().save()
    plan.refresh_from_db()
    _, found = said(client, "plan", as_text(rows))
    assert found["counts"]["unchanged"] == 1
    plan.end_date = dt.date(2026, 10, 10)
    plan.save()
    rows[1][2] = "2026-11-11"
    _, found = said(client, "plan", as_text(rows))
    assert "“2026-11-11”, now it is “2026-10-10”" in reasons(found)[2]
    rows = rows_of(exported(client, "plan"))
    rows[1][2] = "2026-11-11"
    _, found = said(client, "plan", as_text(rows))
    assert found["counts"]["update"] == 1


def test_what_changed_after_the_check_is_shown_again_and_nothing_is_written(client, csm):
    plan = factories.make_plan(end_date=END)
    text = as_text([["Record id", "End"], [plan.pk, "2026-11-11"]])
    run, _ = said(client, "plan", text)
    plan.end_date = dt.date(2026, 10, 10)
    plan.save()
    confirm(client, run)
    assert run.state == "checked"
    shown = page(client, run)
    assert "since the check somebody changed these records" in shown
    assert "<del>2026-10-10</del>" in shown
    plan.refresh_from_db()
    assert plan.end_date == dt.date(2026, 10, 10)
    confirm(client, run)
    plan.refresh_from_db()
    assert plan.end_date == dt.date(2026, 11, 11)


def test_r_vis_1_the_ids_of_others_are_not_there(client, csm):
    Organisation.objects.update_or_create(pk=1, defaults={"row_scope": "account_team"})
    secret = factories.make_plan(factories.make_account(name="Secret"), name="Hidden")
    rows = [["Record id", "Name", "Account"], [secret.pk, "Mine", ""], [10**12, "Mine", ""]]
    _, found = said(client, "plan", as_text(rows))
    told = [
        reason.replace(str(pk), "N")
        for (_, reason), pk in zip(found["errors"], (secret.pk, 10**12), strict=True)
    ]
    assert told[0] == told[1]
    assert "that you can see" in told[0]
    _, found = said(client, "plan", as_text([rows[0], ["", "New", "Secret"]]))
    assert "There is no account “Secret” that you can choose" in reasons(found)[2]
    assert len(rows_of(exported(client, "plan"))) == 1


def test_who_may_not_share_changes_everything_but_that(client, csm):
    csm.groups.clear()
    for name in ("view_successplan", "change_successplan", "import_list", "view_account"):
        csm.user_permissions.add(Permission.objects.get(codename=name))
    plan = factories.make_plan(end_date=END)
    heading = ["Record id", "End", "Shared with the customer"]
    _, found = said(client, "plan", as_text([heading, [plan.pk, "2026-11-11", "No"]]))
    assert found["counts"]["update"] == 1
    _, found = said(client, "plan", as_text([heading, [plan.pk, "2026-11-11", "Yes"]]))
    assert "permission set does not let you" in reasons(found)[2]
    run, found = said(
        client, "plan", as_text([["Record id", "Name", "Account"], ["", "New", plan.account.name]])
    )
    assert "does not let you create" in found["refusals"][0]
    confirm(client, run)
    assert SuccessPlan.objects.count() == 1


def test_r_num_1_and_dates_of_a_german_spreadsheet_are_understood(client, csm):
    kpi = factories.make_kpi(baseline=0, current=1, target=2)
    text = f"Record id;Target;Target date\r\n{kpi.pk};1.234,50;24.12.2026\r\n"
    run, found = said(client, "kpi", text.encode("utf-8-sig"))
    assert not found["errors"]
    confirm(client, run)
    kpi.refresh_from_db()
    assert (kpi.target, kpi.target_date) == (Decimal("1234.5"), dt.date(2026, 12, 24))
    _, found = said(client, "kpi", f"Record id;Target\r\n{kpi.pk};a lot\r\n")
    assert "Write it like" in reasons(found)[2]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_every_encoding_is_read(client, csm, encoding):
    contact = factories.make_contact(name="Jo")
    text = f"Record id;Name\r\n{contact.pk};Jörg Müßig\r\n"
    run, _ = said(client, "contact", text.encode(encoding))
    confirm(client, run)
    contact.refresh_from_db()
    assert contact.name == "Jörg Müßig"


def test_tags_are_joined_and_split_again(client, csm):
    one, two = Tag.objects.create(label="VIP"), Tag.objects.create(label="Pilot")
    account = factories.make_account()
    run, _ = said(client, "account", as_text([["Record id", "Tags"], [account.pk, "vip; Pilot"]]))
    confirm(client, run)
    assert set(account.tags.all()) == {one, two}
    run, _ = said(client, "account", as_text([["Record id", "Tags"], [account.pk, "Pilot"]]))
    assert "<del>Pilot; VIP</del> → <ins>Pilot</ins>" in page(client, run)
    confirm(client, run)
    assert set(account.tags.all()) == {two}
    _, found = said(client, "account", as_text([["Record id", "Tags"], [account.pk, "Nope"]]))
    assert "“Nope” is no tags" in reasons(found)[2]


FORMULAS = [
    "=1+1",
    "+49 30 1",
    "-5",
    "@home",
    "\t=1",
    "＝1",
    "－2",
    "'=1",
    " =1",
    "''@x",
    "-",
    "plain",
]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_cells_that_begin_a_formula_are_neutral_and_come_back_unchanged(client, csm, form):
    contacts = [factories.make_contact(name=f"C{n}", title=text) for n, text in enumerate(FORMULAS)]
    kpi = factories.make_kpi(baseline=-10, current=-5, target=0)
    response = exported(client, "contact", form=form)
    content = b"".join(response.streaming_content)
    if form == "csv":
        cells = [
            cell for row in csv.reader(io.StringIO(content.decode("utf-8-sig"))) for cell in row
        ]
    else:
        sheet = load_workbook(io.BytesIO(content)).active
        assert {cell.data_type for row in sheet for cell in row} <= {"s", "inlineStr", "n"}
        cells = [str(cell.value or "") for row in sheet for cell in row]
    assert not [cell for cell in cells if FORMULA.match(cell) and not cell.startswith("'")]
    _, found = said(client, "contact", content, f"list.{form}")
    assert (found["counts"]["unchanged"], found["counts"]["errors"]) == (len(contacts), 0), found
    csm.preferences.create(key="list:kpi", data={"columns": ["title", "baseline"]})
    assert rows_of(exported(client, "kpi"))[1] == [str(kpi.pk), kpi.title, "-10"]


@given(st.text())
def test_whatever_a_text_is_its_neutral_form_starts_no_formula_and_leads_back(text):
    kept = neutral(text)
    assert restored(kept) == text
    assert not FORMULA.match(kept) or kept.startswith("'")


def test_columns_with_other_headings_are_mapped_and_remembered(client, csm):
    plan = factories.make_plan(end_date=END)
    text = as_text([["Record id", "Schluss"], [plan.pk, "2026-11-11"]])
    run, found = said(client, "plan", text)
    assert found["counts"]["unchanged"] == 1
    assert "Not imported: Schluss" in page(client, run)
    address = reverse("plans:import-run", args=[run.pk])
    data = {"column_0": "record_id", "column_1": "end_date", "dates": "", "numbers": ""}
    client.post(address, data)
    assert outcome(run)["counts"]["update"] == 1
    _, found = said(client, "plan", text)
    assert found["counts"]["update"] == 1


def test_the_statements_of_an_import_do_not_grow_with_its_rows(client, csm, settings):
    settings.IMPORT_ROWS_AT_ONCE = 10_000
    account = factories.make_account()
    plan = factories.make_plan(account)
    counts = {}
    for number in (10, 1000):
        Objective.objects.all().delete()
        Objective.objects.bulk_create(
            Objective(account=account, plan=plan, name=f"Goal {n}") for n in range(number)
        )
        rows = [["Record id", "Name", "Due", "Priority", "Owner"]]
        rows += [
            [pk, f"Goal {pk}", f"2026-{pk % 12 + 1:02}-15", "High", csm.resource.name]
            for pk in Objective.objects.values_list("pk", flat=True)
        ]
        run, found = said(client, "objective", as_text(rows))
        assert found["counts"]["update"] == number
        with CaptureQueriesContext(connection) as captured:
            confirm(client, run)
        assert Objective.objects.filter(priority="high", owner=csm.resource).count() == number
        counts[number] = len(captured)
    assert counts[1000] <= counts[10] + 4, counts
    assert counts[1000] <= 80, counts


def test_ten_bad_rows_among_ten_thousand_good_ones_in_or_none(client, csm, settings):
    settings.IMPORT_ROWS_AT_ONCE = 100_000
    account = factories.make_account()
    Contact.objects.bulk_create(Contact(account=account, name=f"C{n}") for n in range(10_000))
    ids = list(Contact.objects.order_by("pk").values_list("pk", flat=True))
    bad = set(ids[500::1000])
    lines = [["Record id", "E-mail"]]
    lines += [[pk, "no address" if pk in bad else f"c{pk}@example.com"] for pk in ids]
    run, found = said(client, "contact", as_text(lines))
    assert (found["counts"]["update"], found["counts"]["errors"]) == (9_990, 10)
    assert "Page 1 of 200" in page(client, run)
    assert "Page 200 of 200" in page(client, run, "?page=200")
    confirm(client, run, "all")
    assert not Contact.objects.exclude(email="").exists()
    assert "some rows have errors" in page(client, run)
    confirm(client, run, "good")
    assert Contact.objects.exclude(email="").count() == 9_990
    answer = client.get(reverse("contacts:import-errors", args=[run.pk]))
    back = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert back[0] == ["Row in the file", "What is wrong", "Record id", "E-mail"]
    assert [row[2] for row in back[1:]] == [str(pk) for pk in sorted(bad)]
    assert back[1][0] == "502"
    assert "E-mail: " in back[1][1]
    mended = [[cell.replace("no address", "mended@example.com") for cell in row] for row in back]
    again, found = said(client, "contact", as_text(mended))
    assert (found["counts"]["update"], found["counts"]["errors"]) == (10, 0)
    confirm(client, again)
    assert not Contact.objects.filter(email="").exists()


def test_bad_rows_of_a_workbook_come_back_as_a_workbook(client, csm):
    plan = factories.make_plan()
    response = exported(client, "plan", form="xlsx")
    book = load_workbook(io.BytesIO(b"".join(response.streaming_content)))
    head = [cell.value for cell in book.active[1]]
    book.active.cell(2, head.index("Status") + 1).value = "Nonsense"
    book.active.append([None] * len(head))
    book.active.append([plan.pk, plan.name])
    kept = io.BytesIO()
    book.save(kept)
    run, found = said(client, "plan", kept.getvalue(), "plans.xlsx")
    assert reasons(found)[2].startswith("Status: “Nonsense” is no status.")
    assert reasons(found)[4] == "It is the same record as row 2."
    answer = client.get(reverse("plans:import-errors", args=[run.pk]))
    assert 'filename="plans-errors.xlsx"' in answer.headers["Content-Disposition"]
    back = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    assert [cell.value for cell in back[2]][:3] == ["2", reasons(found)[2], str(plan.pk)]


@pytest.mark.parametrize("content", [b"PK\x03\x04nonsense", b"Name\nAcme\n"])
def test_what_is_no_workbook_is_refused_and_not_kept(client, csm, content):
    file = SimpleUploadedFile("plans.xlsx", content)
    response = client.post(reverse("plans:import"), {"file": file})
    assert response.status_code == 422
    assert "no Excel workbook" in response.content.decode()
    assert not ImportRun.objects.exists()
