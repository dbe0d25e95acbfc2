"""How Django's and other packages' parts behave here: signing in, and messages."""

from __future__ import annotations

from typing import Any, Final

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.messages import SUCCESS, WARNING
from django.contrib.messages.storage.fallback import FallbackStorage
from django.db import connection
from django.http import HttpRequest

from apps.core import history, htmx, session_services, undo_services

PERMISSIONS: Final = """
    SELECT kind.app_label || '.' || permission.codename
    FROM auth_permission permission
    JOIN django_content_type kind ON kind.id = permission.content_type_id
    WHERE permission.id IN (
        SELECT permission_id FROM core_user_user_permissions WHERE user_id = %s
        UNION ALL
        SELECT granted.permission_id FROM auth_group_permissions granted
        JOIN core_user_groups member ON member.group_id = granted.group_id
        WHERE member.user_id = %s
    )
"""


class ClosedAdapter(DefaultAccountAdapter):
    """Sign-up is closed."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def login(self, request: HttpRequest, user: Any) -> None:
        """Sign in, and note where."""
        super().login(request, user)
        session_services.session_told(
            session=request.session,
            agent=self.get_http_user_agent(request),
            address=self.get_client_ip(request),
        )

    def set_password(self, user: Any, password: str) -> None:
        """Another password: whoever signed in with the old one elsewhere is signed out there."""
        with history.operation(user):
            super().set_password(user, password)
            here = getattr(self.request, "session", None)
            keep = here.session_key if here is not None else ""
            session_services.sessions_end(actor=user, user=user, keep=keep)


class SignInBackend(AuthenticationBackend):
    """Sign-in by e-mail address; what a person may do is read in one statement a request."""

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """The person's own permissions and those of their groups."""
        if user_obj.is_superuser or not user_obj.is_active or user_obj.is_anonymous or obj:
            found: set[str] = super().get_all_permissions(user_obj, obj)
            return found
        if not hasattr(user_obj, "_perm_cache"):
            with connection.cursor() as cursor:
                cursor.execute(PERMISSIONS, [user_obj.pk, user_obj.pk])
                user_obj._perm_cache = {name for (name,) in cursor.fetchall()}
        permissions: set[str] = user_obj._perm_cache
        return permissions


class UndoStorage(FallbackStorage):
    """Messages about what was done offer to undo it: the last operation of the request."""

    def add(self, level: int, message: Any, extra_tags: str | None = "") -> None:
        """Keep a message; one of success bears the operation, if this person may undo it."""
        done = history.finished()
        if (
            level == SUCCESS
            and done is not None
            and not extra_tags
            and undo_services.is_offered(actor=self.request.user, done=done)
        ):
            extra_tags = f"{htmx.UNDO}{done}"
        super().add(level, message, extra_tags)

    def update(self, response: Any) -> Any:
        """What was done and is told by a warning alone can be undone from there."""
        done = history.finished()
        queued: list[Any] = self._queued_messages  # type: ignore[attr-defined]
        tags = [message.extra_tags or "" for message in queued]
        warned = next((one for one in queued if one.level == WARNING), None)
        if (
            warned is not None
            and done is not None
            and not any(tag.startswith((htmx.UNDO, htmx.REDO)) for tag in tags)
            and undo_services.is_offered(actor=self.request.user, done=done)
        ):
            warned.extra_tags = f"{htmx.UNDO}{done}"
        return super().update(response)
