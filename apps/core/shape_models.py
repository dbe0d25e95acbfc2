"""How an administrator shapes records without code: custom fields, record types, field sets."""

from __future__ import annotations

import uuid
from typing import Final

import pgtrigger
from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from apps.core.base_models import Stamped, Vocabulary
from apps.core.choices import CustomType, ShapedKind, TypedKind
from apps.core.tracking import track

# Nothing was ever shaped.
NO_SHAPE: Final = uuid.UUID(int=0)

# Every process keeps the whole shape under its word and asks for it again when the word changed.
RENEWED: Final = [
    pgtrigger.Trigger(
        name=f"shape_{word}",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        func="""
            UPDATE core_organisation SET shape = gen_random_uuid() WHERE id = 1;
            RETURN NULL;
        """,
    )
    for word, operation in (
        ("insert", pgtrigger.Insert),
        ("update", pgtrigger.Update),
        ("delete", pgtrigger.Delete),
    )
]


class Custom(models.Model):
    """A record with fields that an administrator added: their values by key.

    Texts, choices and links are texts, numbers decimals written as text, days as ISO says them.
    A key stays when its field is taken away, until its values are purged.
    """

    custom = models.JSONField("own fields", default=dict, blank=True, db_default={})

    class Meta:
        abstract = True


class Typed(models.Model):
    """A record of a type, which says which of its fields are shown, and how."""

    record_type = models.ForeignKey(
        "core.RecordType", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        abstract = True


@track()
class CustomField(Stamped):
    """One field that an administrator added to a kind of record. Its key never changes."""

    kind = models.CharField("of", max_length=12, choices=ShapedKind.choices)
    key = models.SlugField(max_length=40, editable=False)
    label = models.CharField(max_length=80)
    type = models.CharField(max_length=8, choices=CustomType.choices, default=CustomType.TEXT)
    help_text = models.CharField("help", max_length=300, blank=True)
    is_required = models.BooleanField(
        "required",
        default=False,
        help_text="A new record needs it; an old one is valid until it is edited.",
    )
    position = models.PositiveIntegerField(default=100, help_text="Lower comes first.")
    is_active = models.BooleanField(
        "active",
        default=True,
        help_text="Untick to take it from all pages. Its values stay until they are purged.",
    )

    class Meta:
        ordering = ["kind", "position", "pk"]
        constraints = [
            models.UniqueConstraint("kind", "key", name="custom_field_key"),
            models.UniqueConstraint("kind", Lower("label"), name="custom_field_label"),
        ]
        triggers = RENEWED

    def __str__(self) -> str:
        return self.label


@track(link_of="field")
class CustomChoice(Stamped):
    """One value of a choice; records name it by its id, so that its label may change."""

    field = models.ForeignKey(CustomField, on_delete=models.CASCADE, related_name="choices")
    label = models.CharField(max_length=80)
    position = models.PositiveIntegerField(default=100, help_text="Lower comes first.")
    is_active = models.BooleanField("active", default=True)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint("field", Lower("label"), name="custom_choice_label"),
        ]
        triggers = RENEWED

    def __str__(self) -> str:
        return self.label


@track()
class RecordType(Vocabulary):
    """One type of a kind of record, for some groups or everybody."""

    kind = models.CharField("of", max_length=12, choices=TypedKind.choices)
    label = models.CharField(max_length=80)
    description = models.CharField(
        max_length=300, blank=True, help_text="Shown where a type is chosen."
    )
    groups = models.ManyToManyField(
        Group, through="RecordTypeGroup", related_name="record_types", blank=True
    )

    class Meta(Vocabulary.Meta):
        ordering = ["kind", "position", "label"]
        constraints = [
            models.UniqueConstraint("kind", Lower("label"), name="record_type_label"),
        ]
        triggers = RENEWED


@track(link_of="record_type")
class RecordTypeGroup(Stamped):
    """A group whose people may make records of a type; without any everybody may."""

    record_type = models.ForeignKey(
        RecordType, on_delete=models.CASCADE, related_name="group_links"
    )
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint("record_type", "group", name="record_type_group_unique"),
        ]
        triggers = RENEWED

    def __str__(self) -> str:
        return f"{self.group_id} for {self.record_type_id}"


@track()
class FieldSet(Stamped):
    """Which fields a record shows when it is made and edited: of one type, or of those without."""

    kind = models.CharField("of", max_length=12, choices=TypedKind.choices)
    record_type = models.OneToOneField(
        RecordType,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="field_set",
        help_text="Empty: for records without a type.",
    )

    class Meta:
        ordering = ["kind", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind"],
                condition=Q(record_type__isnull=True),
                name="field_set_without_type",
            ),
        ]
        triggers = RENEWED

    def __str__(self) -> str:
        return f"Fields of {TypedKind(self.kind).label}: {self.record_type or 'without a type'}"


@track(link_of="field_set")
class FieldSetItem(Stamped):
    """One field in a field set: where it stands, and what is asked of it."""

    field_set = models.ForeignKey(FieldSet, on_delete=models.CASCADE, related_name="items")
    name = models.CharField("field", max_length=60)
    group = models.CharField("under the heading", max_length=80, blank=True)
    position = models.PositiveIntegerField(default=100, help_text="Lower comes first.")
    on_create = models.BooleanField("when created", default=True)
    on_edit = models.BooleanField("when edited", default=True)
    is_required = models.BooleanField("required", default=False)
    is_read_only = models.BooleanField("read-only", default=False)
    help_text = models.CharField("help", max_length=300, blank=True)
    default = models.CharField(
        max_length=300, blank=True, help_text="What a new record begins with."
    )

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint("field_set", "name", name="field_set_item_unique"),
        ]
        triggers = RENEWED

    def __str__(self) -> str:
        return self.name
