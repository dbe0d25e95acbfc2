"""The templates that come with the program: what a file must hold, and that every one does."""

from __future__ import annotations

import copy
import json

import pytest

from apps.core import setup
from apps.library import shipped_rules
from apps.library.shipped_rules import Unreadable, day, problems, read, walk
from apps.library.shipped_services import DATA

FILES = sorted(DATA.glob("*.json"))
GOOD = {
    "kind": "objective",
    "name": "Reach it",
    "days": [0, 11],
    "kpis": [{"title": "Share", "direction": "higher", "baseline": 10, "target": 20, "day": 11}],
    "playbooks": [{"name": "Do it", "days": [0, 4], "tasks": [{"name": "Begin", "days": [0, 1]}]}],
}


def labels(model):
    return {entry["label"] for entry in setup.VOCABULARIES[model]}


@pytest.fixture(scope="module")
def templates():
    return {path.name: read(json.loads(path.read_text(encoding="utf-8"))) for path in FILES}


def changed(*path, value):
    raw = copy.deepcopy(GOOD)
    *way, last = path
    place = raw
    for step in way:
        place = place[step]
    place[last] = value
    return raw


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_file_is_a_good_template(path):
    assert problems(read(json.loads(path.read_text(encoding="utf-8")))) == []


def test_a_good_template_has_no_problems():
    template = read(GOOD)
    assert problems(template) == []
    assert [part.name for part in walk(template)] == ["Reach it", "Do it", "Begin"]
    assert day(0).weekday() == 0


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (changed("days", value=[2, 11]), "must start on day 0"),
        (changed("days", value=[0, 12]), "weekend"),
        (changed("playbooks", 0, "days", value=[0, 14]), "lies outside “Reach it” (days 0 to 11)"),
        (changed("playbooks", 0, "tasks", 0, "days", value=[4, 7]), "lies outside “Do it”"),
        (
            changed("playbooks", 0, "tasks", 0, "days", value=[3, 1]),
            "day 3, after its end on day 1",
        ),
        (changed("kpis", 0, "target", value=9), "from 10 to 9: that is not higher"),
        (changed("kpis", 0, "direction", value="lower"), "from 10 to 20: that is not lower"),
        (changed("kpis", 0, "direction", value="up"), "unknown direction “up”"),
        (changed("kpis", 0, "day", value=14), "not on day 14"),
        (changed("kpis", value=[*GOOD["kpis"], *GOOD["kpis"]]), "has “Share” twice"),
        (changed("priority", value="urgent"), "unknown priority “urgent”"),
        (changed("name", value=" "), "needs a name"),
    ],
)
def test_what_is_wrong_is_said(raw, sentence):
    assert any(sentence in problem for problem in problems(read(raw)))


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        ([], "“kind” must be one of plan, objective, playbook"),
        (changed("kind", value="account"), "“kind” must be one of"),
        (changed("health", value=5), "cannot have “health”"),
        (changed("days", value="0-11"), "first and last day"),
        (changed("kpis", 0, "target", value="much"), "no number"),
        (changed("kpis", 0, "target", value=None), "needs a target"),
        (changed("kpis", 0, value={"title": "Share"}), "The KPI “Share” needs"),
    ],
)
def test_what_is_no_template_is_refused(raw, sentence):
    with pytest.raises(Unreadable, match=sentence):
        read(raw)


def test_names_are_used_once_for_each_kind(templates):
    names = [(template.kind, template.name) for template in templates.values()]
    assert len(names) == len(set(names))


def test_all_three_kinds_are_there_and_plans_have_substance(templates):
    kinds = [template.kind for template in templates.values()]
    assert kinds.count("plan") >= 8
    assert kinds.count("objective") >= 3
    assert kinds.count("playbook") >= 5
    for template in templates.values():
        parts = list(walk(template))
        assert all(part.description for part in parts), template.name
        for part in parts:
            if part.kind == "plan":
                assert 3 <= len(part.parts) <= 5, part.name
            if part.kind == "objective":
                assert 1 <= len(part.kpis) <= 3, part.name
                assert 1 <= len(part.parts) <= 3, part.name
            if part.kind == "playbook":
                assert 3 <= len(part.parts) <= 8, part.name
            if part.kind == "task":
                assert part.roles, part.name


def test_kpis_go_both_ways_and_some_are_measured_first(templates):
    for template in templates.values():
        if template.kind == "plan":
            kpis = [kpi for part in walk(template) for kpi in part.kpis]
            assert {kpi.direction for kpi in kpis} == {"higher", "lower"}, template.name
    every = [kpi for t in templates.values() for part in walk(t) for kpi in part.kpis]
    assert any(kpi.baseline is None for kpi in every)


def test_every_word_is_one_of_the_default_vocabularies(templates):
    parts = [part for template in templates.values() for part in walk(template)]
    kpis = [kpi for part in parts for kpi in part.kpis]
    roles = {role for part in parts for role in (part.owner, *part.roles) if role}
    assert roles <= labels("accounts.Role")
    assert {part.category for part in parts} - {""} <= labels("objectives.ObjectiveCategory")
    assert {kpi.category for kpi in kpis} <= labels("kpis.KpiCategory")
    assert {kpi.unit for kpi in kpis} <= labels("core.Unit")


def test_the_onboarding_plan_has_about_forty_records(templates):
    parts = list(walk(templates["plan-onboarding.json"]))
    assert 40 <= sum(1 + len(part.kpis) for part in parts) <= 45


def test_the_form_is_documented():
    text = (DATA / "README.md").read_text(encoding="utf-8")
    keys = shipped_rules.COMMON | shipped_rules.KPI_KEYS | {"kind"}
    keys = keys.union(*shipped_rules.KEYS.values(), *shipped_rules.HOLDS.values())
    assert not [key for key in keys if f"`{key}`" not in text]
