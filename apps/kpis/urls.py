"""Addresses of objective KPIs."""

from django.urls import path

from apps.core.views import list_paths
from apps.kpis import views

kpi_patterns = (
    [
        path("", views.KpiList.as_view(), name="list"),
        *list_paths(views.KpiList, views.KpiEdit),
        path("new/", views.KpiCreate.as_view(), name="create"),
        path("grid/", views.KpiGrid.as_view(), name="grid"),
        path("options/", views.options, name="options"),
        path("<int:pk>/", views.detail, name="detail"),
        path("<int:pk>/edit/", views.KpiEdit.as_view(), name="edit"),
        path("<int:pk>/delete/", views.KpiDelete.as_view(), name="delete"),
    ],
    "kpis",
)
