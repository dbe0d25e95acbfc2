"""Fixed vocabularies of the library."""

from django.db import models


class TemplateKind(models.TextChoices):
    """What can be a template."""

    PLAN = "plan", "Success plan"
    OBJECTIVE = "objective", "Objective"
    PLAYBOOK = "playbook", "Playbook"
