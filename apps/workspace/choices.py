"""Fixed vocabularies of the trackers."""

from django.db import models


class Scale(models.TextChoices):
    """How much time a unit of the time axis is."""

    DAYS = "days", "Days"
    WEEKS = "weeks", "Weeks"
    MONTHS = "months", "Months"
    QUARTERS = "quarters", "Quarters"
    YEARS = "years", "Years"


class Edge(models.TextChoices):
    """Which part of a bar is moved."""

    BOTH = "both", "The whole bar"
    START = "start", "Its start"
    END = "end", "Its end"
