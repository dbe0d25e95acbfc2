"""Addresses of the library."""

from django.urls import path

from apps.library.views import pages, records, wizard

app_name = "library"
urlpatterns = [
    path("", pages.library, name="list"),
    path("drafts/<int:pk>/discard/", pages.discard, name="discard"),
    path("<str:kind>/new/", records.Create.as_view(), name="create"),
    path("<str:kind>/<int:pk>/", pages.template_page, name="detail"),
    path("<str:kind>/<int:pk>/use/", wizard.use, name="use"),
    path("<str:kind>/<int:pk>/edit/", records.Edit.as_view(), name="edit"),
    path("<str:kind>/<int:pk>/delete/", pages.delete, name="delete"),
    path("<str:kind>/<int:pk>/save-as/", pages.save_as, name="save-as"),
]
