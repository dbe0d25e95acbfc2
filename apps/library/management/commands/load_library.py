"""`manage.py load_library`: the templates that come with the program."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from apps.library.choices import TemplateKind
from apps.library.shipped_rules import Part, walk
from apps.library.shipped_services import library_load, shipped


class Command(BaseCommand):
    help = (
        "Puts the templates that come with the program into the library. A template that the"
        " library holds already, by name, is left alone."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--list", action="store_true", help="Only say what there is.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["list"]:
                for template in shipped():
                    self.stdout.write(_line(template))
                return
            loaded = library_load(actor=None)
        except ValidationError as error:
            raise CommandError("\n".join(error.messages)) from error
        for template in loaded.made:
            self.stdout.write(_line(template))
        for sentence in loaded.missing:
            self.stdout.write(sentence)
        self.stdout.write(
            f"Library: {len(loaded.made)} templates made ({loaded.records:,} records),"
            f" {len(loaded.kept)} were there and were left alone."
        )


def _line(template: Part) -> str:
    records = sum(1 + len(part.kpis) for part in walk(template))
    return f"{TemplateKind(template.kind).label}: {template.name} ({records} records)"
