"""Addresses of CS activities."""

from django.urls import path

from apps.activities import timeline_views, views
from apps.core.views import list_paths

activity_patterns = (
    [
        path("", views.ActivityList.as_view(), name="list"),
        *list_paths(views.ActivityList, views.ActivityEdit),
        path("new/", views.ActivityCreate.as_view(), name="create"),
        path("timeline/<str:kind>/<int:pk>/", timeline_views.record_timeline, name="timeline"),
        path("options/", views.activity_options, name="options"),
        path("<int:pk>/", views.activity_page, name="detail"),
        path("<int:pk>/edit/", views.ActivityEdit.as_view(), name="edit"),
        path("<int:pk>/delete/", views.ActivityDelete.as_view(), name="delete"),
    ],
    "activities",
)
