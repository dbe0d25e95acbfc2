"""`manage.py create_administrator`: the first person who signs in to a new installation."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from apps.core.first_services import administrator_create
from apps.core.people_rules import INVITATION_DAYS


class Command(BaseCommand):
    help = (
        "Makes an administrator, who may also work on records, and prints a link with which they"
        " choose their password. Needs no mail server."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--first-name", default="")
        parser.add_argument("--last-name", default="")
        parser.add_argument(
            "--superuser", action="store_true", help="Bound by no permissions at all."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        names = {name: options[name] for name in ("first_name", "last_name")}
        try:
            link = administrator_create(
                email=options["email"], values=names, is_superuser=options["superuser"]
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(
            f"Open this link within {INVITATION_DAYS} days and choose a password:\n{link}"
        )
