"""All addresses of the program."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from apps.accounts.urls import (
    account_patterns,
    contact_patterns,
    reading_patterns,
    resource_patterns,
)
from apps.activities.urls import activity_patterns, comment_patterns
from apps.kpis.urls import kpi_patterns
from apps.objectives.urls import objective_patterns
from apps.plans.urls import challenge_patterns, plan_patterns
from apps.playbooks.urls import playbook_patterns, task_patterns
from apps.portal.urls import share_patterns, shares_patterns

# The admin signs in through the same door: throttled, by e-mail address.
admin.autodiscover()
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("", include("apps.core.urls")),
    path("", include("apps.workspace.urls")),
    path("accounts/", include(account_patterns)),
    path("contacts/", include(contact_patterns)),
    path("resources/", include(resource_patterns)),
    path("readings/", include(reading_patterns)),
    path("plans/", include(plan_patterns)),
    path("challenges/", include(challenge_patterns)),
    path("objectives/", include(objective_patterns)),
    path("kpis/", include(kpi_patterns)),
    path("playbooks/", include(playbook_patterns)),
    path("tasks/", include(task_patterns)),
    path("activities/", include(activity_patterns)),
    path("comments/", include(comment_patterns)),
    path("library/", include("apps.library.urls")),
    path("reports/", include("apps.reports.urls")),
    path("shares/", include(shares_patterns)),
    path("share/", include(share_patterns)),
    # Addresses change on a page of our own, where the mailbox has to confirm them.
    path("auth/email/", RedirectView.as_view(pattern_name="core:address-change")),
    path("auth/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]
