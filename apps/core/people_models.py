"""How people get in: invitations, a new address that waits to be confirmed, and sessions.

This module is also the session engine (`SESSION_ENGINE`): a session knows whose it is.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models
from django.utils.crypto import salted_hmac

from apps.core.people_rules import DEVICE_LENGTH


class Invited(models.Model):
    """What a user carries besides a password. Links are made from it and kept nowhere."""

    invited_at = models.DateTimeField("invited", null=True, blank=True, editable=False)
    new_email = models.EmailField("new e-mail address", blank=True, editable=False)
    new_email_at = models.DateTimeField(
        "new e-mail address asked for", null=True, blank=True, editable=False
    )

    class Meta:
        abstract = True


class Session(AbstractBaseSession):
    """One browser that is signed in, or on its way to it: whose, on what device, from where."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="sessions"
    )
    device = models.CharField(max_length=DEVICE_LENGTH, blank=True)
    address = models.GenericIPAddressField("from where", null=True)
    started_at = models.DateTimeField("signed in", null=True)
    seen_at = models.DateTimeField("seen last", null=True)

    objects: ClassVar[BaseSessionManager[Any]] = BaseSessionManager()

    class Meta(AbstractBaseSession.Meta):
        verbose_name = "session"
        verbose_name_plural = "sessions"

    @property
    def mark(self) -> str:
        """What a page calls this session by: its key would open it."""
        return salted_hmac("core.session", self.session_key, algorithm="sha256").hexdigest()[:24]

    @classmethod
    def get_session_store_class(cls) -> type[DatabaseStore]:
        return SessionStore


class SessionStore(DatabaseStore):
    """Sessions in the database, each with its person; the door notes the rest."""

    @classmethod
    def get_model_class(cls) -> Any:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        """The row of a session: what identifies it is copied from what it holds."""
        row: Any = super().create_model_instance(data)
        user = data.get("_auth_user_id")
        row.user_id = int(user) if user else None
        told = data.get("told", {})
        row.device, row.address = told.get("device", ""), told.get("address") or None
        row.started_at, row.seen_at = told.get("started_at"), told.get("seen_at")
        return row
