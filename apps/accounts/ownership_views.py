"""The page on which a record is given to somebody: ranked, filtered, in a dialog or by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views import View

from apps.accounts import ownership_rules as rules
from apps.accounts.ownership_forms import AllocateForm
from apps.accounts.ownership_selectors import filters, offers
from apps.core import access, htmx, selectors
from apps.core.kinds import KINDS
from apps.core.rules import record_id
from apps.core.services import Conflict
from apps.core.views.forms import GONE, FormPage, next_url


def owner_words(record: Any) -> list[str]:
    """Who owns a record now, as it is written: the person, else the role nobody holds yet."""
    words = [
        rules.written(kind, getattr(record, f"{column}_id", None))
        for kind, column in (("resource", "owner"), ("contact", "owner_contact"))
    ]
    found = [word for word in words if word]
    return found or [word for word in [rules.written("role", record.owner_role_id)] if word]


def unheld(record: Any, kind: str) -> str:
    """The word about a record whose role nobody holds, empty for any other (R-OWN-2)."""
    if record.owner_role_id is None or record.owner_id is not None:
        return ""
    return rules.unheld_sentence(kind, str(record.owner_role), str(record.account))


class OwnedPage(FormPage):
    """A form that says, beside having saved, that nobody holds the role it was given to (R-OWN-2)."""

    def unheld(self, record: Any) -> str:
        """The word about it, empty when somebody has the record."""
        if record.owner_role_id is None:
            return ""
        record.refresh_from_db(fields=["owner", "owner_role"])
        return unheld(record, self.record)

    def saved(self, request: HttpRequest, saved: Any) -> HttpResponse:
        """As every form, and the word."""
        if said := self.unheld(self.instance if isinstance(saved, str) else saved):
            messages.warning(request, said)
        return super().saved(request, saved)


class AllocatePage(View):
    """Gives a record to somebody; an app names its kind, rows and service.

    The choice goes with what stood there when it was shown: who was given it meanwhile by
    somebody else is named (409), and nothing is overwritten unseen.
    """

    http_method_names = ["get", "head", "options", "post"]
    record: ClassVar[str]

    def rows(self, user: Any) -> QuerySet[Any]:
        """The rows this person may see, with account and owner."""
        raise NotImplementedError

    def words(self, record: Any) -> list[str]:
        """Who has the record now."""
        return owner_words(record)

    def names(self, record: Any) -> list[str]:
        """The same as people read it."""
        owner = record.owner or getattr(record, "owner_contact", None) or record.owner_role
        return [str(owner)] if owner else []

    def update(self, record: Any, changes: dict[str, Any], shown: dict[str, Any]) -> None:
        """Call the service."""
        raise NotImplementedError

    def unheld(self, record: Any) -> str:
        """What is said when nobody holds the role that was chosen."""
        return unheld(record, self.record)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The chooser, with who has it now."""
        record = self._record(request, pk)
        return self.respond(request, record, request.GET, self.words(record))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Give it to whom was chosen, or say why not."""
        record = self._record(request, pk)
        data = request.POST
        chosen = [word for word in data.getlist("owner") if word]
        if "refresh" in data:
            return self.respond(request, record, data, chosen)
        form = AllocateForm(data, user=request.user, kind=self.record)
        if not form.is_valid():
            errors = [str(error) for error in form.non_field_errors()]
            return self.respond(request, record, data, chosen, errors=errors, status=422)
        try:
            self._give(record, form, data)
        except ValidationError as error:
            return self.respond(request, record, data, chosen, errors=error.messages, status=422)
        except Conflict:
            return self._clash(request, pk, chosen)
        except ObjectDoesNotExist:
            return self.respond(request, record, data, chosen, errors=[GONE], status=409)
        return self._saved(request, pk)

    def _record(self, request: HttpRequest, pk: int) -> Any:
        record = selectors.one(self.rows(request.user), pk)
        access.require(request.user, f"{self.record}.edit")
        return record

    def _give(self, record: Any, form: AllocateForm, data: Any) -> None:
        shown_words = data.getlist("shown")
        changes: dict[str, Any] = {}
        if set(form.cleaned_data["owner"]) != set(filter(None, shown_words)):
            changes = form.owner_changes
        shown = self.shown(shown_words)
        if self.record in rules.CO_OWNERS and ("co_owner" in data or "shown_co_owner" in data):
            stands = rules.written("contact", record.co_owner_id)
            seen = rules.parse(data.get("shown_co_owner", stands))
            shown["co_owner"] = seen and seen[1]
            if (form.contact and form.contact.pk) != shown["co_owner"]:
                changes["co_owner"] = form.contact
        if changes:
            self.update(record, changes, shown)

    def shown(self, words: list[str]) -> dict[str, Any]:
        """What stood in the fields of the owner, or of the people, when the page was shown."""
        owners = list(filter(None, map(rules.parse, words)))
        if self.record in rules.MANY:
            return {
                column: [pk for one, pk in owners if one == kind]
                for kind, column in rules.PEOPLE.items()
            }
        stood: dict[str, Any] = {"owner": None}
        if "contact" in rules.ALLOWED[self.record]:
            stood["owner_contact"] = None
        return stood | {rules.COLUMNS[kind]: pk for kind, pk in owners}

    def _saved(self, request: HttpRequest, pk: int) -> HttpResponse:
        record = selectors.one(self.rows(request.user), pk)
        names = self.names(record)
        missing = self.unheld(record)
        text = missing
        if not missing or self.record in rules.MANY:
            text = rules.given_sentence(str(record), names, many=self.record in rules.MANY)
            text = f"{text} {missing}".strip()
        if htmx.target(request) == htmx.DIALOG:
            return htmx.dialog_done(text, kind=self.record, pk=pk)
        messages.add_message(request, messages.WARNING if missing else messages.SUCCESS, text)
        address = reverse(f"{KINDS[self.record].namespace}:detail", args=[pk])
        return HttpResponseRedirect(next_url(request, address))

    def _clash(self, request: HttpRequest, pk: int, chosen: list[str]) -> HttpResponse:
        record = selectors.one(self.rows(request.user), pk)
        said = rules.taken_meanwhile(self.names(record))
        again = request.POST.copy()
        again.setlist("shown", self.words(record))
        if "shown_co_owner" in again:
            again["shown_co_owner"] = rules.written("contact", record.co_owner_id)
        return self.respond(request, record, again, chosen, conflict=said, status=409)

    def respond(
        self,
        request: HttpRequest,
        record: Any,
        data: Mapping[str, Any],
        chosen: list[str],
        *,
        errors: list[str] | None = None,
        conflict: str = "",
        status: int = 200,
    ) -> HttpResponse:
        """The page, the dialog, or the chooser alone while one seeks."""
        kind = KINDS[self.record]
        fresh = request.method != "POST"
        said: Any = data
        shown = self.words(record) if fresh else said.getlist("shown")
        q = data.get("q", "").replace("\0", "").strip()
        own_role = getattr(record, "owner_role_id", None) if "role" not in data else None
        role_id = record_id(data.get("role", "")) or own_role
        pool_id = record_id(data.get("pool", ""))
        context = {
            "kind": kind,
            "record": record,
            "many": self.record in rules.MANY,
            "now": rules.alternatives(self.names(record), "and"),
            "name": "owner",
            "chosen": chosen,
            "shown": shown,
            "offers": offers(
                request.user,
                record.account,
                rules.ALLOWED[self.record],
                role_id,
                q,
                pool_id=pool_id,
                chosen=[*chosen, *shown],
            ),
            "filters": filters(),
            "q": q,
            "role_id": role_id,
            "pool_id": pool_id,
            "errors": errors,
            "conflict": conflict,
            "next": next_url(request, ""),
            "cancel_url": next_url(request, reverse(f"{kind.namespace}:detail", args=[record.pk])),
            **self._co_owner(request, record, data, q),
        }
        fragments = {
            "choosers": "ownership/_choosers.html",
            htmx.DIALOG: "ownership/_allocate_dialog.html",
        }
        return htmx.render_for(
            request, "ownership/allocate.html", context, fragments=fragments, status=status
        )

    def _co_owner(
        self, request: HttpRequest, record: Any, data: Mapping[str, Any], q: str
    ) -> dict[str, Any]:
        """The second chooser of a shared playbook: a contact beside its owner (R-OWN-2)."""
        if self.record not in rules.CO_OWNERS or not record.is_shared:
            return {}
        stands = rules.written("contact", record.co_owner_id)
        shown = data.get("shown_co_owner", stands)
        chosen = data.get("co_owner", stands)
        found = offers(
            request.user, record.account, rules.CO_OWNERS[self.record], q=q, chosen=[chosen, shown]
        )
        return {"co_offers": found, "co_chosen": [chosen], "co_shown": shown}
