"""Success plans and the business challenges they answer."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q

from apps.accounts.models import Account, Resource, Role, Scoped
from apps.core.base_models import Stamped, Vocabulary
from apps.core.choices import Level
from apps.core.shape_models import Custom, Typed
from apps.core.tracking import track
from apps.plans import triggers
from apps.plans.choices import ChallengeStatus, PlanStatus


class InTemplate(models.Model):
    """A record that lies in a template exactly when it has no account (R-TPL-1)."""

    in_template = models.GeneratedField(
        expression=Q(account__isnull=True),  # type: ignore[arg-type]
        output_field=models.BooleanField(),
        db_persist=True,
    )

    class Meta:
        abstract = True


@track(exclude=["in_template"])
class SuccessPlan(Stamped, Custom, Typed, InTemplate, Scoped):
    """What a customer and we agreed to reach, and by when."""

    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, null=True, blank=True, related_name="plans"
    )
    name = models.CharField(max_length=200)
    status = models.CharField(max_length=12, choices=PlanStatus.choices, default=PlanStatus.ACTIVE)
    start_date = models.DateField("start", null=True, blank=True)
    end_date = models.DateField("end", null=True, blank=True)
    owner = models.ForeignKey(
        Resource, on_delete=models.PROTECT, null=True, blank=True, related_name="plans"
    )
    owner_role = models.ForeignKey(
        Role, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    review_date = models.DateField("business review", null=True, blank=True)
    description = models.TextField(blank=True, help_text="Internal: never shown to the customer.")
    is_template = models.BooleanField("template", default=False)
    is_shared = models.BooleanField("shared with the customer", default=False)
    created_from = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="copies",
    )

    class Meta:
        verbose_name = "success plan"
        ordering = ["name", "pk"]
        permissions = [
            ("create_from_template", "Can create success plans from templates"),
            ("save_as_template", "Can save success plans as templates"),
            ("share", "Can share success plans with the customer"),
        ]
        indexes = [
            models.Index(fields=["account", "id"], name="plan_account"),
            models.Index(fields=["owner", "status", "id"], name="plan_owner"),
            models.Index(fields=["name", "id"], name="plan_name"),
            models.Index(fields=["end_date", "id"], name="plan_end"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(start_date__isnull=True)
                | Q(end_date__isnull=True)
                | Q(start_date__lte=F("end_date")),
                name="plan_start_before_end",
            ),
        ]
        triggers = [
            *triggers.plan_searched,
            *triggers.plan_touched,
            pgtrigger.Trigger(
                name="challenges_stay_behind",
                when=pgtrigger.After,
                operation=pgtrigger.UpdateOf("account_id"),
                condition=pgtrigger.AnyChange("account"),
                func="""
                    DELETE FROM plans_planchallenge WHERE plan_id = NEW.id;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.name


@track()
class ChallengeCategory(Vocabulary):
    """What kind of trouble a business challenge is."""

    class Meta(Vocabulary.Meta):
        verbose_name_plural = "challenge categories"


@track()
class BusinessChallenge(Stamped, Custom, Scoped):
    """What keeps the customer from success."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="challenges")
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True, help_text="Internal: never shown to the customer.")
    category = models.ForeignKey(
        ChallengeCategory,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="challenges",
    )
    severity = models.CharField(max_length=8, choices=Level.choices, default=Level.MEDIUM)
    status = models.CharField(
        max_length=12, choices=ChallengeStatus.choices, default=ChallengeStatus.OPEN
    )
    identified_on = models.DateField(null=True, blank=True)
    plans = models.ManyToManyField(
        SuccessPlan, through="PlanChallenge", related_name="challenges", blank=True
    )

    class Meta:
        verbose_name = "business challenge"
        ordering = ["title", "pk"]
        indexes = [
            models.Index(fields=["account", "id"], name="challenge_account"),
            models.Index(fields=["title", "id"], name="challenge_title"),
        ]
        triggers = triggers.challenge_searched

    def __str__(self) -> str:
        return self.title


# R-CAS-2: challenges are linked within one account only, and unlinked when the account changes.
SAME_ACCOUNT = """
    IF (SELECT account_id FROM plans_businesschallenge WHERE id = NEW.challenge_id)
        IS DISTINCT FROM (SELECT account_id FROM {table} WHERE id = NEW.{column}) THEN
        RAISE EXCEPTION 'A challenge is linked within its own account only.'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""


def same_account_trigger(table: str, column: str) -> pgtrigger.Trigger:
    """Refuses a link between a challenge and a record of another account."""
    return pgtrigger.Trigger(
        name="same_account",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update,
        func=SAME_ACCOUNT.format(table=table, column=column),
    )


@track(link_of="plan")
class PlanChallenge(Stamped):
    """A challenge that a plan answers."""

    plan = models.ForeignKey(SuccessPlan, on_delete=models.CASCADE, related_name="challenge_links")
    challenge = models.ForeignKey(
        BusinessChallenge, on_delete=models.CASCADE, related_name="plan_links"
    )

    class Meta:
        constraints = [models.UniqueConstraint("plan", "challenge", name="plan_challenge_unique")]
        triggers = [same_account_trigger("plans_successplan", "plan_id")]

    def __str__(self) -> str:
        return f"{self.challenge_id} in {self.plan_id}"
