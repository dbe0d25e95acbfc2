"""An import of readings in a process of its own: killed in the middle it leaves nothing."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys

import pytest
from django.core.files.base import ContentFile
from django.db import connection, transaction

from apps.accounts import import_run_services as runs
from apps.accounts import tasks
from apps.accounts.models import AttributeValue
from apps.core.models import Notification
from apps.kpis.models import KpiValue, ObjectiveKpi
from apps.objectives.models import Objective
from tests.accounts.test_imports_killed import ROOT, environment, others, wait_until
from tests.core.test_transfer_killed import WORK
from tests.factories import make_account, make_attribute, make_csm, make_kpi, make_objective

FIRST = dt.date(2026, 1, 1)


@pytest.fixture
def _no_jobs():
    yield
    # Their tables belong to no model: what a test committed there stays.
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_no_jobs")
def test_a_worker_that_is_killed_while_it_imports_readings_leaves_nothing(settings, tmp_path):
    settings.MEDIA_ROOT, settings.IMPORT_ROWS_AT_ONCE = tmp_path, 10
    actor, seats = make_csm(), make_attribute(key="seats")
    for number in range(50):
        objective = make_objective(
            account=make_account(name=f"A{number}"),
            attribute=seats,
            completion_type="attribute",
            target=100,
            owner=actor.resource,
        )
        make_kpi(objective, attribute=seats)
    rows = [f"A{n % 50},seats,{100 + n},{FIRST + dt.timedelta(n // 50)}" for n in range(1_500)]
    text = "\n".join(["Account,Attribute,Value,Measured on", *rows])
    run = runs.run_create(
        actor=actor,
        file=ContentFile(text.encode()),
        name="readings.csv",
        kind="attribute_value",
    )
    tasks.work(run_id=run.pk)
    run.refresh_from_db()
    runs.run_confirm(actor=actor, run=run, good_rows=False, check=run.report["check"])
    with transaction.atomic(), connection.cursor() as cursor:
        # One objective cannot be had: all readings are written, the KPIs fed, and it waits.
        last = Objective.objects.latest("pk").pk
        cursor.execute("SELECT FROM objectives_objective WHERE id = %s FOR UPDATE", [last])
        process = subprocess.Popen(
            [sys.executable, "-c", WORK, str(run.pk), str(tmp_path)],
            cwd=ROOT,
            env=environment() | {"DJANGO_SETTINGS_MODULE": "successcloud.settings"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_until(
                lambda: others("granted AND relation = 'accounts_attributevalue'::regclass"),
                process,
            )
            wait_until(lambda: others("NOT granted"), process)
        finally:
            os.kill(process.pid, signal.SIGKILL)
            process.communicate()
    wait_until(lambda: not others("relation = 'accounts_attributevalue'::regclass"))
    assert not AttributeValue.objects.exists()
    assert not KpiValue.objects.exists()
    assert not Notification.objects.exists()
    assert not Objective.objects.exclude(current=None).exists()
    run.refresh_from_db()
    assert run.state == "importing"
    # What was queued is done by the next worker, all of it.
    tasks.work(run_id=run.pk)
    run.refresh_from_db()
    assert run.state == "done"
    assert AttributeValue.objects.count() == KpiValue.objects.count() == 1_500
    assert set(Objective.objects.values_list("status__kind", flat=True)) == {"completed"}
    assert not ObjectiveKpi.objects.exclude(measured_on=FIRST + dt.timedelta(29)).exists()
    assert Notification.objects.count() == 1
