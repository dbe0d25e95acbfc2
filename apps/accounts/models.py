"""Customers, their people, ours, and what is measured about them."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import RawSQL
from django.db.models.functions import Lower

from apps.accounts import triggers
from apps.accounts.choices import (
    AccountStatus,
    AttributeType,
    ImportState,
    LifecycleStage,
    ResourceKind,
)
from apps.core.base_models import Stamped, Vocabulary
from apps.core.choices import RowScope
from apps.core.models import Tag, Unit, validate_time_zone
from apps.core.scope import row_scope
from apps.core.shape_models import Custom
from apps.core.tracking import track

BELOW = """
    WITH RECURSIVE below AS (
        SELECT id FROM accounts_account WHERE id = ANY(%s)
        UNION
        SELECT child.id FROM accounts_account child JOIN below ON child.parent_id = below.id
    ) SELECT id FROM below
"""


class AccountQuerySet(models.QuerySet["Account"]):
    """Accounts, and which of them a person may see."""

    def visible_to(self, user: Any) -> Self:
        """The accounts this person sees (R-VIS-1)."""
        if not user.has_perm("accounts.view_account"):
            return self.none()
        if row_scope(user) == RowScope.EVERYONE:
            return self
        return self.below(_team_account_ids(user))

    def below(self, ids: list[int]) -> Self:
        """These accounts and all their descendants, in one recursive query."""
        return self.filter(pk__in=RawSQL(BELOW, (ids,)))  # noqa: S611 (a constant; ids are parameters)


def _team_account_ids(user: Any) -> list[int]:
    """The accounts on whose team this person's resource plays a role; read once a request."""
    if not hasattr(user, "_team_account_ids"):
        user._team_account_ids = list(
            AccountRole.objects.filter(resource__user=user).values_list("account_id", flat=True)
        )
    ids: list[int] = user._team_account_ids
    return ids


class ScopedQuerySet(models.QuerySet[Any]):
    """Rows that belong to an account: a row is seen when its account is (R-VIS-1)."""

    def visible_to(self, user: Any) -> Self:
        """The rows this person sees; what lies in a template is never among them (R-TPL-1)."""
        meta = self.model._meta
        if not user.has_perm(f"{meta.app_label}.view_{meta.model_name}"):
            return self.none()
        return self.filter(self.model.scope(user))

    def in_library(self, user: Any) -> Self:
        """The rows that lie in templates, for a person who may see templates (R-TPL-1)."""
        if not user.has_perm("core.view_template"):
            return self.none()
        return self.filter(**{f"{self.model.account_path}__isnull": True})


class Scoped(models.Model):
    """A record below an account."""

    account_path: ClassVar[str] = "account"

    objects = ScopedQuerySet.as_manager()

    class Meta:
        abstract = True

    @classmethod
    def scope(cls, user: Any) -> Q:
        """The condition under which this person sees a row."""
        if row_scope(user) == RowScope.EVERYONE:
            return Q(**{f"{cls.account_path}__isnull": False})
        return Q(**{f"{cls.account_path}__in": Account.objects.visible_to(user)})


@track()
class Role(Vocabulary):
    """What a person does for an account: CSM, sponsor, solution architect."""


@track()
class Resource(Stamped):
    """A person of ours who can be allocated."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="resource",
    )
    name = models.CharField(max_length=200)
    email = models.EmailField("e-mail", blank=True)
    role = models.ForeignKey(
        Role, on_delete=models.PROTECT, null=True, blank=True, related_name="resources"
    )
    kind = models.CharField(
        max_length=8, choices=ResourceKind.choices, default=ResourceKind.CS_CLOUD
    )
    is_active = models.BooleanField("active", default=True)
    time_zone = models.CharField(max_length=64, blank=True, validators=[validate_time_zone])

    class Meta:
        ordering = ["name", "pk"]
        triggers = triggers.resource_searched

    def __str__(self) -> str:
        return self.name


@track()
class TeamPool(Stamped):
    """A team of resources that a task can be given to as a whole."""

    name = models.CharField(max_length=120, unique=True)
    resources = models.ManyToManyField(Resource, through="TeamPoolMember", related_name="pools")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


@track(link_of="pool")
class TeamPoolMember(Stamped):
    """One resource in one pool."""

    pool = models.ForeignKey(TeamPool, on_delete=models.CASCADE, related_name="members")
    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="memberships")

    class Meta:
        constraints = [
            models.UniqueConstraint("pool", "resource", name="team_pool_member_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.resource_id} in {self.pool_id}"


@track()
class Account(Stamped, Custom):
    """A customer."""

    name = models.CharField(max_length=200)
    external_id = models.CharField(
        "external id",
        max_length=100,
        null=True,
        blank=True,
        unique=True,
        help_text="The customer's key in your other systems; imports match on it.",
    )
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    status = models.CharField(
        max_length=12, choices=AccountStatus.choices, default=AccountStatus.ACTIVE
    )
    lifecycle_stage = models.CharField(
        max_length=12, choices=LifecycleStage.choices, blank=True, default=""
    )
    segment = models.CharField(max_length=80, blank=True)
    tier = models.CharField(max_length=80, blank=True)
    industry = models.CharField(max_length=120, blank=True)
    country = models.CharField(max_length=80, blank=True)
    arr = models.DecimalField("ARR", max_digits=18, decimal_places=2, null=True, blank=True)
    currency = models.ForeignKey(
        Unit,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        limit_choices_to={"kind": "currency"},
    )
    signup_date = models.DateField("signed up", null=True, blank=True)
    renewal_date = models.DateField("renewal", null=True, blank=True)
    next_review_date = models.DateField("next business review", null=True, blank=True)
    summary = models.TextField(
        "plan summary", blank=True, help_text="Internal: never shown to the customer."
    )
    summary_edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )
    summary_edited_at = models.DateTimeField(null=True, blank=True, editable=False)
    tags = models.ManyToManyField(Tag, through="AccountTag", related_name="accounts", blank=True)

    objects = AccountQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        permissions = [("share", "Can share accounts with the customer")]
        indexes = [
            models.Index(fields=["name", "id"], name="account_name"),
            models.Index(Lower("name"), name="account_name_lower"),
            models.Index(fields=["renewal_date", "id"], name="account_renewal"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(parent=F("id")), name="account_not_its_own_parent"),
        ]
        triggers = [
            *triggers.account_searched,
            pgtrigger.Trigger(
                name="account_no_cycle",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("parent_id"),
                condition=pgtrigger.Q(new__parent__isnull=False),
                func="""
                    IF EXISTS (
                        WITH RECURSIVE above AS (
                            SELECT id, parent_id FROM accounts_account WHERE id = NEW.parent_id
                            UNION
                            SELECT a.id, a.parent_id FROM accounts_account a
                            JOIN above ON a.id = above.parent_id
                        ) SELECT 1 FROM above WHERE id = NEW.id
                    ) THEN
                        RAISE EXCEPTION 'An account cannot be its own ancestor.'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.name


@track(link_of="account")
class AccountTag(Stamped):
    """One tag on one account."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="tag_links")
    tag = models.ForeignKey(Tag, on_delete=models.PROTECT, related_name="account_links")

    class Meta:
        constraints = [models.UniqueConstraint("account", "tag", name="account_tag_unique")]
        triggers = triggers.account_tagged

    def __str__(self) -> str:
        return f"{self.tag_id} on {self.account_id}"


class SearchedTag(Tag):
    """Tags, seen from the accounts that are found by them."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = [triggers.tag_renamed]


@track()
class Contact(Stamped, Custom, Scoped):
    """A person at the customer."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="contacts")
    name = models.CharField(max_length=200)
    email = models.EmailField("e-mail", blank=True)
    title = models.CharField(max_length=120, blank=True)
    phone = models.CharField(max_length=60, blank=True)
    is_active = models.BooleanField(
        "active", default=True, help_text="Untick when the person has left the company."
    )

    class Meta:
        ordering = ["name", "pk"]
        indexes = [models.Index(fields=["name", "id"], name="contact_name")]
        triggers = triggers.contact_searched

    def __str__(self) -> str:
        return self.name


@track(link_of="account")
class AccountRole(Stamped, Scoped):
    """Which resource plays which role for an account."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="account_roles")
    resource = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="account_roles")
    role = models.ForeignKey(Role, on_delete=models.PROTECT, related_name="account_roles")

    class Meta:
        ordering = ["role__position", "pk"]
        constraints = [
            models.UniqueConstraint("account", "resource", "role", name="account_role_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.resource_id} as {self.role_id}"


@track()
class AttributeDefinition(Stamped):
    """One fact that is measured about accounts over time."""

    key = models.SlugField(max_length=60, unique=True)
    label = models.CharField(max_length=120)
    type = models.CharField(
        max_length=8, choices=AttributeType.choices, default=AttributeType.NUMBER
    )
    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    position = models.PositiveIntegerField(default=100)
    is_active = models.BooleanField("active", default=True)

    class Meta:
        ordering = ["position", "label"]

    def __str__(self) -> str:
        return self.label


@track()
class AttributeValue(Scoped):
    """One reading of one attribute of one account."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="readings")
    definition = models.ForeignKey(
        AttributeDefinition, on_delete=models.PROTECT, related_name="readings"
    )
    value = models.DecimalField(max_digits=18, decimal_places=4)
    measured_on = models.DateField()
    door = models.CharField(max_length=12, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField("recorded", auto_now_add=True)

    class Meta:
        ordering = ["measured_on", "pk"]
        indexes = [
            models.Index(
                fields=["account", "definition", "-measured_on", "-id"],
                name="attribute_value_newest",
            ),
        ]

    def __str__(self) -> str:
        return f"{f'{self.value:.4f}'.rstrip('0').rstrip('.')} on {self.measured_on}"


class ImportRun(models.Model):
    """One file that a person imports: what was said about it, how far it is, what came of it.

    A job, not a record: what it changes has a history, it has none.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="import_runs"
    )
    # Which list the file is for.
    kind = models.CharField(max_length=20, default="account")
    file_name = models.CharField(max_length=200)
    # Kept out of the reach of any address, and removed once it is imported or a week old.
    file = models.FileField(upload_to="imports/")
    state = models.CharField(
        max_length=10, choices=ImportState.choices, default=ImportState.CHECKING
    )
    options = models.JSONField(default=dict)
    report = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.file_name
