"""The list of readings: what was measured about all customers, to be exported and imported."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from apps.accounts import services
from apps.accounts.forms import AccountReadingForm
from apps.accounts.models import AttributeValue
from apps.accounts.reading_tables import ReadingFilter, ReadingTable
from apps.accounts.reading_transfer_services import READINGS
from apps.core import access
from apps.core import selectors as core_selectors
from apps.core.forms import RecordForm
from apps.core.formsets import RowFormSet
from apps.core.views import CreatePage, ListPage


def readings(user: Any) -> QuerySet[Any]:
    """The readings that a person sees."""
    return AttributeValue.objects.visible_to(user)


class ReadingList(ListPage):
    """The list of readings. They are facts: added, never changed."""

    record = "attribute_value"
    table = ReadingTable
    filterset = ReadingFilter
    transfer = READINGS
    form_class = AccountReadingForm
    order = "-measured_on"
    empty = "No readings here. Record one, or import a file from another system."

    def rows(self, user: Any) -> QuerySet[Any]:
        return readings(user)

    def may_edit(self, user: Any) -> bool:
        return False


class ReadingCreate(CreatePage):
    """One reading of one customer; KPIs and objectives that follow the attribute change at once."""

    record = "attribute_value"
    form_class = AccountReadingForm

    def save(self, form: RecordForm, formset: RowFormSet | None) -> Any:
        actor: Any = self.request.user
        return services.reading_record(actor=actor, **form.changes)


def reading_page(request: HttpRequest, pk: int) -> HttpResponse:
    """A reading is shown among the others of its account and attribute."""
    access.require(request.user, "attribute_value.view")
    reading: AttributeValue = core_selectors.one(readings(request.user), pk)
    address = reverse("accounts:detail", args=[reading.account_id])
    return HttpResponseRedirect(f"{address}?tab=attributes&series={reading.definition_id}")
