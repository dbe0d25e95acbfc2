"""Health: how customers are, what their scores are made of, and what moved them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from apps.accounts.filters import AccountFilter
from apps.accounts.selectors import accounts
from apps.core import access
from apps.reports.views.page import respond


@require_GET
def health(request: HttpRequest) -> HttpResponse:
    """The health of the accounts that the filters choose."""
    access.require(request.user, "report.view")
    access.require(request.user, "account.view")
    rows = accounts(request.user)
    filtered = AccountFilter(request.GET or None, queryset=rows, request=request)
    return respond(request, "health", [], {"heading": "Health", "filter": filtered})
