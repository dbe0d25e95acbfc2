from django.urls import path

from apps.accounts import views
from apps.accounts.import_views import import_confirm, import_errors, import_page, import_run
from apps.workspace.views.accounts import account_page

account_patterns = (
    [
        path("", views.AccountList.as_view(), name="list"),
        path("new/", views.AccountCreate.as_view(), name="create"),
        path("options/", views.account_options, name="options"),
        path("import/", import_page, name="import"),
        path("import/<int:pk>/", import_run, name="import-run"),
        path("import/<int:pk>/confirm/", import_confirm, name="import-confirm"),
        path("import/<int:pk>/errors/", import_errors, name="import-errors"),
        path("<int:pk>/", account_page, name="detail"),
        path("<int:pk>/edit/", views.AccountEdit.as_view(), name="edit"),
        path("<int:pk>/delete/", views.AccountDelete.as_view(), name="delete"),
        path("<int:pk>/team/", views.role_add, name="team-add"),
        path("team/<int:pk>/remove/", views.role_remove, name="team-remove"),
        path("<int:pk>/readings/", views.reading_add, name="reading-add"),
    ],
    "accounts",
)
contact_patterns = (
    [
        path("", views.ContactList.as_view(), name="list"),
        path("new/", views.ContactCreate.as_view(), name="create"),
        path("options/", views.contact_options, name="options"),
        path("<int:pk>/", views.contact_detail, name="detail"),
        path("<int:pk>/edit/", views.ContactEdit.as_view(), name="edit"),
        path("<int:pk>/delete/", views.ContactDelete.as_view(), name="delete"),
    ],
    "contacts",
)
resource_patterns = (
    [
        path("", views.ResourceList.as_view(), name="list"),
        path("options/", views.resource_options, name="options"),
        path("<int:pk>/", views.resource_detail, name="detail"),
    ],
    "resources",
)
