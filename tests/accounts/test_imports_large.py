"""A file of 50,000 rows: bad rows by number, few statements, flat memory, twice is once."""

from __future__ import annotations

import csv
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Account, AccountRole, Contact
from tests.factories import make_csm

pytestmark = pytest.mark.django_db

ROWS = 50_000
HEADER = [
    "CRM ID", "Company", "Parent", "Industry", "Plan tier", "Country", "ARR", "Currency",
    "Signup date", "Renewal date", "Status", "CSM", "Contact name", "Contact e-mail", "Fax",
]  # fmt: skip
# Row as a spreadsheet numbers it -> what is done to its cells, and a word of the reason.
BAD = {
    12: ({6: "a lot"}, "ARR: “a lot” is not a number"),
    500: ({8: "31.02.2024"}, "Signed up: “31.02.2024” is not a date"),
    1_001: ({0: "C-7", 1: "Customer 7"}, "stands in row 8 already"),
    4_444: ({0: "", 1: ""}, "neither an account name nor an external id"),
    9_999: ({10: "sleeping"}, "Status: “sleeping” is no status"),
    20_000: ({7: "XXX"}, "Currency: There is no currency “XXX”"),
    30_000: ({13: "not an address"}, "Contact e-mail: Enter a valid email address"),
    40_000: ({2: "Nowhere Ltd"}, "Parent account: there is no account “Nowhere Ltd”"),
    49_000: ({1: "x" * 201}, "Account name: Ensure this value has at most 200"),
    50_001: (None, "The row has 3 cells, the header has 15"),
}


def write_file(path, rows=ROWS, bad=BAD):
    """Byte order mark, semicolons, day-first dates, decimal commas, every tenth row with a parent."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
        writer.writerow(HEADER)
        for number in range(1, rows + 1):
            day = f"{number % 28 + 1:02}.{number % 12 + 1:02}"
            cells = [
                f"C-{number}", f"Customer {number}",
                f"C-{number + 1}" if number % 10 == 1 else "",
                ["Tech; Software", "Retail", "Health"][number % 3],
                ["Gold", "Silver"][number % 2], "Österreich",
                f"{number % 900 + 1}.{number % 1000:03},50 €", "EUR",
                f"{day}.2023", f"{day}.2026", "Active",
                "Mara Koch" if number % 2 else "",
                f"Person {number}", f"person{number}@customer{number}.example", "",
            ]  # fmt: skip
            changes, _ = bad.get(number + 1, ({}, ""))
            if changes is None:
                cells = cells[:3]
            else:
                for place, text in changes.items():
                    cells[place] = text
            writer.writerow(cells)
    return path


@pytest.fixture
def mara():
    return make_csm(first_name="Mara", last_name="Koch")


def run(path, **options):
    out = StringIO()
    call_command("import_accounts", path, stdout=out, **options)
    return out.getvalue()


def events():
    return {
        model: model.events.rel.related_model.objects.count()
        for model in (Account, AccountRole, Contact)
    }


def test_50_000_rows_with_10_bad_ones(tmp_path, mara):
    path = write_file(tmp_path / "customers.csv")
    with CaptureQueriesContext(connection) as checking:
        said = run(path, dry_run=True)
    assert len(checking) <= 2 * ROWS / 1000 + 60
    assert "UTF-8 with a byte order mark" in said
    assert "separated by semicolons" in said
    assert "Signup date: dates are read day first" in said
    assert "ARR: numbers are read like 1.234,56" in said
    assert "left out: Fax" in said
    assert "49,990 to create" in said
    assert "Rows with errors: 10." in said
    assert not Account.objects.exists()

    with (tmp_path / "customers-errors.csv").open(encoding="utf-8-sig", newline="") as file:
        returned = list(csv.reader(file, delimiter=";"))
    assert returned[0] == ["Row in the file", "What is wrong", *HEADER]
    assert [int(cells[0]) for cells in returned[1:]] == sorted(BAD)
    for cells in returned[1:]:
        assert BAD[int(cells[0])][1] in cells[1], cells[:2]

    with pytest.raises(CommandError, match="Nothing was imported: 10 rows have errors"):
        run(path)
    assert not Account.objects.exists()

    with CaptureQueriesContext(connection) as writing:
        said = run(path, good_rows=True)
    assert len(writing) <= 2 * ROWS / 1000 + 60
    assert Account.objects.count() == Contact.objects.count() == 49_990
    account = Account.objects.select_related("parent", "currency").get(external_id="C-21")
    assert account.parent.external_id == "C-22"
    assert (str(account.arr), account.currency.label) == ("22021.50", "EUR")
    assert str(account.signup_date) == "2023-10-22"
    assert account.country == "Österreich"
    assert AccountRole.objects.filter(resource__user=mara).count() == 24_993
    written = {
        entry
        for model in (Account, AccountRole, Contact)
        for entry in model.events.rel.related_model.objects.values_list(
            "pgh_operation", "pgh_door", "pgh_label"
        ).distinct()
    }
    ((_, door, label),) = written
    assert (door, label) == ("import", "insert")

    before, stamp = events(), Account.objects.latest("updated_at").updated_at
    said = run(path, good_rows=True)
    assert "0 created, 0 updated, 49,990 unchanged" in said
    assert events() == before
    assert Account.objects.latest("updated_at").updated_at == stamp
