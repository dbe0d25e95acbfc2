"""Users, their preferences, the organisation, and the bases that every record builds on."""

from __future__ import annotations

import zoneinfo
from typing import Any, ClassVar, Final, TypeVar

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from apps.core.base_models import Stamped, Vocabulary
from apps.core.brand_models import COLOUR_IS_ONE, Branded
from apps.core.choices import (
    DateFormat,
    Density,
    ExportForm,
    ExportState,
    NotificationKind,
    NumberFormat,
    RowScope,
    Theme,
    UnitKind,
)
from apps.core.people_models import Invited
from apps.core.shape_models import NO_SHAPE
from apps.core.tracking import track

M = TypeVar("M", bound=models.Model)


def validate_time_zone(value: str) -> None:
    """Refuse what the time zone database does not know."""
    if value not in zoneinfo.available_timezones():
        raise ValidationError(f"“{value}” is not a time zone. Write it like Europe/Berlin.")


class UserManager(BaseUserManager["User"]):
    """Makes users, who sign in with their e-mail address."""

    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **extra: Any) -> User:
        """A user with this address, kept in lower case; without a password nobody can sign in."""
        if not email:
            raise ValueError("A user needs an e-mail address.")
        user = self.model(email=email.strip().lower(), **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **extra: Any) -> User:
        """A user who may do everything."""
        return self.create_user(email, password, **{"is_staff": True, "is_superuser": True} | extra)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


@track(exclude=["password", "last_login"])
class User(Invited, AbstractUser):
    """A person who signs in, with the way they like to read times, dates and numbers."""

    username = None  # type: ignore[assignment]
    email = models.EmailField("e-mail address", unique=True)
    time_zone = models.CharField(max_length=64, blank=True, validators=[validate_time_zone])
    theme = models.CharField(max_length=8, choices=Theme.choices, default=Theme.AUTO)
    density = models.CharField(max_length=12, choices=Density.choices, default=Density.COMFORTABLE)
    number_format = models.CharField(
        max_length=12, choices=NumberFormat.choices, default=NumberFormat.COMMA_POINT
    )
    date_format = models.CharField(
        max_length=12, choices=DateFormat.choices, default=DateFormat.DMY_TEXT
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_unique")]
        permissions = [
            ("view_report", "Can view reports"),
            ("export_list", "Can export lists"),
            ("import_list", "Can import lists"),
            ("view_template", "Can view templates"),
            ("use_tag", "Can use tags"),
            ("edit_vocabulary", "Can edit vocabularies"),
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.email


class Preference(models.Model):
    """What one person chose for one screen: columns, their order, a scale. Not tracked."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="preferences")
    key = models.CharField(max_length=80)
    data = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint("user", "key", name="preference_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.key} of {self.user_id}"


class SavedView(Stamped):
    """A list as one person arranged it, under a name: filters, order, columns. Not tracked."""

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_views")
    key = models.CharField(max_length=80, help_text="The list: list:objective.")
    name = models.CharField(max_length=80)
    query = models.TextField(blank=True, help_text="Filters and order, as the address says them.")
    columns = models.JSONField(default=list, blank=True)
    is_shared = models.BooleanField("shared with everyone", default=False)
    is_default = models.BooleanField("what everyone sees first", default=False)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint("owner", "key", Lower("name"), name="saved_view_unique"),
            models.UniqueConstraint(
                fields=["key"], condition=models.Q(is_default=True), name="saved_view_one_default"
            ),
            models.CheckConstraint(
                condition=models.Q(is_default=False) | models.Q(is_shared=True),
                name="saved_view_default_is_shared",
            ),
        ]

    def __str__(self) -> str:
        return self.name


@track(exclude=["logo", "shape"])
class Organisation(Stamped, Branded):
    """The one company that runs this installation."""

    name = models.CharField(max_length=200, default="SuccessCloud")
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    row_scope = models.CharField(
        max_length=12,
        choices=RowScope.choices,
        default=RowScope.EVERYONE,
        help_text="Which accounts a person sees (R-VIS-1).",
    )
    stale_plan_days = models.PositiveSmallIntegerField(
        "plans are stale after",
        default=30,
        validators=[MinValueValidator(1)],
        help_text="Days without a change by a person or an activity, in the plan and all below it.",
    )
    stale_objective_days = models.PositiveSmallIntegerField(
        "objectives are stale after", default=30, validators=[MinValueValidator(1)]
    )
    stale_kpi_days = models.PositiveSmallIntegerField(
        "KPIs are stale after", default=30, validators=[MinValueValidator(1)]
    )
    # Another word whenever fields, record types or field sets change: what is known by it is kept.
    shape = models.UUIDField(default=NO_SHAPE, editable=False)
    health_good_from = models.PositiveSmallIntegerField(
        "health is good from",
        default=70,
        validators=[MaxValueValidator(100)],
        help_text="Of 100 (R-HLT-3). Between the two it is fair.",
    )
    health_poor_below = models.PositiveSmallIntegerField(
        "health is poor below", default=40, validators=[MaxValueValidator(100)]
    )
    note = models.CharField(
        max_length=300, blank=True, help_text="Shown under every page, for example in a demo."
    )
    # What the set-up page cannot find out by looking: which vocabularies were looked through and
    # found right ("reviewed"), and how the last test mail went ("mail").
    set_up = models.JSONField(default=dict, blank=True, editable=False)
    # Whoever took the example words away does not want them back with the next migrate.
    examples_away = models.BooleanField(default=False, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="organisation_is_one"),
            COLOUR_IS_ONE,
            models.CheckConstraint(
                condition=models.Q(
                    stale_plan_days__gte=1, stale_objective_days__gte=1, stale_kpi_days__gte=1
                ),
                name="organisation_stale_days",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    health_poor_below__lte=models.F("health_good_from"), health_good_from__lte=100
                ),
                name="organisation_health_bands",
                violation_error_message="Health cannot be poor below a score from which it is"
                " good already.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


@track()
class Unit(Vocabulary):
    """What a measure counts: a currency, a time or a number."""

    kind = models.CharField(max_length=8, choices=UnitKind.choices, default=UnitKind.NUMBER)
    symbol = models.CharField(max_length=8, blank=True, help_text="Shown beside values: €, %, h.")
    decimals = models.PositiveSmallIntegerField(
        default=2, help_text="Most decimal places shown, 0 to 4."
    )

    class Meta(Vocabulary.Meta):
        constraints = [
            models.CheckConstraint(condition=models.Q(decimals__lte=4), name="unit_decimals"),
        ]


# The kinds that are searched; each has an index of its own, so that a list asks only that one.
SEARCHED: Final = (
    "account",
    "contact",
    "resource",
    "plan",
    "challenge",
    "objective",
    "kpi",
    "playbook",
    "task",
    "activity",
    "comment",
)


class SearchEntry(models.Model):
    """The words of one record, for the search. Kept by triggers (apps.core.indexing); not tracked.

    `account_id` and `author_id` say who may see it; they are no foreign keys, because accounts
    stand above the core, and the triggers of the records keep them.
    """

    kind = models.CharField(max_length=12)
    record_id = models.BigIntegerField()
    account_id = models.BigIntegerField(null=True)
    author_id = models.BigIntegerField(null=True)
    title = models.TextField()
    vector = SearchVectorField()

    class Meta:
        constraints = [
            models.UniqueConstraint("kind", "record_id", name="search_entry_unique"),
        ]
        indexes = [
            GinIndex(
                fields=["vector"],
                condition=models.Q(kind=kind),
                name=f"search_{kind}",
                # A small waiting list: no single save pays for many that went before.
                gin_pending_list_limit=512,
            )
            for kind in SEARCHED
        ]

    def __str__(self) -> str:
        return self.title


class Touch(models.Model):
    """When a person last changed a record or anything below it, or an activity happened there.

    Kept by triggers (apps.core.touch_triggers), exact to ten minutes; not tracked.
    """

    kind = models.CharField(max_length=12)
    record_id = models.BigIntegerField()
    touched_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("kind", "record_id", name="touch_unique")]
        indexes = [models.Index(fields=["kind", "touched_at"], name="touch_when")]

    def __str__(self) -> str:
        return f"{self.kind} {self.record_id}: {self.touched_at:%Y-%m-%d}"


class RecentView(models.Model):
    """A record that one person looked at, for their own "recently viewed". Not tracked."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recent_views")
    kind = models.CharField(max_length=12)
    record_id = models.BigIntegerField()
    viewed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint("user", "kind", "record_id", name="recent_view_unique"),
        ]
        indexes = [models.Index(fields=["user", "-viewed_at"], name="recent_view_user")]

    def __str__(self) -> str:
        return f"{self.kind} {self.record_id} of {self.user_id}"


@track()
class Tag(Vocabulary):
    """A free mark on accounts and objectives."""


class Notification(models.Model):
    """A word to one person: in the app, and by e-mail. Not tracked: it changes no record."""

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, null=True, blank=True, related_name="notifications"
    )
    email = models.EmailField(blank=True, help_text="For somebody who does not sign in.")
    kind = models.CharField(max_length=20, choices=NotificationKind.choices)
    text = models.CharField(max_length=500)
    path = models.CharField(max_length=300, blank=True, help_text="The page it is about.")
    data = models.JSONField(default=dict, blank=True, help_text="What it says in detail.")
    operation = models.UUIDField(null=True, blank=True)
    in_app = models.BooleanField(default=True)
    by_mail = models.BooleanField(default=True)
    due_at = models.DateTimeField(default=timezone.now, help_text="Not mailed before.")
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["user", "read_at", "-id"], name="notification_user"),
            models.Index(fields=["due_at"], name="notification_due"),
            models.Index(fields=["operation"], name="notification_operation"),
            models.Index(
                fields=["id"],
                condition=models.Q(mailed_at__isnull=True, by_mail=True),
                name="notification_waiting",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(user__isnull=False) | ~models.Q(email=""),
                name="notification_to_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.text


class MailStop(models.Model):
    """An address that wants no more mails: about one page, or at all. Not tracked."""

    email = models.EmailField("e-mail address")
    path = models.CharField(max_length=300, blank=True, help_text="Empty: no mails at all.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), "path", name="mail_stop_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.email}: {self.path or 'everything'}"


class ExportRun(models.Model):
    """A list that one person exports in the background: what of it, how far, where the file is.

    A job, not a record. The file lies out of the reach of any address, for some days.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="export_runs")
    kind = models.CharField(max_length=20)
    query = models.TextField(blank=True, help_text="Filters, order and view of the list.")
    form = models.CharField(max_length=4, choices=ExportForm.choices)
    columns = models.JSONField(default=list)
    state = models.CharField(max_length=8, choices=ExportState.choices, default=ExportState.WAITING)
    total = models.PositiveIntegerField(default=0)
    reason = models.TextField(blank=True)
    file = models.FileField(upload_to="exports/", blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.kind}.{self.form}"
