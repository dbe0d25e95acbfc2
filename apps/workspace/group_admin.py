"""Groups in the administration: those of the program, and own ones."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from apps.accounts.people_forms import is_built_in
from apps.core import people_services as user_services
from apps.core.people_forms import GroupForm
from apps.core.people_selectors import deviation_of, held_permissions, in_words
from apps.core.permissions import ADMINISTRATOR, CUSTOMER_SUCCESS, PARTICIPANT
from apps.workspace.service_admin import ByService

ABOUT = {
    CUSTOMER_SUCCESS: "Everything about plans, objectives, KPIs, playbooks, tasks and activities.",
    PARTICIPANT: "Works along: views plans; creates and edits what is below them.",
    ADMINISTRATOR: "Sets up SuccessCloud: vocabularies, fields, people. Views all records.",
}
NOBODY_IN = "Nobody is in it."


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(ByService):
    """The permission sets of the program, and own ones made of the same permissions."""

    service_form = GroupForm
    change_form_template = "admin/group.html"
    ordering = ["name"]
    list_display = ["name", "what", "members"]
    search_fields = ["name"]
    readonly_fields = []

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Group]:
        """With how many people are in each."""
        rows: models.QuerySet[Group] = super().get_queryset(request)
        return rows.annotate(people=Count("user")).prefetch_related("permissions__content_type")

    @admin.display(description="What it is for")
    def what(self, group: Group) -> str:
        """A built-in one in words, and whether it was changed; an own one by its size."""
        held = {f"{p.content_type.app_label}.{p.codename}" for p in group.permissions.all()}
        if not is_built_in(group):
            return f"Your own: {len(held)} permission{'' if len(held) == 1 else 's'}"
        changed = " Changed: open it to put it back." if deviation_of(group, held) else ""
        return f"{ABOUT[group.name]}{changed}"

    @admin.display(description="People", ordering="people")
    def members(self, group: Any) -> SafeString | str:
        """How many, with the way to them."""
        if not group.people:
            return NOBODY_IN
        url = reverse("admin:core_user_changelist")
        return format_html(
            '<a href="{}?groups__id__exact={}">{} {}</a>',
            url,
            group.pk,
            group.people,
            "person" if group.people == 1 else "people",
        )

    @admin.display(description="May")
    def granted_words(self, group: Group) -> SafeString:
        """What a built-in group may do, in words."""
        words = in_words(held_permissions(group))
        return format_html(
            "<ul>{}</ul>", format_html_join("", "<li>{}</li>", ((w,) for w in words))
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A built-in group is only shown."""
        if obj is not None and not self.has_change_permission(request, obj):
            return ["name", "granted_words"]
        return []

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Own groups; those of the program stay as they are."""
        may = super().has_change_permission(request, obj)
        return may and (obj is None or not is_built_in(obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """An own group that nobody is in, by whoever may change groups."""
        if obj is None:
            return False
        may = super().has_change_permission(request, obj) and not is_built_in(obj)
        return bool(may and not obj.user_set.exists())

    def saved_by(self, request: HttpRequest, form: Any) -> Group:
        """Make or change an own group."""
        actor: Any = request.user
        group = Group.objects.get(pk=form.instance.pk) if form.instance.pk else Group()
        said = form.cleaned_data
        return user_services.group_save(
            actor=actor, group=group, name=said["name"], granted=said["granted"]
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The form; of a built-in group what was changed, and the way back."""
        group = self.get_object(request, object_id)
        extra = dict(extra_context or {})
        if group is not None:
            deviation = deviation_of(group)
            extra |= {
                "group": group,
                "is_built_in": is_built_in(group),
                "people": group.user_set.count(),
                "too_much": in_words(deviation.too_much) if deviation else [],
                "lacking": in_words(deviation.lacking) if deviation else [],
            }
        return super().change_view(request, object_id, form_url, extra)

    def get_urls(self) -> Any:
        """The way back of a built-in group."""
        back = path(
            "<int:pk>/put-back/",
            self.admin_site.admin_view(self.put_back_view),
            name="auth_group_put_back",
        )
        return [back, *super().get_urls()]

    def put_back_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Give a built-in group what the program says."""
        group = self.get_queryset(request).filter(pk=pk).first()
        if group is None:
            raise Http404
        if not super().has_change_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            actor: Any = request.user
            try:
                user_services.group_put_back(actor=actor, group=group)
                self.message_user(request, f"“{group}” is as the program says.", messages.SUCCESS)
            except ValidationError as error:
                self.message_user(request, " ".join(error.messages), messages.ERROR)
        return HttpResponseRedirect(reverse("admin:auth_group_change", args=[pk]))
