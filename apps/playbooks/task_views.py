"""The page of a playbook with its tasks as a working list, and the steps that are taken in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_POST

from apps.activities.timeline_forms import timeline_of
from apps.core import access, htmx
from apps.core.asks_forms import asks_more, asks_of, barred
from apps.core.kinds import KINDS
from apps.core.person import person_of
from apps.core.rules import percent_shown, record_id
from apps.core.scope import today
from apps.core.selectors import one
from apps.core.services import Conflict
from apps.core.shape_rules import TYPE
from apps.core.views import Tab, record_page
from apps.core.views.forms import GONE, add_errors, clashes, next_url
from apps.playbooks import rules, selectors, services, task_rules, task_services
from apps.playbooks.choices import PlaybookStatus, Stage, TaskStatus
from apps.playbooks.forms import PlaybookForm, TaskForm
from apps.playbooks.models import Playbook, PlaybookTask
from apps.playbooks.task_forms import QuickTaskForm, StandingForm, TaskLineForm
from apps.playbooks.task_tables import lines, typed

# What the line below the list asks of a new task, or what a new task has by itself.
QUICK = ("name", "start_date", "end_date", "playbook", "status", "priority", "percent_complete")
LIST, LINE, FACTS = "task-list", "task-", "record-facts"
# A longer list is shown to its first part, and is not put in order here.
MOST = 200
# The Related tab shows the first rows of each kind and links to the list that has them all.
FIRST = 50


def header(request: HttpRequest, record: Any) -> dict[str, Any]:
    """What the head of a playbook or task shows beside its own fields."""
    return {
        "percent": percent_shown(record.progress),
        "late": rules.overdue(record.end_date, not record.is_open, today(request.user)),
    }


def playbook_page(request: HttpRequest, pk: int) -> HttpResponse:
    """A playbook: its details, its tasks and activities, its history."""
    playbook: Any = one(selectors.playbook_rows(request.user), pk)
    return _page(request, playbook)


def _page(request: HttpRequest, playbook: Any, *, status: int = 200, **more: Any) -> HttpResponse:
    tab = request.GET.get("tab", "details")
    context = _head(request, playbook)
    if tab != "history":
        context |= _list(request, playbook)
    if tab == "related":
        context |= timeline_of(request, "playbook", playbook)
    return record_page(
        request,
        playbook,
        "playbook",
        tabs=[
            Tab("related", "Related"),
            Tab(
                "due",
                "Activity Tracker",
                f"{reverse('workspace:activity-tracker')}?playbook={playbook.pk}&whose=all",
            ),
        ],
        context=context | more,
        fragments={LIST: "playbooks/_task_list.html", FACTS: "playbooks/_head.html"},
        status=status,
    )


def _head(request: HttpRequest, playbook: Playbook) -> dict[str, Any]:
    return {
        **header(request, playbook),
        "kind": KINDS["playbook"],
        "stages": Stage.choices,
        "healths": PlaybookStatus.choices,
        "parent_query": f"playbook={playbook.pk}",
        "all_query": f"playbook={playbook.pk}",
    }


def _list(request: HttpRequest, playbook: Playbook) -> dict[str, Any]:
    user: Any = request.user
    found = list(selectors.tasks_of(user, playbook)[: MOST + 1])
    tasks = found[:MOST]
    may_create = access.may(user, "task.create")
    quick = may_create and not asks_more(TaskForm, user, QUICK)
    return {
        "here": reverse("playbooks:detail", args=[playbook.pk]),
        "tasks": tasks,
        "lines": lines(tasks, playbook, person_of(user)),
        "order": ",".join(str(task.pk) for task in tasks),
        "has_more_tasks": len(found) > MOST,
        "may_order": access.may(user, "task.edit") and len(found) <= MOST,
        "may_edit_tasks": access.may(user, "task.edit"),
        "may_drop_tasks": access.may(user, "task.delete"),
        "may_create_task": may_create,
        "quick": QuickTaskForm(user=user, playbook=playbook) if quick else None,
        "task_statuses": TaskStatus.choices,
    }


def in_list(request: HttpRequest) -> bool:
    """Whether a step was taken in the working list and is to be answered there."""
    return htmx.target(request).startswith(LINE)


def _answer(
    request: HttpRequest,
    playbook: Playbook,
    *,
    status: int = 200,
    edit: tuple[int, TaskLineForm, Sequence[Mapping[str, Any]]] | None = None,
    **more: Any,
) -> HttpResponse:
    """What changed of the page of a playbook: its list or one line of it, and the facts above.

    Without JavaScript: back to the page, or all of it when something was refused.
    """
    address = reverse("playbooks:detail", args=[playbook.pk])
    wanted = htmx.target(request)
    if not wanted and status == 200:
        return HttpResponseRedirect(next_url(request, address))
    fresh: Any = one(selectors.playbook_rows(request.user), playbook.pk)
    context = {**_head(request, fresh), **_list(request, fresh), **more}
    if edit is not None:
        pk, form, others = edit
        for line in context["lines"]:
            if line.task.pk == pk:
                typed(line, form, others)
    if not wanted:
        return _page(request, fresh, status=status, **context)
    context |= {"record": fresh, "may_edit": access.may(request.user, "playbook.edit")}
    template = "playbooks/_task_list.html"
    if wanted != LIST:
        pk_of_line = record_id(wanted.removeprefix(LINE))
        line = next((one for one in context["lines"] if one.task.pk == pk_of_line), None)
        if line is None:
            raise Http404("This task is not in the list any more.")
        template, context["line"] = "playbooks/_task_line.html", line
    changed = render_to_string(template, context, request)
    beside = render_to_string("playbooks/_head.html", context | {"oob": True}, request)
    return HttpResponse(changed + beside, status=status)


def settled(request: HttpRequest, task: PlaybookTask) -> HttpResponse:
    """After a step with a task: its line in the list of its playbook, or back to the page."""
    if in_list(request) and task.playbook is not None:
        return _answer(request, task.playbook)
    return HttpResponseRedirect(next_url(request, reverse("tasks:detail", args=[task.pk])))


def not_settled(request: HttpRequest, task: PlaybookTask, text: str) -> HttpResponse:
    """A step with a task was refused: the reason as a message, and what was there stays."""
    if in_list(request):
        return htmx.toast(HttpResponse(text, status=422), text, "danger")
    messages.error(request, text)
    return HttpResponseRedirect(next_url(request, reverse("tasks:detail", args=[task.pk])))


def _task(request: HttpRequest, pk: int) -> PlaybookTask:
    return one(selectors.task_rows(request.user), pk)


def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Drop a task from the list of its playbook; the message offers to undo it."""
    actor: Any = request.user
    task = _task(request, pk)
    access.require(actor, "task.delete")
    try:
        services.task_delete(actor=actor, task=task)
    except ValidationError as error:
        return not_settled(request, task, f"“{task}” was not dropped. {' '.join(error.messages)}")
    except ObjectDoesNotExist:
        pass  # somebody else did it already
    messages.success(request, f"“{task}” was dropped.")
    if task.playbook is None:
        return HttpResponseRedirect(reverse("tasks:list"))
    return _answer(request, task.playbook)


@require_POST
def task_flag(request: HttpRequest, pk: int) -> HttpResponse:
    """Flag a task for everybody, or take the flag off: the button says which of the two."""
    actor: Any = request.user
    task, on = _task(request, pk), request.POST.get("flag") == "1"
    try:
        task_services.task_flag(actor=actor, task=task, on=on)
    except ValidationError as error:
        return not_settled(request, task, f"“{task}” was not changed. {' '.join(error.messages)}")
    except ObjectDoesNotExist as error:
        raise Http404("Somebody else deleted this task meanwhile.") from error
    messages.success(request, f"“{task}” {'is flagged' if on else 'has no flag any more'}.")
    return settled(request, task)


@require_POST
def task_pin(request: HttpRequest, pk: int) -> HttpResponse:
    """Pin a task for oneself, or let it go: the button says which of the two."""
    actor: Any = request.user
    task, on = _task(request, pk), request.POST.get("pin") == "1"
    task_services.task_pin(actor=actor, task=task, on=on)
    where = "stands first in your lists" if on else "stands in its place again"
    messages.info(request, f"“{task}” {where}.")
    return settled(request, task)


@require_POST
def task_line(request: HttpRequest, pk: int) -> HttpResponse:
    """Save status and dates of a task where they stand, or say what is wrong beside them."""
    actor: Any = request.user
    task = _task(request, pk)
    access.require(actor, "task.edit")
    playbook = task.playbook
    if playbook is None:
        raise Http404("This task is in no playbook any more.")
    form = TaskLineForm(request.POST, instance=task, user=actor, playbook=playbook)
    valid = form.is_valid()
    for name, sentence in barred(TaskForm, actor, task, form.changed_data).items():
        form.add_error(name, sentence)
        valid = False
    if not valid:
        return _answer(request, playbook, status=422, edit=(pk, form, ()))
    try:
        changed = services.task_update(
            actor=actor, task=task, changes=form.changes, shown=form.shown
        )
    except ValidationError as error:
        add_errors(form, error)
        return _answer(request, playbook, status=422, edit=(pk, form, ()))
    except Conflict as conflict:
        others = clashes(request, conflict, form)
        return _answer(request, playbook, status=409, edit=(pk, form, others))
    except ObjectDoesNotExist as error:
        raise Http404("Somebody else deleted this task meanwhile.") from error
    if changed:
        messages.success(request, f"“{task}” was saved.")
    return _answer(request, playbook)


@require_POST
def task_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a task at the end of a playbook's list and stay there for the next one."""
    actor: Any = request.user
    playbook = one(selectors.playbook_rows(actor), pk)
    access.require(actor, "task.create")
    form = QuickTaskForm(request.POST, user=actor, playbook=playbook)
    valid = form.is_valid()
    if valid:
        kind = form.values().get(TYPE)
        asks = asks_of(TaskForm, actor, kind.pk if kind else None, new=True)
        for sentence in asks.missing({}, asks.required - set(QUICK)):
            form.add_error(None, f"{sentence} Make the task by “New task”.")
            valid = False
    if not valid:
        return _answer(request, playbook, status=422, quick=form)
    try:
        task = services.task_create(actor=actor, values=form.values())
    except ValidationError as error:
        add_errors(form, error)
        return _answer(request, playbook, status=422, quick=form)
    messages.success(request, f"“{task}” was added.")
    empty = QuickTaskForm(user=actor, playbook=playbook)
    empty.fields["name"].widget.attrs["autofocus"] = True
    return _answer(request, playbook, quick=empty, is_added=True)


@require_POST
def tasks_order(request: HttpRequest, pk: int) -> HttpResponse:
    """Move one task before or after another: `place` is "12 before 11"."""
    actor: Any = request.user
    playbook = one(selectors.playbook_rows(actor), pk)
    access.require(actor, "task.edit")
    shown = [n for n in map(record_id, request.POST.get("shown", "").split(",")) if n is not None]
    moved, place, other = ([*request.POST.get("place", "").split(), "", "", ""])[:3]
    try:
        order = task_rules.reordered(shown, record_id(moved) or 0, place, record_id(other) or 0)
        changed = task_services.tasks_reorder(
            actor=actor, playbook=playbook, order=order, shown=shown
        )
    except (ValueError, ValidationError) as error:
        said = " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
        return _answer(request, playbook, status=409, order_refusal=said)
    except ObjectDoesNotExist as error:
        raise Http404(GONE) from error
    if changed:
        messages.success(request, "The order of the tasks was changed.")
    return _answer(request, playbook)


@require_POST
def playbook_standing(request: HttpRequest, pk: int) -> HttpResponse:
    """Save stage or health of a playbook where it stands; the facts above follow."""
    actor: Any = request.user
    playbook: Any = one(selectors.playbook_rows(actor), pk)
    access.require(actor, "playbook.edit")
    sent = [name for name in StandingForm.base_fields if name in request.POST]
    form = StandingForm(request.POST, instance=playbook, user=actor, only=sent)
    status, others, errors = 200, [], []
    valid = form.is_valid()
    for name, sentence in barred(PlaybookForm, actor, playbook, form.changed_data).items():
        form.add_error(name, sentence)
        valid = False
    if not valid:
        status = 422
    else:
        try:
            services.playbook_update(
                actor=actor, playbook=playbook, changes=form.changes, shown=form.shown
            )
        except ValidationError as error:
            add_errors(form, error)
            status = 422
        except Conflict as conflict:
            status, others = 409, clashes(request, conflict, form)
        except ObjectDoesNotExist as error:
            raise Http404("Somebody else deleted this playbook meanwhile.") from error
    errors = [str(error) for found in form.errors.values() for error in found]
    if status == 200:
        messages.success(request, f"“{playbook}” was saved.")
        if htmx.target(request) != FACTS:
            return HttpResponseRedirect(next_url(request, reverse("playbooks:detail", args=[pk])))
    fresh: Any = one(selectors.playbook_rows(actor), pk)
    wanted = {name: str(form[name].data) for name in sent} if status != 200 else {}
    return _page(
        request,
        fresh,
        status=status,
        wanted=wanted,
        standing_clashes=others,
        standing_errors=errors,
    )
