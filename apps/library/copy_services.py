"""Copying a tree of records in a constant number of statements (R-TPL-3 to R-TPL-6)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError

from apps.accounts.ownership_rules import ALLOWED, kind_error, parse
from apps.core.models import Unit
from apps.core.person import person_of
from apps.kpis.models import KpiCategory, ObjectiveKpi
from apps.library import rules
from apps.library.people_services import People, default_owner, default_people
from apps.library.place_services import Copy, Place
from apps.library.rules import Dated, Edits, Node
from apps.library.selectors import Tree
from apps.library.type_services import CopiedTypes
from apps.objectives.models import Objective, ObjectiveTag
from apps.objectives.rules import direction_between, direction_error
from apps.objectives.selectors import first_status
from apps.plans.models import SuccessPlan
from apps.playbooks.models import Playbook, PlaybookTask, TaskAssignment

LONGEST = 200


@dataclass
class Copier:
    """Copies one tree to one place; `edits` and `dated` say what each row becomes."""

    actor: Any
    tree: Tree
    place: Place
    edits: Edits
    dated: Mapping[str, Dated]
    kpi_edits: Edits = field(default_factory=dict)
    kpi_dates: Mapping[str, dt.date | None] = field(default_factory=dict)
    added: Sequence[Node] = ()
    errors: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.root = self.tree.nodes[0].key
        self.nodes = rules.grown(self.tree.nodes, self.added)
        self.above = rules.placed(self.nodes, self.edits)
        self.kind_of = {node.key: node.kind for node in self.nodes}
        self.names = {node.key: node.name for node in self.nodes}
        self.people = People(self.place.account)
        self.types = CopiedTypes(self.actor, self.tree.rows, self.edits)
        self.made: dict[str, Any] = {}
        self.status = first_status()

    # What a row becomes ---------------------------------------------------------------------------
    def owner_of(self, key: str) -> str:
        """The owner of a row in owner notation, as edited or as in the template."""
        edit = self.edits.get(key, {})
        return str(edit["owner"] if "owner" in edit else default_owner(self.tree.rows[key]))

    def people_of(self, key: str) -> list[str]:
        """Who is to do a task, as edited or as in the template."""
        edit = self.edits.get(key, {})
        if "people" in edit:
            return list(edit["people"])
        source = self.tree.rows.get(key)
        return default_people(self.tree.people.get(source.pk, ())) if source else []

    def keys(self, kind: str) -> list[str]:
        """The kept rows of a kind below the root, in order."""
        return [key for key in self.above if self.kind_of[key] == kind]

    def refuse(self, key: str, sentence: str) -> None:
        """Remember what is wrong with a row."""
        self.errors.setdefault(key, []).append(sentence)

    def check(self) -> None:
        """Raise ValidationError by row for all that is wrong with the copy."""
        written = person_of(self.actor).date if self.actor else str
        for key, sentence in rules.problems(self.nodes, self.dated, self.edits, written).items():
            self.refuse(key, sentence)
        for key in (self.root, *self.above):
            if len(self.name_of(key)) > LONGEST:
                self.refuse(key, f"The name has more than {LONGEST} characters. Shorten it.")
            self._check_owners(key)
            wrong = self.types.missing(key, self.kind_of[key])
            if wrong and self.place.account is not None:
                self.refuse(key, wrong)
        if self.errors:
            raise ValidationError({key: list(said) for key, said in self.errors.items()})

    def _check_owners(self, key: str) -> None:
        kind = self.kind_of[key]
        words = self.people_of(key) if kind == "task" else [self.owner_of(key)]
        for word in filter(None, words):
            found = parse(word)
            if found is None:
                continue
            known: Mapping[int, Any] = getattr(self.people, f"{found[0]}s")
            if found[0] in ALLOWED[kind] and found[1] in known:
                continue
            self.refuse(key, kind_error(kind, found[0]) or "Who was chosen is gone by now.")

    def name_of(self, key: str) -> str:
        """The name of a row, as edited or as in the template."""
        return str(self.edits.get(key, {}).get("name", self.names[key])).strip()

    def read(self) -> None:
        """Fetch the people that any row names."""
        words = {self.owner_of(k) for k in (self.root, *self.above) if self.kind_of[k] != "task"}
        for key in self.keys("task"):
            words.update(self.people_of(key))
        self.people.read(words, self.tree.record.account)

    def _shaped(self, key: str) -> dict[str, Any]:
        """Type and own fields of a row, kept as they are by a template."""
        return self.types.values(key, self.kind_of[key], as_it_is=self.place.account is None)

    def _owned(self, key: str, kind: str) -> dict[str, Any]:
        found = parse(self.owner_of(key))
        if found is None:
            return {}
        owner, pk = found
        if owner == "role":
            role = self.people.roles.get(pk)
            return {"owner_role": role, "owner": self.people.holder(pk) if role else None}
        if owner == "contact":
            contact = self.people.contact(pk)
            return {"owner_contact": contact} if kind == "objective" else {}
        return {"owner": self.people.fit(pk)}

    def _give(self, key: str, resource_id: int | None) -> None:
        if resource_id is not None and self.place.account is not None:
            self.people.given[resource_id].append((self.kind_of[key], self.made[key]))

    def _parents(self, key: str) -> dict[str, Any]:
        """The foreign keys that hang a row where it belongs; triggers fill in the rest."""
        above = self.above[key]
        record = self.made[above]
        names: dict[type[Any], str] = {
            SuccessPlan: "plan",
            Objective: "objective",
            Playbook: "playbook",
        }
        result: dict[str, Any] = {names[type(record)]: record}
        for name in ("objective", "plan"):
            outer = getattr(record, name, None)
            if outer is not None:
                result[name] = outer
        return result

    # Making the records ---------------------------------------------------------------------------
    def record(self, key: str, *, template: bool, more: Mapping[str, Any]) -> Any:
        """The root of the copy, not saved yet."""
        source = self.tree.rows[key]
        dated = self.dated[key]
        kind = self.kind_of[key]
        values: dict[str, Any] = {
            "account": self.place.account,
            "name": self.name_of(key),
            "description": source.description,
            "start_date": dated.start,
            "is_template": template,
            **self._owned(key, kind),
            **self._shaped(key),
        }
        # A template that was saved from a record on an account does not name it to everybody.
        if self.place.account is not None or source.account_id is None:
            values["created_from"] = source
        if kind == "objective":
            values |= self._objective(source, dated)
        else:
            values["end_date"] = dated.end
        return type(source)(**values, **more)

    def _objective(self, source: Objective, dated: Dated) -> dict[str, Any]:
        return {
            "due_date": dated.end,
            "status": self.status,
            "category_id": source.category_id,
            "priority": source.priority,
            "risk": source.risk,
            "completion_type": source.completion_type,
            "attribute_id": source.attribute_id,
            "unit_id": source.unit_id,
            "direction": source.direction,
            "baseline": source.baseline,
            "current": source.baseline,
            "target": source.target,
        }

    def save(self, root: Any) -> Copy:
        """Write the copy: one statement for each kind of record."""
        self.made[self.root] = type(root)._base_manager.bulk_create([root])[0]
        objectives = self._rows("objective")
        playbooks = self._rows("playbook")
        kpis = self._kpis()
        if kpis:
            ObjectiveKpi.objects.bulk_create(kpis)
        self._tags()
        tasks = self._tasks()
        for key in (self.root, *self.keys("objective"), *self.keys("playbook")):
            self._give(key, self.made[key].owner_id)
        self._assignments(tasks)
        counts = {
            "objective": len(objectives),
            "kpi": len(kpis),
            "playbook": len(playbooks),
            "task": len(tasks),
        }
        counts[self.tree.kind] = counts.get(self.tree.kind, 0) + 1
        return Copy(self.made[self.root], counts, self.people, self.made)

    def _rows(self, kind: str) -> list[Any]:
        keys = self.keys(kind)
        rows = [self.record(key, template=False, more=self._parents(key)) for key in keys]
        if rows:
            type(rows[0])._base_manager.bulk_create(rows)
        self.made |= dict(zip(keys, rows, strict=True))
        return rows

    def _tasks(self) -> list[PlaybookTask]:
        keys, rows = self.keys("task"), []
        places: dict[str, int] = defaultdict(int)
        for key in keys:
            source = self.tree.rows.get(key)
            places[self.above[key]] += 1
            rows.append(
                PlaybookTask(
                    account=self.place.account,
                    name=self.name_of(key),
                    description=source.description if source else "",
                    notes=source.notes if source else "",
                    priority=source.priority if source else "medium",
                    start_date=self.dated[key].start,
                    end_date=self.dated[key].end,
                    position=places[self.above[key]],
                    **self._parents(key),
                    **self._shaped(key),
                )
            )
        if rows:
            PlaybookTask.objects.bulk_create(rows)
        self.made |= dict(zip(keys, rows, strict=True))
        return rows

    def _assignments(self, tasks: Sequence[PlaybookTask]) -> None:
        rows: dict[tuple[int, str, int], TaskAssignment] = {}
        for key, task in zip(self.keys("task"), tasks, strict=True):
            for word in self.people_of(key):
                found = parse(word)
                if found is None:
                    continue
                kind, pk = self._assignee(*found)
                if kind:
                    rows.setdefault(
                        (task.pk, kind, pk), TaskAssignment(task=task, **{f"{kind}_id": pk})
                    )
                    if kind == "resource":
                        self._give(key, pk)
        if rows:
            TaskAssignment.objects.bulk_create(rows.values())

    def _assignee(self, kind: str, pk: int) -> tuple[str, int]:
        """Whom an assignment names in the copy; nobody when that cannot be (R-TPL-5)."""
        if kind == "resource":
            person = self.people.fit(pk)
            return ("resource", person.pk) if person else ("", 0)
        if kind == "role":
            if pk not in self.people.roles:
                return "", 0
            holder = self.people.holder(pk)
            return ("resource", holder.pk) if holder else ("role", pk)
        if kind == "contact":
            return ("contact", pk) if self.people.contact(pk) else ("", 0)
        return (kind, pk) if pk in self.people.pools else ("", 0)

    def _tags(self) -> None:
        links = [
            ObjectiveTag(objective=self.made[key], tag_id=link.tag_id)
            for link in self.tree.tags
            if (key := f"objective-{link.objective_id}") in self.made
        ]
        if links:
            ObjectiveTag.objects.bulk_create(links)

    # KPIs -----------------------------------------------------------------------------------------
    def _kept_objective(self, key: str) -> bool:
        return key == self.root or key in self.above

    def kpi_values(self) -> list[tuple[str, str, dict[str, Any]]]:
        """The KPIs that are kept or added: key, objective's key and values (R-TPL-3, R-TPL-5)."""
        found = []
        for kpi in self.tree.kpis:
            key, objective = f"kpi-{kpi.pk}", f"objective-{kpi.objective_id}"
            edit = self.kpi_edits.get(key, {})
            if self._kept_objective(objective) and edit.get("keep", True):
                values = {
                    "title": kpi.title,
                    "description": kpi.description,
                    "category": kpi.category_id,
                    "unit": kpi.unit_id,
                    "direction": kpi.direction,
                    "baseline": kpi.baseline,
                    "target": kpi.target,
                    "target_date": self.kpi_dates.get(key, kpi.target_date),
                    "attribute": kpi.attribute_id,
                }
                changed = {name: edit[name] for name in values if name in edit}
                if {"baseline", "target"} & changed.keys() and not changed.get("direction"):
                    merged = values | changed
                    changed["direction"] = direction_between(merged["baseline"], merged["target"])
                found.append((key, objective, values | changed))
        for key, edit in self.kpi_edits.items():
            if key.startswith("new") and edit.get("keep", True):
                objective = str(edit.get("objective", ""))
                if self._kept_objective(objective):
                    found.append((key, objective, dict(edit)))
        return found

    def check_kpis(self) -> None:
        """Remember what is wrong with the KPIs, by their keys (R-KPI-3)."""
        written = person_of(self.actor).number if self.actor else "{:f}".format
        for key, _, values in self.kpi_values():
            title = str(values.get("title", "")).strip()
            if not title:
                self.refuse(key, "This KPI needs a title. Write one, or delete the row.")
            elif len(title) > LONGEST:
                self.refuse(key, f"The title has more than {LONGEST} characters. Shorten it.")
            baseline, target = values.get("baseline"), values.get("target")
            for measure in ("baseline", "target"):
                self._check_number(key, measure, values.get(measure))
            direction = values.get("direction") or direction_between(baseline, target)
            wrong = direction_error(baseline, target, direction, written)
            if wrong:
                self.refuse(key, wrong)

    def _check_number(self, key: str, name: str, value: Any) -> None:
        if value is None:
            return
        try:
            column: Any = ObjectiveKpi._meta.get_field(name)
            column.run_validators(Decimal(value))
        except ValidationError as error:
            self.refuse(key, " ".join(error.messages))

    def _kpis(self) -> list[ObjectiveKpi]:
        found = self.kpi_values()
        words = {"unit": Unit, "category": KpiCategory}
        # What was chosen in the wizard may be gone by now; what the template has cannot be.
        known = {
            name: set(model._default_manager.values_list("pk", flat=True))
            for name, model in words.items()
            if any(edit.get(name) for edit in self.kpi_edits.values())
        }
        own = {f"kpi-{kpi.pk}": kpi.custom for kpi in self.tree.kpis}
        rows = []
        for key, objective, values in found:
            baseline, target = values.get("baseline"), values.get("target")
            rows.append(
                ObjectiveKpi(
                    objective=self.made[objective],
                    title=str(values["title"]).strip(),
                    description=values.get("description", ""),
                    **{
                        f"{name}_id": values.get(name)
                        for name in words
                        if values.get(name) in known.get(name, {values.get(name)})
                    },
                    direction=values.get("direction") or direction_between(baseline, target),
                    baseline=baseline,
                    current=baseline,
                    target=target,
                    target_date=values.get("target_date"),
                    attribute_id=values.get("attribute"),
                    custom=dict(own.get(key, {})),
                )
            )
        return rows
