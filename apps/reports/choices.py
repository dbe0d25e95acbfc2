"""Fixed vocabularies of the reports."""

from django.db import models


class HealthSource(models.TextChoices):
    """Where the value of a health metric comes from (R-HLT-2)."""

    ATTRIBUTE = "attribute", "Newest reading of an attribute"
    OBJECTIVE_COUNT = "objective_count", "Number of objectives"
    OBJECTIVE_HEALTH = "objective_health", "Mean health score of objectives (1 to 5)"
    OBJECTIVE_COMPLETION = "objective_completion", "Mean progress of objectives (%)"
    OFF_TRACK_SHARE = "off_track_share", "Share of KPIs off track or overdue (%)"
    OVERDUE_TASKS = "overdue_tasks", "Number of overdue tasks"
    DAYS_SINCE_TOUCH = "days_since_touch", "Days since the last touch"


class Band(models.TextChoices):
    """How a score is read: the organisation says from where it is good and below what poor."""

    GOOD = "good", "Good"
    FAIR = "fair", "Fair"
    POOR = "poor", "Poor"
    UNKNOWN = "unknown", "Not measured"
