"""The page recipes: list, record, form, confirm; and the few pages of core itself."""

from apps.core.views.cells import list_paths
from apps.core.views.forms import CreatePage, DeletePage, EditPage
from apps.core.views.imports import file_paths
from apps.core.views.lists import ListPage
from apps.core.views.lookup import lookup
from apps.core.views.records import Tab, record_page

__all__ = [
    "CreatePage",
    "DeletePage",
    "EditPage",
    "ListPage",
    "Tab",
    "file_paths",
    "list_paths",
    "lookup",
    "record_page",
]
