"""Addresses of CS activities."""

from django.urls import path

from apps.activities import comment_views, timeline_views, views
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

comment_patterns = (
    [
        path("people/", comment_views.comment_people, name="people"),
        path("<str:kind>/<int:pk>/", comment_views.thread, name="thread"),
        path("<int:pk>/edit/", comment_views.comment_edit, name="edit"),
        path("<int:pk>/resolve/", comment_views.comment_resolve, name="resolve"),
        path("<int:pk>/delete/", comment_views.comment_delete, name="delete"),
    ],
    "comments",
)
