from django.http import HttpRequest, HttpResponse
from django.urls import path

from apps.accounts import views
from apps.workspace.views import accounts as account_page


def _later(request: HttpRequest, pk: int = 0) -> HttpResponse:
    return HttpResponse("")


account_patterns = (
    [
        path("", views.AccountList.as_view(), name="list"),
        path("new/", views.AccountCreate.as_view(), name="create"),
        path("options/", views.account_options, name="options"),
        path("import/", _later, name="import"),
        path("import/<int:pk>/", _later, name="import-run"),
        path("import/<int:pk>/confirm/", _later, name="import-confirm"),
        path("import/<int:pk>/errors/", _later, name="import-errors"),
        path("<int:pk>/", account_page.account_page, name="detail"),
        path("<int:pk>/edit/", views.AccountEdit.as_view(), name="edit"),
        path("<int:pk>/delete/", views.AccountDelete.as_view(), name="delete"),
        path("<int:pk>/team/", account_page.team_add, name="team-add"),
        path("team/<int:pk>/remove/", account_page.team_remove, name="team-remove"),
        path("<int:pk>/readings/", account_page.reading_add, name="reading-add"),
    ],
    "accounts",
)
contact_patterns = (
    [
        path("", views.ContactList.as_view(), name="list"),
        path("new/", views.ContactCreate.as_view(), name="create"),
        path("options/", views.contact_options, name="options"),
        path("<int:pk>/", views.contact_page, name="detail"),
        path("<int:pk>/edit/", views.ContactEdit.as_view(), name="edit"),
        path("<int:pk>/delete/", views.ContactDelete.as_view(), name="delete"),
    ],
    "contacts",
)
resource_patterns = (
    [
        path("", views.ResourceList.as_view(), name="list"),
        path("options/", views.resource_options, name="options"),
        path("<int:pk>/", views.resource_page, name="detail"),
    ],
    "resources",
)
