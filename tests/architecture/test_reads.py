"""Pages reach rows only through `visible_to(user)`: what a person may not see is nowhere (R-VIS-1)."""

from __future__ import annotations

import ast

from django.apps import apps

from tests.architecture import source

ROOMS = ("views", "forms", "filters", "tables", "layouts", "formsets")
# module -> (models it may name without a person, why). An entry that is no longer needed fails.
EXEMPT = {
    ("apps.playbooks.filters", "TaskAssignment"): "narrows tasks that the person sees already",
}


def scoped_models() -> set[str]:
    """The names of the models whose rows belong to an account."""
    return {
        model.__name__
        for model in apps.get_models()
        if hasattr(model._default_manager, "visible_to")
    }


def raw_reads(module: source.Module, scoped: set[str]) -> list[tuple[int, str]]:
    """Reads of a scoped model that do not ask what this person sees.

    A queryset that is handed to a form or filter field is limited by the recipe
    (`RecordForm._fit`, `RecordFilter.__init__`): it stands in the call that makes the field.
    """
    declared = {
        id(inner)
        for node in ast.walk(module.tree)
        if (isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("Field", "Filter")))
        or (isinstance(node, ast.keyword) and node.arg == "queryset")
        for inner in ast.walk(node)
    }
    chained = {
        id(node.value)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and node.attr in ("visible_to", "in_library", "none")
    }
    return [
        (node.lineno, node.value.id)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute)
        and node.attr in ("objects", "_base_manager", "_default_manager")
        and isinstance(node.value, ast.Name)
        and node.value.id in scoped
        and id(node) not in declared
        and id(node) not in chained
    ]


def test_pages_read_only_what_the_person_may_see():
    scoped = scoped_models()
    assert {"Account", "SuccessPlan", "Objective", "ObjectiveKpi", "CsActivity"} <= scoped
    found = {
        (module.name, model): line
        for module in source.modules()
        if module.room in ROOMS
        for line, model in raw_reads(module, scoped)
    }
    assert set(found) == set(EXEMPT), found


def test_the_guard_sees_a_read_without_a_person():
    def faults(code):
        class Fake:
            tree = ast.parse(code)

        return raw_reads(Fake, {"Account"})

    assert faults("rows = Account.objects.filter(pk=1)")
    assert faults("rows = Account.objects.all()")
    assert not faults("rows = Account.objects.visible_to(user)")
    assert not faults("field = LookupFilter(queryset=Account.objects.all())")
