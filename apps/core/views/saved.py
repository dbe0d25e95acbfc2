"""Saved views: a list as somebody arranged it, kept under a name."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from apps.core import htmx, view_selectors, view_services
from apps.core.access import may
from apps.core.models import SavedView
from apps.core.views.forms import next_url
from apps.core.views.lists import plain_query, view_address

LONGEST_QUERY = 4000
MOST_COLUMNS = 100


class SavedViewForm(forms.ModelForm):
    """The name of a view and who sees it; what everybody sees first is for administrators."""

    class Meta:
        model = SavedView
        fields = ["name", "is_shared", "is_default"]
        widgets = {"name": forms.TextInput(attrs={"autofocus": True})}

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may(user, "vocabulary.edit"):
            del self.fields["is_default"]

    def clean_is_default(self) -> bool:
        """What everybody sees first is shared."""
        is_default: bool = self.cleaned_data["is_default"]
        self.cleaned_data["is_shared"] |= is_default
        return is_default


@require_http_methods(["GET", "POST"])
def view_new(request: HttpRequest, key: str) -> HttpResponse:
    """Keep what the list shows now under a name."""
    if len(key) > 80 or not key.isprintable():
        raise Http404("There is no such list.")
    return _page(request, SavedView(owner=_user(request), key=key), None)


@require_http_methods(["GET", "POST"])
def view_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Rename a view, share it, put what stands now into it, or forget it."""
    view = view_selectors.one_view(request.user, pk)
    if view is None:
        raise Http404("There is no such view, or you may not see it.")
    return _page(request, view, view)


def _user(request: HttpRequest) -> Any:
    return request.user


def _page(request: HttpRequest, blank: SavedView, view: SavedView | None) -> HttpResponse:
    sent = request.POST if request.method == "POST" else request.GET
    back = next_url(request, reverse("workspace:home"))
    said = (sent.get("query") or back.partition("?")[2])[:LONGEST_QUERY].lstrip("?")
    kept = QueryDict(plain_query(QueryDict(said)), mutable=True)
    kept.pop("view", None)
    query, columns = kept.urlencode(safe=","), sent.get("columns", "")
    form = SavedViewForm(
        request.POST if request.method == "POST" else None, instance=blank, user=request.user
    )
    path = back.partition("?")[0]
    if request.method == "POST":
        if view is not None and request.POST.get("do") == "delete":
            view_services.view_delete(actor=_user(request), view=view)
            messages.info(request, f"The view “{view}” is gone; what it showed stays.")
            return HttpResponseRedirect(f"{path}?view=none")
        if form.is_valid():
            values = dict(form.cleaned_data)
            if view is None or request.POST.get("do") == "overwrite":
                names = [name for name in columns.split(",") if name.isidentifier()]
                values |= {"query": query, "columns": names[:MOST_COLUMNS]}
            try:
                saved = (
                    view_services.view_save(actor=_user(request), key=blank.key, values=values)
                    if view is None
                    else view_services.view_update(actor=_user(request), view=view, values=values)
                )
            except ValidationError as error:
                form.add_error(None, " ".join(error.messages))
            else:
                messages.info(request, f"The view “{saved}” was saved.")
                return HttpResponseRedirect(view_address(path, saved.pk, saved.query))
    context = {"form": form, "view": view, "query": query, "columns": columns, "next": back}
    return htmx.render_for(
        request,
        "core/view_form.html",
        context,
        fragments={htmx.DIALOG: "core/_view_dialog.html"},
        status=422 if form.errors else 200,
    )
