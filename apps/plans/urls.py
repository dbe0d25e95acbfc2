from django.urls import path

from apps.core.views import list_paths
from apps.plans import views

plan_patterns = (
    [
        path("", views.PlanList.as_view(), name="list"),
        *list_paths(views.PlanList, views.PlanEdit),
        path("new/", views.PlanCreate.as_view(), name="create"),
        path("options/", views.plan_options, name="options"),
        path("<int:pk>/", views.plan_page, name="detail"),
        path("<int:pk>/edit/", views.PlanEdit.as_view(), name="edit"),
        path("<int:pk>/allocate/", views.PlanAllocate.as_view(), name="allocate"),
        path("<int:pk>/delete/", views.PlanDelete.as_view(), name="delete"),
    ],
    "plans",
)
challenge_patterns = (
    [
        path("", views.ChallengeList.as_view(), name="list"),
        *list_paths(views.ChallengeList, views.ChallengeEdit),
        path("new/", views.ChallengeCreate.as_view(), name="create"),
        path("options/", views.challenge_options, name="options"),
        path("<int:pk>/", views.challenge_page, name="detail"),
        path("<int:pk>/edit/", views.ChallengeEdit.as_view(), name="edit"),
        path("<int:pk>/delete/", views.ChallengeDelete.as_view(), name="delete"),
    ],
    "challenges",
)
