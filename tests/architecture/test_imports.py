"""The law of imports is (room, app): a module imports lower rooms of any app, and within one room
only apps further down. Then no two modules can need each other."""

from __future__ import annotations

import ast

import pytest

from tests.architecture import source

APPS = (
    "portal",
    "workspace",
    "reports",
    "library",
    "activities",
    "playbooks",
    "kpis",
    "objectives",
    "plans",
    "accounts",
    "core",
)
# From high to low. Names on one line are one room for other apps; within an app they stand in
# the order of the line, so that a table may take labels and choices from its form.
ROOMS = (
    "management",
    "demo importer",
    "urls apps",
    "middleware context_processors adapters",
    "views",
    "admin",
    "tasks",
    "layouts tables filters formsets forms templatetags fields figures",
    "services setup",
    "selectors",
    "person scope models tracking indexing triggers expressions history",
    "access",
    "ui rules imports htmx kinds formats permissions",
    "choices",
)
RANK = {
    name: (len(ROOMS) - row, -place)
    for row, line in enumerate(ROOMS)
    for place, name in enumerate(line.split())
}
# module -> (what it may do against the law, why). An entry that is no longer needed fails.
INSIDE_FUNCTIONS = {
    "apps.reports.apps": "post_migrate is the one receiver; models cannot be imported before"
    " the apps are ready",
    "apps.objectives.apps": "tells core whom to call at the end of an operation, once the apps are"
    " ready",
}
REGISTRY = {
    "apps.core.setup": "reads the vocabularies' models from the registry that post_migrate hands"
    " over: it stands below them and fills their empty tables",
}


def standing(name: str) -> tuple[int, int, int]:
    """Room, app, place within the room; bigger is higher."""
    _, app, *rest = name.split(".")
    room, place = RANK[source.room_of(rest[0])]
    return room, len(APPS) - APPS.index(app), place


def breaks_the_law(importer: str, imported: str) -> bool:
    """Whether this import goes up."""
    same = importer.split(".")[1] == imported.split(".")[1] and source.room_of(
        importer.split(".")[2]
    ) == source.room_of(imported.split(".")[2])
    return not same and standing(imported) >= standing(importer)


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("apps.plans.services", "apps.kpis.services"),
        ("apps.kpis.models", "apps.kpis.services"),
        ("apps.objectives.selectors", "apps.plans.views"),
        ("apps.core.models", "apps.core.scope"),
        ("apps.plans.forms", "apps.plans.tables"),
        ("apps.plans.models", "apps.objectives.models"),
    ],
)
def test_the_law_knows_what_is_upward(importer, imported):
    assert breaks_the_law(importer, imported)
    assert not breaks_the_law(imported, importer)


def test_every_module_stands_in_a_known_room():
    unknown = [m.name for m in source.modules() if m.room and m.room not in RANK]
    assert not unknown, f"not a room of architecture.md: {unknown}"


def test_imports_go_down_by_room_and_app():
    upward = [
        f"{module.name}:{line} imports {name}"
        for module in source.modules()
        if module.room
        for line, name in source.imports(module)
        if name.count(".") > 1
        and module.name not in INSIDE_FUNCTIONS
        and breaks_the_law(module.name, name)
    ]
    assert not upward, "\n".join(upward)


def test_a_whole_app_is_never_imported_from_outside():
    # `from apps.plans import views` inside plans itself is how urls name their pages.
    foreign = [
        f"{module.name}:{line} imports {name}"
        for module in source.modules()
        for line, name in source.imports(module)
        if name.count(".") < 2 and name.split(".")[-1] != module.app
    ]
    assert not foreign, "\n".join(foreign)


def test_no_imports_inside_functions():
    found = {
        module.name
        for module in source.modules()
        for node in source.inside_functions(module)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert found == set(INSIDE_FUNCTIONS)


def test_no_way_around_by_names_in_strings():
    around = {"import_string", "import_module", "get_model", "__import__"}
    found = {
        module.name
        for module in source.modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and (getattr(node.func, "attr", "") in around or getattr(node.func, "id", "") in around)
    }
    assert found == set(REGISTRY)


def test_no_import_is_hidden_from_the_running_program():
    found = [
        module.name
        for module in source.modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
    ]
    assert not found
