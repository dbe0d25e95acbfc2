"""Writes of the library: records from templates, templates from records, drafts of both."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.http import Http404
from django.utils import timezone

from apps.accounts.models import Account
from apps.accounts.notice_services import allocations_told
from apps.accounts.ownership_rules import unheld_sentence
from apps.core.access import require
from apps.core.custom_rules import CUSTOM, merged
from apps.core.history import operation
from apps.core.models import User
from apps.core.scope import today
from apps.library import rules
from apps.library import selectors as library_selectors
from apps.library.copy_services import Copier
from apps.library.models import Draft
from apps.library.place_services import Copy, Place
from apps.library.rules import Dated, Edits, Node
from apps.library.selectors import KIND_OF, Tree, tree_of
from apps.objectives.models import Objective
from apps.objectives.services import objective_link_challenges
from apps.plans.models import SuccessPlan
from apps.plans.services import challenge_create, check_challenges, plan_link_challenges

# How long a draft waits for its maker.
DRAFTS_KEPT_FOR: Final = dt.timedelta(days=30)


@dataclass(frozen=True)
class Made:
    """What was made from a template, and what has to be said about it."""

    record: Any
    counts: dict[str, int]
    left_out: list[str] = field(default_factory=list)
    unheld: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def sentence(self) -> str:
        """What to say after it was made."""
        made = f"“{self.record}” was created: {rules.counted(self.counts)}."
        return " ".join([made, *self.unheld, *self.left_out, *self.notes])


def create_from(
    *,
    actor: User,
    kind: str,
    source: Any,
    account: Account,
    values: Mapping[str, Any],
    start: dt.date | None = None,
    first_start: dt.date | None = None,
    edits: Edits | None = None,
    kpi_edits: Edits | None = None,
    added: Sequence[Node] = (),
    plan: SuccessPlan | None = None,
    objective: Objective | None = None,
) -> Made:
    """A plan, objective or playbook on an account, from a template or a live playbook (R-TPL-2..6).

    `values` are the basics: name, end, owner (in owner notation), description, challenges and
    `new_challenges`, and in `more` what its form asks for beside. `edits` and `kpi_edits` say what was changed in the rows, `added` are tasks
    that the template does not have. `start` is today unless given; `first_start` is the one that
    KPI target dates moved with. All of it or nothing, in a constant number of statements.
    Raises Refused without the permission, ValidationError by row otherwise.
    """
    require(actor, f"{kind}.create_from_template")
    begin = start or today(actor)
    with operation(actor):
        _check_place(actor, account, plan, objective)
        tree = tree_of(_source(actor, kind, source))
        all_edits = _with_basics(tree, edits or {}, values)
        nodes = rules.grown(tree.nodes, added)
        dated = rules.dates(nodes, begin, all_edits)
        kpi_dates = rules.kpi_dates(
            {f"kpi-{kpi.pk}": kpi.target_date for kpi in tree.kpis},
            tree.nodes,
            first_start or begin,
            kpi_edits or {},
        )
        copier = Copier(
            actor,
            tree,
            Place(account),
            all_edits,
            dated,
            kpi_edits or {},
            kpi_dates,
            added,
        )
        copied = _copy(copier, template=False, more=_parents(kind, plan, objective), values=values)
        _link_challenges(actor, copied.record, values)
        allocations_told(actor=actor, allocated=copied.allocated())
    return _told(tree, copied)


def save_as_template(*, actor: User, record: Any, name: str) -> Any:
    """A template copy of a live record, or of a template, with all that hangs on it (R-TPL-1).

    Its dates stay as they are, and are read as days from its start.
    """
    kind = KIND_OF[type(record)]
    require(actor, f"{kind}.save_as_template")
    with operation(actor):
        tree = tree_of(record)
        dated = {node.key: Dated(node.start, node.end, rules.STANDS) for node in tree.nodes}
        edits = {tree.nodes[0].key: {"name": name}}
        kpi_dates = {f"kpi-{kpi.pk}": kpi.target_date for kpi in tree.kpis}
        copier = Copier(actor, tree, Place(None), edits, dated, {}, kpi_dates)
        return _copy(copier, template=True, more={}, values={}).record


def _copy(
    copier: Copier, *, template: bool, more: Mapping[str, Any], values: Mapping[str, Any]
) -> Copy:
    copier.read()
    copier.check_kpis()
    copier.check()
    root = copier.record(copier.root, template=template, more=more)
    if "description" in values:
        root.description = values["description"]
    if values.get("review_date") and isinstance(root, SuccessPlan):
        root.review_date = values["review_date"]
    for name, value in values.get("more", {}).items():
        setattr(root, name, merged(root.custom, value) if name == CUSTOM else value)
    return copier.save(root)


def _source(actor: User, kind: str, record: Any) -> Any:
    """What is copied, as it stands now. Raises ValidationError when the person cannot use it."""
    try:
        if KIND_OF[type(record)] == kind:
            return library_selectors.source(actor, kind, record.pk)
    except Http404:
        pass
    raise ValidationError(
        f"“{record}” is not in the library any more, or you may not see it. Choose another template."
    )


def _check_place(
    actor: User, account: Account, plan: SuccessPlan | None, objective: Objective | None
) -> None:
    if not Account.objects.visible_to(actor).filter(pk=account.pk).exists():
        raise ValidationError({"account": "There is no such account, or you may not see it."})
    for name, record in (("plan", plan), ("objective", objective)):
        if record is not None and record.account_id != account.pk:
            raise ValidationError(
                {name: f"“{record}” is not of {account}. Choose one of the same account, or none."}
            )


def _with_basics(tree: Tree, edits: Edits, values: Mapping[str, Any]) -> dict[str, Any]:
    root = tree.nodes[0].key
    own = dict(edits.get(root, {}))
    own |= {name: values[name] for name in ("name", "owner") if name in values}
    if values.get("end") is not None:
        own["end"] = values["end"]
    return {**edits, root: own}


def _parents(kind: str, plan: SuccessPlan | None, objective: Objective | None) -> dict[str, Any]:
    if kind == "objective":
        return {"plan": plan}
    if kind == "playbook":
        return {"plan": objective.plan if objective else plan, "objective": objective}
    return {}


def _link_challenges(actor: User, record: Any, values: Mapping[str, Any]) -> None:
    wanted = list(values.get("challenges", ()))
    for one in values.get("new_challenges", ()):
        fields = {"account": record.account, **one}
        wanted.append(challenge_create(actor=actor, values=fields))
    if not wanted:
        return
    check_challenges(wanted, record.account)
    if isinstance(record, SuccessPlan):
        plan_link_challenges(plan=record, wanted=wanted)
    elif isinstance(record, Objective):
        objective_link_challenges(objective=record, wanted=wanted)


def _told(tree: Tree, copied: Copy) -> Made:
    account = str(copied.record.account)
    unheld = [
        unheld_sentence("plan", role, account).split(":")[0] + "." for role in copied.people.unheld
    ]
    left_out = [f"{sentence} Left out." for sentence in copied.people.left_out]
    notes = currency_notes(tree, copied.record.account)
    return Made(copied.record, copied.counts, left_out, unheld, notes)


def currency_notes(tree: Tree, account: Account) -> list[str]:
    """What has to be said when KPIs count in money that is not the account's (R-TPL-5)."""
    currency = getattr(account.currency, "label", "")
    foreign = sorted(
        {
            kpi.unit.label
            for kpi in tree.kpis
            if kpi.unit and kpi.unit.kind == "currency" and currency and kpi.unit.label != currency
        }
    )
    return [f"KPIs in {rules.listed(foreign)} stay in that currency."] if foreign else []


# Drafts -------------------------------------------------------------------------------------------
def draft_create(*, actor: User, kind: str, source: int, data: Mapping[str, Any]) -> Draft:
    """Begin to make something from a template; only its maker comes back to it."""
    require(actor, f"{kind}.create_from_template")
    return Draft.objects.create(user=actor, kind=kind, source=source, data=dict(data))


class DraftGone(Exception):
    """The draft was made into its record, or thrown away, meanwhile."""


def draft_update(*, actor: User, draft: Draft, data: Mapping[str, Any]) -> None:
    """Keep what was decided so far. Raises ValidationError for somebody else's, and DraftGone."""
    _own(actor, draft)
    draft.data = dict(data)
    rows = Draft.objects.filter(pk=draft.pk)
    if not rows.update(data=draft.data, updated_at=timezone.now()):
        raise DraftGone


def draft_finish(*, actor: User, draft: Draft, **wanted: Any) -> Made:
    """Make what a draft is about, as `create_from` does; the draft goes with it.

    Whoever presses Create twice makes it once: raises DraftGone the second time.
    """
    _own(actor, draft)
    with operation(actor):
        held = Draft.objects.select_for_update().filter(pk=draft.pk).first()
        if held is None:
            raise DraftGone
        made = create_from(actor=actor, **wanted)
        held.delete()
    return made


def draft_discard(*, actor: User, draft: Draft) -> None:
    """Throw a draft away: it was made, or is not wanted."""
    _own(actor, draft)
    draft.delete()


def drafts_purge(*, before: dt.datetime) -> int:
    """Throw away the drafts that nobody came back to since; returns how many."""
    gone, _ = Draft.objects.filter(updated_at__lt=before).delete()
    return gone


def _own(actor: User, draft: Draft) -> None:
    if draft.user_id != actor.pk:
        raise ValidationError("This draft is somebody else's.")
