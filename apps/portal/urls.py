"""Addresses of the portal: `share/` is the customer's, `shares/` is ours."""

from __future__ import annotations

from django.urls import URLPattern

share_patterns: tuple[list[URLPattern], str] = ([], "share")
shares_patterns: tuple[list[URLPattern], str] = ([], "shares")
