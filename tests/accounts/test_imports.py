"""Importing accounts and contacts: matching, errors by row, all or none, rights, history."""

from __future__ import annotations

import csv
import datetime as dt
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.import_forms import understand
from apps.accounts.import_rules import Options
from apps.accounts.import_services import accounts_check, accounts_import
from apps.accounts.models import Account, AccountRole, Contact, Role
from apps.core.access import Refused
from apps.core.choices import RowScope
from apps.core.imports.reading import FileRefused
from apps.core.models import Organisation, Tag, Unit
from tests.factories import (
    make_account,
    make_account_role,
    make_contact,
    make_csm,
    make_participant,
    make_resource,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path):
    """Writes lines to a file and says where it is."""

    def write(*lines, encoding="utf-8"):
        path = tmp_path / "file.csv"
        path.write_bytes("\r\n".join([*lines, ""]).encode(encoding))
        return path

    return write


def take(path, actor=None, *, good_rows=False, **options):
    """Import a file; what came of it."""
    said = Options(**options)
    source = understand(path, said).source
    return accounts_import(
        actor=actor, source=source, good_rows=good_rows, clear_empty=said.clear_empty
    )


def counts(outcome):
    return tuple(outcome.counts[name] for name in ("create", "update", "unchanged", "errors"))


def changes_of(model):
    return model.events.rel.related_model.objects.count()


def everything():
    return [changes_of(model) for model in (Account, Contact, AccountRole, Account.tags.through)]


# Fields -----------------------------------------------------------------------------------------
def test_every_field_of_a_new_account_is_filled(file):
    group = make_account(name="Acme Group")
    csm = make_resource(name="Mara Koch", email="mara@example.com")
    path = file(
        "Id|Name|Parent|Status|Stage|Segment|Tier|Industry|Country|ARR|Currency|Signed up"
        "|Renewal|Next review|CSM|Tags|Contact|E-mail|Title|Phone|Contact active",
        "A1|Acme|Acme Group|PROSPECT|at risk|SMB|Gold|Retail|Italy|1,234.50|eur|2024-01-31"
        "|31 Jan 2027|20260601|MARA@example.com|quick win; Expansion|Jo|jo@acme.example|CEO|+39 1|no",
    )
    assert counts(take(path)) == (1, 0, 0, 0)
    account = Account.objects.get(external_id="A1")
    assert account.parent == group
    assert (account.status, account.lifecycle_stage) == ("prospect", "at_risk")
    assert (account.segment, account.tier, account.industry) == ("SMB", "Gold", "Retail")
    assert (account.country, account.arr) == ("Italy", Decimal("1234.50"))
    assert account.currency == Unit.objects.get(label="EUR")
    assert account.signup_date == dt.date(2024, 1, 31)
    assert account.renewal_date == dt.date(2027, 1, 31)
    assert account.next_review_date == dt.date(2026, 6, 1)
    assert account.account_roles.get().resource == csm
    assert account.account_roles.get().role == Role.objects.get(label="Customer Success Manager")
    assert set(account.tags.values_list("label", flat=True)) == {"Quick win", "Expansion"}
    contact = account.contacts.get()
    assert (contact.name, contact.email, contact.title) == ("Jo", "jo@acme.example", "CEO")
    assert (contact.phone, contact.is_active) == ("+39 1", False)


def test_a_new_account_has_the_defaults_of_the_form(file):
    take(file("Name,Seats", "Acme,5"))
    account = Account.objects.get()
    assert (account.status, account.external_id, account.tier) == ("active", None, "")
    assert account.arr is account.parent is None
    assert account.created_at == account.updated_at


def test_only_the_columns_of_the_file_change_and_empty_cells_leave_what_is_there(file):
    make_account(name="Acme", external_id="A1", industry="Retail", tier="Gold", arr=5)
    path = file("Id,Industry,ARR", "A1,Health,")
    assert counts(take(path)) == (0, 1, 0, 0)
    account = Account.objects.get()
    assert (account.name, account.industry, account.tier, account.arr) == (
        "Acme",
        "Health",
        "Gold",
        5,
    )


def test_empty_cells_clear_when_told_so(file):
    csm, currency = make_resource(), Unit.objects.get(label="EUR")
    parent = make_account(name="Group")
    account = make_account(
        name="Acme", external_id="A1", industry="Retail", arr=5, currency=currency, parent=parent
    )
    make_account_role(account, csm)
    account.tags.through.objects.create(account=account, tag=Tag.objects.all()[0])
    path = file("Id,Name,Industry,ARR,Currency,Parent,CSM,Tags,Status", "A1,,,,,,,,")
    assert counts(take(path)) == (0, 0, 1, 0)
    assert counts(take(path, clear_empty=True)) == (0, 1, 0, 0)
    account.refresh_from_db()
    assert (account.industry, account.arr, account.currency, account.parent) == (
        "",
        None,
        None,
        None,
    )
    assert not account.account_roles.exists()
    assert not account.tags.exists()
    # What an account cannot be without stays.
    assert (account.name, account.external_id, account.status) == ("Acme", "A1", "active")
    assert counts(take(path, clear_empty=True)) == (0, 0, 1, 0)


def test_a_csm_takes_the_place_of_the_former_one_and_other_roles_stay(file):
    old = make_resource(name="Old")
    make_resource(name="New")
    account = make_account(name="Acme")
    make_account_role(account, old)
    make_account_role(account, old, Role.objects.get(label="Support Lead"))
    outcome = take(file("Name,CSM", "Acme,New"))
    assert outcome.changes[0]["fields"] == [["CSM", "Old", "New"]]
    held = set(account.account_roles.values_list("resource__name", "role__label"))
    assert held == {("New", "Customer Success Manager"), ("Old", "Support Lead")}


def test_tags_become_exactly_those_of_the_file(file):
    account = make_account(name="Acme")
    account.tags.through.objects.create(account=account, tag=Tag.objects.get(label="Quick win"))
    outcome = take(file("Name;Tags", "Acme;Expansion, Reference customer"))
    assert set(account.tags.values_list("label", flat=True)) == {"Expansion", "Reference customer"}
    assert outcome.changes[0]["fields"] == [["Tags", "Quick win", "Expansion, Reference customer"]]


def test_values_that_look_like_formulas_are_stored_as_they_are(file):
    take(file("Name,Industry", '"=HYPERLINK(""x"")",@home', "+Plus,-5"))
    assert list(Account.objects.order_by("pk").values_list("name", "industry")) == [
        ('=HYPERLINK("x")', "@home"),
        ("+Plus", "-5"),
    ]


# Matching ---------------------------------------------------------------------------------------
def test_accounts_are_found_by_external_id_before_name(file):
    by_id = make_account(name="Old name", external_id="A1")
    by_name = make_account(name="ACME", external_id="A2")
    assert counts(take(file("Id,Name", "A1,Acme"))) == (0, 1, 0, 0)
    by_id.refresh_from_db()
    by_name.refresh_from_db()
    assert (by_id.name, by_name.name) == ("Acme", "ACME")


def test_without_an_external_id_the_name_finds_in_any_case(file):
    account = make_account(name="Acme GmbH", external_id="A1")
    take(file("Name,Tier", "acme gmbh,Gold"))
    account.refresh_from_db()
    assert (account.tier, account.name) == ("Gold", "acme gmbh")


def test_an_account_without_external_id_is_found_by_name_and_given_one(file):
    account = make_account(name="Acme")
    assert counts(take(file("Id,Name", "A1,Acme", "A2,Beta"))) == (1, 1, 0, 0)
    account.refresh_from_db()
    assert account.external_id == "A1"


def test_the_same_name_with_two_external_ids_is_two_accounts(file):
    assert counts(take(file("Id,Name", "A1,Acme", "A2,Acme"))) == (2, 0, 0, 0)


# Errors -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("lines", "errors"),
    [
        (["Id,Name", "A1,Acme", "A1,Acme"], {3: "The account “A1” stands in row 2 already."}),
        (["Name", "Acme", "", "ACME"], {4: "The account “ACME” stands in row 2 already."}),
        (
            ["Id,Name,Tier", "A1,Acme,Gold", "A1,Beta,Silver"],
            {3: "stands in row 2 already, there with another value of: Tier"},
        ),
        (["Id,Name", ",Acme", "A1,Acme"], {2: "The account “Acme” stands in row 3 already."}),
        (
            ["Id,Name", "A1,Acme", "A2,Acme", ",Acme"],
            {4: "More than one account of this file is called “Acme”"},
        ),
        (["Name", "Twin"], {2: "More than one account is called “Twin”. Write its external id."}),
        (["Id,Tier", "A9,Gold"], {2: "no account with the external id “A9” yet"}),
        (["Id,Name", "T1,Only", ",Only"], {3: "The account “Only” stands in row 2 already."}),
        (["Id,Name", "B1,Below", "B2,Below"], {3: "would change the same account as row 2"}),
        (["Name,Tier", ",Gold"], {2: "neither an account name nor an external id"}),
        (["Name,Status", "Acme,asleep"], {2: "Write one of: Prospect, Active, Churned."}),
        (["Name,Currency", "Acme,XXX"], {2: "There is no currency “XXX”. Write one of: EUR"}),
        (["Name,CSM", "Acme,Nobody"], {2: "There is no resource “Nobody”"}),
        (["Name,CSM", "Acme,Left"], {2: "There is no resource “Left”"}),
        (["Name,CSM", "Acme,Same"], {2: "More than one resource is called “Same”"}),
        (["Name,Tags", "Acme,Purple"], {2: "There is no tag “Purple”"}),
        (["Name,Renewal", "Acme,soon"], {2: "Renewal: “soon” is not a date. Write it like"}),
        (["Name,ARR", "Acme,much"], {2: "ARR: “much” is not a number. Write it like 1234.56"}),
        (["Name,ARR", "Acme,1.2345"], {2: "no more than 2 decimal places"}),
        (["Name,Tier", "Acme,a\0b"], {2: "The row holds NUL characters"}),
        (["Name,Tier", "Acme"], {2: "The row has 1 cell, the header has 2"}),
        (["Name,Tier", "Acme,Inc,Gold"], {2: "The row has 3 cells, the header has 2"}),
        (["Name,Parent", "Acme,Nowhere"], {2: "there is no account “Nowhere”, neither here"}),
        (["Name,Parent", "Acme,Twin"], {2: "more than one account is called “Twin”"}),
        (["Name,Parent", "Acme,acme"], {2: "“Acme” would be its own ancestor"}),
        (
            ["Name,Parent", "Acme,Beta", "Beta,Gamma", "Gamma,Acme", "Delta,Acme"],
            {
                2: "would be its own ancestor",
                3: "would be its own ancestor",
                4: "would be its own ancestor",
                5: "Parent account: it stands in row 2, which has an error.",
            },
        ),
        (["Name,Parent", "Top,Below"], {2: "“Top” would be its own ancestor"}),
        (
            ["Name,Tier,Parent", f"Acme,{'x' * 81},", "Beta,,Acme", "Gamma,,Beta"],
            {2: "at most 80 characters", 3: "it stands in row 2", 4: "it stands in row 3"},
        ),
        (["Name,E-mail,Contact", "Acme,nonsense,Jo"], {2: "Contact e-mail: Enter a valid"}),
        (["Name,E-mail", "Acme,jo@acme.example"], {2: "“jo@acme.example” is new and needs a name"}),
        (["Name,Phone", "Acme,123"], {2: "A contact needs a name or an e-mail address."}),
        (
            ["Name,Contact,Phone", "Acme,Jo,1", "Acme,JO,2"],
            {3: "The contact “JO” stands in row 2 for the same account already."},
        ),
        (
            ["Name,Tier,Contact", f"Acme,{'x' * 81},Jo", "Acme,,Al"],
            {2: "at most 80", 3: "Its account stands in row 2, which has an error."},
        ),
    ],
)
def test_what_is_wrong_is_said_by_row_and_nothing_is_written(file, lines, errors):
    make_account(name="Twin", external_id="T1")
    make_account(name="Twin", external_id="T2")
    make_account(name="Below", parent=make_account(name="Top"))
    make_resource(name="Left", is_active=False)
    for _ in range(2):
        make_resource(name="Same")
    before = everything()
    outcome = take(file(*lines))
    found = dict(outcome.errors)
    assert found.keys() == errors.keys(), found
    for row, reason in errors.items():
        assert reason in found[row]
    assert not outcome.written
    assert everything() == before


def test_good_rows_come_in_without_the_bad_ones_when_told_so(file):
    path = file("Name,ARR", "Acme,1", "Beta,much", "Gamma,3")
    outcome = take(path, good_rows=True)
    assert outcome.written
    assert counts(outcome) == (2, 0, 0, 1)
    assert set(Account.objects.values_list("name", flat=True)) == {"Acme", "Gamma"}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "The file is empty"),
        ("Seats,Colour\n1,red\n", "No column holds the account's name or external id"),
        ("Acme,2024-01-31\nBeta,2024-02-01\n", "It looks like data"),
        ("Name\n", "has a header row but no rows below it"),
        ("Name,Tier,Tier\nAcme,1,2\n", "Columns 2 and 3 are both called “Tier”"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_a_sentence(tmp_path, content, sentence):
    path = tmp_path / "file.csv"
    path.write_text(content)
    with pytest.raises(CommandError, match=sentence):
        call_command("import_accounts", path)


def test_unknown_columns_are_named_and_left_out(file, capsys):
    call_command("import_accounts", file("Name,Fax,Seats", "Acme,1,2"))
    assert "Unknown columns, left out: Fax, Seats." in capsys.readouterr().out
    assert Account.objects.exists()


def test_columns_are_mapped_by_the_command(file, capsys):
    path = file("Kürzel,Haus,Name", "X1,Acme,whatever")
    call_command("import_accounts", path, map=["Kürzel=external_id", "Haus=Account name", "Name="])
    assert Account.objects.get().name == "Acme"
    assert "Haus -> Account name" in capsys.readouterr().out
    with pytest.raises(CommandError, match="The file has no column “Huas”"):
        call_command("import_accounts", path, map=["Huas=name"])
    with pytest.raises(CommandError, match="no mapping"):
        call_command("import_accounts", path, map=["Haus"])


def test_the_bad_rows_of_the_command_come_back_as_a_file_without_formulas(file, tmp_path, capsys):
    path = file("Name;ARR;Note", "=1+1;much;@x", "Beta;1;", "-Gamma;;;;")
    with pytest.raises(CommandError, match="Nothing was imported: 1 rows have errors"):
        call_command("import_accounts", path)
    with (tmp_path / "file-errors.csv").open(encoding="utf-8-sig", newline="") as returned:
        rows = list(csv.reader(returned, delimiter=";"))
    assert rows[0] == ["Row in the file", "What is wrong", "Name", "ARR", "Note"]
    assert rows[1][0] == "2"
    assert rows[1][2:] == ["'=1+1", "much", "'@x"]
    assert len(rows) == 2

    mended = (tmp_path / "file-errors.csv").read_text("utf-8-sig").replace("much", "5")
    (tmp_path / "mended.csv").write_text(mended)
    call_command("import_accounts", tmp_path / "mended.csv")
    assert Account.objects.get().name == "=1+1"


def test_a_dry_run_changes_nothing_and_says_what_would(file, capsys):
    account = make_account(name="Acme", external_id="A1", renewal_date=dt.date(2026, 1, 31))
    path = file("Id;Name;Renewal", "A1;Acme;28.02.2026", "A2;Beta;01.03.2026")
    before = everything()
    call_command("import_accounts", path, dry_run=True)
    said = capsys.readouterr().out
    assert "Row 2, Acme: Renewal: 2026-01-31 -> 2026-02-28" in said
    assert "1 to create, 1 to update, 0 unchanged" in said
    assert "Dry run: nothing was changed." in said
    assert everything() == before
    account.refresh_from_db()
    assert account.renewal_date == dt.date(2026, 1, 31)


# Hierarchy --------------------------------------------------------------------------------------
def test_parents_may_stand_further_down_and_be_named_by_id_or_name(file):
    path = file("Id,Name,Parent", "A1,Leaf,A2", "A2,Branch,root", "A3,Root,", "A4,Other,Leaf")
    assert counts(take(path)) == (4, 0, 0, 0)
    parents = dict(Account.objects.values_list("name", "parent__name"))
    assert parents == {"Leaf": "Branch", "Branch": "Root", "Root": None, "Other": "Leaf"}
    assert changes_of(Account) == 4


def test_a_hierarchy_can_be_turned_upside_down_in_one_go(file):
    top = make_account(name="Top")
    middle = make_account(name="Middle", parent=top)
    make_account(name="Bottom", parent=middle)
    path = file("Name,Parent", "Bottom,", "Middle,Bottom", "Top,Middle")
    outcome = take(path, clear_empty=True)
    assert counts(outcome) == (0, 3, 0, 0)
    assert ["Parent account", "—", "Middle"] in outcome.changes[2]["fields"]
    parents = dict(Account.objects.values_list("name", "parent__name"))
    assert parents == {"Bottom": None, "Middle": "Bottom", "Top": "Middle"}


# Contacts ---------------------------------------------------------------------------------------
def test_several_rows_of_one_account_bring_its_contacts(file):
    path = file(
        "Company,Industry,Name,Email,Phone",
        "Acme,Retail,Jo Field,jo@acme.example,1",
        "Acme,,Al Moor,al@acme.example,2",
        "acme,Retail,Kim Low,,",
    )
    outcome = take(path)
    assert (counts(outcome), outcome.counts["contacts_create"]) == ((1, 0, 0, 0), 3)
    assert set(Account.objects.get().contacts.values_list("name", flat=True)) == {
        "Jo Field",
        "Al Moor",
        "Kim Low",
    }
    again = take(path)
    assert (counts(again), again.counts["contacts_unchanged"]) == ((0, 0, 1, 0), 3)


def test_contacts_are_found_by_address_else_by_name(file):
    account = make_account(name="Acme")
    by_address = make_contact(account, name="Joanna Field", email="JO@acme.example")
    by_name = make_contact(account, name="Al Moor")
    other = make_contact(make_account(name="Beta"), name="Al Moor")
    path = file(
        "Account,First name,Last name,Email,Job title",
        "Acme,Jo,Field,jo@acme.example,CEO",
        "Acme,al,moor,al@acme.example,",
    )
    outcome = take(path)
    assert outcome.counts["contacts_update"] == 2
    by_address.refresh_from_db()
    by_name.refresh_from_db()
    assert (by_address.name, by_address.title) == ("Jo Field", "CEO")
    assert by_name.email == "al@acme.example"
    assert Contact.objects.count() == 3
    assert not Contact.objects.get(pk=other.pk).email


def test_an_address_alone_changes_the_contact_that_has_it(file):
    contact = make_contact(make_account(name="Acme"), name="Jo", email="jo@acme.example")
    take(file("Account,Email,Contact active", "Acme,jo@acme.example,left"))
    contact.refresh_from_db()
    assert (contact.name, contact.is_active) == ("Jo", False)


def test_two_contacts_that_fit_are_told_apart_by_nobody(file):
    account = make_account(name="Acme")
    for _ in range(2):
        make_contact(account, name="Jo")
    assert (
        "more than one contact with this name"
        in take(file("Account,Contact", "Acme,Jo")).errors[0][1]
    )


# Twice, together, or not at all -----------------------------------------------------------------
def test_importing_the_same_file_again_changes_nothing(file):
    make_resource(name="Mara")
    path = file(
        "Id;Name;Parent;ARR;Renewal;CSM;Tags;Contact;E-mail",
        "A1; Acme ;A2;1.000,50;31.12.2026;Mara;Quick win;Jo;jo@acme.example",
        "A2;Group;;;;;;;",
    )
    assert counts(take(path)) == (2, 0, 0, 0)
    before = everything()
    stamps = list(Account.objects.values_list("updated_at", flat=True))
    assert counts(take(path)) == (0, 0, 2, 0)
    assert everything() == before
    assert list(Account.objects.values_list("updated_at", flat=True)) == stamps


def test_all_changes_are_one_operation_through_the_door_import(file):
    csm = make_csm()
    make_account(name="Acme")
    take(file("Name,Tier,Contact", "Acme,Gold,Jo", "Beta,,"), csm)
    entries = {
        entry
        for model in (Account, Contact)
        for entry in model.events.rel.related_model.objects.exclude(pgh_operation=None).values_list(
            "pgh_operation", "pgh_door", "pgh_actor"
        )
    }
    ((_, door, actor),) = entries
    assert (door, actor) == ("import", csm.pk)


def test_the_statements_do_not_grow_with_the_rows(file):
    def statements(rows, first):
        lines = [f"A{n},Acme {n},A{n + 1},Jo {n}" for n in range(first, first + rows)]
        lines[-1] = lines[-1].replace(f",A{first + rows},", ",,")
        path = file("Id,Name,Parent,Contact", *lines)
        with CaptureQueriesContext(connection) as captured:
            assert take(path).written
        return len(captured)

    assert statements(2, 0) == statements(1000, 5000) <= 80


# Rights -----------------------------------------------------------------------------------------
def test_only_who_may_import_does(file):
    source = understand(file("Name", "Acme"), Options()).source
    for service in (accounts_check, accounts_import):
        with pytest.raises(Refused, match="import lists"):
            service(actor=make_participant(), source=source)
    assert not Account.objects.exists()


def test_r_vis_1_accounts_of_other_teams_are_neither_changed_nor_found(file):
    csm = make_csm()
    mine = make_account(name="Mine", external_id="M1")
    theirs = make_account(name="Theirs", external_id="T1", industry="Retail")
    make_account_role(mine, csm.resource)
    Organisation.objects.update_or_create(pk=1, defaults={"row_scope": RowScope.ACCOUNT_TEAM})
    path = file(
        "Id,Name,Industry,Parent,Contact",
        "M1,Mine,Health,,",
        "T1,Stolen,Health,,",
        ",Theirs,Health,,",
        "N1,New,,T1,",
        "N2,Newer,,Theirs,",
        "T1,,,,Spy",
    )
    outcome = take(path, csm, good_rows=True)
    reasons = dict(outcome.errors)
    assert "“T1” belongs to an account that you may not see" in reasons[3]
    assert "“Theirs” belongs to another team" in reasons[4]
    assert "it stands in row 3, which has an error" in reasons[5]
    assert "it stands in row 4, which has an error" in reasons[6]
    assert "Its account stands in row 3" in reasons[7]
    assert not theirs.contacts.exists()
    alone = take(file("Id,Name,Parent", "N3,New,T1", "N4,Newer,Theirs"), csm)
    assert "there is no account “T1”" in alone.errors[0][1]
    assert "there is no account “Theirs”" in alone.errors[1][1]
    theirs.refresh_from_db()
    mine.refresh_from_db()
    assert (theirs.name, theirs.industry, mine.industry) == ("Theirs", "Retail", "Health")
    assert Account.objects.count() == 2


def test_the_command_can_import_as_a_person(file):
    path = file("Name", "Acme")
    with pytest.raises(CommandError, match="import lists"):
        call_command("import_accounts", path, user=make_participant().email)
    with pytest.raises(CommandError, match="no active user"):
        call_command("import_accounts", path, user="nobody@example.com")
    csm = make_csm()
    call_command("import_accounts", path, user=csm.email.upper())
    event = Account.events.rel.related_model.objects.get()
    assert event.pgh_actor == csm


def test_an_external_id_is_exact_and_a_name_is_trimmed(file):
    make_account(name="Acme", external_id="a1")
    assert counts(take(file("Id,Name", "A1,  Acme  "))) == (1, 0, 0, 0)


def test_options_that_cannot_be_are_refused(file):
    with pytest.raises(FileRefused, match="Say dmy, mdy or ymd"):
        understand(file("Name", "Acme"), Options(dates="ydm"))
