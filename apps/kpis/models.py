"""Objective KPIs and their values over time."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.accounts.models import AttributeDefinition, AttributeValue, Scoped, ScopedQuerySet
from apps.core.base_models import Stamped, Vocabulary
from apps.core.choices import Direction, Door
from apps.core.models import Unit
from apps.core.shape_models import Custom
from apps.core.tracking import track
from apps.kpis import expressions, triggers
from apps.objectives.models import Objective


@track()
class KpiCategory(Vocabulary):
    """What kind of result a KPI measures."""

    class Meta(Vocabulary.Meta):
        verbose_name = "KPI category"
        verbose_name_plural = "KPI categories"


class ObjectiveKpiQuerySet(ScopedQuerySet):
    """KPIs, with what is derived from their values."""

    def with_status(self, today: dt.date) -> Self:
        """Adds `kpi_status` (R-KPI-4) and `blocked_by_status` (R-KPI-8)."""
        return self.annotate(
            kpi_status=expressions.kpi_status(today),
            blocked_by_status=models.functions.Coalesce(
                F("objective__status__blocks_kpis"), models.Value(False)
            ),
        )


@track(exclude=["percent_complete", "last_progress_update"])
class ObjectiveKpi(Stamped, Custom, Scoped):
    """One measure of an objective: from a baseline to a target, by a date."""

    account_path: ClassVar[str] = "objective__account"

    objective = models.ForeignKey(Objective, on_delete=models.PROTECT, related_name="kpis")
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    category = models.ForeignKey(
        KpiCategory, on_delete=models.PROTECT, null=True, blank=True, related_name="kpis"
    )
    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    direction = models.CharField(max_length=8, choices=Direction.choices, default=Direction.HIGHER)
    baseline = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    current = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    target = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    target_date = models.DateField(null=True, blank=True)
    measured_on = models.DateField(
        null=True, blank=True, help_text="The date of the current value."
    )
    is_blocked = models.BooleanField(
        "blocked", default=False, help_text="Cannot be progressed with, whatever its status."
    )
    is_external = models.BooleanField("shared with the customer", default=False)
    attribute = models.ForeignKey(
        AttributeDefinition,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="kpis",
        verbose_name="fed by attribute",
        help_text="The account's newest reading becomes the current value.",
    )
    last_progress_update = models.DateTimeField(null=True, blank=True, editable=False)
    percent_complete = models.GeneratedField(
        expression=expressions.percent_complete(),
        output_field=models.DecimalField(max_digits=5, decimal_places=2),
        db_persist=True,
    )

    objects = ObjectiveKpiQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        verbose_name = "objective KPI"
        ordering = ["title", "pk"]
        permissions = [("share", "Can share KPIs with the customer")]
        indexes = [
            models.Index(fields=["objective", "id"], name="kpi_objective"),
            models.Index(fields=["attribute", "id"], name="kpi_attribute"),
            models.Index(fields=["target_date", "id"], name="kpi_target_date"),
            models.Index(fields=["percent_complete", "id"], name="kpi_percent"),
            models.Index(fields=["title", "id"], name="kpi_title"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(baseline__isnull=True)
                | Q(target__isnull=True)
                | Q(direction=Direction.HIGHER, target__gte=F("baseline"))
                | Q(direction=Direction.LOWER, target__lte=F("baseline")),
                name="kpi_direction",
            ),
        ]
        triggers = [
            triggers.stamp_progress,
            triggers.take_newest_reading,
            triggers.value_on_insert,
            triggers.value_on_update,
            *triggers.kpi_searched,
            *triggers.kpi_touched,
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def number(self) -> str:
        """How people quote this KPI."""
        return f"OKPI-{self.pk:08d}"


class KpiValue(models.Model):
    """What a KPI's values were from one moment on. Written by triggers, never changed."""

    kpi = models.ForeignKey(
        ObjectiveKpi,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="values_over_time",
    )
    recorded_at = models.DateTimeField(db_default=models.functions.Now())
    measured_on = models.DateField(null=True)
    baseline = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    current = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    target = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    unit = models.ForeignKey(
        Unit, on_delete=models.DO_NOTHING, db_constraint=False, null=True, related_name="+"
    )
    direction = models.CharField(max_length=8, choices=Direction.choices)
    percent_complete = models.GeneratedField(
        expression=expressions.percent_complete(),
        output_field=models.DecimalField(max_digits=5, decimal_places=2),
        db_persist=True,
    )
    door = models.CharField(max_length=12)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        null=True,
        related_name="+",
    )
    note = models.TextField(blank=True, db_default="")

    class Meta:
        verbose_name = "KPI value"
        ordering = ["recorded_at", "pk"]
        indexes = [
            models.Index(fields=["kpi", "measured_on", "recorded_at"], name="kpi_value_series")
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.current} on {self.measured_on}"

    @property
    def through(self) -> str:
        """The door as people read it."""
        return Door(self.door).label

    @classmethod
    def scope(cls, user: Any) -> Q:
        """Values are seen with their KPI."""
        return Q(kpi__in=ObjectiveKpi.objects.visible_to(user))


class FollowedObjective(Objective):
    """Objectives, seen from the KPIs that are searched with them and go where they go."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = [triggers.objective_moved, triggers.account_read]


class FedAttributeValue(AttributeValue):
    """Readings, seen from the KPIs that they feed (R-KPI-10)."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = [triggers.feed_kpis, triggers.starve_kpis]
