"""Home: what is mine, each number opening exactly its list."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def home(request: HttpRequest) -> HttpResponse:
    """My accounts and what needs me."""
    return render(request, "workspace/home.html", {})
