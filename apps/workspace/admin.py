"""Users in the administration: invited, tied, deactivated, let in again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.accounts import people_services
from apps.accounts.models import Resource
from apps.accounts.ownership_selectors import about
from apps.accounts.people_forms import PersonForm
from apps.core import people_services as user_services
from apps.core.models import User
from apps.core.people_rules import INVITATION_LASTS, standing
from apps.core.people_selectors import sessions_of
from apps.core.person import person_of
from apps.core.rules import record_id
from apps.core.session_services import sessions_end
from apps.workspace import handover_selectors, leaving_services
from apps.workspace.group_admin import GroupAdmin
from apps.workspace.handover_rules import counted, proposed
from apps.workspace.service_admin import ByService

__all__ = ["GroupAdmin", "UserAdmin"]


@admin.register(User)
class UserAdmin(ByService):
    """People who sign in: invited, deactivated, never deleted."""

    service_form = PersonForm
    change_form_template = "admin/person.html"
    ordering = ["email"]
    list_display = ["email", "called", "stands", "may", "is_resource", "signed_in"]
    list_filter = ["groups", "is_active"]
    list_select_related = ["resource__role"]
    list_per_page = 50
    search_fields = ["email", "first_name", "last_name"]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[User]:
        """Superusers are shown to superusers only: nobody raises themselves through the admin."""
        rows: models.QuerySet[User] = super().get_queryset(request).prefetch_related("groups")
        return rows if request.user.is_superuser else rows.filter(is_superuser=False)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def saved_by(self, request: HttpRequest, form: Any) -> User:
        """A new user with their resource and invitation, or a changed one."""
        actor: Any = request.user
        said = {
            "actor": actor,
            "email": form.cleaned_data["email"],
            "values": form.values,
            "groups": list(form.cleaned_data["groups"]),
            "tie": form.chosen,
        }
        if form.instance.pk is None:
            invite = form.cleaned_data["invite"]
            return people_services.person_create(**said, invite=invite)
        # The form has written what was typed into its own instance.
        before = User.objects.get(pk=form.instance.pk)
        return people_services.person_update(**said, user=before)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who; what they may do; which resource they are."""
        fields = self.get_fields(request, obj)
        parts = [
            (None, ["email", "first_name", "last_name", "invite"]),
            ("May do", ["groups"]),
            ("Is the resource", ["tie", "role", "pools"]),
        ]
        known = [(title, [name for name in names if name in fields]) for title, names in parts]
        return [(title, {"fields": names}) for title, names in known if names]

    # The list -----------------------------------------------------------------------------------
    @admin.display(description="Name", ordering="first_name")
    def called(self, user: User) -> str:
        """The name."""
        return user.get_full_name() or "—"

    @admin.display(description="Stands")
    def stands(self, user: User) -> SafeString:
        """Active, invited, deactivated."""
        word, tint = _standing(user)
        return format_html('<span class="chip chip-{}">{}</span>', tint, word)

    @admin.display(description="Groups")
    def may(self, user: User) -> str:
        """The groups."""
        names = [group.name.removeprefix("CSC - ") for group in user.groups.all()]
        return ", ".join(sorted(names)) or ("Superuser" if user.is_superuser else "—")

    @admin.display(description="Resource", ordering="resource__name")
    def is_resource(self, user: User) -> str:
        """The resource, with its role."""
        one = getattr(user, "resource", None)
        return "—" if one is None else f"{one}{f', {one.role}' if one.role else ''}"

    @admin.display(description="Signed in last", ordering="last_login")
    def signed_in(self, user: User) -> str:
        """When."""
        if user.last_login is None:
            return "—"
        return f"{timezone.localtime(user.last_login):%d %b %Y, %H:%M}"

    # One user -----------------------------------------------------------------------------------
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The form, and beside it how the user stands and what can be done about it."""
        user = self.get_object(request, object_id)
        extra = dict(extra_context or {})
        if user is not None:
            extra |= self._aside(request, user)
        return super().change_view(request, object_id, form_url, extra)

    def _aside(self, request: HttpRequest, user: User) -> dict[str, Any]:
        reader = person_of(request.user)
        word, tint = _standing(user)
        until = user.invited_at + INVITATION_LASTS if user.invited_at else None
        here = request.session.session_key
        return {
            "person": user,
            "word": word,
            "tint": tint,
            "until": reader.moment(until) if word == "Invited" else "",
            "can_invite": user.is_active and not user.has_usable_password(),
            "is_self": user.pk == request.user.pk,
            "may_change": self.has_change_permission(request, user),
            "sessions": [
                {
                    "row": row,
                    "since": reader.moment(row.started_at),
                    "seen": reader.moment(row.seen_at),
                    "here": row.session_key == here,
                }
                for row in sessions_of(user)
            ],
        }

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> Any:
        """Say whether an invitation is on its way."""
        if obj.invited_at:
            self.message_user(request, f"An invitation is on its way to {obj.email}.")
        return super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: Any) -> Any:
        """Say that another address waits to be confirmed."""
        if obj.new_email:
            text = f"{obj.new_email} counts once the link that was sent there is opened."
            self.message_user(request, text)
        return super().response_change(request, obj)

    # What is done beside the form -----------------------------------------------------------------
    def get_urls(self) -> Any:
        """The deeds beside the form."""
        deeds: dict[str, Callable[..., HttpResponse]] = {
            "invite": self.invite_view,
            "sessions": self.sessions_view,
            "keep-address": self.keep_address_view,
            "leave": self.leave_view,
            "return": self.return_view,
        }
        own = [
            path(
                f"<int:pk>/{name}/",
                self.admin_site.admin_view(view),
                name=f"core_user_{name.replace('-', '_')}",
            )
            for name, view in deeds.items()
        ]
        return own + super().get_urls()

    def _one(self, request: HttpRequest, pk: int) -> User:
        user = self.get_queryset(request).filter(pk=pk).first()
        if user is None:
            raise Http404
        if not self.has_change_permission(request, user):
            raise PermissionDenied
        return user

    def _did(self, request: HttpRequest, pk: int, deed: Callable[[Any, User], str]) -> HttpResponse:
        """Do something with a user and say so; a refusal is said in its place."""
        user = self._one(request, pk)
        if request.method == "POST":
            try:
                self.message_user(request, deed(request.user, user), messages.SUCCESS)
            except ValidationError as error:
                self.message_user(request, " ".join(error.messages), messages.ERROR)
        return HttpResponseRedirect(reverse("admin:core_user_change", args=[pk]))

    def invite_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send an invitation, or another one."""

        def deed(actor: Any, user: User) -> str:
            user_services.user_invite(actor=actor, user=user)
            return f"An invitation is on its way to {user.email}. Earlier links stop working."

        return self._did(request, pk, deed)

    def sessions_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """End one session of a user, or all of them."""

        def deed(actor: Any, user: User) -> str:
            own = request.session.session_key if actor.pk == user.pk else ""
            only = request.POST.get("end", "")
            number = sessions_end(actor=actor, user=user, keep=own, only=only)
            return f"{user} was signed out." if number else f"{user} was not signed in there."

        return self._did(request, pk, deed)

    def keep_address_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Forget the new address that waits."""

        def deed(actor: Any, user: User) -> str:
            user_services.address_forget(actor=actor, user=user)
            return f"The address stays {user.email}."

        return self._did(request, pk, deed)

    def return_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Let somebody in again."""

        def deed(actor: Any, user: User) -> str:
            leaving_services.user_returns(actor=actor, user=user)
            return f"{user} can sign in again. What was handed over stays where it is."

        return self._did(request, pk, deed)

    def leave_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What is theirs, who shall get it, and the deactivation itself."""
        user = self._one(request, pk)
        resource = leaving_services.resource_of(user)
        items = handover_selectors.held(request.user, resource) if resource else []
        open_keys = proposed(items)
        going = [item for item in items if not item.over]
        takers = handover_selectors.takers(resource) if resource and open_keys else []
        problems: list[str] = []
        if request.method == "POST":
            try:
                return self._leave(request, user, takers)
            except ValidationError as error:
                problems = error.messages
        context = {
            **self.admin_site.each_context(request),
            "title": f"Deactivate {user}",
            "opts": self.opts,
            "person": user,
            "resource": resource,
            "goes_on": counted(going),
            "over": counted([item for item in items if item.over]),
            "takers": [(row.pk, row.name, about(row)) for row in takers],
            "to": request.POST.get("to", ""),
            "what": request.POST.get("what", ""),
            "can_choose": bool(resource and handover_selectors.allowed(request.user, "resource")),
            "problems": problems,
            "back": reverse("admin:core_user_change", args=[pk]),
        }
        status = 422 if problems else 200
        return TemplateResponse(request, "admin/leave.html", context, status=status)

    def _leave(self, request: HttpRequest, user: User, takers: list[Any]) -> HttpResponse:
        actor: Any = request.user
        taker: Resource | None = None
        if takers:
            what = request.POST.get("what", "")
            if what not in ("give", "keep"):
                raise ValidationError("Choose what shall become of what they own.")
            if what == "give":
                wanted = record_id(request.POST.get("to", ""))
                taker = next((row for row in takers if row.pk == wanted), None)
                if taker is None:
                    raise ValidationError("Choose who shall get it.")
        plan = leaving_services.user_leaves(actor=actor, user=user, taker=taker)
        told = [f"{user} is deactivated and signed out everywhere.", *(plan.lines if plan else [])]
        self.message_user(request, " ".join(told), messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:core_user_change", args=[user.pk]))


def _standing(user: User) -> tuple[str, str]:
    return standing(
        is_active=user.is_active,
        has_password=user.has_usable_password(),
        invited_at=user.invited_at,
        now=timezone.now(),
    )
