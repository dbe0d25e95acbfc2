"""What every installation has after migrating, and that it repeats without harm."""

from __future__ import annotations

import io

import pgtrigger
import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.core.management import call_command

from apps.accounts.models import Role
from apps.core import setup
from apps.core.models import Tag, Unit
from apps.core.permissions import ADMINISTRATOR, CUSTOMER_SUCCESS, PARTICIPANT
from apps.kpis.models import KpiCategory
from apps.objectives.models import ObjectiveStatus

pytestmark = pytest.mark.django_db


def everything():
    groups = {
        group.name: sorted(group.permissions.values_list("pk", flat=True))
        for group in Group.objects.all()
    }
    words = {
        label: list(
            apps.get_model(label)._default_manager.order_by("pk").values_list("pk", "label")
        )
        for label in setup.VOCABULARIES
    }
    return groups, words


def test_the_groups_and_vocabularies_are_there():
    groups, words = everything()
    assert set(groups) == {CUSTOMER_SUCCESS, PARTICIPANT, ADMINISTRATOR}
    assert all(groups.values())
    assert all(words.values())
    assert list(Unit.objects.values_list("label", flat=True)) == [
        *("EUR", "GBP", "JPY", "USD", "Hours", "Days", "Weeks", "Months", "Percent", "Quantity")
    ]
    assert KpiCategory.objects.count() == 10
    assert list(ObjectiveStatus.objects.filter(blocks_kpis=True).values_list("kind")) == [
        ("blocked",)
    ]


def test_migrating_again_changes_nothing():
    before = everything()
    for _ in range(2):
        setup.after_migrate(apps=apps)
    assert everything() == before


def test_what_an_administrator_changed_or_removed_stays_so():
    Tag.objects.filter(label="Quick win").delete()
    Unit.objects.filter(label="EUR").update(label="Euro")
    Role.objects.create(label="Trainer")
    before = everything()
    setup.after_migrate(apps=apps)
    assert everything() == before


def test_a_group_of_ones_own_is_left_alone():
    own = Group.objects.create(name="Readers")
    setup.after_migrate(apps=apps)
    assert not own.permissions.exists()


def test_no_migration_is_missing():
    said = io.StringIO()
    call_command("makemigrations", "--check", "--dry-run", stdout=said)
    assert "No changes detected" in said.getvalue()


def test_every_trigger_of_the_models_is_installed_as_it_stands_in_the_code():
    found = {
        trigger.get_pgid(model): trigger.get_installation_status(model)
        for model, trigger in pgtrigger.registered()
    }
    assert len(found) > 50
    assert {pgid for pgid, state in found.items() if state != ("INSTALLED", True)} == set()
