"""Addresses of the portal: `share/` is the customer's, `shares/` is ours."""

from __future__ import annotations

from django.urls import URLPattern, path

from apps.portal.views import completing, proof, public, sharing, switching

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
shares_patterns: tuple[list[URLPattern], str] = (
    [
        path("", sharing.share_list, name="list"),
        path("new/", sharing.share_create, name="create"),
        path("<int:pk>/", sharing.share_page, name="detail"),
        path("<int:pk>/edit/", sharing.share_edit, name="edit"),
        path("<int:pk>/renew/", sharing.share_renew, name="renew"),
        path("<int:pk>/revoke/", sharing.share_revoke, name="revoke"),
        path("<int:pk>/preview/", sharing.share_preview, name="preview"),
        path("<int:pk>/mail/", sharing.share_mail, name="mail"),
        path("sessions/<int:pk>/end/", sharing.session_end, name="session-end"),
        path("what/plan/<int:pk>/", switching.what_plan, name="what-plan"),
        path("what/plan/<int:pk>/preview/", sharing.plan_preview, name="preview-plan"),
        path("what/account/<int:pk>/", switching.what_account, name="what-account"),
        path("what/account/<int:pk>/preview/", sharing.account_preview, name="preview-account"),
    ],
    "shares",
)
