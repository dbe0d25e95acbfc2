"""The list recipe: filters, order, columns and page from the address, one query for the rows.

Cells are edited where they stand (`cells`), rows are selected and changed together (`bulk`); an
address without a question shows the view that administrators chose for everybody.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar, Final, Self

from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.views import View

from apps.core import access, htmx, layouts, view_selectors
from apps.core.bulk_rules import Bulk
from apps.core.custom_tables import own_columns
from apps.core.filters import RecordFilter
from apps.core.forms import RecordForm
from apps.core.kinds import KINDS
from apps.core.list_rules import SIZES, page_number, page_size, sort_keys
from apps.core.models import SavedView
from apps.core.person import person_of
from apps.core.shape_selectors import shape
from apps.core.tables import Table
from apps.core.transfer_services import Transfer

# What a list answers to htmx, by the element that it replaces.
FRAGMENTS: Final = {
    "list": "core/_table.html",
    "choose-columns": "core/_choose_columns.html",
    "choose-views": "core/_choose_views.html",
}


class ListPage(View):
    """The list of one kind of record. A list is these declarations and `rows`."""

    record: ClassVar[str]
    table: type[Table]
    filterset: ClassVar[type[RecordFilter]]
    order: ClassVar[str] = "name"
    empty: ClassVar[str] = "Nothing here yet."
    # The form whose fields are edited in the list, one by one or for many rows at once.
    form_class: ClassVar[type[RecordForm]] = RecordForm
    # Fields of that form that can be set for many rows at once, in the order of the form.
    bulk_fields: tuple[str, ...] = ()
    # The field whose values are offered for the selected rows without opening a form.
    quick: ClassVar[str] = ""
    # The field that gives the selected rows to somebody whose name is typed there.
    gives: ClassVar[str] = ""
    deletable: ClassVar[bool] = True
    # How its files are imported; a list without it is exported only.
    transfer: ClassVar[Transfer | None] = None

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        if request.user.is_authenticated:
            self.shaped(request.user)

    @classmethod
    def of(cls, user: Any) -> Self:
        """The list as this person has it, to be a part of another page."""
        page = cls()
        page.shaped(user)
        return page

    def shaped(self, user: Any) -> None:
        """Add what administrators added to the kind of record: its columns, and their cells."""
        self.table = own_columns(self.table, self.record, user)
        own = tuple(one.name for one in shape(user).of(self.record))
        if own:
            self.bulk_fields = (*self.bulk_fields, *own) if self.bulk_fields else ()

    def rows(self, user: Any) -> QuerySet[Any]:
        """The rows this person sees, annotated for the table."""
        raise NotImplementedError

    def ahead(self, user: Any) -> list[int]:
        """The ids of rows that stand before all others, whatever the order, and say `is_ahead`."""
        return []

    def actions(self, request: HttpRequest) -> list[dict[str, Any]]:
        """The buttons beside the title."""
        kind = KINDS[self.record]
        if not access.may(request.user, f"{self.record}.create"):
            return []
        return [
            {
                "label": f"New {kind.noun}",
                "url": reverse(f"{kind.namespace}:create"),
                "icon": "plus",
                "primary": True,
            }
        ]

    def bulk_change(self, actor: Any, ids: list[int], changes: dict[str, Any]) -> Bulk:
        """Set these fields of all these rows: one operation, a constant number of statements."""
        raise NotImplementedError

    def bulk_delete(self, actor: Any, ids: list[int]) -> Bulk:
        """Delete those of these rows that can be deleted, and say why the others cannot."""
        raise NotImplementedError

    def bulk_extra(self, user: Any) -> dict[str, forms.Field]:
        """What can be done to many rows that is no field of the form: tags added, dates moved."""
        return {}

    def bulk_form_fields(self, user: Any) -> dict[str, forms.Field]:
        """The fields that can be set for many rows, as this person may."""
        form = self.form_class(user=user, only=self.bulk_fields, arranged=False)
        own = {name: form.fields[name] for name in self.bulk_fields if name in form.fields}
        return {**own, **self.bulk_extra(user)}

    @property
    def key(self) -> str:
        """Names the list where a person's columns and views are kept."""
        return f"list:{self.record}"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The page, its table, or only the count of what matches."""
        access.require(request.user, f"{self.record}.view")
        if "editors" in request.GET:
            return self._editors(request)
        if htmx.target(request) == "bulk-quick":
            return self._quick(request)
        filtered = self.filtered(request, request.GET)
        rows = filtered.qs
        if "count" in request.GET:
            total = rows.count()
            return HttpResponse(format_html("of {}", person_of(request.user).number(total)))
        first = view_selectors.first_view(self.key) if not request.GET else None
        if first is not None:
            return HttpResponseRedirect(view_address(request.path, *first))
        view = view_selectors.chosen_view(request.user, self.key, request.GET.get("view", ""))
        columns = self.columns(request, view)
        table, page = self._page(request, rows, columns)
        kind = KINDS[self.record]
        context = {
            "kind": kind,
            "heading": kind.plural,
            "filter": filtered,
            "table": table,
            "page": page,
            "actions": self.actions(request),
            "layout": layouts.choices(request.user, self.key, self.table, columns),
            "layout_key": self.key,
            "view": view,
            # Read when somebody opens them.
            "views": lambda: self._views(request),
            # What everybody sees first is left by its own word.
            "clear_url": f"{request.path}?view=none" if "view" in request.GET else request.path,
            "query": plain_query(request.GET),
            "kept": [(n, request.GET[n]) for n in ("sort", "size", "view") if n in request.GET],
            **self._by_hand(request),
            **self._files(request),
        }
        return htmx.render_for(request, "core/list.html", context, fragments=FRAGMENTS)

    def _views(self, request: HttpRequest) -> list[tuple[SavedView, str]]:
        return [
            (one, view_address(request.path, one.pk, one.query))
            for one in view_selectors.views_offered(request.user, self.key)
        ]

    def part(
        self, request: HttpRequest, query: QueryDict, *, without: Collection[str] = ()
    ) -> dict[str, Any]:
        """The list as a part of another page: the rows that `query` filters, without some columns.

        Order, grouping and page are in that page's address; the rest is the list's own: cells,
        selection, columns. `core/_table.html` shows it.
        """
        filtered = self.filtered(request, query)
        columns = [name for name in self.columns(request, None) if name not in without]
        table, page = self._page(request, filtered.qs, columns)
        kind = KINDS[self.record]
        page["count_url"] = f"{reverse(kind.list_url)}?{query.urlencode()}&count=1"
        chosen = layouts.choices(request.user, self.key, self.table)
        return {
            "heading": kind.plural,
            "table": table,
            "page": page,
            "layout": [column for column in chosen if column["name"] not in without],
            "layout_key": self.key,
            "query": plain_query(query),
            **self._by_hand(request),
        }

    def filtered(self, request: HttpRequest, query: QueryDict) -> RecordFilter:
        """The rows that this person sees, filtered as a query says."""
        return self.filterset(query or None, queryset=self.rows(request.user), request=request)

    def columns(self, request: HttpRequest, view: SavedView | None) -> list[str]:
        """The visible columns: those of the chosen view, else the person's own."""
        if view is not None and view.columns:
            return layouts.known(self.table, view.columns)
        return layouts.layout(request.user, self.key, self.table)

    def may_edit(self, user: Any) -> bool:
        """Whether this person may edit rows in the list."""
        return self.form_class is not RecordForm and bool(access.may(user, f"{self.record}.edit"))

    def row(self, request: HttpRequest, pk: int, columns: list[str]) -> str:
        """One row as it stands now; empty when it is gone."""
        table = self._table(columns, [])
        rows = self.table.lean(self.rows(request.user).filter(pk=pk), columns)
        table.data.data = list(rows)
        return table.body(person_of(request.user), by_hand=self.may_edit(request.user))

    def _by_hand(self, request: HttpRequest) -> dict[str, Any]:
        """What can be done with rows in the list itself."""
        user, kind = request.user, KINDS[self.record]
        edits = self.may_edit(user)
        deletes = edits and self.deletable and bool(access.may(user, f"{self.record}.delete"))
        return {
            "by_hand": edits,
            "records_url": reverse(kind.list_url),
            "bulk_url": reverse(f"{kind.namespace}:bulk-edit")
            if edits and self.bulk_fields
            else "",
            "bulk_delete_url": reverse(f"{kind.namespace}:bulk-delete") if deletes else "",
            "quick": edits and bool(self.quick or self.gives),
            "row_menu": self.table.row_menu,
            "comments_url": f"/comments/{self.record}/" if self.table.talked_about else "",
        }

    def _files(self, request: HttpRequest) -> dict[str, str]:
        """Where the list is exported to a file, and files are imported."""
        user, name = request.user, KINDS[self.record].namespace
        imports = self.transfer is not None and access.may(user, "list.import")
        return {
            "export_url": reverse(f"{name}:export") if access.may(user, "list.export") else "",
            "import_url": reverse(f"{name}:import") if imports else "",
        }

    def _quick(self, request: HttpRequest) -> HttpResponse:
        """What the selected rows can get at once; asked for when the first one is selected."""
        access.require(request.user, f"{self.record}.edit")
        quick = None
        if self.quick:
            field = self.form_class(user=request.user, only=[self.quick], arranged=False).fields[
                self.quick
            ]
            choices = [(value, label) for value, label in field.choices if str(value)]
            quick = {"label": field.label, "choices": choices}
        url = reverse(f"{KINDS[self.record].namespace}:bulk-edit")
        context = {"quick": quick, "gives": bool(self.gives), "bulk_url": url}
        return render(request, "core/_bulk_quick.html", context)

    def _editors(self, request: HttpRequest) -> HttpResponse:
        """The boxes that cells are edited in, one for each field; asked for once by the list."""
        access.require(request.user, f"{self.record}.edit")
        edited = self.table.edited()
        form = self.form_class(user=request.user, only=edited.values(), arranged=False)
        boxes = [(column, form[name]) for column, name in edited.items() if name in form.fields]
        return render(request, "core/_editors.html", {"boxes": boxes})

    def _table(self, columns: list[str], keys: list[str]) -> Table:
        table = self.table([], order_by=tuple(keys), orderable=True, sequence=(*columns, "..."))
        for name in set(table.columns.names()) - set(columns):
            table.columns.hide(name)
        return table

    def _page(
        self, request: HttpRequest, rows: QuerySet[Any], columns: list[str]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        number = page_number(request.GET.get("page", ""))
        if number is None:
            raise Http404(f"There is no page “{request.GET['page']}”.")
        size = page_size(request.GET.get("size", ""))
        group = self._group(request)
        asked = sort_keys(request.GET.get("sort", ""), self.table.base_columns)
        keys = asked or sort_keys(self.order, self.table.base_columns)
        table = self._table(columns, keys)
        rows = self.table.lean(rows, [*columns, *([group] if group else [])])
        ordered = self._ordered(rows, table, group)
        first = (number - 1) * size
        # One row more than a page tells whether there is a next one, without counting all.
        window = slice(first, first + size + 1)
        ahead = [] if group else self.ahead(request.user)
        if ahead:
            ahead = list(ordered.filter(pk__in=ahead).values_list("pk", flat=True))
        if first or ahead or asked or group:
            # Rows that are only skipped or sorted need none of what a line shows.
            others = ordered.exclude(pk__in=ahead) if ahead else ordered
            rest = slice(max(0, first - len(ahead)), max(0, window.stop - len(ahead)))
            ids = [*ahead[window], *others.values_list("pk", flat=True)[rest]]
            by_id = {row.pk: row for row in rows.filter(pk__in=ids).order_by()}
            found = [by_id[pk] for pk in ids if pk in by_id]
        else:
            found = list(ordered[window])
        for row in found if ahead else ():
            row.is_ahead = row.pk in ahead
        table.data.data = found[:size]

        def address(**changes: Any) -> str:
            query = request.GET.copy()
            query.pop("count", None)
            for name, value in changes.items():
                query.pop(name, None)
                if value is not None:
                    query[name] = str(value)
            return f"?{query.urlencode(safe=',')}"

        more = len(found) > size
        widths = layouts.widths(request.user, self.key)
        by_hand = self.may_edit(request.user)
        headers = table.headers(lambda keys: address(sort=keys, page=None))
        shown = {
            "headers": [
                {**header, "width": widths.get(header["name"], layouts.ROOMY)} for header in headers
            ],
            "fixed": bool(widths),
            "body": table.body(person_of(request.user), by_hand=by_hand, group=group),
            "rows": len(table.data.data),
            "columns": ",".join(columns),
            "empty": self.empty,
            "group": group,
            "groups": self._groups(),
            "sort": ",".join(asked),
        }
        return shown, {
            "first": first + 1 if found else 0,
            "last": first + min(len(found), size),
            "previous_url": address(page=number - 1) if number > 1 else "",
            "next_url": address(page=number + 1) if more else "",
            "total": None if more or (number > 1 and not found) else first + len(found),
            "count_url": address(count=1, page=None),
            "size": size,
            "sizes": [(one, address(size=one, page=None)) for one in SIZES],
        }

    def _groups(self) -> list[tuple[str, str]]:
        """The columns that rows can be grouped by."""
        columns: Any = self.table.base_columns
        return [
            (name, column.verbose_name or name.replace("_", " ").capitalize())
            for name, column in columns.items()
            if column.groups
        ]

    def _group(self, request: HttpRequest) -> str:
        wanted = request.GET.get("group", "")
        return wanted if wanted in dict(self._groups()) else ""

    def _ordered(self, rows: QuerySet[Any], table: Table, group: str) -> QuerySet[Any]:
        names: list[str] = []
        columns: Any = table.columns
        aliases = list(table.order_by or ())
        if group and group not in {alias.bare for alias in aliases[:1]}:
            rows = rows.annotate(**columns[group].column.adds)
            names += list(columns[group].order_by)
        for alias in aliases:
            rows = rows.annotate(**columns[alias.bare].column.adds)
            # A bound column's keys are turned round already when it is sorted downwards.
            names += list(columns[alias.bare].order_by)
        # A column that is grouped and sorted by is named once.
        names = list(dict.fromkeys(name.replace(".", "__") for name in names))
        return rows.order_by(*names, "pk") if names else rows.order_by("pk")


def plain_query(query: QueryDict) -> str:
    """The filters of a list, without its page: what a selection of all that match is made of."""
    kept = query.copy()
    for name in ("page", "count", "editors", "choose"):
        kept.pop(name, None)
    return kept.urlencode(safe=",")


def view_address(path: str, pk: int, said: str) -> str:
    """A list as a saved view shows it: its filters spelt out, so that they can be changed."""
    query = QueryDict(said, mutable=True)
    query["view"] = str(pk)
    return f"{path}?{query.urlencode(safe=',')}"
