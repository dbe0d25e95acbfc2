"""Home: what is mine, my team's or everybody's; each number opens exactly the list that it counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse

from apps.accounts.tables import health
from apps.accounts.views import AccountList
from apps.activities.comment_selectors import kind_of
from apps.core import access, services
from apps.core.kinds import KINDS
from apps.core.person import person_of
from apps.core.selectors import preference
from apps.core.together_selectors import counted_together
from apps.core.views import ListPage
from apps.kpis.views import KpiList
from apps.objectives.views import ObjectiveList
from apps.plans.views import PlanList
from apps.playbooks.views import TaskList
from apps.workspace.selectors.home import accounts_at_home, due_list, said_to
from apps.workspace.selectors.search import recent
from apps.workspace.set_up_selectors import lands_on_set_up

KEY: Final = "home"
# Of a session in which the set-up page was shown already.
SET_UP_SHOWN: Final = "set_up_shown"
MINE: Final = "mine"
# How the switch calls each, and what the lists' filter calls it.
WHOSE: Final = {MINE: ("Mine", "1"), "team": ("My team", "team"), "all": ("All", "")}
POSSESSIVE: Final = {MINE: "My ", "team": "My Team's ", "all": ""}

ACCOUNTS: Final = 8
DUE: Final = 10
RECENT: Final = 8
SAID: Final = 5


@dataclass(frozen=True)
class Card:
    """A list with filters set: its number, and the address of the very same list."""

    page: type[ListPage]
    title: str
    icon: str
    query: dict[str, str]
    # The filter that says whose rows they are.
    whose: str = "mine"
    tone: str = ""

    def asked(self, whose: str) -> dict[str, str]:
        """The list's query for the chosen scope."""
        said = WHOSE[whose][1]
        return {**({self.whose: said} if said else {}), **self.query}

    def url(self, whose: str) -> str:
        """The address of the list."""
        query = urlencode(self.asked(whose))
        return f"{reverse(KINDS[self.page.record].list_url)}{'?' if query else ''}{query}"

    def rows(self, request: HttpRequest, whose: str) -> QuerySet[Any]:
        """The rows of the list, by its own rows and its own filters."""
        query = QueryDict(urlencode(self.asked(whose)))
        rows: QuerySet[Any] = self.page().filtered(request, query).qs
        return rows


CARDS: Final = (
    Card(PlanList, "{}Active Success Plans", "flag", {"status": "active"}),
    Card(PlanList, "{}Upcoming Business Reviews", "users", {"review": "30"}),
    Card(
        ObjectiveList, "{}High Priority Objectives", "target", {"priority": "high", "kind": "open"}
    ),
    Card(TaskList, "{}Overdue Tasks", "alarm", {"due": "overdue"}, tone="red"),
    Card(
        KpiList,
        "{}KPIs Off Track",
        "trending-down",
        {"status": "off_track", "objective_kind": "open"},
        tone="amber",
    ),
    Card(PlanList, "{}Stale Plans", "history", {"stale": "1"}, tone="amber"),
    Card(TaskList, "Waiting on us", "user", {"waiting": "us"}, whose="accounts"),
    Card(
        TaskList, "Waiting on the customer", "building", {"waiting": "customer"}, whose="accounts"
    ),
)
# What is due within seven days: the list, its filter, and the paths of title, day and account.
WEEK: Final = (
    (Card(TaskList, "", "", {"due": "week"}), "name", "end_date", "account__name"),
    (Card(KpiList, "", "", {"due": "week"}), "title", "target_date", "objective__account__name"),
    (Card(ObjectiveList, "", "", {"due": "week"}), "name", "due_date", "account__name"),
    (Card(PlanList, "", "", {"review": "week"}), "name", "review_date", "account__name"),
)


def home(request: HttpRequest) -> HttpResponse:
    """What needs me today, and where I was."""
    user: Any = request.user
    if _is_first_visit(request):
        return HttpResponseRedirect(reverse("workspace:setup"))
    whose = _whose(request)
    cards = [card for card in CARDS if _may(request, card)]
    counts = counted_together([card.rows(request, whose) for card in cards])
    context: dict[str, Any] = {
        "whose": whose,
        "switch": [(name, label, f"?whose={name}") for name, (label, _) in WHOSE.items()],
        "cards": [
            {
                "title": card.title.format(POSSESSIVE[whose]),
                "icon": card.icon,
                "url": card.url(whose),
                "count": count,
                "tone": card.tone if count else "",
            }
            for card, count in zip(cards, counts, strict=True)
        ],
        "due": due_list(
            [
                (card.page.record, card.rows(request, whose), title, day, account)
                for card, title, day, account in WEEK
                if _may(request, card)
            ],
            DUE,
        ),
        "recent": recent(user, RECENT),
        "said": _said(user),
    }
    if access.may(user, "account.view"):
        context |= _accounts(request, whose)
    return render(request, "workspace/home.html", context)


def _whose(request: HttpRequest) -> str:
    """Mine, my team's or all: as the address says, else as it was chosen last."""
    user: Any = request.user
    kept = preference(user, KEY).get("whose", MINE)
    wanted = request.GET.get("whose", "")
    if wanted not in WHOSE:
        return kept if kept in WHOSE else MINE
    if wanted != kept:
        services.preference_set(actor=user, key=KEY, data={"whose": wanted})
    return wanted


def _may(request: HttpRequest, card: Card) -> bool:
    return bool(access.may(request.user, f"{card.page.record}.view"))


def _said(user: Any) -> list[dict[str, Any]]:
    if not access.may(user, "comment.view"):
        return []
    return [
        {
            "comment": comment,
            "on": getattr(comment, kind_of(comment)),
            "url": reverse("comments:thread", args=[kind_of(comment), _record_id(comment)]),
        }
        for comment in said_to(user, SAID)
    ]


def _record_id(comment: Any) -> int:
    pk: int = getattr(comment, f"{kind_of(comment)}_id")
    return pk


def _accounts(request: HttpRequest, whose: str) -> dict[str, Any]:
    card = Card(AccountList, "", "", {})
    rows = accounts_at_home(request.user, WHOSE[whose][1])
    shown = list(rows[: ACCOUNTS + 1])
    accounts = shown[:ACCOUNTS]
    person = person_of(request.user)
    return {
        "accounts": [(account, health(account, person)) for account in accounts],
        "accounts_title": f"{POSSESSIVE[whose]}accounts".capitalize(),
        "accounts_more": len(shown) > ACCOUNTS,
        "accounts_url": card.url(whose),
    }


def _is_first_visit(request: HttpRequest) -> bool:
    """Whether an administrator just signed in where nobody has begun: once in a session."""
    if request.session.get(SET_UP_SHOWN) or not lands_on_set_up(request.user):
        return False
    request.session[SET_UP_SHOWN] = True
    return True
