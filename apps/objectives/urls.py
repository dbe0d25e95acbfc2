from django.urls import path

from apps.core.views import list_paths
from apps.objectives import collaborator_views, views

objective_patterns = (
    [
        path("", views.ObjectiveList.as_view(), name="list"),
        *list_paths(views.ObjectiveList, views.ObjectiveEdit),
        path("new/", views.ObjectiveCreate.as_view(), name="create"),
        path("options/", views.objective_options, name="options"),
        path("<int:pk>/", views.objective_page, name="detail"),
        path("<int:pk>/edit/", views.ObjectiveEdit.as_view(), name="edit"),
        path("<int:pk>/allocate/", views.ObjectiveAllocate.as_view(), name="allocate"),
        path("<int:pk>/collaborators/", collaborator_views.collaborators, name="collaborators"),
        path("<int:pk>/people/", collaborator_views.collaborator_people, name="people"),
        path("<int:pk>/delete/", views.ObjectiveDelete.as_view(), name="delete"),
    ],
    "objectives",
)
