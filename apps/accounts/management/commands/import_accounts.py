"""`manage.py import_accounts FILE`: accounts and contacts of any company from a CSV file."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from apps.accounts.import_forms import Understood, understand
from apps.accounts.import_rules import BY_KEY, Options
from apps.accounts.import_services import Outcome, accounts_check, accounts_import
from apps.core.access import Refused
from apps.core.imports.reading import DELIMITERS, FileRefused
from apps.core.models import User

LINES = 20


class Command(BaseCommand):
    help = (
        "Creates and updates accounts and their contacts from a CSV file. Columns are matched by"
        " name or by --map; accounts by external id, else by name. With errors nothing is written,"
        " unless --good-rows is given; the bad rows go to a file with row number and reason."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        fields = ", ".join(BY_KEY)
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="COLUMN=FIELD",
            help=f"Which field a column fills; repeatable; nothing after = ignores it. Fields: {fields}",
        )
        parser.add_argument("--dry-run", action="store_true", help="Only say what would happen.")
        parser.add_argument(
            "--good-rows", action="store_true", help="Import the good rows although others are bad."
        )
        parser.add_argument(
            "--clear-empty", action="store_true", help="Empty cells clear what the account has."
        )
        parser.add_argument("--dates", default="", choices=["", "dmy", "mdy", "ymd"])
        parser.add_argument("--numbers", default="", choices=["", "point", "comma"])
        parser.add_argument("--encoding", default="", help="For example utf-8, cp1252, utf-16.")
        parser.add_argument("--delimiter", default="", help="One of , ; | or tab.")
        parser.add_argument(
            "--errors", type=Path, help="Where the bad rows go (beside the file, if not given)."
        )
        parser.add_argument(
            "--user", default="", help="E-mail address of the person who imports; else the shell."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        actor = self._actor(options["user"])
        chosen = self._options(options)
        errors = options["errors"] or path.with_name(f"{path.stem}-errors.csv")
        try:
            understood = understand(path, chosen)
            self._say_understood(understood)
            if understood.problems:
                raise CommandError(" ".join(understood.problems))
            common: dict[str, Any] = {
                "actor": actor,
                "source": understood.source,
                "clear_empty": chosen.clear_empty,
                "error_file": errors,
            }
            if options["dry_run"]:
                outcome = accounts_check(**common)
            else:
                outcome = accounts_import(**common, good_rows=options["good_rows"])
        except (FileRefused, Refused) as error:
            raise CommandError(str(error)) from error
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self._say_outcome(outcome, errors, dry_run=options["dry_run"])

    def _actor(self, email: str) -> User | None:
        if not email:
            return None
        found = User.objects.filter(email__iexact=email, is_active=True).first()
        if found is None:
            raise CommandError(f"There is no active user with the e-mail address {email}.")
        return found

    def _options(self, options: dict[str, Any]) -> Options:
        mapping = {}
        for pair in options["map"]:
            column, mark, field = pair.rpartition("=")
            if not mark or not column.strip():
                raise CommandError(f'“{pair}” is no mapping. Write --map "File column=field".')
            mapping[column.strip()] = field.strip()
        delimiter = {"tab": "\t", "\\t": "\t"}.get(options["delimiter"], options["delimiter"])
        if delimiter and delimiter not in DELIMITERS:
            raise CommandError(f"“{delimiter}” is no delimiter. Write one of , ; | or tab.")
        try:
            "".encode(options["encoding"] or "utf-8")
        except LookupError as error:
            raise CommandError(f"There is no encoding “{options['encoding']}”.") from error
        return Options(
            mapping=mapping,
            dates=options["dates"],
            numbers=options["numbers"],
            encoding=options["encoding"],
            delimiter=delimiter,
            clear_empty=options["clear_empty"],
        )

    def _say_understood(self, understood: Understood) -> None:
        for sentence in understood.sentences:
            self.stdout.write(sentence)
        for column in understood.match.columns:
            if column.key:
                self.stdout.write(f"  {column.header} -> {BY_KEY[column.key].label}")
        left_out = [c.header or f"column {c.place + 1}" for c in understood.ignored]
        if left_out:
            self.stdout.write(f"Unknown columns, left out: {', '.join(left_out)}.")

    def _say_outcome(self, outcome: Outcome, errors: Path, *, dry_run: bool) -> None:
        counts = outcome.counts
        for change in outcome.changes[:LINES] if dry_run else ():
            fields = "; ".join(f"{label}: {old} -> {new}" for label, old, new in change["fields"])
            self.stdout.write(f"  Row {change['row']}, {change['name']}: {fields}")
        for row, reason in outcome.errors[:LINES]:
            self.stdout.write(f"  Row {row}: {reason}")
        more = counts["errors"] - LINES
        if more > 0:
            self.stdout.write(f"  ... and {more:,} more rows with errors.")
        for refusal in outcome.refusals:
            self.stdout.write(refusal)
        if counts["errors"]:
            self.stdout.write(f"The bad rows with their reasons are in {errors}.")
        done = outcome.written
        verbs = ("created", "updated") if done else ("to create", "to update")
        self.stdout.write(
            f"{counts['rows']:,} rows. Accounts: {counts['create']:,} {verbs[0]},"
            f" {counts['update']:,} {verbs[1]}, {counts['unchanged']:,} unchanged."
            f" Contacts: {counts['contacts_create']:,} {verbs[0]},"
            f" {counts['contacts_update']:,} {verbs[1]},"
            f" {counts['contacts_unchanged']:,} unchanged. Rows with errors: {counts['errors']:,}."
        )
        if dry_run:
            self.stdout.write("Dry run: nothing was changed.")
        elif not done:
            raise CommandError(
                f"Nothing was imported: {counts['errors']:,} rows have errors. Mend them, or import"
                " the good rows alone with --good-rows."
            )
