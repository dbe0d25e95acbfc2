"""Pages of playbooks and tasks."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db.models import QuerySet
from django.forms import Field
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from apps.accounts.ownership_rules import alternatives, unheld_sentence, written
from apps.accounts.ownership_views import AllocatePage, OwnedPage
from apps.activities.timeline_forms import timeline_of
from apps.core import selectors as core_selectors
from apps.core.access import may
from apps.core.bulk_rules import Bulk
from apps.core.forms import RecordForm, shift_field
from apps.core.formsets import RowFormSet
from apps.core.history import operation
from apps.core.views import CreatePage, DeletePage, EditPage, ListPage, Tab, lookup, record_page
from apps.core.views.forms import asked, save_rows
from apps.library.template_services import template_create
from apps.plans.forms import owner_field
from apps.plans.template_forms import template_values, wants_template
from apps.playbooks import bulk_services, selectors, services
from apps.playbooks.choices import TaskStatus
from apps.playbooks.filters import PlaybookFilter, TaskFilter
from apps.playbooks.forms import MovingPlaybookForm, PlaybookForm, TaskForm
from apps.playbooks.models import Playbook, PlaybookTask
from apps.playbooks.move_services import playbook_move, task_move
from apps.playbooks.tables import PlaybookTable, TaskTable
from apps.playbooks.task_forms import TaskRows, typed_dates
from apps.playbooks.task_views import FIRST, drop, header, in_list, not_settled, settled
from apps.playbooks.transfer_services import PLAYBOOKS, TASKS

KINDS_OF_PEOPLE = {
    "resource": "Team member",
    "contact": "Contact",
    "role": "Role",
    "pool": "Team pool",
}


class PlaybookList(ListPage):
    """The list of playbooks."""

    record = "playbook"
    table = PlaybookTable
    filterset = PlaybookFilter
    transfer = PLAYBOOKS
    empty = "No playbooks yet. A playbook is a set of tasks that carries out an objective."
    form_class = PlaybookForm
    bulk_fields = (
        "stage",
        "status",
        "owner",
        "is_shared",
    )
    quick = "stage"
    gives = "owner"

    def rows(self, user: Any) -> QuerySet[Any]:
        return selectors.playbook_lines(user)

    def bulk_change(self, actor: Any, ids: list[int], changes: dict[str, Any]) -> Bulk:
        return bulk_services.playbooks_change(actor=actor, ids=ids, changes=changes)

    def bulk_delete(self, actor: Any, ids: list[int]) -> Bulk:
        return bulk_services.playbooks_remove(actor=actor, ids=ids)


class PlaybookCreate(OwnedPage, CreatePage):
    """A new playbook with its first tasks: a play for one account only needs no template (R-TPL-8)."""

    record = "playbook"
    form_class = PlaybookForm

    def formset(self, request: HttpRequest, data: Any = None) -> RowFormSet | None:
        if not may(request.user, "task.create"):
            return None
        return TaskRows(data, user=request.user, prefix="tasks", outer=typed_dates(data or {}))

    def save(self, form: RecordForm, formset: RowFormSet | None) -> Any:
        actor: Any = self.request.user
        with operation(actor):
            if wants_template(form):
                made = template_create(actor=actor, kind="playbook", values=template_values(form))
                new_task = partial(template_create, actor=actor, kind="task")
            else:
                made = services.playbook_create(actor=actor, values=form.changes)
                new_task = partial(services.task_create, actor=actor)
            if formset is not None:
                save_rows(
                    formset, create=lambda values: new_task(values={**values, "playbook": made})
                )
        return made


class PlaybookEdit(OwnedPage, EditPage):
    """A playbook changes; the save says what moved with it (R-OBJ-2)."""

    record = "playbook"
    form_class = MovingPlaybookForm

    def rows(self, user: Any) -> QuerySet[Any]:
        return selectors.playbook_rows(user)

    def save(self, form: RecordForm, formset: RowFormSet | None) -> Any:
        actor: Any = self.request.user
        playbook: Any = form.instance
        moved = playbook_move(
            actor=actor,
            playbook=playbook,
            changes=form.changes,
            shown=form.shown,
            asked=asked(self.request),
        )
        return moved.said(str(playbook))


class PlaybookAllocate(AllocatePage):
    """A playbook is given to a team member or a role, a shared one to a contact too (R-OWN-2)."""

    record = "playbook"

    def rows(self, user: Any) -> QuerySet[Any]:
        return selectors.playbook_rows(user)

    def update(self, record: Playbook, changes: dict[str, Any], shown: dict[str, Any]) -> None:
        actor: Any = self.request.user
        services.playbook_update(actor=actor, playbook=record, changes=changes, shown=shown)


class PlaybookDelete(DeletePage):
    """Deleting a playbook keeps its activities, and its tasks unless they shall go (R-DEL-1)."""

    record = "playbook"
    template = "playbooks/delete.html"

    def rows(self, user: Any) -> QuerySet[Any]:
        return selectors.playbook_rows(user)

    def consequences(self, record: Playbook) -> dict[str, Any]:
        below = selectors.hanging(record)
        kept = str(record.objective or record.plan or record.account)
        names = list(record.tasks.values_list("pk", "name")[:FIRST])
        return {
            "tasks": [{"label": name, "url": f"/tasks/{pk}/"} for pk, name in names],
            "more_tasks": below.tasks - len(names),
            "below": below,
            "kept_with": kept,
            "may_delete_tasks": below.tasks and may(self.request.user, "task.delete"),
            "with_tasks": "with_tasks" in self.request.POST,
        }

    def delete(self, record: Playbook) -> None:
        actor: Any = self.request.user
        services.playbook_delete(
            actor=actor, playbook=record, with_tasks="with_tasks" in self.request.POST
        )


def playbook_options(request: HttpRequest) -> HttpResponse:
    """Suggestions of playbooks, of one objective, plan or account when the address names it."""
    rows: Any = Playbook.objects.visible_to(request.user)
    return lookup(request, rows, "account", "plan", "objective")


class TaskList(ListPage):
    """The list of tasks, what ends first at the top."""

    record = "task"
    table = TaskTable
    filterset = TaskFilter
    transfer = TASKS
    order = "end_date"
    empty = "No tasks yet. A task is one thing to do, in a playbook or by itself."
    form_class = TaskForm
    bulk_fields = (
        "status",
        "priority",
        "start_date",
        "end_date",
        "is_flagged",
        "is_shared",
    )
    quick = "status"
    gives = "assign_to"

    def rows(self, user: Any) -> QuerySet[Any]:
        return selectors.task_lines(user)

    def ahead(self, user: Any) -> list[int]:
        return selectors.pinned_ids(user)

    def bulk_extra(self, user: Any) -> dict[str, Field]:
        given = owner_field(label="Assign to")
        given.required = True
        given.help_text = "To this team member, and to nobody else."
        return {"shift_days": shift_field("dates"), "assign_to": given}

    def bulk_change(self, actor: Any, ids: list[int], changes: dict[str, Any]) -> Bulk:
        return bulk_services.tasks_change(actor=actor, ids=ids, changes=changes)

    def bulk_delete(self, actor: Any, ids: list[int]) -> Bulk:
        return bulk_services.tasks_remove(actor=actor, ids=ids)


def task_page(request: HttpRequest, pk: int) -> HttpResponse:
    """A task: its details and who is to do it, its activities, its history."""
    task: Any = core_selectors.one(selectors.task_rows(request.user), pk)
    context = header(request, task)
    tab = request.GET.get("tab", "details")
    if tab == "details":
        context["people"] = people(task)
    elif tab == "related":
        context |= {
            **timeline_of(request, "task", task),
            "parent_query": f"task={pk}",
            "all_query": f"task={pk}",
        }
    return record_page(request, task, "task", tabs=[Tab("related", "Related")], context=context)


@require_POST
def task_complete(request: HttpRequest, pk: int) -> HttpResponse:
    """Complete a task in one step, or reopen it: its percent and stamp follow (R-OBJ-5).

    The button says which of the two is wanted, so that pressing it twice does no more than once.
    """
    actor: Any = request.user
    task = core_selectors.one(selectors.task_rows(actor), pk)
    reopens = "reopen" in request.POST
    status = TaskStatus.IN_PROGRESS if reopens else TaskStatus.COMPLETED
    try:
        services.task_update(actor=actor, task=task, changes={"status": status})
    except ValidationError as error:
        return not_settled(request, task, f"“{task}” was not changed. {' '.join(error.messages)}")
    except ObjectDoesNotExist as error:
        raise Http404("Somebody else deleted this task meanwhile.") from error
    messages.success(request, f"“{task}” was {'reopened' if reopens else 'completed'}.")
    return settled(request, task)


def people(task: PlaybookTask) -> list[dict[str, str]]:
    """Who is to do a task: what kind of assignee, the name, and for a role who holds it."""
    holders = selectors.role_holders(task)
    lines = []
    for row in task.assignments.all():
        held = ""
        if row.role_id:
            held = ", ".join(holders[row.role_id]) or "nobody on this account yet"
        lines.append({"kind": KINDS_OF_PEOPLE[row.kind], "name": str(row), "beside": held})
    return lines


def unheld_roles(task: PlaybookTask) -> str:
    """What is said of the roles that are to do a task and that nobody holds (R-OWN-2)."""
    waiting = selectors.roles_unheld(task)
    return unheld_sentence("task", alternatives(waiting), str(task.account)) if waiting else ""


class AssignedPage(OwnedPage):
    """A task's form: it says which of its roles nobody holds."""

    def unheld(self, record: PlaybookTask) -> str:
        return unheld_roles(record)


class TaskCreate(AssignedPage, CreatePage):
    """A new task."""

    record = "task"
    form_class = TaskForm
    template = "tasks/form.html"

    def save(self, form: RecordForm, formset: RowFormSet | None) -> Any:
        actor: Any = self.request.user
        return services.task_create(actor=actor, values=form.changes)


class TaskEdit(AssignedPage, EditPage):
    """A task changes, and who is to do it."""

    record = "task"
    form_class = TaskForm
    template = "tasks/form.html"

    def rows(self, user: Any) -> QuerySet[Any]:
        return selectors.task_rows(user)

    def save(self, form: RecordForm, formset: RowFormSet | None) -> Any:
        actor: Any = self.request.user
        task: Any = form.instance
        moved = task_move(
            actor=actor,
            task=task,
            changes=form.changes,
            shown=form.shown,
            asked=asked(self.request),
        )
        return moved.said(str(task))


class TaskAllocate(AllocatePage):
    """A task is given to team members, roles, contacts and team pools (R-OWN-2)."""

    record = "task"

    def rows(self, user: Any) -> QuerySet[Any]:
        return selectors.task_rows(user)

    def words(self, record: PlaybookTask) -> list[str]:
        return [
            written(row.kind, getattr(row, f"{row.kind}_id")) for row in record.assignments.all()
        ]

    def names(self, record: PlaybookTask) -> list[str]:
        return [str(row) for row in record.assignments.all()]

    def unheld(self, record: PlaybookTask) -> str:
        return unheld_roles(record)

    def update(self, record: PlaybookTask, changes: dict[str, Any], shown: dict[str, Any]) -> None:
        actor: Any = self.request.user
        services.task_update(actor=actor, task=record, changes=changes, shown=shown)


class TaskDelete(DeletePage):
    """Deleting a task removes its assignments and keeps its activities (R-DEL-1)."""

    record = "task"

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        # In the list of its playbook it goes at once, with undo; elsewhere it was asked first.
        return drop(request, pk) if in_list(request) else super().post(request, pk)

    def rows(self, user: Any) -> QuerySet[Any]:
        return selectors.task_rows(user)

    def consequences(self, record: PlaybookTask) -> dict[str, list[Any]]:
        names = ", ".join(str(row) for row in record.assignments.all())
        words = selectors.hanging(record).words()
        kept = record.playbook or record.objective or record.plan or record.account
        return {
            "goes": [f"Assigned to {names}: they are no longer asked to do it"] if names else [],
            "stays": [f"{words}: kept with “{kept}”"] if words else [],
        }

    def delete(self, record: PlaybookTask) -> None:
        actor: Any = self.request.user
        services.task_delete(actor=actor, task=record)


def task_options(request: HttpRequest) -> HttpResponse:
    """Suggestions of tasks, of one playbook, objective, plan or account when it is named."""
    rows: Any = PlaybookTask.objects.visible_to(request.user)
    return lookup(request, rows, "account", "plan", "objective", "playbook")
