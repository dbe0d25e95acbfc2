"""What the set-up page does: mark as reviewed, try the mail, load examples, take them away again."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from smtplib import SMTPException
from typing import Any

from django.core.exceptions import ValidationError
from django.core.mail import send_mail

from apps.accounts.models import Account
from apps.core.access import require
from apps.core.history import operation
from apps.core.models import Organisation, User
from apps.core.scope import today
from apps.core.services import apply, lock
from apps.core.setup import VOCABULARIES as SHIPPED
from apps.core.usage_rules import Use, listed
from apps.core.usage_selectors import uses_of
from apps.objectives.models import ObjectiveStatus
from apps.objectives.status_rules import last_of_its_kind
from apps.reports.models import HealthMetric
from apps.workspace.set_up_rules import REVIEWABLE, counted
from apps.workspace.set_up_selectors import VOCABULARIES

EDIT = "vocabulary.edit"
MAIL_SUBJECT = "A test mail from SuccessCloud"
MAIL_TEXT = (
    "This is the test mail that you asked for on the set-up page. Since you read it, mails of"
    " SuccessCloud reach their readers."
)


@dataclass(frozen=True)
class Word:
    """One word that comes with the program: it is here, or could be."""

    model: Any
    label: str
    row: Any = None
    # Why it stays when the examples are taken away; empty when it would go.
    stays: str = ""

    @property
    def key(self) -> str:
        """What the form calls a word that is here."""
        return f"{self.model._meta.label_lower}-{self.row.pk}"


@dataclass(frozen=True)
class Examples:
    """The example words of one vocabulary, as they stand."""

    title: str
    absent: list[Word] = field(default_factory=list)
    unused: list[Word] = field(default_factory=list)
    kept: list[Word] = field(default_factory=list)


def _signed(actor: User) -> dict[str, Any]:
    return {"by": str(actor), "on": today(actor).isoformat()}


def step_review(*, actor: User, key: str, fits: bool) -> None:
    """Say that the words of a step were looked through and fit, or take that back."""
    require(actor, EDIT)
    if key not in REVIEWABLE:
        raise ValidationError("There is nothing to look through in this step.")
    with operation(actor):
        locked = lock(Organisation(pk=1))
        reviewed = {
            name: said for name, said in locked.set_up.get("reviewed", {}).items() if name != key
        }
        if fits:
            reviewed[key] = _signed(actor)
        apply(locked, {"set_up": {**locked.set_up, "reviewed": reviewed}})


def mail_try(*, actor: User) -> str:
    """Send this person a test mail and keep how it went. Raises ValidationError when it does not go.

    It is sent before anything is written, so that a slow mail server holds up nobody.
    """
    require(actor, EDIT)
    problem = ""
    try:
        send_mail(MAIL_SUBJECT, MAIL_TEXT, None, [actor.email])
    except (SMTPException, OSError) as error:
        problem = str(error) or type(error).__name__
    said = f"The mail server took a test mail to {actor.email}."
    if problem:
        said = f"The last test mail to {actor.email} did not go: {problem.rstrip('.')}."
    with operation(actor):
        locked = lock(Organisation(pk=1))
        told = {**_signed(actor), "ok": not problem, "said": said}
        apply(locked, {"set_up": {**locked.set_up, "mail": told}})
    if problem:
        raise ValidationError(
            f"The mail server did not take the mail: {problem.rstrip('.')}. Your operator sets it"
            " with EMAIL_HOST and what belongs to it."
        )
    return f"A test mail is on its way to {actor.email}. Look whether it arrives."


# The words that come with the program -------------------------------------------------------------
def examples() -> list[Examples]:
    """How the example words stand, vocabulary by vocabulary; to be called within an operation."""
    return [_examples(model) for model in VOCABULARIES]


def _examples(model: Any) -> Examples:
    title = str(model._meta.verbose_name_plural)
    entries = [entry["label"] for entry in SHIPPED[model._meta.label]]
    rows = {row.label: row for row in model.objects.filter(label__in=entries)}
    uses = uses_of(model, [row.pk for row in rows.values()], also_past=True)
    found = Examples(f"{title[:1].upper()}{title[1:]}")
    reckoned = Account.objects.count() if model is HealthMetric else 0
    active = _kinds() if model is ObjectiveStatus else {}
    for label in entries:
        row = rows.get(label)
        if row is None:
            found.absent.append(Word(model, label))
            continue
        why = _why_kept(row, uses[row.pk], reckoned)
        if not why and row.pk in active:
            others = {kind for pk, kind in active.items() if pk != row.pk}
            why = last_of_its_kind(label, row.kind, others)
            if not why:
                del active[row.pk]
        (found.kept if why else found.unused).append(Word(model, label, row, why))
    return found


def _kinds() -> dict[int, str]:
    """The kind of each active status, locked: two people cannot take away the last two at once."""
    rows = ObjectiveStatus.objects.filter(is_active=True).order_by("pk").select_for_update()
    return {row.pk: row.kind for row in rows}


def _why_kept(row: Any, uses: Iterable[Use], reckoned: int) -> str:
    said = [use.text for use in uses]
    if said:
        return f"Used by {listed(said)}."
    if reckoned and row.is_active:
        number = counted(reckoned, "account", "accounts")
        return f"The health of {number} is made of it."
    return ""


def examples_load(*, actor: User) -> int:
    """Add the example words that are not there, after those that are; returns how many."""
    require(actor, EDIT)
    made = 0
    with operation(actor):
        # One after the other: a button that is pressed twice loads once.
        organisation = lock(Organisation(pk=1))
        for model in VOCABULARIES:
            here = set(model.objects.values_list("label", flat=True))
            missing = [
                model(position=10 * place, **entry)
                for place, entry in enumerate(SHIPPED[model._meta.label], 1)
                if entry["label"] not in here
            ]
            model.objects.bulk_create(missing)
            made += len(missing)
        if made:
            apply(organisation, {"examples_away": False})
    return made


def examples_take(*, actor: User, keys: Collection[str]) -> list[Word]:
    """Delete the chosen example words that nothing uses at this moment; returns them.

    They do not come back with the next update of the program.
    """
    require(actor, EDIT)
    with operation(actor):
        organisation = lock(Organisation(pk=1))
        gone = [word for group in examples() for word in group.unused if word.key in set(keys)]
        for model in VOCABULARIES:
            ids = [word.row.pk for word in gone if word.model is model]
            if ids:
                model.objects.filter(pk__in=ids).delete()
        if gone:
            apply(organisation, {"examples_away": True})
    return gone
