"""Fixed vocabularies of accounts and people."""

from django.db import models


class AccountStatus(models.TextChoices):
    PROSPECT = "prospect", "Prospect"
    ACTIVE = "active", "Active"
    CHURNED = "churned", "Churned"


class LifecycleStage(models.TextChoices):
    ONBOARDING = "onboarding", "Onboarding"
    ADOPTION = "adoption", "Adoption"
    GROWTH = "growth", "Growth"
    RENEWAL = "renewal", "Renewal"
    AT_RISK = "at_risk", "At risk"
    CHURNED = "churned", "Churned"


class ResourceKind(models.TextChoices):
    CS_CLOUD = "cs_cloud", "Customer success"
    PSA = "psa", "PSA"


class AttributeType(models.TextChoices):
    """What kind of number an attribute holds; the unit says what it counts."""

    NUMBER = "number", "Number"
    MONEY = "money", "Money"
    RATE = "rate", "Rate"


class ImportState(models.TextChoices):
    """How far an import has come; only "done" has changed anything."""

    CHECKING = "checking", "Being checked"
    CHECKED = "checked", "Checked"
    IMPORTING = "importing", "Being imported"
    DONE = "done", "Imported"
    FAILED = "failed", "Not readable"
