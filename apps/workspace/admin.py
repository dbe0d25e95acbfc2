"""Users and groups in the administration: invited, tied, deactivated, let in again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from apps.accounts import people_services
from apps.accounts.models import Resource
from apps.accounts.ownership_selectors import about
from apps.accounts.people_forms import PersonForm, is_built_in
from apps.core import people_services as user_services
from apps.core.access import Refused
from apps.core.models import User
from apps.core.people_forms import GroupForm
from apps.core.people_rules import INVITATION_LASTS, standing
from apps.core.people_selectors import deviation_of, held_permissions, in_words, sessions_of
from apps.core.permissions import ADMINISTRATOR, CUSTOMER_SUCCESS, PARTICIPANT
from apps.core.person import person_of
from apps.core.rules import record_id
from apps.core.session_services import sessions_end
from apps.core.vocabulary_admin import TrackedAdmin
from apps.workspace import handover_selectors, leaving_services
from apps.workspace.handover_rules import counted, proposed

ABOUT = {
    CUSTOMER_SUCCESS: "Everything about plans, objectives, KPIs, playbooks, tasks and activities.",
    PARTICIPANT: "Works along: views plans; creates and edits what is below them.",
    ADMINISTRATOR: "Sets up SuccessCloud: vocabularies, fields, people. Views all records.",
}
NOBODY_IN = "Nobody is in it."


class ByService(TrackedAdmin):
    """Saved by services within the form, where a refusal can still stand above what was typed."""

    service_form: ClassVar[Any]

    class Media:
        css: ClassVar[dict[str, list[str]]] = {"all": ["css/people-admin.css"]}

    def saved_by(self, request: HttpRequest, form: Any) -> models.Model:
        """Save what the form says, by its service."""
        raise NotImplementedError

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """The form, knowing how it is saved."""
        page = self
        if obj is not None and not self.has_change_permission(request, obj):
            return super().get_form(request, obj, change, **kwargs)

        class Form(self.service_form):  # type: ignore[name-defined]
            def _post_clean(self) -> None:
                super()._post_clean()
                if request.method == "POST" and not self.errors:
                    try:
                        with transaction.atomic():
                            self.saved = page.saved_by(request, self)
                    except ValidationError as error:
                        self._refuse(error)
                    except Refused as refusal:
                        self.add_error(None, str(refusal))

            def _refuse(self, error: ValidationError) -> None:
                for name, said in getattr(error, "error_dict", {None: error}).items():
                    self.add_error(name if name in self.fields else None, said)

            def save(self, commit: bool = True) -> Any:
                self.saved.refresh_from_db()
                return self.saved

            def save_m2m(self) -> None:
                """The service has saved the links."""

        return Form

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The fields that the form has for this one."""
        if obj is not None and not self.has_change_permission(request, obj):
            return self.get_readonly_fields(request, obj)
        return list(self.get_form(request, obj)(instance=obj).fields)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The form has saved by the service already."""


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
    def signed_in(self, user: User) -> Any:
        """When."""
        return user.last_login or "—"

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
