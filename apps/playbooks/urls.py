"""Addresses of playbooks and tasks."""

from django.http import HttpRequest, HttpResponse
from django.urls import path


def _later(request: HttpRequest, pk: int = 0) -> HttpResponse:
    return HttpResponse("")


playbook_patterns = (
    [
        path("", _later, name="list"),
        path("new/", _later, name="create"),
        path("options/", _later, name="options"),
        path("<int:pk>/", _later, name="detail"),
        path("<int:pk>/edit/", _later, name="edit"),
        path("<int:pk>/delete/", _later, name="delete"),
    ],
    "playbooks",
)
task_patterns = (
    [
        path("", _later, name="list"),
        path("new/", _later, name="create"),
        path("options/", _later, name="options"),
        path("<int:pk>/", _later, name="detail"),
        path("<int:pk>/edit/", _later, name="edit"),
        path("<int:pk>/delete/", _later, name="delete"),
    ],
    "tasks",
)
