from django.urls import path

from apps.core.views import pages, undo

app_name = "core"
urlpatterns = [
    path("preferences/", pages.preferences, name="preferences"),
    path("preferences/theme/", pages.theme, name="theme"),
    path("preferences/columns/<str:key>/", pages.layout, name="layout"),
    path("history/<uuid:operation>/", undo.operation_page, name="operation"),
    path("history/<uuid:operation>/undo/", undo.undo, name="undo"),
    path("healthz", pages.healthz, name="healthz"),
    path("readyz", pages.readyz, name="readyz"),
]
