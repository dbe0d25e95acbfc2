"""Every app has the same rooms, none is empty, none grows too big, and each says what it does."""

from __future__ import annotations

import ast

from django.apps import apps
from django.db import models

from apps.core.tracking import HistoryEvent
from tests.architecture import source

MOST_LINES = 400
# An app with pages has all of these; the others only what they need.
PAGES = {"urls", "views", "services", "selectors", "forms", "filters", "tables", "models", "admin"}
APPS_WITH_RECORDS = ("accounts", "plans", "objectives", "kpis", "playbooks", "activities")
# Modules that may be longer -> why. An entry that is no longer needed fails.
LONG: dict[str, str] = {}
# Models without history -> why.
UNTRACKED = {
    "core.Preference": "a person's own columns and scales",
    "reports.HealthScore": "a calculation: what it is made of is tracked",
    "core.SavedView": "how a list is looked at: it changes no record",
    "kpis.KpiValue": "is itself the append-only history of a KPI",
    "accounts.ImportRun": "a job: what it changes is tracked, it is not",
    "core.ExportRun": "a job: it changes nothing",
    "core.MailStop": "a wish about mails: it changes no record",
    "core.Touch": "when a record was touched last: its changes are tracked",
    "core.Guest": "who did an operation when it was nobody who signs in: a part of the history",
    "core.RecentView": "what one person looked at last: it changes no record",
    "core.Session": "where somebody is signed in: it changes no record",
    "core.SearchEntry": "the words of records that are tracked",
    "core.Notification": "a word to one person, about records that are tracked",
    "library.Draft": "a half-filled form: nothing is made yet",
    "portal.ShareVisit": "who opened a share: it changes no record",
    "portal.PortalCode": "a proof of an address that lives for minutes",
    "portal.Completion": "what a contact may take back for a minute: the task is tracked",
    "portal.PortalSession": "that somebody proved their address: it changes no record",
    "playbooks.TaskPin": "what one person keeps in sight for themselves",
}


def test_apps_with_records_have_all_their_rooms():
    missing = {
        app: absent
        for app in APPS_WITH_RECORDS
        if (absent := PAGES - {m.room for m in source.modules() if m.app == app})
    }
    assert not missing


def test_no_room_is_empty():
    rooms: dict[tuple[str, str], int] = {}
    for module in source.modules():
        if module.room:
            key = (module.app, module.room)
            code = [node for node in module.tree.body if not isinstance(node, ast.Expr)]
            rooms[key] = rooms.get(key, 0) + len(code)
    empty = [f"{app}.{room}" for (app, room), size in rooms.items() if not size]
    # Packages that Django finds by their folder have nothing of their own to say.
    assert not empty


def test_modules_stay_below_400_lines():
    long = {m.name: m.lines for m in source.modules() if m.lines > MOST_LINES}
    assert set(long) == set(LONG), long


def test_what_others_call_says_what_it_does():
    silent = [
        f"{module.name}.{node.name}"
        for module in source.modules()
        if module.room in ("services", "selectors", "rules")
        for node in module.tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert not silent, "\n".join(silent)


def test_every_module_with_code_says_what_it_is_for():
    silent = [
        module.name
        for module in source.modules()
        if module.room not in ("apps", "urls", "")
        and module.tree.body
        and not ast.get_docstring(module.tree)
    ]
    assert not silent


def test_services_take_keywords_and_the_actor_and_know_no_request():
    faults = []
    for module in source.modules():
        if module.room != "services" or module.app == "core":
            continue
        for node in module.tree.body:
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
                continue
            names = {arg.arg for arg in [*node.args.args, *node.args.kwonlyargs]}
            writes = "operation(" in ast.unparse(node)
            if "request" in names or (writes and ("actor" not in names or node.args.args)):
                faults.append(f"{module.name}.{node.name}")
    assert not faults


def test_pages_hold_no_writes():
    writes = {"create", "bulk_create", "update", "bulk_update", "delete", "save", "get_or_create"}
    faults = []
    for module in source.modules():
        if module.room not in ("views", "forms", "filters", "tables"):
            continue
        for node in ast.walk(module.tree):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in writes
                and ".objects" in ast.unparse(node.func)
            ):
                faults.append(f"{module.name}:{node.lineno}")
    assert not faults, "\n".join(faults)


def test_every_model_is_tracked():
    untracked = {
        model._meta.label
        for model in apps.get_models()
        if model.__module__.startswith("apps.")
        and not issubclass(model, HistoryEvent)
        and not any(
            issubclass(rel.related_model, HistoryEvent) and rel.name == "events"
            for rel in model._meta.related_objects
        )
    }
    assert untracked <= set(UNTRACKED), untracked - set(UNTRACKED)
    here = {model._meta.label for model in apps.get_models()}
    assert set(UNTRACKED) - untracked <= {"accounts.ImportRun"} - here


def test_many_to_many_goes_through_models_that_history_sees():
    hidden = [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        if model.__module__.startswith("apps.")
        for field in model._meta.local_many_to_many
        if field.remote_field.through._meta.auto_created
    ]
    # Django's own tables of who is in which group: set in the admin, which writes its own log.
    assert set(hidden) == {"core.User.groups", "core.User.user_permissions"}


def test_foreign_keys_point_down_the_list_of_apps():
    order = ["core", *APPS_WITH_RECORDS, "library", "reports", "workspace", "portal"]
    upward = [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        if model.__module__.startswith("apps.")
        for field in model._meta.local_fields
        if isinstance(field, models.ForeignKey)
        and field.related_model._meta.app_label in order
        and order.index(field.related_model._meta.app_label) > order.index(model._meta.app_label)
    ]
    assert not upward


def test_models_write_nothing_in_save_and_hear_no_signals():
    faults = [
        f"{module.name}:{node.lineno} {node.name}"
        for module in source.modules()
        if module.room == "models"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef) and node.name in ("save", "delete")
    ]
    receivers = [
        module.name
        for module in source.modules()
        for node in ast.walk(module.tree)
        if (isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "connect")
        or (isinstance(node, ast.Name) and node.id == "receiver")
    ]
    assert not faults
    assert receivers == ["apps.reports.apps"]
