"""`manage.py share_demo`: shares one plan of the demo with its customer, and says where."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from apps.portal import demo


class Command(BaseCommand):
    help = "Shares one plan of the demo with two contacts of its account; once."

    def handle(self, *args: Any, **options: Any) -> None:
        token = demo.load()
        if token:
            self.stdout.write(f"The customer's view of the demo: /share/{token}/")
