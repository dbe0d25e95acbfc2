from django.urls import path

from apps.accounts import reading_views, views
from apps.core.views import file_paths, list_paths
from apps.workspace.views import accounts as account_page
from apps.workspace.views import handover

account_patterns = (
    [
        path("", views.AccountList.as_view(), name="list"),
        *list_paths(views.AccountList, views.AccountEdit),
        path("new/", views.AccountCreate.as_view(), name="create"),
        path("options/", views.account_options, name="options"),
        path("<int:pk>/", account_page.account_page, name="detail"),
        path("<int:pk>/edit/", views.AccountEdit.as_view(), name="edit"),
        path("<int:pk>/summary/", views.AccountSummary.as_view(), name="summary"),
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
        *list_paths(views.ContactList, views.ContactEdit),
        path("new/", views.ContactCreate.as_view(), name="create"),
        path("options/", views.contact_options, name="options"),
        path("<int:pk>/", views.contact_page, name="detail"),
        path("<int:pk>/edit/", views.ContactEdit.as_view(), name="edit"),
        path("<int:pk>/delete/", views.ContactDelete.as_view(), name="delete"),
        path("<int:pk>/hand-over/", handover.contact_hand_over, name="hand-over"),
    ],
    "contacts",
)
resource_patterns = (
    [
        path("", views.ResourceList.as_view(), name="list"),
        *file_paths(views.ResourceList),
        path("options/", views.resource_options, name="options"),
        path("<int:pk>/", views.resource_page, name="detail"),
        path("<int:pk>/hand-over/", handover.resource_hand_over, name="hand-over"),
    ],
    "resources",
)
reading_patterns = (
    [
        path("", reading_views.ReadingList.as_view(), name="list"),
        *file_paths(reading_views.ReadingList),
        path("new/", reading_views.ReadingCreate.as_view(), name="create"),
        path("<int:pk>/", reading_views.reading_page, name="detail"),
    ],
    "readings",
)
