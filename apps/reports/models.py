"""Health metrics, what counts as well and badly, and the scores of each day."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from apps.accounts.models import Account, AttributeDefinition
from apps.core.base_models import Stamped
from apps.core.models import Tag
from apps.core.tracking import track
from apps.objectives.models import ObjectiveCategory, ObjectiveStatus
from apps.reports.choices import HealthSource

LOWER_HELP = "A value at or beyond it scores 0."
UPPER_HELP = "A value at or beyond it scores 100. Below the lower one: less is better."


@track()
class HealthMetric(Stamped):
    """One thing that says how a customer is: where its value comes from, and how it is judged."""

    label = models.CharField(max_length=80, unique=True)
    position = models.PositiveIntegerField(default=100, help_text="Lower comes first.")
    is_active = models.BooleanField("active", default=True)
    source = models.CharField(max_length=24, choices=HealthSource.choices)
    attribute = models.ForeignKey(
        AttributeDefinition,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="health_metrics",
        help_text="Whose readings; only for the newest reading of an attribute.",
    )
    lower = models.DecimalField(
        "lower threshold", max_digits=18, decimal_places=4, help_text=LOWER_HELP
    )
    upper = models.DecimalField(
        "upper threshold", max_digits=18, decimal_places=4, help_text=UPPER_HELP
    )
    weight = models.PositiveIntegerField(
        default=10,
        validators=[MinValueValidator(1)],
        help_text="How much it counts beside the other metrics.",
    )
    fresh_days = models.PositiveIntegerField(
        "fresh for",
        null=True,
        blank=True,
        help_text="A reading older than so many days does not count. Empty: any age.",
    )
    unit = models.CharField(
        max_length=20, blank=True, help_text="The words after its value: days, logins, %."
    )
    statuses = models.ManyToManyField(
        ObjectiveStatus, through="HealthMetricStatus", related_name="health_metrics", blank=True
    )
    tags = models.ManyToManyField(
        Tag, through="HealthMetricTag", related_name="health_metrics", blank=True
    )
    categories = models.ManyToManyField(
        ObjectiveCategory, through="HealthMetricCategory", related_name="health_metrics", blank=True
    )

    class Meta:
        ordering = ["position", "label"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(lower=F("upper")),
                name="health_metric_thresholds",
                violation_error_message="Lower and upper threshold are the same: there is nothing"
                " between them to score. Give two different values.",
            ),
            models.CheckConstraint(condition=Q(weight__gte=1), name="health_metric_weight"),
            models.CheckConstraint(
                condition=Q(source=HealthSource.ATTRIBUTE, attribute__isnull=False)
                | ~Q(source=HealthSource.ATTRIBUTE) & Q(attribute__isnull=True),
                name="health_metric_attribute",
                violation_error_message="An attribute belongs to the newest reading of an"
                " attribute, and only there.",
            ),
        ]

    def __str__(self) -> str:
        return self.label


@track(link_of="metric")
class HealthMetricStatus(Stamped):
    """A metric takes objectives of this status only."""

    metric = models.ForeignKey(HealthMetric, on_delete=models.CASCADE, related_name="status_links")
    status = models.ForeignKey(ObjectiveStatus, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "objective status"
        verbose_name_plural = "only objectives of these statuses"
        constraints = [models.UniqueConstraint("metric", "status", name="health_status_unique")]

    def __str__(self) -> str:
        return f"{self.status}"


@track(link_of="metric")
class HealthMetricTag(Stamped):
    """A metric takes objectives with this tag, or another of its tags, only."""

    metric = models.ForeignKey(HealthMetric, on_delete=models.CASCADE, related_name="tag_links")
    tag = models.ForeignKey(Tag, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "tag"
        verbose_name_plural = "only objectives with one of these tags"
        constraints = [models.UniqueConstraint("metric", "tag", name="health_tag_unique")]

    def __str__(self) -> str:
        return f"{self.tag}"


@track(link_of="metric")
class HealthMetricCategory(Stamped):
    """A metric takes objectives of this category, or another of its categories, only."""

    metric = models.ForeignKey(
        HealthMetric, on_delete=models.CASCADE, related_name="category_links"
    )
    category = models.ForeignKey(ObjectiveCategory, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "objective category"
        verbose_name_plural = "only objectives of these categories"
        constraints = [models.UniqueConstraint("metric", "category", name="health_category_unique")]

    def __str__(self) -> str:
        return f"{self.category}"


@track(link_of="metric")
class HealthThreshold(Stamped):
    """How a metric is judged for the customers of one segment."""

    metric = models.ForeignKey(HealthMetric, on_delete=models.CASCADE, related_name="thresholds")
    segment = models.CharField(max_length=80, help_text="As it stands at the accounts.")
    lower = models.DecimalField("lower threshold", max_digits=18, decimal_places=4)
    upper = models.DecimalField("upper threshold", max_digits=18, decimal_places=4)
    weight = models.PositiveIntegerField(default=10, help_text="0 leaves the metric out there.")

    class Meta:
        verbose_name = "threshold of a segment"
        verbose_name_plural = "thresholds by segment"
        ordering = ["segment", "pk"]
        constraints = [
            models.UniqueConstraint(
                "metric",
                Lower("segment"),
                name="health_threshold_unique",
                violation_error_message="This metric has thresholds for that segment already.",
            ),
            models.CheckConstraint(
                condition=~Q(lower=F("upper")),
                name="health_threshold_differ",
                violation_error_message="Lower and upper threshold are the same: there is nothing"
                " between them to score. Give two different values.",
            ),
        ]

    def __str__(self) -> str:
        return self.segment


class HealthScore(models.Model):
    """The health of one account on one day: a calculation, not a record, hence without history.

    `parts` holds what it was made of, by the id of the metric: its value as text or null, and the
    lower threshold, upper threshold and weight that were valid then (R-HLT-3).
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="health_scores")
    day = models.DateField()
    score = models.DecimalField(max_digits=13, decimal_places=10, null=True)
    parts = models.JSONField(default=dict)
    calculated_at = models.DateTimeField()

    class Meta:
        ordering = ["account", "-day"]
        constraints = [models.UniqueConstraint("account", "day", name="health_score_unique")]
        indexes = [
            models.Index(fields=["account", "-day"], include=["score"], name="health_score_newest"),
            models.Index(fields=["day"], name="health_score_day"),
        ]

    def __str__(self) -> str:
        return f"{self.score} on {self.day}"
