"""The table of owners and the example of the ranking in docs/rules.md are what the code does."""

from __future__ import annotations

from pathlib import Path

import pytest

from apps.accounts.models import Role
from apps.accounts.ownership_rules import ALLOWED, CO_OWNERS, OWNERS, RECORDS
from apps.accounts.ownership_selectors import ranked
from tests import factories

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "rules.md").read_text()


def table(name):
    """The heading of a table of the docs, and its rows."""
    lines = TEXT.split(f"<!-- {name} -->\n")[1].split("\n\n")[0].splitlines()
    head, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    return head, rows


def test_r_own_2_the_table_of_the_docs():
    head, rows = table("owners")
    kinds = {words: kind for kind, words in OWNERS.items()}
    owners = [kinds[word.lower()] for word in head[1:]]
    assert sorted(owners) == sorted(OWNERS)
    records = {words: kind for kind, words in RECORDS.items()}
    said = {records[row[0].removesuffix(" (many)")]: row[1:] for row in rows}
    assert set(said) == set(ALLOWED)
    for record, cells in said.items():
        for owner, cell in zip(owners, cells, strict=True):
            assert (cell == "yes") is (owner in ALLOWED[record]), (record, owner)
            shared = owner in CO_OWNERS.get(record, ())
            assert (cell == "only as co-owner, while it is shared") is shared, (record, owner)


@pytest.mark.django_db
def test_r_own_3_the_example_of_the_docs():
    _, rows = table("ranking")
    for name, role, plans, playbooks, _ in reversed(rows):
        resource = factories.make_resource(name=name, role=Role.objects.get(label=role))
        for _ in range(int(plans)):
            factories.make_plan(owner=resource)
        for _ in range(int(playbooks)):
            factories.make_playbook(owner=resource)
        if name == "Ben":
            for _ in range(3):
                factories.make_plan(owner=resource, status="completed")
            factories.make_playbook(owner=resource, stage="canceled")
    sought = Role.objects.get(label="Customer Success Manager")
    found = [
        [one.name, one.role.label, str(one.active_plans), str(one.active_playbooks), str(place)]
        for place, one in enumerate(ranked(sought.pk), 1)
    ]
    assert sorted(found) == sorted(rows)
    assert [row[0] for row in found] == ["Carla", "Ben", "Anna", "Dev", "Emil"]
