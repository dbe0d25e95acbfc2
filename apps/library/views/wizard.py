"""The wizard: the basics, the Select Records grid, and the record (R-TPL-2 to R-TPL-5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse

from apps.accounts.models import Account
from apps.core import access, htmx
from apps.core.kinds import KINDS
from apps.core.person import person_of
from apps.core.rules import record_id
from apps.core.selectors import one
from apps.core.shape_rules import TYPE
from apps.core.views.forms import next_url
from apps.library import draft_rules, rules, selectors, services
from apps.library.asked_forms import asked_form
from apps.library.copy_services import Copier
from apps.library.draft_rules import Decided, Pending
from apps.library.models import Draft
from apps.library.place_services import Place
from apps.library.selectors import Tree
from apps.library.tables import LABELS, Grid, Said
from apps.library.views import dialogs
from apps.library.views.basics import about, basics_step
from apps.objectives.models import Objective
from apps.plans.models import BusinessChallenge, SuccessPlan

Errors = Mapping[str, Sequence[str]]


def use(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Make something from a template: the step that the address, or the draft, is at."""
    try:
        return _use(request, kind, pk)
    except services.DraftGone:
        messages.warning(request, "This was created already, or its draft was thrown away.")
        return HttpResponseRedirect(reverse("library:list"))


def _use(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    if kind not in selectors.MODELS:
        raise Http404("There are templates of success plans, objectives and playbooks.")
    # Who may not is told so, whatever the address names.
    access.require(request.user, f"{kind}.create_from_template")
    source = selectors.source(request.user, kind, pk)
    tree = selectors.tree_of(source)
    draft_id = record_id(request.GET.get("draft", ""))
    draft = None if draft_id is None else selectors.draft(request.user, draft_id)
    if draft is not None and (draft.kind, draft.source) != (kind, pk):
        raise Http404("This draft is of another template.")
    if draft is None or request.GET.get("step") == "basics" or not _has_account(request, draft):
        bare = len(tree.nodes) == 1 and not tree.kpis
        decided = basics_step(request, tree, draft, bare)
        if isinstance(decided, HttpResponse):
            return decided
        return _go_on(request, tree, draft, decided, bare)
    wizard = Wizard(request, tree, draft)
    if "people" in request.GET:
        return dialogs.people(wizard, request.GET["people"])
    if "kpis" in request.GET:
        return dialogs.kpis(wizard, request.GET["kpis"])
    return wizard.post() if request.method == "POST" else wizard.page()


def _has_account(request: HttpRequest, draft: Draft) -> bool:
    """Whether the draft's account is still there for its maker; another is chosen otherwise."""
    pk = draft.data["basics"].get("account")
    return Account.objects.visible_to(request.user).filter(pk=pk).exists()


def _go_on(
    request: HttpRequest, tree: Tree, draft: Draft | None, decided: Decided, bare: bool
) -> HttpResponse:
    """Keep the basics; then the grid, or the record when there is nothing to choose."""
    actor: Any = request.user
    data = draft_rules.encode(decided)
    if draft is None:
        draft = services.draft_create(actor=actor, kind=tree.kind, source=tree.record.pk, data=data)
    else:
        services.draft_update(actor=actor, draft=draft, data=data)
    wizard = Wizard(request, tree, draft)
    if bare or "create" in request.POST:
        return wizard.create()
    return HttpResponseRedirect(wizard.address)


# The grid -----------------------------------------------------------------------------------------
class Wizard:
    """One draft of one person, on its way to a record."""

    def __init__(self, request: HttpRequest, tree: Tree, draft: Draft) -> None:
        self.request, self.tree, self.draft = request, tree, draft
        self.actor: Any = request.user
        self.root = tree.nodes[0].key
        self.decided = draft_rules.shown(draft_rules.decode(draft.data), self.root)
        use_url = reverse("library:use", args=[tree.kind, tree.record.pk])
        asked = {"draft": draft.pk, "next": next_url(request, "")}
        self.address = f"{use_url}?{urlencode({n: v for n, v in asked.items() if v})}"

    @property
    def nodes(self) -> list[rules.Node]:
        """The rows of the template and those that were added."""
        return rules.grown(self.tree.nodes, self.decided.added)

    def keep(self) -> None:
        """Put what was decided into the draft."""
        decided = draft_rules.settled(self.decided, self.root)
        services.draft_update(actor=self.actor, draft=self.draft, data=draft_rules.encode(decided))

    def account(self) -> Account:
        """The account that it is made for."""
        return one(Account.objects.visible_to(self.actor), self.decided.basics["account"])

    def copier(self) -> Copier:
        """What would be made, as far as it is decided."""
        edits = self.decided.edits
        dated = rules.dates(self.nodes, self.decided.start, edits)
        kpi_dates = rules.kpi_dates(
            {f"kpi-{kpi.pk}": kpi.target_date for kpi in self.tree.kpis},
            self.tree.nodes,
            self.decided.first_start,
            self.decided.kpis,
        )
        made = Copier(
            self.actor,
            self.tree,
            Place(self.account()),
            edits,
            dated,
            self.decided.kpis,
            kpi_dates,
            self.decided.added,
        )
        made.read()
        return made

    def page(
        self,
        *,
        pending: Sequence[Pending] = (),
        errors: Errors | None = None,
        status: int = 200,
        focus: str = "",
    ) -> HttpResponse:
        """The grid with what was decided so far."""
        copier = self.copier()
        kpis: dict[str, int] = {}
        kpi_errors = []
        for key, objective, values in copier.kpi_values():
            kpis[objective] = kpis.get(objective, 0) + 1
            kpi_errors += [
                f"{values.get('title') or 'A KPI'}: {s}" for s in (errors or {}).get(key, ())
            ]
        said = self._said(copier, errors or {})
        grid = Grid(copier, copier.dated, self.address, said, kpis, focus)
        stays = any(kpi.target_date for kpi in self.tree.kpis) and self.decided.kpis_stayed
        context = {
            **about(self.request, self.tree, self.decided.basics),
            "body": grid.body(),
            "address": self.address,
            "account": copier.place.account,
            "name": copier.name_of(self.root),
            "counts": rules.counted(self._counts(copier)),
            "pending": pending,
            "answer": " ".join(one.answer for one in pending),
            "lost": sum(one.count for one in pending),
            "kpis_stayed": stays and not all(e.get("moved") for e in self._kpi_edits()),
            "warnings": self._warnings(copier),
            "error_count": len(errors or {}),
            "kpi_errors": kpi_errors,
            "loose_errors": (errors or {}).get("__all__", ()),
            "first_start": self.decided.first_start,
        }
        return htmx.render_for(
            self.request,
            "library/wizard.html",
            context,
            fragments={"grid": "library/_grid.html"},
            status=status,
        )

    def _said(self, copier: Copier, errors: Errors) -> dict[str, list[Said]]:
        """What stands beside the rows: what is wrong with them, and what they will hang on."""
        said: dict[str, list[Said]] = {key: [(s, True) for s in errors[key]] for key in errors}
        written = person_of(self.actor).date
        dates = rules.problems(copier.nodes, copier.dated, copier.edits, written)
        for key, sentence in dates.items():
            # A row that was just added is given its name next.
            if key not in said and copier.name_of(key):
                said[key] = [(sentence, True)]
        parents = {node.key: node.parent for node in copier.nodes}
        for key, above in rules.hanging(copier.nodes, copier.edits).items():
            lost = LABELS[copier.kind_of[parents[key] or self.root]]
            sentence = f"Without its {lost} it goes to “{copier.name_of(above)}”."
            said.setdefault(key, []).append((sentence, False))
        return said

    def _kpi_edits(self) -> list[Any]:
        return [
            self.decided.kpis.get(f"kpi-{kpi.pk}", {}) for kpi in self.tree.kpis if kpi.target_date
        ]

    def _counts(self, copier: Copier) -> dict[str, int]:
        counts = {self.tree.kind: 1}
        for key in copier.above:
            kind = copier.kind_of[key]
            counts[kind] = counts.get(kind, 0) + 1
        return counts | {"kpi": len(copier.kpi_values())}

    def _warnings(self, copier: Copier) -> list[str]:
        """What will have to be said after it is made, said before (R-TPL-5, R-OWN-2)."""
        said: dict[str, int] = {}
        for key in (copier.root, *copier.above):
            task = copier.kind_of[key] == "task"
            for word in copier.people_of(key) if task else [copier.owner_of(key)]:
                text, fine = copier.people.said(word)
                if not fine:
                    said[text] = said.get(text, 0) + 1
        people = [f"{text} ({n} {'row' if n == 1 else 'rows'})" for text, n in said.items()]
        return people + services.currency_notes(self.tree, self.account())

    # What a person sends ------------------------------------------------------------------------
    def post(self) -> HttpResponse:
        """Read the boxes, keep them, then do what was pressed."""
        posted = self.request.POST
        action, _, value = posted.get("action", "save").partition(":")
        self.decided, pending, wrong = draft_rules.typed(
            self.nodes,
            self.decided,
            {name: str(text) for name, text in posted.items()},
            branch="branch" in posted,
        )
        focus = self._act(action, value)
        self.keep()
        if wrong:
            return self._loud(self.page(errors={k: [s] for k, s in wrong.items()}, status=422))
        if pending:
            return self._loud(self.page(pending=pending))
        if action == "back":
            return HttpResponseRedirect(f"{self.address}&step=basics")
        if action == "create":
            return self.create()
        if "quiet" in posted:
            return self._quiet()
        if htmx.target(self.request):
            return self.page(focus=focus)
        # Reloading the page does not do it again.
        return HttpResponseRedirect(f"{self.address}#row-{focus}" if focus else self.address)

    def _act(self, action: str, value: str) -> str:
        """What was pressed, done to what is decided; the row to go on with."""
        if action == "confirm":
            for answer in value.split():
                self._confirm(answer)
        elif action == "add" and value in {n.key for n in self.nodes if n.kind != "task"}:
            self.decided = draft_rules.with_task(self.decided, value)
            return self.decided.added[-1].key
        elif action == "drop":
            self.decided = draft_rules.without_task(self.decided, value)
        elif action == "kpis":
            self._move_kpis()
        return ""

    def _loud(self, page: HttpResponse) -> HttpResponse:
        """Shown even when the box that was kept expects no answer."""
        if htmx.target(self.request):
            page["HX-Reswap"] = "outerHTML"
        return page

    def _quiet(self) -> HttpResponse:
        """A box was kept: what the page says about it is all that changes."""
        copier = self.copier()
        said = {
            "counts": rules.counted(self._counts(copier)),
            "warnings": self._warnings(copier),
            "rows": self._said(copier, {}),
        }
        return JsonResponse(said, headers={"HX-Reswap": "none"})

    def _confirm(self, answer: str) -> None:
        key, _, text = answer.partition("@")
        day = draft_rules.day_of(text)
        if text and day is None:
            return
        if any(node.key == key for node in self.nodes):
            self.decided = draft_rules.started(self.nodes, self.decided, key, day)

    def _move_kpis(self) -> None:
        copier = self.copier()
        dated_kpis = {
            f"kpi-{kpi.pk}": (f"objective-{kpi.objective_id}", kpi.target_date)
            for kpi in self.tree.kpis
        }
        kpis = rules.kpis_moved(dated_kpis, copier.dated, self.decided.kpis)
        self.decided = replace(self.decided, kpis=kpis)

    def create(self) -> HttpResponse:
        """Make it, or show what is in the way; the draft goes when it is made."""
        basics = self.decided.basics
        kind = self.tree.kind
        account = self.account()
        challenges: Any = BusinessChallenge.objects.visible_to(self.actor)
        own = self.decided.edits[self.root]
        values: dict[str, Any] = {
            "name": own["name"],
            "owner": own["owner"],
            "challenges": list(challenges.filter(pk__in=basics.get("challenges", ()))),
            "new_challenges": [
                {"title": line.strip()[:200]}
                for line in basics.get("new_challenges", "").splitlines()
                if line.strip()
            ],
        }
        try:
            values["more"] = self._more()
            made = services.draft_finish(
                actor=self.actor,
                draft=self.draft,
                kind=kind,
                source=self.tree.record,
                account=account,
                values=values,
                start=self.decided.start,
                first_start=self.decided.first_start,
                edits=self.decided.edits,
                kpi_edits=self.decided.kpis,
                added=self.decided.added,
                plan=self._parent(SuccessPlan, "plan"),
                objective=self._parent(Objective, "objective"),
            )
        except ValidationError as error:
            said = (
                error.message_dict if hasattr(error, "error_dict") else {"__all__": error.messages}
            )
            return self.page(errors=said, status=422)
        messages.success(self.request, made.sentence)
        fallback = reverse(f"{KINDS[kind].namespace}:detail", args=[made.record.pk])
        return HttpResponseRedirect(fallback)

    def _more(self) -> dict[str, Any]:
        """What the basics asked for beside: own fields, and what the type requires."""
        basics = self.decided.basics
        form = asked_form(self.actor, self.tree, str(basics.get(TYPE, "")), basics.get("more", {}))
        if not form.is_valid():
            said = [
                f"{form.fields[name].label}: {' '.join(map(str, errors))}"
                for name, errors in form.errors.items()
                if name in form.fields
            ]
            raise ValidationError([*said, "Go back to the basics to write it."])
        return {name: value for name, value in form.changes.items() if name != TYPE}

    def _parent(self, model: Any, name: str) -> Any:
        pk = self.decided.basics.get(name)
        found = model.objects.visible_to(self.actor).filter(pk=pk).first() if pk else None
        if pk and found is None:
            raise ValidationError(
                f"The {KINDS[name].noun} that it would belong to is gone, or you may not see it."
                " Go back and choose another, or none."
            )
        return found
