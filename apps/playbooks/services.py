"""Writes of playbooks and tasks."""

from __future__ import annotations

from typing import Any


def playbook_update(*, actor: Any, playbook: Any, changes: Any, shown: Any = None) -> list[str]: ...


def task_update(*, actor: Any, task: Any, changes: Any, shown: Any = None) -> list[str]: ...
