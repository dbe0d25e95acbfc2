"""Objectives: what a plan sets out to reach."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from apps.accounts.models import (
    Account,
    AttributeDefinition,
    AttributeValue,
    Contact,
    Resource,
    Role,
    Scoped,
)
from apps.core.base_models import Stamped, Vocabulary
from apps.core.choices import Direction, Level
from apps.core.models import Tag, Unit
from apps.core.shape_models import Custom, Typed
from apps.core.tracking import track
from apps.objectives import triggers
from apps.objectives.choices import CompletionType, StatusKind
from apps.plans.models import BusinessChallenge, InTemplate, SuccessPlan, same_account_trigger


@track()
class ObjectiveStatus(Vocabulary):
    """A word for where an objective stands; the rules read its kind, never its label."""

    kind = models.CharField(
        max_length=12, choices=StatusKind.choices, default=StatusKind.IN_PROGRESS
    )
    blocks_kpis = models.BooleanField(
        "blocks KPIs", default=False, help_text="KPIs of such objectives show as blocked."
    )

    class Meta(Vocabulary.Meta):
        verbose_name_plural = "objective statuses"
        triggers = [triggers.status_means_another]


@track()
class ObjectiveCategory(Vocabulary):
    """What kind of goal an objective is."""

    class Meta(Vocabulary.Meta):
        verbose_name_plural = "objective categories"


@track(exclude=["in_template"])
class Objective(Stamped, Custom, Typed, InTemplate, Scoped):
    """One goal, measured by KPIs and carried out by playbooks."""

    account = models.ForeignKey(
        Account,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="objectives",
        verbose_name="parent account",
    )
    plan = models.ForeignKey(
        SuccessPlan,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="objectives",
        verbose_name="success plan",
    )
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    status = models.ForeignKey(
        ObjectiveStatus,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="objectives",
    )
    category = models.ForeignKey(
        ObjectiveCategory,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="objectives",
    )
    priority = models.CharField(max_length=8, choices=Level.choices, default=Level.MEDIUM)
    risk = models.CharField("risk level", max_length=8, choices=Level.choices, blank=True)
    health = models.PositiveSmallIntegerField(
        "health score",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(5)],
        help_text="1 is off track, 5 is fully on track.",
    )
    completion_type = models.CharField(
        max_length=12, choices=CompletionType.choices, default=CompletionType.MANUAL
    )
    attribute = models.ForeignKey(
        AttributeDefinition,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="objectives",
    )
    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    direction = models.CharField(max_length=8, choices=Direction.choices, default=Direction.HIGHER)
    baseline = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    current = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    target = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    start_date = models.DateField("start", null=True, blank=True)
    due_date = models.DateField("due", null=True, blank=True)
    completed_at = models.DateTimeField("completed", null=True, blank=True, editable=False)
    owner = models.ForeignKey(
        Resource, on_delete=models.PROTECT, null=True, blank=True, related_name="objectives"
    )
    owner_contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, null=True, blank=True, related_name="objectives"
    )
    owner_role = models.ForeignKey(
        Role, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    tags = models.ManyToManyField(
        Tag, through="ObjectiveTag", related_name="objectives", blank=True
    )
    challenges = models.ManyToManyField(
        BusinessChallenge, through="ObjectiveChallenge", related_name="objectives", blank=True
    )
    is_external = models.BooleanField("shared with the customer", default=False)
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
            ("create_from_template", "Can create objectives from templates"),
            ("save_as_template", "Can save objectives as templates"),
            ("share", "Can share objectives with the customer"),
        ]
        indexes = [
            models.Index(fields=["account", "id"], name="objective_account"),
            models.Index(fields=["plan", "id"], name="objective_plan"),
            models.Index(fields=["owner", "priority", "id"], name="objective_owner"),
            models.Index(fields=["name", "id"], name="objective_name"),
            models.Index(fields=["due_date", "id"], name="objective_due"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(start_date__isnull=True)
                | Q(due_date__isnull=True)
                | Q(start_date__lte=F("due_date")),
                name="objective_start_before_due",
            ),
            models.CheckConstraint(
                condition=Q(health__isnull=True) | Q(health__range=(1, 5)),
                name="objective_health",
            ),
            models.CheckConstraint(
                condition=Q(owner__isnull=True) | Q(owner_contact__isnull=True),
                name="objective_one_owner",
            ),
            models.CheckConstraint(
                condition=Q(baseline__isnull=True)
                | Q(target__isnull=True)
                | Q(direction=Direction.HIGHER, target__gte=F("baseline"))
                | Q(direction=Direction.LOWER, target__lte=F("baseline")),
                name="objective_direction",
            ),
        ]
        triggers = [
            *triggers.objective_searched,
            *triggers.objective_touched,
            triggers.follow_attribute,
            *triggers.reach_target,
            *triggers.stamp_completed,
            pgtrigger.Trigger(
                name="plan_of_same_account",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("plan_id", "account_id"),
                condition=pgtrigger.Q(new__plan__isnull=False),
                func="""
                    IF (SELECT account_id FROM plans_successplan WHERE id = NEW.plan_id)
                        IS DISTINCT FROM NEW.account_id THEN
                        RAISE EXCEPTION 'An objective has the account of its success plan.'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="outsiders_stay_behind",
                when=pgtrigger.After,
                operation=pgtrigger.UpdateOf("account_id"),
                condition=pgtrigger.Q(old__account__df=pgtrigger.F("new__account")),
                func="""
                    DELETE FROM objectives_collaborator
                    WHERE objective_id = NEW.id AND user_id IS NULL AND resource_id IS NULL;
                    RETURN NULL;
                """,
            ),
            pgtrigger.Trigger(
                name="challenges_stay_behind",
                when=pgtrigger.After,
                operation=pgtrigger.UpdateOf("account_id"),
                condition=pgtrigger.Q(old__account__df=pgtrigger.F("new__account")),
                func="""
                    DELETE FROM objectives_objectivechallenge WHERE objective_id = NEW.id;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.name


class FollowedPlan(SuccessPlan):
    """Plans, seen from the objectives that follow them to another account (R-PLAN-3)."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = [
            pgtrigger.Trigger(
                name="objectives_follow",
                when=pgtrigger.After,
                operation=pgtrigger.UpdateOf("account_id"),
                condition=pgtrigger.AnyChange("account"),
                func="""
                    UPDATE objectives_objective SET account_id = NEW.account_id
                    WHERE plan_id = NEW.id;
                    RETURN NULL;
                """,
            ),
        ]


class FollowedAttributeValue(AttributeValue):
    """Readings, seen from the objectives that follow them (R-OBJ-6)."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = [triggers.feed_objectives]


@track(link_of="objective")
class ObjectiveTag(Stamped):
    """One tag on one objective."""

    objective = models.ForeignKey(Objective, on_delete=models.CASCADE, related_name="tag_links")
    tag = models.ForeignKey(Tag, on_delete=models.PROTECT, related_name="objective_links")

    class Meta:
        constraints = [models.UniqueConstraint("objective", "tag", name="objective_tag_unique")]
        triggers = triggers.objective_tagged

    def __str__(self) -> str:
        return f"{self.tag_id} on {self.objective_id}"


class SearchedTag(Tag):
    """Tags, seen from the objectives that are found by them."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = [triggers.tag_renamed]


@track(link_of="objective")
class ObjectiveChallenge(Stamped):
    """A challenge that an objective answers."""

    objective = models.ForeignKey(
        Objective, on_delete=models.CASCADE, related_name="challenge_links"
    )
    challenge = models.ForeignKey(
        BusinessChallenge, on_delete=models.CASCADE, related_name="objective_links"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint("objective", "challenge", name="objective_challenge_unique")
        ]
        triggers = [same_account_trigger("objectives_objective", "objective_id")]

    def __str__(self) -> str:
        return f"{self.challenge_id} in {self.objective_id}"


@track(link_of="objective")
class Collaborator(Stamped):
    """Somebody who is told when an objective changes (R-OBJ-7).

    One of us, a contact of its account, or whoever reads an e-mail address. When the objective
    moves to another account, contacts and addresses stay behind: they belong to the old one.
    """

    objective = models.ForeignKey(Objective, on_delete=models.CASCADE, related_name="collaborators")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="collaborations",
    )
    resource = models.ForeignKey(
        Resource, on_delete=models.CASCADE, null=True, blank=True, related_name="collaborations"
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.CASCADE, null=True, blank=True, related_name="collaborations"
    )
    email = models.EmailField("e-mail address", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("objective", "user", name="collaborator_user"),
            models.UniqueConstraint("objective", "resource", name="collaborator_resource"),
            models.UniqueConstraint("objective", "contact", name="collaborator_contact"),
            models.UniqueConstraint(
                "objective",
                Lower("email"),
                condition=~Q(email=""),
                name="collaborator_email",
            ),
            models.CheckConstraint(
                condition=Q(
                    user__isnull=False, resource__isnull=True, contact__isnull=True, email=""
                )
                | Q(user__isnull=True, resource__isnull=False, contact__isnull=True, email="")
                | Q(user__isnull=True, resource__isnull=True, contact__isnull=False, email="")
                | Q(user__isnull=True, resource__isnull=True, contact__isnull=True) & ~Q(email=""),
                name="collaborator_one_of",
            ),
        ]

    def __str__(self) -> str:
        return self.email or f"{self.user_id or self.resource_id or self.contact_id}"
