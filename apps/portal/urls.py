"""Addresses of the portal: `share/` is the customer's, `shares/` is ours."""

from __future__ import annotations

from django.urls import URLPattern, path

from apps.portal.views import completing, proof, public

share_patterns: tuple[list[URLPattern], str] = (
    [
        path("", proof.door, name="door"),
        path("code/", proof.code, name="door-code"),
        path("in/<str:key>/", proof.enter, name="enter"),
        path("leave/", proof.leave, name="leave"),
        path("<str:token>/who/", proof.who, name="who"),
        path("<str:token>/code/", proof.code, name="code"),
        path("<str:token>/tasks/<str:key>/complete/", completing.complete, name="complete"),
        path("<str:token>/tasks/<str:key>/undo/", completing.undo, name="undo"),
        path("brand.css", public.brand, name="brand"),
        path("logo", public.logo, name="logo"),
        path("mine/", public.mine, name="mine"),
        path("<str:token>/", public.view, name="view"),
    ],
    "share",
)
shares_patterns: tuple[list[URLPattern], str] = ([], "shares")
