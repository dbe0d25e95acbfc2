"""What opens over the grid of the wizard: who does a row, and the KPIs of an objective."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.forms import formset_factory
from django.http import HttpResponse, HttpResponseRedirect

from apps.accounts.ownership_rules import ALLOWED, parse
from apps.accounts.ownership_selectors import offers
from apps.core import htmx
from apps.core.rules import record_id
from apps.library import draft_rules
from apps.library.forms import KpiEditForm, KpiEditSet
from apps.library.views.basics import about


def people(wizard: Any, key: str) -> HttpResponse:
    """Who owns a row, or is to do it: chosen in a dialog, or on a page of its own."""
    copier = wizard.copier()
    if key not in copier.kind_of:
        return HttpResponseRedirect(wizard.address)
    kind = copier.kind_of[key]
    many = kind == "task"
    if wizard.request.method == "POST":
        words = [word for word in wizard.request.POST.getlist("owner") if parse(word)]
        if key == copier.root or not many:
            wizard.decided = draft_rules.edited(wizard.decided, key, owner=(words or [""])[0])
        else:
            wizard.decided = draft_rules.edited(wizard.decided, key, people=words)
        wizard.keep()
        return _done(wizard, f"“{copier.name_of(key)}” was changed.")
    q = wizard.request.GET.get("q", "").replace("\0", "").strip()
    chosen = copier.people_of(key) if many else [copier.owner_of(key)]
    context = {
        **about(wizard.request, wizard.tree, wizard.decided.basics),
        "address": wizard.address,
        "key": key,
        "row_name": copier.name_of(key),
        "many": many,
        "name": "owner",
        "chosen": [word for word in chosen if word] or ([] if many else [""]),
        "q": q,
        "offers": offers(wizard.actor, copier.place.account, ALLOWED[kind], q=q, chosen=chosen),
    }
    return htmx.render_for(
        wizard.request,
        "library/people.html",
        context,
        fragments={
            htmx.DIALOG: "library/_people_dialog.html",
            "chooser": "library/_chooser.html",
        },
    )


def _done(wizard: Any, text: str) -> HttpResponse:
    if htmx.target(wizard.request) == htmx.DIALOG:
        response = HttpResponse(status=204)
        return htmx.trigger(response, **{"grid-changed": {"text": text}, "dialog-done": True})
    return HttpResponseRedirect(wizard.address)


def kpis(wizard: Any, key: str) -> HttpResponse:
    """The Edit Objective KPIs grid of one objective: add, change, delete (R-TPL-3)."""
    copier = wizard.copier()
    if copier.kind_of.get(key) != "objective":
        return HttpResponseRedirect(wizard.address)
    rows = [
        {**values, "key": kpi} for kpi, objective, values in copier.kpi_values() if objective == key
    ]
    factory: Any = formset_factory(
        KpiEditForm,
        formset=KpiEditSet,
        extra=1,
        can_delete=True,
        can_delete_extra=False,
        max_num=200,
        absolute_max=201,
    )
    data = wizard.request.POST if wizard.request.method == "POST" else None
    formset = factory(data, initial=rows, prefix="kpis", form_kwargs={"user": wizard.actor})
    if data is not None and "add_row" in data:
        grown = data.copy()
        grown["kpis-TOTAL_FORMS"] = str((record_id(data.get("kpis-TOTAL_FORMS", "")) or 0) + 1)
        formset = factory(grown, initial=rows, prefix="kpis", form_kwargs={"user": wizard.actor})
    elif data is not None and formset.is_valid():
        _keep_kpis(wizard, key, formset)
        wizard.keep()
        return _done(wizard, f"The KPIs of “{copier.name_of(key)}” were changed.")
    context = {
        **about(wizard.request, wizard.tree, wizard.decided.basics),
        "address": f"{wizard.address}&kpis={key}",
        "back": wizard.address,
        "row_name": copier.name_of(key),
        "formset": formset,
    }
    return htmx.render_for(
        wizard.request,
        "library/kpis.html",
        context,
        fragments={htmx.DIALOG: "library/_kpis_dialog.html"},
        status=422 if data is not None and "add_row" not in data else 200,
    )


def _keep_kpis(wizard: Any, objective: str, formset: Any) -> None:
    kpis = dict(wizard.decided.kpis)
    known = {f"kpi-{kpi.pk}" for kpi in wizard.tree.kpis} | set(kpis)
    for form in formset.forms:
        key = form.cleaned_data.get("key", "")
        if form.cleaned_data.get("DELETE"):
            if key.startswith("new"):
                kpis.pop(key, None)
            elif key in known:
                kpis[key] = {**kpis.get(key, {}), "keep": False}
        elif form.has_changed():
            if key not in known:
                taken = {other for other in kpis if other.startswith("new")}
                key = next(f"new-{n}" for n in range(1, len(taken) + 2) if f"new-{n}" not in taken)
            changed = form.edit()
            if key.startswith("kpi"):
                changed = {
                    n: v for n, v in changed.items() if n in form.changed_data or n == "direction"
                }
            before = {**kpis.get(key, {})}
            if "target_date" in changed:
                before.pop("moved", None)
            kpis[key] = {**before, **changed, "objective": objective}
    wizard.decided = replace(wizard.decided, kpis=kpis)
