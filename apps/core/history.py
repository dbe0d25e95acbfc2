"""Who writes, through which door, in which operation: told to the database for its history."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError, connection, transaction

from apps.core.choices import Door

_door: ContextVar[str] = ContextVar("door", default=Door.SHELL)
_operation: ContextVar[uuid.UUID | None] = ContextVar("operation", default=None)
# The last operation that ended well: what a page offers to undo.
_finished: ContextVar[uuid.UUID | None] = ContextVar("finished", default=None)

# Who acts in the operation that runs, when it is nobody who signs in.
_guest: ContextVar[str] = ContextVar("guest", default="")
LONGEST_NAME = 200
SIGN = "INSERT INTO core_guest (operation, name) VALUES (%s, %s)"

# What is called at the end of each operation, before it is committed.
_closing: list[Callable[[Any, uuid.UUID], None]] = []

TELL = """
    SELECT set_config('successcloud.actor', %s, true),
           set_config('successcloud.door', %s, true),
           set_config('successcloud.operation', %s, true),
           set_config('successcloud.note', %s, true)
"""

# The sentences of the constraints that several paths can run into.
SENTENCES = {
    "plan_start_before_end": "The start is after the end.",
    "objective_start_before_due": "The start is after the due date.",
    "playbook_start_before_end": "The start is after the end.",
    "task_start_before_end": "The start is after the end.",
    "kpi_direction": "Baseline, target and direction do not agree.",
    "objective_direction": "Baseline, target and direction do not agree.",
    "account_not_its_own_parent": "An account cannot be its own ancestor.",
}

# What two people who save at the very same moment can run into, by the database's own code.
AT_ONCE = {
    "23503": "Something that this is linked with was added or deleted at this very moment.",
    "40P01": "Somebody else changed the same records at this very moment.",
    "40001": "Somebody else changed the same records at this very moment.",
}


@contextmanager
def through(door: str) -> Iterator[None]:
    """Everything written inside came through this door."""
    token = _door.set(door)
    try:
        yield
    finally:
        _door.reset(token)


def finished() -> uuid.UUID | None:
    """The last operation of this request, to be offered for undo; None before any."""
    return _finished.get()


def forget_finished() -> None:
    """A new request begins: what an earlier one did is not its own."""
    _finished.set(None)


def at_end(call: Callable[[Any, uuid.UUID], None]) -> None:
    """Let `call(actor, operation)` look at what each operation did, as its last part.

    So whoever follows a record is told by whichever path it changed; what it writes belongs to
    the operation, and nothing of either is left when one of them fails.
    """
    if call not in _closing:
        _closing.append(call)


def current_door() -> str:
    """The door that a write made now would come through."""
    return _door.get()


def guest() -> str:
    """Who acts in the operation that runs, when it is nobody who signs in; else empty."""
    return _guest.get()


def _tell(actor_id: str, door: str, operation: str, note: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(TELL, [actor_id, door, operation, note])


def _sign(mine: uuid.UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute(SIGN, [mine, guest()])


@contextmanager
def operation(actor: Any, *, note: str = "", by: str = "") -> Iterator[uuid.UUID]:
    """One transaction whose changes belong together in the history; an inner one joins it.

    `by` names who acts when it is nobody who signs in; the history shows the name.

    What the database refuses by a constraint, or because somebody else writes the same at this
    moment, comes out as a ValidationError with a sentence.
    """
    running = _operation.get()
    if running is not None:
        yield running
        return
    mine = uuid.uuid4()
    token = _operation.set(mine)
    named = _guest.set(by[:LONGEST_NAME] if actor is None else "")
    try:
        with transaction.atomic():
            _tell(str(getattr(actor, "pk", None) or ""), _door.get(), str(mine), note)
            if guest():
                _sign(mine)
            yield mine
            for call in _closing:
                call(actor, mine)
        if connection.in_atomic_block:
            _tell("", "", "", "")
        _finished.set(mine)
    except (IntegrityError, OperationalError) as error:
        raise _as_sentence(error) from error
    finally:
        _guest.reset(named)
        _operation.reset(token)


class _TakenBack(Exception):
    """Ends a rehearsal."""


@contextmanager
def rehearsal(actor: Any) -> Iterator[uuid.UUID]:
    """An operation that is done for real and taken back: inside, its changes can be read.

    So a preview cannot say anything else than what will happen. What the operation would be
    refused for is raised. Not within another operation.
    """
    before = _finished.get()
    try:
        with operation(actor) as mine:
            yield mine
            raise _TakenBack
    except _TakenBack:
        pass
    finally:
        _finished.set(before)


def _as_sentence(error: IntegrityError | OperationalError) -> Exception:
    cause = error.__cause__
    diagnosis = getattr(cause, "diag", None)
    at_once = AT_ONCE.get(getattr(cause, "sqlstate", None) or "")
    if at_once:
        return ValidationError(f"{at_once} Nothing was saved. Look again, then repeat it.")
    if getattr(cause, "sqlstate", "") != "23514" or diagnosis is None:
        return error
    name = diagnosis.constraint_name or ""
    return ValidationError(SENTENCES.get(name) or diagnosis.message_primary or str(error))
