from django.urls import path

from apps.core.views import list_paths
from apps.playbooks import task_views, views

playbook_patterns = (
    [
        path("", views.PlaybookList.as_view(), name="list"),
        *list_paths(views.PlaybookList, views.PlaybookEdit),
        path("new/", views.PlaybookCreate.as_view(), name="create"),
        path("options/", views.playbook_options, name="options"),
        path("<int:pk>/", task_views.playbook_page, name="detail"),
        path("<int:pk>/edit/", views.PlaybookEdit.as_view(), name="edit"),
        path("<int:pk>/allocate/", views.PlaybookAllocate.as_view(), name="allocate"),
        path("<int:pk>/standing/", task_views.playbook_standing, name="standing"),
        path("<int:pk>/tasks/add/", task_views.task_add, name="add-task"),
        path("<int:pk>/tasks/order/", task_views.tasks_order, name="order"),
        path("<int:pk>/delete/", views.PlaybookDelete.as_view(), name="delete"),
    ],
    "playbooks",
)
task_patterns = (
    [
        path("", views.TaskList.as_view(), name="list"),
        *list_paths(views.TaskList, views.TaskEdit),
        path("new/", views.TaskCreate.as_view(), name="create"),
        path("options/", views.task_options, name="options"),
        path("<int:pk>/", views.task_page, name="detail"),
        path("<int:pk>/complete/", views.task_complete, name="complete"),
        path("<int:pk>/flag/", task_views.task_flag, name="flag"),
        path("<int:pk>/pin/", task_views.task_pin, name="pin"),
        path("<int:pk>/line/", task_views.task_line, name="line"),
        path("<int:pk>/edit/", views.TaskEdit.as_view(), name="edit"),
        path("<int:pk>/allocate/", views.TaskAllocate.as_view(), name="allocate"),
        path("<int:pk>/delete/", views.TaskDelete.as_view(), name="delete"),
    ],
    "tasks",
)
