"""Cells of a list edited where they stand: the record's own form, one field of it at a time."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.views import View

from apps.core import access, htmx
from apps.core.asks_forms import barred
from apps.core.forms import RecordForm
from apps.core.kinds import KINDS
from apps.core.services import Conflict, Unconfirmed
from apps.core.views.bulk import BulkDelete, BulkEdit
from apps.core.views.forms import GONE, EditPage, add_errors, clashes
from apps.core.views.imports import file_paths
from apps.core.views.lists import ListPage

# What a form sends beside its fields.
ASIDE = ("csrfmiddlewaretoken", "confirmed", "offered", "move")


class CellPage(View):
    """One row of a list: as it stands, or with a field to be saved through the edit page's service.

    `cell` names the fields that were edited; the answer is the row with the `columns` that the
    list shows. A refusal is a sentence to stand beside what was typed, a conflict brings the
    other person's value along; a save that moves other records opens its question over the list.
    """

    http_method_names = ["get", "head", "options", "post"]
    listing: type[ListPage] = ListPage
    edit: type[EditPage] = EditPage

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The row as it stands; 404 when it is gone."""
        self._page(request, pk)
        access.require(request.user, f"{self.listing.record}.view")
        return HttpResponse(self._row(request, pk))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Save what was typed into a cell."""
        page = self._page(request, pk)
        access.require(request.user, f"{self.listing.record}.edit")
        names = set(self.listing.of(request.user).table.edited().values()) & set(
            request.POST.getlist("cell")
        )
        form = page.form_class(
            request.POST, user=request.user, instance=page.instance, only=sorted(names)
        )
        kept = barred(page.form_class, request.user, page.instance, names)
        if kept:
            return said_beside(" ".join(kept.values()))
        if not form.is_valid():
            return refusal(form)
        if not form.changed_data:
            return self._answer(request, pk)
        try:
            saved = page.save(form, None)
        except ValidationError as error:
            add_errors(form, error)
            return refusal(form)
        except Unconfirmed as question:
            return self._question(request, form, question)
        except Conflict as conflict:
            return _conflict(request, conflict, form)
        except ObjectDoesNotExist:
            return htmx.toast(HttpResponse(GONE, status=404), GONE, "danger")
        said = saved if isinstance(saved, str) else f"“{page.instance}” was saved."
        if htmx.target(request) == htmx.DIALOG:
            return htmx.dialog_done(said, kind=self.listing.record, pk=pk)
        return htmx.toast(self._answer(request, pk), said)

    def _page(self, request: HttpRequest, pk: int) -> EditPage:
        page = self.edit()
        page.setup(request, pk=pk)
        return page

    def _row(self, request: HttpRequest, pk: int) -> str:
        listing = self.listing.of(request.user)
        asked_for = request.POST.get("columns") or request.GET.get("columns", "")
        known = [name for name in asked_for.split(",") if name in listing.table.base_columns]
        return listing.row(request, pk, known or listing.columns(request, None))

    def _answer(self, request: HttpRequest, pk: int) -> HttpResponse:
        return HttpResponse(self._row(request, pk))

    def _question(
        self, request: HttpRequest, form: RecordForm, question: Unconfirmed
    ) -> HttpResponse:
        """What the save would do to others, over the list; its form sends the same cell again."""
        sent = [
            (name, value)
            for name, values in request.POST.lists()
            if name not in ASIDE
            for value in values
        ]
        context = {
            "kind": KINDS[self.listing.record],
            "record": form.instance,
            "sent": sent,
            "preview": question.preview,
            "action_url": request.path,
        }
        response = render(
            request, "core/_cell_question.html", context, status=question.preview.status
        )
        response.headers["HX-Retarget"] = f"#{htmx.DIALOG}"
        response.headers["HX-Reswap"] = "outerHTML"
        return response


def refusal(form: RecordForm) -> HttpResponse:
    """Why a cell was not saved, to stand beside what was typed."""
    said = " ".join(str(error) for errors in form.errors.values() for error in errors)
    return said_beside(said)


def said_beside(sentence: str) -> HttpResponse:
    """A sentence to stand beside what was typed into a cell."""
    return HttpResponse(format_html('<span class="cell-problem">{}</span>', sentence), status=422)


def _conflict(request: HttpRequest, conflict: Conflict, form: RecordForm) -> HttpResponse:
    """Both values: what somebody else saved meanwhile, and what was typed over it."""
    both = clashes(request, conflict, form)
    said = " ".join(
        f"Somebody else changed this to {one['theirs']} meanwhile. You typed {one['mine']}."
        for one in both
    )
    data: Any = form.data
    name = conflict.clashes[0].name
    theirs = _raw(conflict.clashes[0].theirs, data.get(form[name].html_initial_name, ""))
    return HttpResponse(
        format_html('<span class="cell-problem" data-theirs="{}">{}</span>', theirs, said),
        status=409,
    )


def _raw(theirs: Any, prepared: str) -> str:
    """Their value as the list's cells hold it: records by id."""
    return str(theirs.pk) if isinstance(theirs, models.Model) else prepared


def list_paths(listing: type[ListPage], edit: type[EditPage]) -> list[URLPattern]:
    """The addresses that a list worked in has beside its own: a cell, many rows, files."""
    paths = [
        *file_paths(listing),
        path("<int:pk>/cell/", CellPage.as_view(listing=listing, edit=edit), name="cell"),
        path("bulk-edit/", BulkEdit.as_view(listing=listing), name="bulk-edit"),
    ]
    if listing.deletable:
        paths.append(path("bulk-delete/", BulkDelete.as_view(listing=listing), name="bulk-delete"))
    return paths
