"""Fixed vocabularies of playbooks and their tasks."""

from django.db import models


class Stage(models.TextChoices):
    """How far a playbook is."""

    PLANNED = "planned", "Planned"
    IN_PROGRESS = "in_progress", "In Progress"
    ON_HOLD = "on_hold", "On Hold"
    COMPLETED = "completed", "Completed"
    CANCELED = "canceled", "Canceled"


class PlaybookStatus(models.TextChoices):
    """How a playbook is doing."""

    GREEN = "green", "Green"
    YELLOW = "yellow", "Yellow"
    RED = "red", "Red"


class TaskStatus(models.TextChoices):
    """How far a task is."""

    DRAFT = "draft", "Draft"
    PLANNED = "planned", "Planned"
    IN_PROGRESS = "in_progress", "In Progress"
    ON_HOLD = "on_hold", "On Hold"
    COMPLETED = "completed", "Completed"
    CANCELED = "canceled", "Canceled"


# What is over: left out of due and overdue lists (R-DUE-1).
OVER_STAGES = (Stage.COMPLETED, Stage.CANCELED)
OVER_STATUSES = (TaskStatus.COMPLETED, TaskStatus.CANCELED)

# The named tint of each value; stages and task statuses share their words.
TINTS: dict[str, str] = {
    TaskStatus.DRAFT: "grey",
    TaskStatus.PLANNED: "grey",
    TaskStatus.IN_PROGRESS: "blue",
    TaskStatus.ON_HOLD: "amber",
    TaskStatus.COMPLETED: "cyan",
    TaskStatus.CANCELED: "grey",
    PlaybookStatus.GREEN: "green",
    PlaybookStatus.YELLOW: "amber",
    PlaybookStatus.RED: "red",
}
