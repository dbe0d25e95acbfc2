"""What records and vocabularies build on."""

from __future__ import annotations

from django.db import models

from apps.core.choices import Tint


class Stamped(models.Model):
    """A record with the moments of its creation and of its last change."""

    created_at = models.DateTimeField("created", auto_now_add=True)
    updated_at = models.DateTimeField("updated", auto_now=True)

    class Meta:
        abstract = True


class Vocabulary(Stamped):
    """One word of a list that administrators keep: deactivated rather than deleted once used."""

    label = models.CharField(max_length=80, unique=True)
    position = models.PositiveIntegerField(default=100, help_text="Lower comes first.")
    tint = models.CharField(max_length=8, choices=Tint.choices, default=Tint.GREY)
    is_active = models.BooleanField("active", default=True)

    class Meta:
        abstract = True
        ordering = ["position", "label"]

    def __str__(self) -> str:
        return self.label
