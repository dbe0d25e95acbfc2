"""Whose business review is still to come (R-DUE-1)."""

from __future__ import annotations

from typing import Final

from django.db.models import Q

from apps.accounts.choices import AccountStatus

# A customer that left has none.
ACCOUNT_OPEN: Final = ~Q(status=AccountStatus.CHURNED)
