"""The program's own source, read as text and as syntax trees."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def room_of(name: str) -> str:
    """The room of a module's name: `rules`, or `import_rules` where one room has two subjects."""
    last = name.rsplit("_", 1)[-1]
    return last if last in SPLIT else name


@dataclass(frozen=True)
class Module:
    """One module of the program: `apps.plans.views.pages` is of the app plans, its room views."""

    path: Path

    @property
    def name(self) -> str:
        parts = self.path.relative_to(ROOT).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @property
    def app(self) -> str:
        return self.name.split(".")[1] if self.name.count(".") else ""

    @property
    def room(self) -> str:
        """`import_rules` is of the room rules; a module directly in `apps` has none."""
        return room_of(self.name.split(".")[2]) if self.name.count(".") > 1 else ""

    @property
    def tree(self) -> ast.Module:
        return parsed(self.path)

    @property
    def lines(self) -> int:
        return len(self.path.read_text().splitlines())


# Rooms whose second subject may lie in a module of its own beside them.
SPLIT = (
    "views",
    "admin",
    "forms",
    "tables",
    "filters",
    "figures",
    "services",
    "selectors",
    "models",
    "triggers",
    "rules",
    "ui",
)


@functools.cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


@functools.cache
def modules() -> tuple[Module, ...]:
    """Every module of the apps, migrations aside."""
    paths = sorted((ROOT / "apps").rglob("*.py"))
    return tuple(Module(path) for path in paths if "migrations" not in path.parts)


@functools.cache
def templates() -> tuple[Path, ...]:
    return tuple(sorted((ROOT / "templates").rglob("*.html")))


@functools.cache
def _names() -> frozenset[str]:
    return frozenset(module.name for module in modules())


def imports(module: Module) -> Iterator[tuple[int, str]]:
    """Line and full name of each module of ours that this one imports."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith("apps."):
                    yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("apps"):
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield node.lineno, inner if inner in _names() else str(node.module)


def inside_functions(module: Module) -> Iterator[ast.AST]:
    """Every node that stands inside a function."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for inner in ast.walk(node):
                if inner is not node:
                    yield inner
