"""What was said and done with a customer."""

from __future__ import annotations

from textwrap import shorten
from typing import Any, ClassVar, Final

from django.conf import settings
from django.db import models
from django.db.models import Func, IntegerField, Q
from django.db.models.lookups import Exact
from django.utils import timezone

from apps.accounts.models import Account, Contact, Resource, Scoped, TeamPool
from apps.activities import comment_triggers, triggers
from apps.core.base_models import Stamped, Vocabulary
from apps.core.shape_models import Custom, Typed
from apps.core.tracking import track
from apps.kpis.models import ObjectiveKpi
from apps.objectives.models import Objective
from apps.plans.models import BusinessChallenge, SuccessPlan
from apps.playbooks.models import Playbook, PlaybookTask


@track()
class ActivityType(Vocabulary):
    """What kind of activity: note, call, meeting."""


@track()
class CsActivity(Stamped, Custom, Typed, Scoped):
    """A note, call or meeting, on any record of an account. Always internal (R-PLAN-2)."""

    account = models.ForeignKey(
        Account, on_delete=models.SET_NULL, null=True, blank=True, related_name="activities"
    )
    type = models.ForeignKey(
        ActivityType, on_delete=models.PROTECT, null=True, blank=True, related_name="activities"
    )
    subject = models.CharField(max_length=200)
    notes = models.TextField(blank=True, help_text="Internal: never shown to the customer.")
    happened_at = models.DateTimeField("when", default=timezone.now)
    duration = models.PositiveIntegerField(null=True, blank=True, help_text="Minutes it took.")
    plan = models.ForeignKey(
        SuccessPlan,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="activities",
        verbose_name="success plan",
    )
    objective = models.ForeignKey(
        Objective, on_delete=models.SET_NULL, null=True, blank=True, related_name="activities"
    )
    kpi = models.ForeignKey(
        ObjectiveKpi,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="activities",
        verbose_name="objective KPI",
    )
    playbook = models.ForeignKey(
        Playbook, on_delete=models.SET_NULL, null=True, blank=True, related_name="activities"
    )
    task = models.ForeignKey(
        PlaybookTask, on_delete=models.SET_NULL, null=True, blank=True, related_name="activities"
    )
    contacts = models.ManyToManyField(
        Contact, through="ActivityContact", related_name="activities", blank=True
    )
    resources = models.ManyToManyField(
        Resource, through="ActivityResource", related_name="activities", blank=True
    )
    owner = models.ForeignKey(
        Resource,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="owned_activities",
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="activities",
    )

    class Meta:
        verbose_name = "CS activity"
        verbose_name_plural = "CS activities"
        ordering = ["-happened_at", "-pk"]
        indexes = [
            models.Index(fields=["account", "-happened_at"], name="activity_account"),
            models.Index(fields=["plan", "-happened_at"], name="activity_plan"),
            models.Index(fields=["objective", "-happened_at"], name="activity_objective"),
            models.Index(fields=["kpi", "-happened_at"], name="activity_kpi"),
            models.Index(fields=["playbook", "-happened_at"], name="activity_playbook"),
            models.Index(fields=["task", "-happened_at"], name="activity_task"),
            models.Index(fields=["-happened_at", "-id"], name="activity_when"),
        ]
        triggers = [
            triggers.activity_follows_links,
            *triggers.activity_searched,
            *triggers.activity_touched,
        ]

    def __str__(self) -> str:
        return self.subject

    @classmethod
    def scope(cls, user: Any) -> Q:
        """Activities without an account are seen by their author and by administrators."""
        without_account = Q(account__isnull=True)
        if not user.has_perm("core.edit_vocabulary"):
            without_account &= Q(author=user)
        return super().scope(user) | without_account


@track(link_of="activity")
class ActivityContact(Stamped):
    """A contact who was present."""

    activity = models.ForeignKey(CsActivity, on_delete=models.CASCADE, related_name="contact_links")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="activity_links")

    class Meta:
        constraints = [
            models.UniqueConstraint("activity", "contact", name="activity_contact_unique")
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} at {self.activity_id}"


@track(link_of="activity")
class ActivityResource(Stamped):
    """A resource who was present."""

    activity = models.ForeignKey(
        CsActivity, on_delete=models.CASCADE, related_name="resource_links"
    )
    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="activity_links")

    class Meta:
        constraints = [
            models.UniqueConstraint("activity", "resource", name="activity_resource_unique")
        ]

    def __str__(self) -> str:
        return f"{self.resource_id} at {self.activity_id}"


class FollowedPlan(SuccessPlan):
    """Plans, seen from the activities that follow them to another account."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = [triggers.plan_moved, comment_triggers.plan_moved]


class FollowedObjective(Objective):
    """Objectives, seen from the activities that follow them."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = [triggers.objective_moved, comment_triggers.objective_moved]


class FollowedKpi(ObjectiveKpi):
    """KPIs, seen from the activities that follow them to another objective."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = [triggers.kpi_moved, comment_triggers.kpi_moved]


class FollowedPlaybook(Playbook):
    """Playbooks, seen from the activities that follow them."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = [triggers.playbook_moved, comment_triggers.playbook_moved]


class FollowedTask(PlaybookTask):
    """Tasks, seen from the activities that follow them."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = [triggers.task_moved, comment_triggers.task_moved]


class FollowedChallenge(BusinessChallenge):
    """Challenges, seen from the comments that follow them to another account."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = [comment_triggers.challenge_moved]


class NumNonNulls(Func):
    """How many of these columns hold something."""

    function = "num_nonnulls"
    output_field = IntegerField()


# What can be commented on besides an account.
COMMENTED: Final = ("plan", "challenge", "objective", "kpi", "playbook", "task")


@track()
class Comment(Stamped, Scoped):
    """What one person says to others on a record: on an account, or on one record of it.

    Its account is that of the record, kept by the database. Internal unless marked (R-PLAN-2).
    """

    # Who may take back a change of these by undo: the author alone.
    history_own: ClassVar[tuple[str, ...]] = ("text", "is_external")

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, null=True, blank=True, related_name="comments"
    )
    plan = models.ForeignKey(
        SuccessPlan,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="comments",
        verbose_name="success plan",
    )
    challenge = models.ForeignKey(
        BusinessChallenge,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="comments",
    )
    objective = models.ForeignKey(
        Objective, on_delete=models.CASCADE, null=True, blank=True, related_name="comments"
    )
    kpi = models.ForeignKey(
        ObjectiveKpi,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="comments",
        verbose_name="objective KPI",
    )
    playbook = models.ForeignKey(
        Playbook, on_delete=models.CASCADE, null=True, blank=True, related_name="comments"
    )
    task = models.ForeignKey(
        PlaybookTask, on_delete=models.CASCADE, null=True, blank=True, related_name="comments"
    )
    parent = models.ForeignKey(
        "self",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="replies",
        verbose_name="answer to",
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="comments",
    )
    author_contact = models.ForeignKey(
        Contact,
        on_delete=models.RESTRICT,
        null=True,
        blank=True,
        editable=False,
        related_name="comments",
    )
    text = models.TextField()
    is_external = models.BooleanField("for the customer too", default=False)
    edited_at = models.DateTimeField("edited", null=True, blank=True, editable=False)
    resolved_at = models.DateTimeField("resolved", null=True, blank=True, editable=False)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["account", "-id"], name="comment_account"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(Exact(NumNonNulls("author", "author_contact"), 1)),
                name="comment_one_author",
            ),
            models.CheckConstraint(
                condition=Q(resolved_at__isnull=True) | Q(parent__isnull=True),
                name="comment_resolved_as_a_whole",
            ),
            models.CheckConstraint(
                condition=Q(Exact(NumNonNulls(*COMMENTED), 1))
                | Q(Exact(NumNonNulls(*COMMENTED), 0)) & Q(account__isnull=False),
                name="comment_on_one_record",
            ),
        ]
        triggers = [comment_triggers.comment_follows_record, *triggers.comment_searched]

    def __str__(self) -> str:
        return shorten(self.text, 60, placeholder=" …")


@track(link_of="comment")
class CommentMention(Stamped):
    """Somebody, or a group, who is named in a comment with an @."""

    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="mentions")
    resource = models.ForeignKey(
        Resource, on_delete=models.CASCADE, null=True, blank=True, related_name="mentions"
    )
    pool = models.ForeignKey(
        TeamPool, on_delete=models.CASCADE, null=True, blank=True, related_name="mentions"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint("comment", "resource", name="comment_mention_resource"),
            models.UniqueConstraint("comment", "pool", name="comment_mention_pool"),
            models.CheckConstraint(
                condition=Q(Exact(NumNonNulls("resource", "pool"), 1)),
                name="comment_mention_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.resource_id or self.pool_id} in {self.comment_id}"
