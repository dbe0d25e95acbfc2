"""Comments: the thread of a record as a page, beside its page, and over a list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from apps.activities import comment_selectors as selectors
from apps.activities import comment_services as services
from apps.activities.comment_forms import CommentForm
from apps.activities.comment_rules import told_sentence
from apps.activities.models import Comment
from apps.core import access, htmx
from apps.core.kinds import KINDS
from apps.core.rules import record_id
from apps.core.selectors import one
from apps.core.services import Conflict
from apps.core.views.forms import next_url

# The fragment of one record's thread; a page may hold several.
FRAGMENT = "comments-{}-{}"
GONE = "This comment was deleted at this very moment."


def thread(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """All that is said on a record; a POST says more, or answers the comment `parent`."""
    access.require(request.user, "comment.view")
    actor: Any = request.user
    record = selectors.commented(actor, kind, pk)
    if request.method != "POST":
        return _respond(request, kind, record)
    form = CommentForm(request.POST, may_mark=services.may_mark(actor, kind))
    parent = record_id(request.POST.get("parent", ""))
    if not form.is_valid():
        return _respond(request, kind, record, form=form, parent=parent, status=422)
    try:
        saved = services.comment_create(
            actor=actor, kind=kind, pk=pk, parent=parent, **form.cleaned_data
        )
    except ValidationError as error:
        form.add_error("text", _words(error))
        return _respond(request, kind, record, form=form, parent=parent, status=422)
    said = told_sentence("The comment was saved.", saved.answer.told, saved.answer.unseen)
    return _done(request, kind, record, said)


def comment_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """One's own comment as a form in its place; saving tells whoever is newly named."""
    access.require(request.user, "comment.edit")
    actor: Any = request.user
    comment, kind, record = _found(request, pk)
    if comment.author_id != actor.pk:
        raise access.Refused(services.NOT_YOURS.format("edit"))
    if request.method != "POST":
        return _respond(request, kind, record, editing=comment)
    form = CommentForm(request.POST, may_mark=services.may_mark(actor, kind))
    if not form.is_valid():
        return _respond(request, kind, record, form=form, editing=comment, status=422)
    try:
        saved = services.comment_update(
            actor=actor,
            comment=comment,
            changes=form.cleaned_data,
            shown={"text": request.POST.get("shown", comment.text)},
        )
    except ValidationError as error:
        form.add_error("text", _words(error))
        return _respond(request, kind, record, form=form, editing=comment, status=422)
    except Conflict as conflict:
        theirs = conflict.clashes[0].theirs
        form.add_error(
            "text", f"It was changed elsewhere meanwhile to: “{theirs}”. Save again to keep yours."
        )
        comment.refresh_from_db()
        return _respond(request, kind, record, form=form, editing=comment, status=409)
    except ObjectDoesNotExist:
        form.add_error("text", f"{GONE} Save again to say it anew.")
        return _respond(request, kind, record, form=form, status=409)
    said = told_sentence("The comment was saved.", saved.answer.told, saved.answer.unseen)
    return _done(request, kind, record, said)


@require_POST
def comment_resolve(request: HttpRequest, pk: int) -> HttpResponse:
    """A conversation is settled, or opened again."""
    actor: Any = request.user
    comment, kind, record = _found(request, pk)
    resolved = "reopen" not in request.POST
    try:
        services.comment_resolve(actor=actor, comment=comment, resolved=resolved)
    except ValidationError as error:
        return _refused(request, kind, record, error.messages)
    except ObjectDoesNotExist:
        return _refused(request, kind, record, [GONE])
    said = "The conversation is resolved." if resolved else "The conversation is open again."
    return _done(request, kind, record, said)


def comment_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks, then takes back one's own comment."""
    access.require(request.user, "comment.delete")
    actor: Any = request.user
    comment, kind, record = _found(request, pk)
    if comment.author_id != actor.pk:
        raise access.Refused(services.NOT_YOURS.format("delete"))
    if request.method != "POST":
        context = {"comment": comment, "back": _address(kind, record), "record": record}
        return render(request, "comments/delete.html", context)
    try:
        services.comment_delete(actor=actor, comment=comment)
    except ValidationError as error:
        return _refused(request, kind, record, error.messages)
    except ObjectDoesNotExist:
        return _refused(request, kind, record, [GONE])
    return _done(request, kind, record, "The comment was deleted.")


def comment_people(request: HttpRequest) -> HttpResponse:
    """Suggestions after an @: team members and groups."""
    access.require(request.user, "comment.create")
    found = selectors.suggested(request.GET.get("q", "")[:80])
    rows = [
        {
            "value": handle,
            "name": named.name,
            "hint": named.aside if named.key[0] == "resource" else "Group",
        }
        for handle, named in found
    ]
    return JsonResponse({"people": rows})


def _words(error: ValidationError) -> list[str]:
    return list(error.messages)


def _found(request: HttpRequest, pk: int) -> tuple[Comment, str, Any]:
    """A comment that the person sees, with the kind of its record and the record."""
    comment = one(selectors.comments(request.user), pk)
    kind = selectors.kind_of(comment)
    return comment, kind, selectors.commented(request.user, kind, getattr(comment, f"{kind}_id"))


def _address(kind: str, record: Any) -> str:
    return reverse("comments:thread", args=[kind, record.pk])


def _done(request: HttpRequest, kind: str, record: Any, said: str) -> HttpResponse:
    """The thread as it stands now, and a word that offers undo."""
    if not htmx.target(request):
        messages.success(request, said)
        return HttpResponseRedirect(next_url(request, _address(kind, record)))
    response = htmx.toast(_respond(request, kind, record), said)
    counts = selectors.comment_counts(request.user, kind, [record.pk])
    about = counts.get(record.pk, selectors.Counts())
    where = {"kind": kind, "id": record.pk, "total": about.total, "open": about.open}
    return htmx.trigger(response, **{"comments-changed": where})


def _refused(
    request: HttpRequest, kind: str, record: Any, sentences: Iterable[str]
) -> HttpResponse:
    said = " ".join(sentences)
    if htmx.target(request):
        return htmx.toast(HttpResponse(said, status=409), said, "danger")
    messages.error(request, said)
    return HttpResponseRedirect(next_url(request, _address(kind, record)))


def _respond(
    request: HttpRequest,
    kind: str,
    record: Any,
    *,
    form: CommentForm | None = None,
    parent: int | None = None,
    editing: Comment | None = None,
    status: int = 200,
) -> HttpResponse:
    """The thread as a page, a fragment or a dialog, with what was typed where it was refused."""
    user: Any = request.user
    fragment = FRAGMENT.format(kind, record.pk)
    shown = selectors.thread(user, kind, record.pk, whole="all" in request.GET)
    # What is gone has no box of its own: what was typed stands in the one for something new.
    parent = parent if parent in shown.ids else None
    editing = editing if editing is not None and editing.pk in shown.ids else None
    # Which answer box is open: one that was refused, or the one that a notification leads to.
    answering = parent or record_id(request.GET.get("answer", ""))
    context = {
        "kind": KINDS[kind],
        "record": record,
        "address": _address(kind, record),
        "fragment": fragment,
        "thread": shown,
        "form": form,
        "wrong": list(form.errors.get("text", ())) if form is not None else [],
        "typed": form.data.get("text", "") if form is not None else "",
        "marked": bool(form.data.get("is_external")) if form is not None else False,
        "parent": parent,
        "answering": answering,
        "editing": editing,
        "may_write": access.may(user, "comment.create"),
        "may_mark": services.may_mark(user, kind),
        "may_edit_own": access.may(user, "comment.edit"),
        "may_delete_own": access.may(user, "comment.delete"),
    }
    return htmx.render_for(
        request,
        "comments/thread.html",
        context,
        fragments={"comments-*": "comments/_thread.html", htmx.DIALOG: "comments/_dialog.html"},
        status=status,
    )
