"""How the organisation looks to its customers, as fields of its one row."""

from __future__ import annotations

from typing import Final

from django.core.validators import RegexValidator
from django.db import models

from apps.core.choices import LogoType

COLOUR: Final = r"^#[0-9a-fA-F]{6}$"
COLOUR_IS_ONE: Final = models.CheckConstraint(
    condition=models.Q(brand_colour__regex=COLOUR), name="organisation_brand_colour"
)


class Branded(models.Model):
    """A colour, and a logo that is read only by the page that shows it."""

    brand_colour = models.CharField(
        "colour",
        max_length=7,
        default="#0f766e",
        validators=[RegexValidator(COLOUR, "Write a colour like #0f766e.")],
        help_text="Of the pages that customers open. Text in it is made dark or light enough to be read.",
    )
    logo = models.BinaryField(null=True, blank=True)
    # Empty without a logo, so that nobody reads the image to know whether there is one.
    logo_type = models.CharField(
        max_length=10, choices=LogoType.choices, blank=True, editable=False
    )

    class Meta:
        abstract = True
