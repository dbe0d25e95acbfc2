"""Fixed vocabularies of objectives."""

from django.db import models


class StatusKind(models.TextChoices):
    """What a status means to the rules, whatever its label says."""

    NOT_STARTED = "not_started", "Not started"
    IN_PROGRESS = "in_progress", "In progress"
    PAUSED = "paused", "Paused"
    BLOCKED = "blocked", "Blocked"
    COMPLETED = "completed", "Completed"
    ABANDONED = "abandoned", "Abandoned"
    ARCHIVED = "archived", "Archived"


class CompletionType(models.TextChoices):
    MANUAL = "manual", "By hand"
    ATTRIBUTE = "attribute", "Attribute based"


class Outcome(models.TextChoices):
    """What came of an objective, or comes of it as things stand."""

    COMPLETED = "completed", "Completed"
    ON_TIME = "on_time", "Completed on time"
    LATE = "late", "Completed late"
    OVERDUE = "overdue", "Overdue"
    OFF_TRACK = "off_track", "Off track"
    ON_TRACK = "on_track", "On track"
