"""Puts the templates that come with the program into the library."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from django.core.exceptions import ValidationError

from apps.accounts.models import Role
from apps.core import history
from apps.core.access import require
from apps.core.base_models import Vocabulary
from apps.core.choices import Door
from apps.core.models import Organisation, Unit
from apps.core.services import lock
from apps.kpis.models import KpiCategory, ObjectiveKpi
from apps.library.choices import TemplateKind
from apps.library.shipped_rules import Kpi, Part, Unreadable, day, problems, read, walk
from apps.objectives.models import Objective, ObjectiveCategory
from apps.plans.models import SuccessPlan
from apps.playbooks.models import Playbook, PlaybookTask, TaskAssignment

DATA: Final = Path(__file__).parent / "data"
MODELS: Final[Mapping[str, Any]] = {
    TemplateKind.PLAN: SuccessPlan,
    TemplateKind.OBJECTIVE: Objective,
    TemplateKind.PLAYBOOK: Playbook,
}


@dataclass(frozen=True)
class Loaded:
    """What a load did: the templates that it made and those that it left alone."""

    made: list[Part] = field(default_factory=list)
    kept: list[Part] = field(default_factory=list)
    records: int = 0
    # Sentences about words that this installation does not have.
    missing: list[str] = field(default_factory=list)


class _Words:
    """The active words of the vocabularies by label; it remembers what was asked for in vain."""

    def __init__(self) -> None:
        self.known: dict[type[Vocabulary], dict[str, Any]] = {
            model: {word.label: word for word in model._default_manager.filter(is_active=True)}
            for model in (Role, Unit, KpiCategory, ObjectiveCategory)
        }
        self.absent: Counter[tuple[type[Vocabulary], str]] = Counter()

    def of(self, model: type[Vocabulary], label: str) -> Any:
        """The word, or None when there is none of that label."""
        word = self.known[model].get(label)
        if label and word is None:
            self.absent[model, label] += 1
        return word

    def sentences(self) -> list[str]:
        """What was missing, and how many fields stay empty for it."""
        return [
            f"There is no active {model._meta.verbose_name} “{label}”:"
            f" {count} {'field stays' if count == 1 else 'fields stay'} empty."
            for (model, label), count in self.absent.items()
        ]


def shipped(folder: Path = DATA) -> list[Part]:
    """The templates of a folder, plans first; what is wrong with one is a ValidationError."""
    found = []
    for path in sorted(folder.glob("*.json")):
        try:
            template = read(json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal))
        except (Unreadable, json.JSONDecodeError) as error:
            raise ValidationError(f"{path.name}: {error}") from error
        if wrong := problems(template):
            raise ValidationError([f"{path.name}: {sentence}" for sentence in wrong])
        found.append(template)
    return sorted(found, key=lambda one: (TemplateKind.values.index(one.kind), one.name))


def library_load(*, actor: Any, folder: Path = DATA) -> Loaded:
    """Make the shipped templates that the library does not hold yet, by name.

    Without an actor it is the shell that asks, which may do everything.
    """
    templates = shipped(folder)
    if actor is not None:
        for kind in {template.kind for template in templates}:
            require(actor, f"{kind}.save_as_template")
    with history.through(Door.AUTOMATION), history.operation(actor, note="Shipped templates"):
        # One after the other: a button that is pressed twice loads once.
        lock(Organisation(pk=1))
        held = {
            kind: set(
                model.objects.filter(is_template=True, in_template=True).values_list(
                    "name", flat=True
                )
            )
            for kind, model in MODELS.items()
        }
        loaded = Loaded()
        for template in templates:
            kept = template.name in held[template.kind]
            (loaded.kept if kept else loaded.made).append(template)
        words = _Words()
        records = _write(loaded.made, words)
    return Loaded(loaded.made, loaded.kept, records, words.sentences())


def _write(templates: Sequence[Part], words: _Words) -> int:
    """Make the records of all templates, one statement for each kind of record."""
    plans = {id(part): _plan(part, words) for part in _all(templates, "plan")}
    SuccessPlan.objects.bulk_create(plans.values())
    above = {id(below): part for root in templates for part in walk(root) for below in part.parts}

    def held_by(part: Part, made: Mapping[int, Any]) -> Any:
        holder = above.get(id(part))
        return made.get(id(holder)) if holder is not None else None

    roots = {id(template) for template in templates}
    objectives = {
        id(part): _objective(part, held_by(part, plans), id(part) in roots, words)
        for part in _all(templates, "objective")
    }
    Objective.objects.bulk_create(objectives.values())
    kpis = [
        _kpi(kpi, objectives[id(part)], words)
        for part in _all(templates, "objective")
        for kpi in part.kpis
    ]
    ObjectiveKpi.objects.bulk_create(kpis)
    playbooks = {
        id(part): _playbook(part, held_by(part, objectives), id(part) in roots, words)
        for part in _all(templates, "playbook")
    }
    Playbook.objects.bulk_create(playbooks.values())
    places = {
        id(below): place
        for root in templates
        for part in walk(root)
        for place, below in enumerate(part.parts)
    }
    tasks = {
        id(part): _task(part, held_by(part, playbooks), held_by(part, objectives), places[id(part)])
        for part in _all(templates, "task")
    }
    PlaybookTask.objects.bulk_create(tasks.values())
    assignments = [
        TaskAssignment(task=tasks[id(part)], role=role)
        for part in _all(templates, "task")
        for label in part.roles
        if (role := words.of(Role, label)) is not None
    ]
    TaskAssignment.objects.bulk_create(assignments)
    return sum(len(made) for made in (plans, objectives, kpis, playbooks, tasks))


def _all(templates: Iterable[Part], kind: str) -> list[Part]:
    return [part for template in templates for part in walk(template) if part.kind == kind]


def _plan(part: Part, words: _Words) -> SuccessPlan:
    return SuccessPlan(
        name=part.name,
        description=part.description,
        start_date=day(part.first),
        end_date=day(part.last),
        owner_role=words.of(Role, part.owner),
        is_template=True,
    )


def _objective(part: Part, plan: SuccessPlan | None, is_root: bool, words: _Words) -> Objective:
    return Objective(
        plan=plan,
        name=part.name,
        description=part.description,
        category=words.of(ObjectiveCategory, part.category),
        priority=part.priority,
        start_date=day(part.first),
        due_date=day(part.last),
        owner_role=words.of(Role, part.owner),
        is_template=is_root,
    )


def _kpi(kpi: Kpi, objective: Objective, words: _Words) -> ObjectiveKpi:
    return ObjectiveKpi(
        objective=objective,
        title=kpi.title,
        description=kpi.description,
        category=words.of(KpiCategory, kpi.category),
        unit=words.of(Unit, kpi.unit),
        direction=kpi.direction,
        baseline=kpi.baseline,
        target=kpi.target,
        target_date=day(kpi.day),
    )


def _playbook(part: Part, objective: Objective | None, is_root: bool, words: _Words) -> Playbook:
    return Playbook(
        objective=objective,
        plan=objective.plan if objective else None,
        name=part.name,
        description=part.description,
        start_date=day(part.first),
        end_date=day(part.last),
        owner_role=words.of(Role, part.owner),
        is_template=is_root,
    )


def _task(
    part: Part, playbook: Playbook | None, objective: Objective | None, place: int
) -> PlaybookTask:
    objective = playbook.objective if playbook else objective
    return PlaybookTask(
        playbook=playbook,
        objective=objective,
        plan=objective.plan if objective else None,
        name=part.name,
        description=part.description,
        priority=part.priority,
        start_date=day(part.first),
        end_date=day(part.last),
        position=place,
    )
