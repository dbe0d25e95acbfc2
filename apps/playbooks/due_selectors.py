"""Which tasks and playbooks can still be due (R-DUE-1)."""

from __future__ import annotations

from typing import Final

from django.db.models import Q

from apps.playbooks.choices import OVER_STAGES, OVER_STATUSES, Stage, TaskStatus

# Named one by one, so that the index by status serves.
TASK_OPEN: Final = Q(status__in=[one for one in TaskStatus.values if one not in OVER_STATUSES])
PLAYBOOK_OPEN: Final = Q(stage__in=[one for one in Stage.values if one not in OVER_STAGES])
