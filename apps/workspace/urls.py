"""Addresses of the pages that mix apps."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from apps.workspace.views import home, success_tracker


def _later(request: HttpRequest, pk: int = 0) -> HttpResponse:
    return HttpResponse("")


app_name = "workspace"
urlpatterns = [
    path("", home.home, name="home"),
    path("value-tracker/", _later, name="value-tracker"),
    path("success-tracker/", success_tracker.success_tracker, name="success-tracker"),
    path("success-tracker/changed/", success_tracker.changed, name="success-tracker-changed"),
    path("success-tracker/scale/", success_tracker.scale, name="success-tracker-scale"),
    path(
        "success-tracker/rows/<str:kind>/<int:pk>/",
        success_tracker.rows,
        name="success-tracker-rows",
    ),
    path(
        "success-tracker/rows/<str:kind>/<int:pk>/dates/",
        success_tracker.dates,
        name="success-tracker-dates",
    ),
]
