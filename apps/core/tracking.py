"""How the database itself keeps the history of every record.

Each tracked model has an event table filled by triggers, so that a bulk update, an import, the
admin or a shell cannot go around it. Who, door and operation are column defaults that read the
settings of the transaction made by `apps.core.history`; a write without them came through a shell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import pghistory
import pghistory.models
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Func, Value
from django.db.models.functions import Cast, Coalesce, NullIf

T = TypeVar("T", bound=type[models.Model])


def _told(name: str) -> Func:
    """What `apps.core.history` told the current transaction, NULL when it told nothing."""
    setting = Func(
        Value(f"successcloud.{name}"),
        Value(True),
        function="current_setting",
        output_field=models.TextField(),
    )
    return NullIf(setting, Value(""))


class HistoryEvent(pghistory.models.Event):
    """One change of one record: its values after the change (before it, for a delete)."""

    pgh_actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        null=True,
        related_name="+",
        db_default=Cast(_told("actor"), models.BigIntegerField()),
    )
    pgh_door = models.CharField(max_length=12, db_default=Coalesce(_told("door"), Value("shell")))
    pgh_operation = models.UUIDField(
        null=True, db_index=True, db_default=Cast(_told("operation"), models.UUIDField())
    )

    class Meta:
        abstract = True


class Guest(models.Model):
    """Who did an operation when it was nobody who signs in: a customer, by their name then.

    Written by `apps.core.history.operation(None, by="Kim Lee")`; itself not tracked.
    """

    operation = models.UUIDField(primary_key=True)
    name = models.CharField(max_length=200)

    class Meta:
        app_label = "core"

    def __str__(self) -> str:
        return self.name


def track(*, exclude: Iterable[str] = (), link_of: str = "") -> Callable[[T], T]:
    """Keep every insert, update and delete of a model, except changes of the excluded fields.

    `link_of` names the foreign key to the record in whose history a link is told: a tag on an
    objective is a part of the objective's history.
    """

    def decorate(model: T) -> T:
        names = {field.name for field in model._meta.local_fields}
        model.history_link_of = link_of  # type: ignore[attr-defined]
        name = model.__name__.lower()
        # The history of one record, its newest change first.
        indexes = [models.Index(fields=["pgh_obj", "-pgh_id"], name=f"{name}_events")]
        if link_of:
            indexes.append(models.Index(fields=[link_of], name=f"{name}_history"))
        left_out = [*exclude, *({"created_at", "updated_at"} & names)]
        pghistory.track(
            pghistory.InsertEvent(),
            pghistory.UpdateEvent(),
            pghistory.DeleteEvent(),
            exclude=left_out,
            context_field=None,  # type: ignore[arg-type]  # None is how pghistory is told "no context"
            append_only=True,
            # One statement of history for a bulk write, not one a row.
            level=pgtrigger.Statement,
            base_model=HistoryEvent,
            model_name=f"{model.__name__}Event",
            meta={"indexes": indexes},
            obj_field=pghistory.ObjForeignKey(related_name="events"),
        )(model)
        return model

    return decorate
