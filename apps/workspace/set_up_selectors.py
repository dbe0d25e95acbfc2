"""What the set-up page looks at, in a constant number of queries."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Count, Exists, F, OuterRef, Q
from django.utils import formats, timezone
from procrastinate.contrib.django.models import ProcrastinateWorker

from apps.accounts.models import Account, AttributeDefinition, Resource, Role
from apps.activities.models import ActivityType
from apps.core.access import may
from apps.core.choices import UnitKind
from apps.core.models import Organisation, Tag, Unit, User
from apps.core.shape_models import CustomField, RecordType
from apps.kpis.models import KpiCategory
from apps.objectives.models import Objective, ObjectiveCategory, ObjectiveStatus
from apps.plans.models import ChallengeCategory, SuccessPlan
from apps.playbooks.models import Playbook
from apps.reports.models import HealthMetric
from apps.workspace.set_up_rules import Facts

# In the order in which they are made and told.
VOCABULARIES: Final[tuple[Any, ...]] = (
    Unit,
    ObjectiveStatus,
    ObjectiveCategory,
    KpiCategory,
    Role,
    ActivityType,
    ChallengeCategory,
    Tag,
    HealthMetric,
)
# A worker tells every ten seconds that it is there.
WORKER_ALIVE: Final = dt.timedelta(minutes=2)


def is_empty() -> bool:
    """Whether nobody began to work with this installation yet: there is no account."""
    return not Account.objects.exists()


def lands_on_set_up(user: Any) -> bool:
    """Whether this person's first page is the set-up: an administrator, and nothing is there."""
    return bool(may(user, "vocabulary.edit")) and is_empty()


def facts() -> Facts:
    """How the installation stands."""
    organisation = Organisation.objects.defer("logo").get(pk=1)
    users = User.objects.filter(is_active=True).annotate(
        in_group=Exists(User.groups.through.objects.filter(user_id=OuterRef("pk")))
    )
    without = users.filter(in_group=False, is_superuser=False).order_by("pk")
    numbers = users.aggregate(
        all=Count("pk"), new=Count("pk", filter=Q(password__startswith=UNUSABLE_PASSWORD_PREFIX))
    )
    said = organisation.set_up
    mail = said.get("mail", {})
    return Facts(
        name=organisation.name,
        time_zone=organisation.time_zone,
        has_logo=bool(organisation.logo_type),
        words=_words(),
        currencies=list(
            Unit.objects.filter(is_active=True, kind=UnitKind.CURRENCY).values_list(
                "label", flat=True
            )
        ),
        users=numbers["all"],
        invited=numbers["new"],
        without_group=[str(user) for user in without],
        resources=Resource.objects.filter(is_active=True).count(),
        attributes=AttributeDefinition.objects.filter(is_active=True).count(),
        templates=sum(
            model.objects.filter(is_template=True, account=None).count()
            for model in (SuccessPlan, Objective, Playbook)
        ),
        accounts=Account.objects.count(),
        types=RecordType.objects.filter(is_active=True).count(),
        own_fields=CustomField.objects.filter(is_active=True).count(),
        reviewed={key: _when(one) for key, one in said.get("reviewed", {}).items()},
        mail=f"{mail['said']} {_when(mail)}." if mail else "",
        mail_ok=bool(mail.get("ok")),
        worker=ProcrastinateWorker.objects.filter(
            last_heartbeat__gt=timezone.now() - WORKER_ALIVE
        ).exists(),
    )


def _words() -> dict[str, int]:
    """How many active words each vocabulary has, in one statement."""
    parts = [
        model.objects.filter(is_active=True)
        .order_by()
        .annotate(one=F("pk") * 0 + number)
        .values("one")
        .annotate(count=Count("pk"))
        .values_list("one", "count")
        for number, model in enumerate(VOCABULARIES)
    ]
    found = dict(parts[0].union(*parts[1:], all=True))
    return {
        model._meta.label_lower: found.get(number, 0) for number, model in enumerate(VOCABULARIES)
    }


def _when(said: dict[str, str]) -> str:
    day = formats.date_format(dt.date.fromisoformat(said["on"]), "j F Y")
    return f"{said['by']}, {day}"
