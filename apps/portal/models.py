"""Shares: what a customer may open, who may open it, and who did."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.accounts.models import Account, Contact, Scoped
from apps.activities.models import Comment
from apps.core.base_models import Stamped
from apps.core.tracking import track
from apps.plans.models import SuccessPlan
from apps.playbooks.models import PlaybookTask


@track(exclude=["key", "token_hash"])
class Share(Stamped, Scoped):
    """One link for a customer: to one success plan, or to all that an account shares.

    It opens nothing by itself: what is seen is marked shared, record by record (R-EXT-1). Of its
    token only a hash is kept (R-EXT-4).
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="shares")
    plan = models.ForeignKey(
        SuccessPlan,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="shares",
        verbose_name="success plan",
    )
    # The token is made of these two and the program's secret; a renewed link has a new key.
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    round = models.PositiveIntegerField(default=1, editable=False)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    anyone = models.BooleanField(
        "anyone with the link",
        default=False,
        help_text="They read without saying who they are. Off: only the people below.",
    )
    domains = models.CharField(
        "allowed e-mail domains",
        max_length=500,
        blank=True,
        help_text="Whoever proves an address of these, for example acme.com, acme.de.",
    )
    may_complete = models.BooleanField(
        "contacts may complete their tasks",
        default=False,
        help_text="Only tasks assigned to them, once they proved their e-mail address.",
    )
    last_day = models.DateField(
        "open until", null=True, blank=True, help_text="The last day; empty: until it is revoked."
    )
    revoked_at = models.DateTimeField("revoked", null=True, blank=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
    )
    contacts = models.ManyToManyField(Contact, through="ShareContact", related_name="shares")

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"Share of {self.plan or self.account}"


@track(link_of="share")
class ShareContact(Stamped, Scoped):
    """A contact who may open a share."""

    account_path: ClassVar[str] = "share__account"

    share = models.ForeignKey(Share, on_delete=models.CASCADE, related_name="share_contacts")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="share_contacts")

    class Meta:
        constraints = [
            models.UniqueConstraint("share", "contact", name="share_contact_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.contact} opens {self.share_id}"


class ShareVisit(models.Model):
    """That somebody opened a share: who, when last, and what they saw then.

    `email` is empty for all who read through "anyone with the link". `seen` holds a word for each
    thing that was shown at the last visit, `before` the same of the visit before it: what is new
    since is told from them, and nothing else is kept of what the customer does.
    """

    share = models.ForeignKey(Share, on_delete=models.CASCADE, related_name="visits")
    email = models.EmailField(blank=True)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    before_at = models.DateTimeField(null=True)
    times = models.PositiveIntegerField(default=1)
    seen = models.JSONField(default=dict)
    before = models.JSONField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint("share", "email", name="share_visit_unique")]

    def __str__(self) -> str:
        return f"{self.email or 'somebody'} opened {self.share_id}"


class PortalCode(models.Model):
    """A one-time proof of an e-mail address: a code and a link, made again from `nonce` to mail
    them, never stored. Without a share it opens all that is shared with the address.
    """

    email = models.EmailField()
    share = models.ForeignKey(
        Share, on_delete=models.CASCADE, null=True, related_name="portal_codes"
    )
    nonce = models.UUIDField(default=uuid.uuid4, unique=True)
    link_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["email", "-created_at"], name="portal_code_email")]

    def __str__(self) -> str:
        return f"Code {self.pk}"


class PortalSession(models.Model):
    """Somebody who proved an e-mail address, in one browser. It opens shares and nothing else."""

    email = models.EmailField()
    key_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    last_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["email"], name="portal_session_email", condition=Q(revoked_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"Session {self.pk}"


class Completion(models.Model):
    """A task that a contact completed in the portal, as it was before: to take it back at once."""

    task = models.ForeignKey(PlaybookTask, on_delete=models.CASCADE, related_name="completions")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="completions")
    comment = models.ForeignKey(Comment, on_delete=models.SET_NULL, null=True, related_name="+")
    operation = models.UUIDField(unique=True)
    at = models.DateTimeField()
    status = models.CharField(max_length=12)
    percent_complete = models.PositiveSmallIntegerField()

    class Meta:
        indexes = [models.Index(fields=["contact", "-at"], name="completion_contact")]

    def __str__(self) -> str:
        return f"{self.contact_id} completed {self.task_id}"
