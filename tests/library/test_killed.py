"""A process that is killed while it creates from a large template leaves nothing of it."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest
from django.db import connection, transaction

from apps.kpis.models import KpiValue
from apps.objectives.models import Objective
from apps.plans.models import SuccessPlan
from apps.playbooks.models import Playbook, PlaybookTask, TaskAssignment
from tests.accounts.test_imports_killed import ROOT, environment, others, wait_until
from tests.factories import make_account, make_csm
from tests.library.trees import fill, make_template

# Committed for the other process to see, and taken away by the test database's own flush.
pytestmark = pytest.mark.django_db(transaction=True)

CREATE = """
import sys
import django
django.setup()
from apps.accounts.models import Account
from apps.core.models import User
from apps.library import services
from apps.plans.models import SuccessPlan
user, template, account = (int(word) for word in sys.argv[1:])
made = services.create_from(
    actor=User.objects.get(pk=user),
    kind="plan",
    source=SuccessPlan.objects.get(pk=template),
    account=Account.objects.get(pk=account),
    values={"name": "Made"},
)
print(made.sentence)
"""


def begun(*ids):
    return subprocess.Popen(
        [sys.executable, "-c", CREATE, *map(str, ids)],
        cwd=ROOT,
        env=environment() | {"DJANGO_SETTINGS_MODULE": "successcloud.settings"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def everything(account):
    events = [model.events.rel.related_model for model in (SuccessPlan, Objective, PlaybookTask)]
    return [
        *(m.objects.filter(account=account).count() for m in (SuccessPlan, Objective, Playbook)),
        PlaybookTask.objects.filter(account=account).count(),
        TaskAssignment.objects.filter(task__account=account).count(),
        KpiValue.objects.filter(kpi__objective__account=account).count(),
        *(event.objects.filter(account=account).count() for event in events),
    ]


def test_r_tpl_6_a_process_killed_in_the_middle_leaves_nothing_and_the_next_one_makes_all():
    actor, account, template = make_csm(), make_account(), make_template()
    fill(template, 997)
    nothing = everything(account)
    assert not any(nothing)
    with transaction.atomic():
        with connection.cursor() as cursor:
            # It writes plan, objectives, playbooks and tasks, and then waits here.
            cursor.execute("LOCK TABLE playbooks_taskassignment IN SHARE MODE")
        process = begun(actor.pk, template.pk, account.pk)
        waits = "NOT granted AND relation = 'playbooks_taskassignment'::regclass"
        try:
            wait_until(lambda: others(waits), process)
            assert others("granted AND relation = 'playbooks_playbooktaskevent'::regclass")
        finally:
            process.kill()
            process.communicate()
    assert process.returncode == -signal.SIGKILL
    wait_until(lambda: not others("relation = 'playbooks_playbooktask'::regclass"))
    assert everything(account) == nothing
    said, _ = begun(actor.pk, template.pk, account.pk).communicate()
    assert "1,000 tasks" in said or "1000 tasks" in said, said
    assert PlaybookTask.objects.filter(account=account).count() == 1000
