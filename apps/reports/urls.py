"""Addresses of the reports."""

from django.urls import path

from apps.reports.views import health, outcomes, trending, value

app_name = "reports"
urlpatterns = [
    path("outcomes/", outcomes.OutcomesPage.as_view(), name="outcomes"),
    path("outcomes/export/", outcomes.OutcomesExport.as_view(), name="outcomes-export"),
    path("outcomes/print/", outcomes.OutcomesPrint.as_view(), name="outcomes-print"),
    path("kpi-trending/", trending.kpi_trending, name="kpi-trending"),
    path("value/", value.value, name="value"),
    path("health/", health.health, name="health"),
    path("health/<int:pk>/", health.account_health, name="account-health"),
]
