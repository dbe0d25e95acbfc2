"""Playbooks, their tasks, and who is to do them."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q

from apps.accounts.models import Account, Contact, Resource, Role, Scoped, TeamPool
from apps.core.base_models import Stamped
from apps.core.choices import Level
from apps.core.shape_models import Custom, Typed
from apps.core.tracking import track
from apps.objectives.models import Objective
from apps.plans.models import InTemplate, SuccessPlan
from apps.playbooks import triggers
from apps.playbooks.choices import (
    OVER_STAGES,
    OVER_STATUSES,
    TINTS,
    PlaybookStatus,
    Stage,
    TaskStatus,
)


@track(exclude=["in_template"])
class Playbook(Stamped, Custom, Typed, InTemplate, Scoped):
    """A set of tasks that carries out an objective, or stands by itself."""

    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, null=True, blank=True, related_name="playbooks"
    )
    plan = models.ForeignKey(
        SuccessPlan,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="playbooks",
        verbose_name="success plan",
    )
    objective = models.ForeignKey(
        Objective, on_delete=models.SET_NULL, null=True, blank=True, related_name="playbooks"
    )
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    stage = models.CharField(max_length=12, choices=Stage.choices, default=Stage.PLANNED)
    status = models.CharField(
        max_length=8, choices=PlaybookStatus.choices, default=PlaybookStatus.GREEN
    )
    start_date = models.DateField("start", null=True, blank=True)
    end_date = models.DateField("end", null=True, blank=True)
    owner = models.ForeignKey(
        Resource, on_delete=models.PROTECT, null=True, blank=True, related_name="playbooks"
    )
    owner_role = models.ForeignKey(
        Role, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    co_owner = models.ForeignKey(
        Contact,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="playbooks",
        help_text="A contact, only while the playbook is shared.",
    )
    is_shared = models.BooleanField("shared with the customer", default=False)
    is_template = models.BooleanField("template", default=False)
    created_from = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="copies",
    )

    class Meta:
        ordering = ["name", "pk"]
        permissions = [
            ("create_from_template", "Can create playbooks from templates"),
            ("save_as_template", "Can save playbooks as templates"),
            ("share", "Can share playbooks with the customer"),
        ]
        indexes = [
            models.Index(fields=["account", "id"], name="playbook_account"),
            models.Index(fields=["plan", "id"], name="playbook_plan"),
            models.Index(fields=["objective", "id"], name="playbook_objective"),
            models.Index(fields=["owner", "stage", "id"], name="playbook_owner"),
            models.Index(fields=["name", "id"], name="playbook_name"),
            models.Index(fields=["stage", "end_date", "id"], name="playbook_stage"),
            models.Index(fields=["end_date", "id"], name="playbook_end"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(start_date__isnull=True)
                | Q(end_date__isnull=True)
                | Q(start_date__lte=F("end_date")),
                name="playbook_start_before_end",
            ),
            models.CheckConstraint(
                condition=Q(co_owner__isnull=True) | Q(is_shared=True),
                name="playbook_co_owner_shared",
            ),
        ]
        triggers = [
            triggers.playbook_follows_parent,
            triggers.playbook_moved,
            *triggers.playbook_searched,
            *triggers.playbook_touched,
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def stage_tint(self) -> str:
        """The tint of its stage."""
        return TINTS[self.stage]

    @property
    def status_tint(self) -> str:
        """The tint of how it is doing."""
        return TINTS[self.status]

    @property
    def is_open(self) -> bool:
        """Whether it still goes on: neither completed nor canceled."""
        return self.stage not in OVER_STAGES


@track(exclude=["in_template"])
class PlaybookTask(Stamped, Custom, Typed, InTemplate, Scoped):
    """One thing to do: in a playbook, or directly under an objective, a plan or an account."""

    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, null=True, blank=True, related_name="tasks"
    )
    plan = models.ForeignKey(
        SuccessPlan,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="tasks",
        verbose_name="success plan",
    )
    objective = models.ForeignKey(
        Objective, on_delete=models.SET_NULL, null=True, blank=True, related_name="tasks"
    )
    playbook = models.ForeignKey(
        Playbook, on_delete=models.SET_NULL, null=True, blank=True, related_name="tasks"
    )
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    notes = models.TextField(blank=True, help_text="Internal: never shown to the customer.")
    status = models.CharField(max_length=12, choices=TaskStatus.choices, default=TaskStatus.PLANNED)
    percent_complete = models.PositiveSmallIntegerField(
        default=0, validators=[MaxValueValidator(100)]
    )
    priority = models.CharField(max_length=8, choices=Level.choices, default=Level.MEDIUM)
    start_date = models.DateField("start", null=True, blank=True)
    end_date = models.DateField("end", null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True, editable=False)
    is_flagged = models.BooleanField(
        "flagged", default=False, help_text="Needs attention; everybody sees the flag."
    )
    is_shared = models.BooleanField("shared with the customer", default=False)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = "task"
        ordering = ["position", "start_date", "pk"]
        permissions = [("share_task", "Can share tasks with the customer")]
        indexes = [
            models.Index(fields=["plan", "id"], name="task_plan"),
            # With the status inside, progress is counted from the index alone.
            models.Index(fields=["objective", "id"], include=["status"], name="task_objective"),
            models.Index(
                fields=["playbook", "position", "id"], include=["status"], name="task_playbook"
            ),
            models.Index(fields=["end_date", "id"], name="task_end"),
            models.Index(fields=["status", "end_date", "id"], name="task_status"),
            models.Index(fields=["account", "end_date", "id"], name="task_account_end"),
            models.Index(fields=["name", "id"], name="task_name"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(start_date__isnull=True)
                | Q(end_date__isnull=True)
                | Q(start_date__lte=F("end_date")),
                name="task_start_before_end",
            ),
            models.CheckConstraint(condition=Q(percent_complete__lte=100), name="task_percent"),
        ]
        triggers = [
            triggers.task_follows_parent,
            *triggers.task_searched,
            *triggers.task_touched,
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def status_tint(self) -> str:
        """The tint of its status."""
        return TINTS[self.status]

    @property
    def is_open(self) -> bool:
        """Whether it is still to be done: neither completed nor canceled."""
        return self.status not in OVER_STATUSES


@track(link_of="task")
class TaskAssignment(Stamped, Scoped):
    """Who is to do a task: one resource, contact, role or pool."""

    account_path: ClassVar[str] = "task__account"
    KINDS: ClassVar[tuple[str, ...]] = ("resource", "contact", "role", "pool")

    task = models.ForeignKey(PlaybookTask, on_delete=models.CASCADE, related_name="assignments")
    resource = models.ForeignKey(
        Resource, on_delete=models.PROTECT, null=True, blank=True, related_name="assignments"
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, null=True, blank=True, related_name="assignments"
    )
    role = models.ForeignKey(
        Role, on_delete=models.PROTECT, null=True, blank=True, related_name="assignments"
    )
    pool = models.ForeignKey(
        TeamPool, on_delete=models.PROTECT, null=True, blank=True, related_name="assignments"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.lookups.Exact(
                    models.Func(
                        F("resource"),
                        F("contact"),
                        F("role"),
                        F("pool"),
                        function="num_nonnulls",
                        output_field=models.IntegerField(),
                    ),
                    1,
                ),
                name="assignment_is_one",
            ),
            models.UniqueConstraint(
                "task",
                "resource",
                "contact",
                "role",
                "pool",
                nulls_distinct=False,
                name="assignment_unique",
            ),
        ]

    def __str__(self) -> str:
        return str(self.resource or self.contact or self.role or self.pool)

    @property
    def kind(self) -> str:
        """Which of the four it names."""
        return next(kind for kind in self.KINDS if getattr(self, f"{kind}_id"))


class TaskPin(models.Model):
    """A task that one person keeps in sight, for themselves alone. Not tracked."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="pinned_tasks"
    )
    task = models.ForeignKey(PlaybookTask, on_delete=models.CASCADE, related_name="pins")

    class Meta:
        constraints = [models.UniqueConstraint("user", "task", name="task_pin_unique")]

    def __str__(self) -> str:
        return f"{self.task_id} of {self.user_id}"


class FollowedPlan(SuccessPlan):
    """Plans, seen from the playbooks and tasks that follow them (R-PLAN-3)."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = [triggers.plan_moved]


class FollowedObjective(Objective):
    """Objectives, seen from the playbooks and tasks that follow them."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = [triggers.objective_moved]
