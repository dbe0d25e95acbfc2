"""Addresses of the pages that mix apps."""

from django.urls import path

from apps.workspace.views import (
    due,
    due_rows,
    home,
    search,
    set_up,
    success_tracker,
    value_rows,
    value_tracker,
)

app_name = "workspace"
urlpatterns = [
    path("", home.home, name="home"),
    path("search/", search.search, name="search"),
    path("setup/", set_up.set_up, name="setup"),
    path("setup/review/", set_up.review, name="setup-review"),
    path("setup/mail/", set_up.mail, name="setup-mail"),
    path("setup/words/", set_up.words, name="setup-words"),
    path("setup/library/", set_up.library, name="setup-library"),
    path("activity-tracker/", due.activity_tracker, name="activity-tracker"),
    path(
        "activity-tracker/rows/<str:kind>/<int:pk>/",
        due_rows.row,
        name="activity-tracker-row",
    ),
    path("value-tracker/", value_tracker.value_tracker, name="value-tracker"),
    path("value-tracker/kpis/<int:pk>/", value_rows.row, name="value-tracker-row"),
    path(
        "value-tracker/kpis/<int:pk>/cell/<str:name>/",
        value_rows.cell,
        name="value-tracker-cell",
    ),
    path("value-tracker/kpis/<int:pk>/block/", value_rows.block, name="value-tracker-block"),
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
