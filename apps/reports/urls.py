"""Addresses of the reports."""

from django.urls import path

from apps.reports.views import health, outcomes, trending, value

app_name = "reports"
urlpatterns = [
    path("outcomes/", outcomes.outcomes, name="outcomes"),
    path("kpi-trending/", trending.kpi_trending, name="kpi-trending"),
    path("value/", value.value, name="value"),
    path("health/", health.health, name="health"),
]
