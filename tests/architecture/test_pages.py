"""Guards over every page there is: signed out, as each person, whole and in part, 1 row and 8."""

from __future__ import annotations

import re

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse

from apps.core.kinds import KINDS
from tests import factories
from tests.architecture import source, world
from tests.pages import queries

pytestmark = pytest.mark.django_db

# What answers without signing in -> why.
OPEN = {
    "core:healthz": "alive: asked by machines",
    "core:readyz": "able to serve: asked by machines",
    "core:unsubscribe": "the link in each mail ends it without signing in; the token is the proof",
    "account_login": "the door",
    "account_signup": "says that sign-up is closed",
    "account_inactive": "says that the person was deactivated",
    "account_reset_password": "asks for the address to send the link to",
    "account_reset_password_done": "says that a mail is on its way",
    "account_reset_password_from_key": "the link in the mail",
    "account_reset_password_from_key_done": "says that the password was set",
    "account_email_verification_sent": "part of the door: says that a mail was sent",
    "account_confirm_email": "the link in such a mail",
    "core:invitation": "part of the door: the link of an invitation, to choose a first password",
    "core:address": "the link in a mail that confirms a new address",
    "share:brand": "the company's colour on pages for customers",
    "share:logo": "the company's logo there",
    "share:door": "a customer's door: asks for their address",
    "share:door-code": "takes the code that was mailed to it",
    "share:enter": "the link in that mail",
    "share:leave": "ends a customer's session",
    "share:mine": "all that is shared with a proven address; leads to the door without one",
    "share:view": "what a customer sees; the token, and mostly a proven address, open it",
    "share:who": "takes a customer's address",
    "share:code": "takes the code that was mailed to it",
    "share:complete": "needs a customer's session",
    "share:undo": "needs a customer's session",
}
# Pages that only take what is sent to them; everything else is looked at.
GROUPS = {
    "customer success": factories.make_csm,
    "participant": factories.make_participant,
    "administrator": factories.make_administrator,
    "nobody": lambda: factories.make_user(None),
}
LISTS = sorted(KINDS)
# The admin's own door only leads to the one door.
DOORS = {"/auth/login/", "/admin/login/"}


def sample(converter, name):
    return {"int": "1", "uuid": "00000000-0000-0000-0000-000000000000"}.get(converter, "x")


def test_nothing_but_the_open_pages_answers_without_signing_in(client):
    world.populate(factories.make_account())
    answered = set()
    for address in world.addresses():
        path = address.filled(sample)
        for method in (client.get, client.post):
            response = method(path)
            if response.status_code in (404, 405):
                continue
            if response.status_code == 302 and response.url.split("?")[0] in DOORS:
                continue
            answered.add(address.name)
    assert answered <= set(OPEN), answered - set(OPEN)


def test_the_list_of_open_pages_is_not_stale():
    assert set(OPEN) <= {address.name for address in world.addresses()}
    exempt = {a.name for a in world.addresses() if not getattr(a.view, "login_required", True)}
    # Signing out and the code that is mailed need a session that only signing in gives.
    assert exempt - set(OPEN) <= {"account_logout", "account_confirm_login_code"} | {
        name for name in exempt if name.startswith("admin:")
    }


@pytest.mark.parametrize("group", GROUPS)
def test_every_page_answers_everybody_without_an_error(client, group):
    user = GROUPS[group]()
    client.force_login(user)
    records = world.populate(factories.make_account(), author=user)
    for address in world.own_addresses():
        path = address.path(records)
        response = client.get(path)
        assert response.status_code in (200, 302, 403, 404, 405), (path, response.status_code)
        if group == "customer success" and response.status_code not in (200, 302):
            taken = response.status_code == 405 or address.name in NOT_FOR_CSM
            assert taken, (path, response.status_code)
        if response.status_code == 200 and not address.name.endswith("options"):
            assert b"".join(response), path
        if group == "nobody" and address.namespace in {k.namespace for k in KINDS.values()}:
            # Who sees nothing is offered nothing.
            empty = address.name.endswith("options") and not response.content
            assert empty or response.status_code in (403, 404, 405), path


# Pages that a customer success manager does not reach with the records of this test -> why.
NOT_FOR_CSM = {
    "accounts:delete": "accounts are deleted by administrators only",
    **{name: "the customer's: no link opens it here" for name in OPEN if name[:6] == "share:"},
    **{
        f"{kind.namespace}:{name}": "there is no import with this number"
        for kind in KINDS.values()
        for name in ("import-run", "import-confirm", "import-errors")
        if kind.name != "resource"
    },
    "core:export-file": "the file of the export is not there",
    "kpis:grid": "needs an objective in its address",
    **dict.fromkeys(("core:invitation", "core:address"), "no link of a mail opens it here"),
    "core:outbox": "only for administrators of an installation that writes mails to a folder",
    **{
        f"workspace:{name}": "for administrators"
        for name in ("setup", "setup-words", "setup-library")
    },
    "workspace:success-tracker-changed": "needs a row in its address",
    "workspace:success-tracker-rows": "the tracker of my accounts, of which there are none here",
}


def test_the_admin_answers_an_administrator(client):
    client.force_login(factories.make_administrator())
    world.populate(factories.make_account())
    index = client.get("/admin/")
    assert index.status_code == 200
    links = {a["href"] for a in BeautifulSoup(index.content, "html.parser").select("a.card-link")}
    assert len(links) > 10
    for link in sorted(links):
        response = client.get(link)
        assert response.status_code == 200, link
        first = BeautifulSoup(response.content, "html.parser").select_one("#result_list th a")
        if first is not None:
            assert client.get(first["href"]).status_code == 200, first["href"]
        assert client.get(f"{link}?q=a").status_code == 200
        assert client.get(f"{link}add/").status_code in (200, 403), link


@pytest.mark.parametrize("kind", LISTS)
def test_lists_and_records_need_as_many_queries_for_8_rows_as_for_1(client, kind):
    user = factories.make_csm()
    client.force_login(user)
    namespace = KINDS[kind].namespace
    small = world.populate(factories.make_account(), author=user)[kind]
    listed = queries(client, reverse(f"{namespace}:list"))
    shown = {tab: queries(client, page) for tab, page in tabs(client, namespace, small)}
    factories.make_account()
    if kind == "resource":
        many = world.populate(factories.make_account(), rows=8, author=user)[kind]
    else:
        large = factories.make_account()
        many = world.populate(large, rows=8, author=user)[kind]
        crowd(kind, many, user)
    assert queries(client, reverse(f"{namespace}:list")) == listed
    assert {tab: queries(client, page) for tab, page in tabs(client, namespace, many)} == shown


def crowd(kind, record, user):
    """Seven more rows directly below a record, of whatever may hang on it."""
    if kind not in ("plan", "objective", "playbook", "kpi", "task"):
        return
    for _ in range(7):
        above = {kind: record}
        if kind == "plan":
            objective = factories.make_objective(record)
        else:
            objective = {"objective": record}.get(kind)
        if objective is not None:
            factories.make_kpi(objective, baseline=1, current=2, target=3)
            playbook = factories.make_playbook(objective, owner=factories.make_resource())
            factories.make_task(playbook)
        if kind == "playbook":
            factories.make_task(record)
        factories.make_activity(
            account=record.objective.account if kind == "kpi" else record.account,
            author=user,
            owner=factories.make_resource(),
            **above,
        )


def tabs(client, namespace, record):
    """The addresses of a record's own tabs, as its page links them."""
    if namespace == "readings":  # shown on its account's page
        return []
    address = reverse(f"{namespace}:detail", args=[record.pk])
    page = BeautifulSoup(client.get(address).content, "html.parser")
    names = [
        match[1]
        for link in page.select("nav.tabs a[href]")
        if (match := re.search(r"\?tab=([\w-]+)$", link["href"]))
    ]
    return [(name, f"{address}?tab={name}") for name in dict.fromkeys(["details", *names])]


def clean(soup):
    """The markup without what differs at every request."""
    for token in soup.select("[name=csrfmiddlewaretoken]"):
        token.decompose()
    return str(soup)


@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.parametrize("query", ["", "?page=2", "?q=nothing-is-called-like-this", "?sort=-name"])
def test_a_list_with_its_fragment_applied_is_the_fresh_page(client, kind, query):
    user = factories.make_csm()
    client.force_login(user)
    world.populate(factories.make_account(), rows=2, author=user)
    address = reverse(KINDS[kind].list_url)
    headers = {"HX-Request": "true", "HX-Target": "list"}
    response = client.get(address + query, headers=headers)
    page = client.get(address + query)
    assert {response.status_code, page.status_code} == {200}
    assert {"HX-Request", "HX-Target"} <= {p.strip() for p in response["Vary"].split(",")}
    fragment = BeautifulSoup(response.content, "html.parser")
    (root,) = fragment.find_all(recursive=False)
    assert root["id"] == "list"
    whole = BeautifulSoup(page.content, "html.parser")
    fresh = clean(whole)
    whole.select_one("#list").replace_with(root)
    assert clean(whole) == fresh


@pytest.mark.parametrize("kind", LISTS)
def test_every_column_that_offers_it_sorts_both_ways(client, kind):
    user = factories.make_csm()
    client.force_login(user)
    world.populate(factories.make_account(), rows=3, author=user)
    address = reverse(KINDS[kind].list_url)
    context = client.get(address).context
    names = [choice["name"] for choice in context["layout"]]
    client.post(reverse("core:layout", args=[context["layout_key"]]), {"columns": names})
    page = client.get(address)
    headers = page.context["table"]["headers"]
    assert [header["name"] for header in headers] == names
    sortable = [header["name"] for header in headers if header["sort_url"]]
    assert sortable
    for name in sortable:
        orders = []
        for sort in (name, f"-{name}"):
            found = client.get(address, {"sort": sort})
            assert found.status_code == 200, sort
            here = {h["name"]: h["direction"] for h in found.context["table"]["headers"]}
            assert here[name] == ("descending" if sort[0] == "-" else "ascending"), sort
            soup = BeautifulSoup(found.content, "html.parser")
            rows = soup.select("#list tbody tr")
            orders.append([row.select_one(f"td.col-{name}").get_text() for row in rows])
        if len(set(orders[0])) == len(orders[0]):
            assert orders[0] == orders[1][::-1], (name, orders)
        assert sorted(orders[0]) == sorted(orders[1])


def test_no_address_is_a_stub():
    assert not [a.name for a in world.own_addresses() if a.view.__name__.startswith("_")]


def test_every_kind_of_record_has_its_pages():
    names = {address.name for address in world.own_addresses()}
    for kind in KINDS.values():
        parts = ["list", "detail", "options"]
        if kind.name != "resource":  # people are kept by administrators
            parts += ["create", "edit", "delete"]
        if kind.name == "attribute_value":  # readings are facts, and nothing is linked with one
            parts = ["list", "detail", "create"]
        assert {f"{kind.namespace}:{part}" for part in parts} <= names


INLINE = re.compile(
    r"<style|\sstyle\s*=|<script(?![^>]*\ssrc=)|\son[a-z]+\s*=|javascript:|\shx-on", re.I
)


def test_templates_hold_no_inline_script_or_style():
    faults = [
        f"{path.relative_to(source.ROOT)}: {found[0]}"
        for path in source.templates()
        if (found := INLINE.search(path.read_text()))
    ]
    assert not faults


def test_pages_hold_no_inline_script_or_style_and_load_nothing_from_elsewhere(client):
    user = factories.make_csm()
    client.force_login(user)
    records = world.populate(factories.make_account(), author=user)
    looked = 0
    for address in world.own_addresses():
        path = address.path(records)
        response = client.get(path)
        if response.status_code != 200 or "html" not in response["Content-Type"]:
            continue
        looked += 1
        text = response.content.decode()
        assert not INLINE.search(text), (path, INLINE.search(text))
        page = BeautifulSoup(text, "html.parser")
        for tag, name in (("script", "src"), ("link", "href"), ("img", "src"), ("use", "href")):
            for element in page.find_all(tag):
                assert element.get(name, "/").startswith(("/", "#", "data:")), (path, element)
    assert looked > 40


def test_the_content_security_policy_is_strict(client):
    client.force_login(factories.make_csm())
    for path in (reverse("workspace:home"), reverse("account_login"), "/nothing/"):
        policy = client.get(path).headers["Content-Security-Policy"]
        parts = dict(part.strip().split(" ", 1) for part in policy.split(";") if part.strip())
        assert parts["default-src"] == "'self'"
        assert parts["object-src"] == parts["frame-ancestors"] == "'none'"
        assert parts["base-uri"] == parts["form-action"] == "'self'"
        assert "unsafe" not in policy
        assert "http" not in policy


def test_every_link_of_every_page_leads_somewhere(client):
    user = factories.make_csm()
    client.force_login(user)
    records = world.populate(factories.make_account(), author=user)
    seen = {}
    for address in world.own_addresses():
        path = address.path(records)
        response = client.get(path)
        if response.status_code != 200 or "html" not in response["Content-Type"]:
            continue
        page = BeautifulSoup(response.content, "html.parser")
        for element in page.select("a[href], [hx-get]"):
            link = (element.get("href") or element["hx-get"]).split("#")[0]
            if link.startswith("?"):
                link = path.split("?")[0] + link
            if link.startswith("/") and not link.startswith("/static/"):
                seen.setdefault(link, path)
    assert len(seen) > 60
    dead = {
        link: (came, status)
        for link, came in sorted(seen.items())
        if (status := client.get(link).status_code) not in (200, 302)
    }
    assert not dead
