"""Many rows at once: chosen in the list, shown before anything is done, one operation, Undo."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views import View

from apps.core import access
from apps.core.asks_forms import asking
from apps.core.bulk_rules import MOST, Bulk, Changed, Kept, too_many
from apps.core.custom_rules import folded
from apps.core.history import operation, rehearsal
from apps.core.kinds import KINDS
from apps.core.person import person_of
from apps.core.rules import record_id
from apps.core.shape_selectors import shape
from apps.core.views.forms import as_read, next_url
from apps.core.views.lists import ListPage, plain_query

# How many rows of a preview are listed.
SHOWN = 100
# So few rows are changed at once by a button of the list: Undo stands beside the message.
AT_ONCE = 50


class Stale(Exception):
    """What would be done is no longer what was shown."""


class BulkForm(forms.Form):
    """The fields of a record's form that many rows can get; only ticked ones are set."""

    def __init__(self, data: Any, *, fields: dict[str, forms.Field], ticked: Iterable[str]) -> None:
        super().__init__(data)
        self.ticked = [name for name in fields if name in set(ticked)]
        self.fields.update(fields)
        for name, field in fields.items():
            field.show_hidden_initial = False
            _say_nothing(field)
            if name not in self.ticked:
                field.required = False

    def full_clean(self) -> None:
        """Only what is ticked is judged; the rest is left as it is."""
        self._errors = forms.utils.ErrorDict()
        self.cleaned_data = {}
        if not self.is_bound:
            return
        for name in self.ticked:
            bound = self[name]
            try:
                self.cleaned_data[name] = bound.field.clean(bound.data)
            except ValidationError as error:
                self.add_error(name, error)


def _say_nothing(field: forms.Field) -> None:
    """What is chosen before anything is: to empty a field of many rows is said in words."""
    text = "Choose…" if field.required else "Empty it"
    if isinstance(field, forms.ModelChoiceField):
        if field.empty_label is not None:
            field.empty_label = text
    elif isinstance(field, forms.ChoiceField):
        options: Any = field.choices
        field.choices = [(value, label if value else text) for value, label in options]


class BulkPage(View):
    """What bulk edit and bulk delete share: the selection, and asking before doing.

    The selection is the ticked rows, or all that match a query: the server runs it again, shows
    how many there are, and does nothing when what it finds then is not what it showed.
    """

    http_method_names = ["post", "options"]
    listing: type[ListPage] = ListPage
    action: ClassVar[str]
    template: ClassVar[str]

    def post(self, request: HttpRequest) -> HttpResponse:
        """One step: what to do, what it would do, done."""
        listing = self.listing.of(request.user)
        access.require(request.user, f"{listing.record}.{self.action}")
        ids = self.chosen(request, listing)
        person = person_of(request.user)
        problem = too_many(len(ids), person.number(len(ids)), person.number(MOST))
        if problem or not ids:
            return self.respond(request, ids, problem=problem or "Select some rows first.")
        return self.step(request, listing, ids)

    def step(self, request: HttpRequest, listing: ListPage, ids: list[int]) -> HttpResponse:
        """What comes next."""
        raise NotImplementedError

    def chosen(self, request: HttpRequest, listing: ListPage) -> list[int]:
        """The ids of the selected rows, of those this person sees."""
        if request.POST.get("all"):
            query = QueryDict(request.POST.get("query", ""))
            filtered = listing.filtered(request, query)
            if query and not filtered.is_valid():
                raise Http404("These filters cannot be read.")
            rows = filtered.qs
        else:
            named = {record_id(said) for said in request.POST.getlist("row")} - {None}
            rows = listing.rows(request.user).filter(pk__in=named)
        return sorted(rows.order_by().values_list("pk", flat=True)[: MOST + 1])

    def run(
        self,
        request: HttpRequest,
        act: Callable[[], Bulk],
        *,
        shown: str,
    ) -> Bulk:
        """Do it when it is what was `shown`. Raises Stale, and nothing is done, otherwise."""
        with operation(request.user):
            bulk = act()
            if bulk.digest != shown:
                raise Stale
        return bulk

    def respond(
        self,
        request: HttpRequest,
        ids: list[int],
        *,
        status: int = 200,
        bulk: Bulk | None = None,
        stale: bool = False,
        problem: str = "",
        **context: Any,
    ) -> HttpResponse:
        """The page that asks."""
        kind = KINDS[self.listing.record]
        query = QueryDict(request.POST.get("query", ""))
        address = reverse(kind.list_url)
        back = f"{address}?{plain_query(query)}" if query else address
        said = record_id(request.POST.get("count", ""))
        full = {
            "kind": kind,
            "count": len(ids),
            "what": kind.noun if len(ids) == 1 else kind.plural.lower(),
            "rows": request.POST.getlist("row"),
            "all": request.POST.get("all", ""),
            "query": request.POST.get("query", ""),
            "next": next_url(request, ""),
            "cancel_url": next_url(request, back),
            "bulk": bulk,
            "refused": self.refused(request, bulk) if bulk else [],
            "stale": stale,
            "problem": problem,
            # The list said another number: somebody else changed the set meanwhile.
            "said": said if said is not None and said != len(ids) else None,
            "lines": self.lines(request, bulk) if bulk else [],
            "more": max(0, len(bulk.changed) - SHOWN) if bulk else 0,
            **context,
        }
        code = 422 if problem else 409 if stale else status
        return render(request, self.template, full, status=code)

    def lines(self, request: HttpRequest, bulk: Bulk) -> list[dict[str, Any]]:
        """The rows that change, with what changes in words."""
        shown = bulk.changed[:SHOWN]
        accounts = self.accounts(request, shown)
        return [{"name": row.name, "account": accounts.get(row.pk), "fields": []} for row in shown]

    def refused(self, request: HttpRequest, bulk: Bulk) -> list[dict[str, Any]]:
        """The rows that stay as they are, with the reason."""
        shown = bulk.refused[:SHOWN]
        accounts = self.accounts(request, shown)
        return [
            {"name": row.name, "account": accounts.get(row.pk), "reason": row.reason}
            for row in shown
        ]

    def accounts(self, request: HttpRequest, rows: Iterable[Changed | Kept]) -> dict[int, str]:
        """The account of each row: many records are called alike."""
        records = self.listing.of(request.user).rows(request.user)
        path = getattr(records.model, "account_path", "")
        if not path or records.model._meta.model_name == "account":
            return {}
        wanted = records.filter(pk__in=[row.pk for row in rows]).order_by()
        return {pk: name for pk, name in wanted.values_list("pk", f"{path}__name") if name}

    def done(self, request: HttpRequest, text: str) -> HttpResponse:
        """Back to the list, with a word that offers Undo."""
        messages.success(request, text)
        kind = KINDS[self.listing.record]
        query = QueryDict(request.POST.get("query", ""))
        address = reverse(kind.list_url)
        fallback = f"{address}?{plain_query(query)}" if query else address
        return HttpResponseRedirect(next_url(request, fallback))


def barred_rows(
    listing: ListPage, user: Any, ids: list[int], values: Mapping[str, Any]
) -> list[Kept]:
    """The rows that the field sets of their types keep as they are, with the reason."""
    rows = listing.rows(user)
    model: Any = rows.model
    if not hasattr(model, "record_type_id") or not shape(user).sets:
        return []
    asks = asking(listing.form_class, user)
    types = model._base_manager.filter(pk__in=ids).order_by()
    reasons = {
        kind: " ".join(said)
        for kind in types.values_list("record_type_id", flat=True).distinct()
        if (said := asks(kind, False).refusals(values))
    }
    if not reasons:
        return []
    named = Q(record_type__in=[kind for kind in reasons if kind])
    if None in reasons:
        named |= Q(record_type=None)
    barred = model._base_manager.filter(named, pk__in=ids).order_by("pk")
    return [Kept(row.pk, str(row), reasons[row.record_type_id]) for row in barred]


def _refused(bulk: Bulk) -> str:
    if not bulk.refused:
        return ""
    first = bulk.refused[0]
    more = f" And {len(bulk.refused) - 1} more." if len(bulk.refused) > 1 else ""
    return f" {len(bulk.refused)} stayed as they are: “{first.name}”: {first.reason}{more}"


class BulkEdit(BulkPage):
    """Some fields of many rows."""

    action = "edit"
    template = "core/bulk_edit.html"

    def step(self, request: HttpRequest, listing: ListPage, ids: list[int]) -> HttpResponse:
        data = request.POST.copy()
        quick = {
            field: str(data[said])
            for said, field in (("quick", listing.quick), ("give", listing.gives))
            if field and data.get(said) and not data.get("step")
        }
        for field, value in quick.items():
            data[field] = value
        ticked = list(quick) or request.POST.getlist("set")
        step = "quick" if quick else data.get("step", "")
        fields = listing.bulk_form_fields(request.user)
        self.form = form = BulkForm(
            data if step not in ("", "form") else None, fields=fields, ticked=ticked
        )
        if step in ("", "form"):
            return self.respond(request, ids, form=form)
        if not form.ticked or not form.is_valid():
            problem = "" if form.ticked else "Tick the fields that shall change, and say to what."
            return self.respond(request, ids, form=form, status=422, problem=problem)

        def act() -> Bulk:
            barred = barred_rows(listing, request.user, ids, form.cleaned_data)
            free = sorted(set(ids) - {row.pk for row in barred})
            changes = folded(form.cleaned_data)
            bulk = listing.bulk_change(request.user, free, changes) if free else Bulk()
            return replace(bulk, refused=(*barred, *bulk.refused)) if barred else bulk

        try:
            with rehearsal(request.user):
                bulk = act()
            shown = request.POST.get("confirmed", "")
            # What matches a query may not be what was seen: that is always asked.
            few = len(ids) <= AT_ONCE and not request.POST.get("all")
            at_once = step == "quick" and few and not bulk.refused
            if at_once:
                shown = bulk.digest
            if step != "apply" and not at_once:
                return self.respond(request, ids, form=form, bulk=bulk)
            done = self.run(request, act, shown=shown)
        except ValidationError as error:
            return self.respond(request, ids, form=form, problem=" ".join(error.messages))
        except Stale:
            return self.respond(request, ids, form=form, bulk=bulk, stale=True)
        return self.done(request, self.said(request, done))

    def said(self, request: HttpRequest, bulk: Bulk) -> str:
        """What was done, in words."""
        kind = KINDS[self.listing.record]
        number = len(bulk.changed)
        if number == 1:
            told = f"“{bulk.changed[0].name}” was saved."
        elif number:
            told = f"{person_of(request.user).number(number)} {kind.plural.lower()} were changed."
        else:
            told = "Nothing had to be changed."
        return f"{told}{_refused(bulk)}"

    def lines(self, request: HttpRequest, bulk: Bulk) -> list[dict[str, Any]]:
        person = person_of(request.user)

        def words(name: str, value: Any) -> str:
            field = self.form.fields.get(name)
            return as_read(value, field, person) if field is not None else str(value)

        def label(name: str) -> str:
            field = self.form.fields.get(name)
            return str(field.label or name) if field is not None else name

        shown = bulk.changed[:SHOWN]
        accounts = self.accounts(request, shown)
        return [
            {
                "name": row.name,
                "account": accounts.get(row.pk),
                "fields": [
                    (label(name), words(name, before) if before != "" else "", words(name, after))
                    for name, before, after in row.fields
                ],
            }
            for row in shown
        ]


class BulkDelete(BulkPage):
    """Many rows go; those that cannot are named with the reason and stay."""

    action = "delete"
    template = "core/bulk_delete.html"

    def step(self, request: HttpRequest, listing: ListPage, ids: list[int]) -> HttpResponse:
        def act() -> Bulk:
            return listing.bulk_delete(request.user, ids)

        try:
            with rehearsal(request.user):
                bulk = act()
            if request.POST.get("step") != "apply":
                return self.respond(request, ids, bulk=bulk)
            done = self.run(request, act, shown=request.POST.get("confirmed", ""))
        except ValidationError as error:
            return self.respond(request, ids, problem=" ".join(error.messages))
        except Stale:
            return self.respond(request, ids, bulk=bulk, stale=True)
        kind = KINDS[listing.record]
        number = len(done.changed)
        told = (
            f"“{done.changed[0].name}” was deleted."
            if number == 1
            else f"{person_of(request.user).number(number)} {kind.plural.lower()} were deleted."
        )
        return self.done(request, f"{told}{_refused(done)}")
