"""The list recipe: filters, order, columns and page from the address, one query for the rows."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.views import View

from apps.core import access, htmx, layouts
from apps.core.filters import RecordFilter
from apps.core.kinds import KINDS
from apps.core.person import person_of
from apps.core.tables import Table

PAGE_SIZE = 50
LAST_PAGE = 10**7


def _page_number(said: str) -> int:
    """The page that an address names, the first when it names none. Raises Http404 for nonsense."""
    if not said:
        return 1
    if not re.fullmatch(r"-?[0-9]{1,9}", said) or int(said) > LAST_PAGE:
        raise Http404(f"There is no page “{said}”.")
    return max(1, int(said))


class ListPage(View):
    """The list of one kind of record. A list is these declarations and `rows`."""

    record: ClassVar[str]
    table: ClassVar[type[Table]]
    filterset: ClassVar[type[RecordFilter]]
    order: ClassVar[str] = "name"
    empty: ClassVar[str] = "Nothing here yet."

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

    def get(self, request: HttpRequest) -> HttpResponse:
        """The page, its table, or only the count of what matches."""
        access.require(request.user, f"{self.record}.view")
        filtered = self.filterset(
            request.GET or None, queryset=self.rows(request.user), request=request
        )
        rows = filtered.qs
        if "count" in request.GET:
            total = rows.count()
            return HttpResponse(format_html("of {}", person_of(request.user).number(total)))
        key = f"list:{self.record}"
        table, page = self._page(request, rows, layouts.layout(request.user, key, self.table))
        context = {
            "kind": KINDS[self.record],
            "heading": KINDS[self.record].plural,
            "filter": filtered,
            "table": table,
            "page": page,
            "actions": self.actions(request),
            "layout": layouts.choices(request.user, key, self.table),
            "layout_key": key,
        }
        return htmx.render_for(
            request, "core/list.html", context, fragments={"list": "core/_table.html"}
        )

    def _page(
        self, request: HttpRequest, rows: QuerySet[Any], columns: list[str]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        number = _page_number(request.GET.get("page", ""))
        table = self.table(
            [],
            order_by=request.GET.get("sort") or self.order,
            orderable=True,
            sequence=(*columns, "..."),
        )
        for name in set(table.columns.names()) - set(columns):
            table.columns.hide(name)
        rows = self.table.lean(rows, columns)
        ordered = self._ordered(rows, table)
        first = (number - 1) * PAGE_SIZE
        # One row more than a page tells whether there is a next one, without counting all.
        window = slice(first, first + PAGE_SIZE + 1)
        ahead = self.ahead(request.user)
        if ahead:
            ahead = list(ordered.filter(pk__in=ahead).values_list("pk", flat=True))
        if first or ahead or request.GET.get("sort"):
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
        table.data.data = found[:PAGE_SIZE]

        def address(**changes: Any) -> str:
            query = request.GET.copy()
            query.pop("count", None)
            for name, value in changes.items():
                query.pop(name, None)
                if value is not None:
                    query[name] = str(value)
            return f"?{query.urlencode()}"

        more = len(found) > PAGE_SIZE
        shown = {
            "headers": table.headers(lambda name: address(sort=name, page=None)),
            "body": table.body(person_of(request.user)),
            "rows": len(table.data.data),
            "empty": self.empty,
        }
        return shown, {
            "first": first + 1 if found else 0,
            "last": first + min(len(found), PAGE_SIZE),
            "previous_url": address(page=number - 1) if number > 1 else "",
            "next_url": address(page=number + 1) if more else "",
            "total": None if more or (number > 1 and not found) else first + len(found),
            "count_url": address(count=1, page=None),
        }

    @staticmethod
    def _ordered(rows: QuerySet[Any], table: Table) -> QuerySet[Any]:
        names: list[str] = []
        for alias in table.order_by or ():
            # A bound column's keys are turned round already when it is sorted downwards.
            names += list(table.columns[alias.bare].order_by)
        names = [name.replace(".", "__") for name in names]
        return rows.order_by(*names, "pk") if names else rows.order_by("pk")
