"""Search everything; also what the palette shows while one types."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from apps.core import htmx
from apps.core.choices import Theme
from apps.core.key_rules import COLUMNS
from apps.core.kinds import KINDS
from apps.core.list_rules import page_number
from apps.core.view_selectors import views_of
from apps.core.views.frame import create_menu, nav
from apps.core.views.lists import view_address
from apps.workspace import palette_rules
from apps.workspace.palette_rules import Action, Group
from apps.workspace.selectors import search as selectors
from apps.workspace.selectors.search import KIND, MOST_COUNTED, RANKED, Asked

# What stands on the page of all kinds, on the page of one, and in the palette.
FEW: Final = 5
PAGE: Final = 30
LIKELIEST: Final = 9
RECENT: Final = 8
ACTIONS: Final = 9


# What people say when they mean to create one of these.
ALSO: Final = {"activity": "log note call meeting mail review"}
THEMES: Final = (
    (Theme.LIGHT, "sun", "light theme"),
    (Theme.DARK, "moon", "dark theme"),
    (Theme.AUTO, "device-desktop", "theme of the device"),
)


def search(request: HttpRequest) -> HttpResponse:
    """What a text finds, by kind; one kind with all its pages; or the palette's list."""
    text = request.GET.get("q", "").replace("\0", "").strip()[:200]
    if htmx.target(request) == "palette-list":
        return htmx.render_for(
            request,
            "workspace/search.html",
            _palette(request, text),
            fragments={"palette-list": "workspace/_palette.html"},
        )
    return htmx.render_for(
        request,
        "workspace/search.html",
        {"text": text, **_found(request, text)},
        fragments={"results": "workspace/_results.html"},
    )


def _found(request: HttpRequest, text: str) -> dict[str, Any]:
    user = request.user
    asked = Asked(text)
    counts = selectors.counts(user, asked)
    if not counts and (at := selectors.at_accounts(user, text)):
        asked, counts = at, selectors.counts(user, at)
    wanted = request.GET.get("kind", "")
    kinds = [kind for kind in selectors.searched_kinds(user) if counts.get(kind)]
    one = wanted if wanted in KIND else ""
    number = page_number(request.GET.get("page", "")) or 1
    first = (number - 1) * PAGE if one else 0
    hits = selectors.with_excerpts(
        selectors.search(
            user,
            asked,
            kinds=[one] if one else kinds,
            most=PAGE if one else FEW,
            first=min(first, RANKED),
        ),
        text,
    )

    def address(**query: Any) -> str:
        return f"{reverse('workspace:search')}?{urlencode({'q': text, **query})}"

    total = min(counts.get(one, 0), RANKED)
    return {
        "tabs": [("", "All", None, address())]
        + [(kind, KIND[kind].plural, _number(counts[kind]), address(kind=kind)) for kind in kinds],
        "kind": one,
        "groups": [
            {
                "kind": KIND[kind],
                "count": _number(counts[kind]),
                "more": counts[kind] > FEW and not one,
                "url": address(kind=kind),
                "hits": [hit for hit in hits if hit.kind.name == kind],
            }
            for kind in kinds
            if not one or kind == one
        ],
        "previous_url": address(kind=one, page=number - 1) if one and number > 1 else "",
        "next_url": address(kind=one, page=number + 1)
        if one and first + PAGE < total and len(hits) == PAGE
        else "",
        "number": number,
    }


def _number(count: int) -> tuple[int, bool]:
    """A count as it is shown, and whether there are more."""
    return min(count, MOST_COUNTED), count > MOST_COUNTED


def _palette(request: HttpRequest, text: str) -> dict[str, Any]:
    user = request.user
    # One letter begins half of all words: it asks for something to do.
    if len(text) == 1 and text.isascii():
        hits = []
    elif text:
        hits = selectors.search(user, Asked(text), most=FEW)
        if not hits and (at := selectors.at_accounts(user, text)):
            hits = selectors.search(user, at, most=FEW)
        hits.sort(key=lambda hit: (-hit.rank, len(hit.title)))
        hits = hits[:LIKELIEST]
    else:
        hits = selectors.recent(user, RECENT)
    return {
        "text": text,
        "hits": hits,
        "actions": palette_rules.asked(_actions(request, text), text, ACTIONS),
        "all_url": f"{reverse('workspace:search')}?{urlencode({'q': text})}" if text else "",
    }


def _actions(request: HttpRequest, text: str) -> list[Group]:
    """What this person can do from anywhere; views are named only when one types."""
    user: Any = request.user
    here = palette_rules.context(request.GET.get("context", ""))
    keys = {
        key.url: key.keys for places in COLUMNS for one in places for key in one.keys if key.url
    }
    by_address = {reverse(name): said for name, said in keys.items()}
    create = [
        Action(
            f"Create {KINDS[item['kind']].noun}",
            item["icon"],
            palette_rules.at(item["url"], here),
            also=f"new add {ALSO.get(item['kind'], '')}",
        )
        for item in create_menu(user, request.headers.get("HX-Current-URL", "/"))
    ]
    go = [
        Action(
            f"Go to {item['label']}", item["icon"], item["url"], key=by_address.get(item["url"], "")
        )
        for group in nav(request)
        for item in group["items"]
    ]
    go += [
        Action(
            "Go to readings", "chart-line", reverse("readings:list"), also="attributes measured"
        ),
        Action("Go to notifications", "bell", reverse("core:notifications"), key="n"),
        Action("Go to preferences", "settings", reverse("core:preferences"), also="time zone"),
    ]
    if user.is_staff:
        go.append(Action("Go to administration", "settings", reverse("admin:index"), also="set-up"))
    do = [
        Action("Show the keys", "info-circle", act="keys", key="?", also="help shortcuts"),
        Action(
            "Mark all notifications as read",
            "check",
            reverse("core:notifications-read"),
            post=("all", "1"),
        ),
        *(
            Action(
                f"Use the {label.lower()}",
                icon,
                reverse("core:theme"),
                post=("theme", value),
                also="theme switch mode",
            )
            for value, icon, label in THEMES
        ),
        Action("Sign out", "logout", reverse("account_logout"), post=("out", "1"), also="log out"),
    ]
    groups = [Group("create", "Create", create), Group("go", "Go to", go), Group("do", "Do", do)]
    if text:
        views = [
            Action(
                f"{view.name} ({KINDS[kind].plural})",
                "filter",
                view_address(reverse(KINDS[kind].list_url), view.pk, view.query),
                also="open view",
            )
            for view in views_of(user)
            if (kind := view.key.removeprefix("list:")) in KINDS
        ]
        groups.insert(1, Group("views", "Views", views))
    return groups
