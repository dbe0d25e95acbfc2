from django.urls import path

from apps.core.views import bell, exports, notifications, outbox, pages, people, saved, undo

app_name = "core"
urlpatterns = [
    path("preferences/", pages.preferences, name="preferences"),
    path("preferences/address/", people.address, name="address-change"),
    path("preferences/sessions/", people.sessions, name="sessions"),
    path("invitation/<str:link>/", people.invitation, name="invitation"),
    path("confirm-address/<str:link>/", people.address_confirm, name="address"),
    path("preferences/theme/", pages.theme, name="theme"),
    path("preferences/columns/<str:key>/", pages.layout, name="layout"),
    path("views/<str:key>/new/", saved.view_new, name="view-new"),
    path("views/<int:pk>/", saved.view_edit, name="view-edit"),
    path("history/<uuid:operation>/", undo.operation_page, name="operation"),
    path("history/<uuid:operation>/undo/", undo.undo, name="undo"),
    path("notifications/bell/", bell.bell, name="bell"),
    path("notifications/", notifications.notifications, name="notifications"),
    path("notifications/read/", notifications.notifications_read_all, name="notifications-read"),
    path("notifications/<int:pk>/open/", notifications.notification_open, name="notification-open"),
    path("notifications/<int:pk>/mark/", notifications.notification_mark, name="notification-mark"),
    path("preferences/notifications/", notifications.wishes, name="notification-wishes"),
    path("unsubscribe/<str:token>/", notifications.unsubscribe, name="unsubscribe"),
    path("exports/<int:pk>/", exports.export_run, name="export"),
    path("exports/<int:pk>/file/", exports.export_file, name="export-file"),
    path("exports/<int:pk>/again/", exports.export_again, name="export-again"),
    path("outbox/", outbox.outbox, name="outbox"),
    path("healthz", pages.healthz, name="healthz"),
    path("readyz", pages.readyz, name="readyz"),
]
