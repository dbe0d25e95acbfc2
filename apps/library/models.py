"""What is being made from a template, kept on the server until it is made or thrown away."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from apps.library.choices import TemplateKind


class Draft(models.Model):
    """One run of the wizard: the basics, and what was decided about each row. Not tracked."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="drafts"
    )
    kind = models.CharField(max_length=12, choices=TemplateKind.choices)
    # Without a constraint: a draft outlives its template, and then says so.
    source = models.BigIntegerField(help_text="The id of the template, or of what is cloned.")
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-updated_at"]
        indexes = [models.Index(fields=["user", "-updated_at"], name="draft_user")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} from {self.source}"
