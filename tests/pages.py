"""What a browser does with a page: the data of its form, and the number of its queries."""

from __future__ import annotations

from typing import Any

from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext


def form_data(response: Any, form_id: str = "form", **typed: Any) -> dict[str, Any]:
    """What a browser sends for the form of a page, when a person types these values into it."""
    form = BeautifulSoup(response.content, "html.parser").find("form", id=form_id)
    data: dict[str, list[str]] = {}
    for element in form.find_all(["input", "select", "textarea"]):
        name = element.get("name")
        if not name or element.has_attr("disabled") or element.find_parent("template"):
            continue
        data.setdefault(name, []).extend(_values(element))
    return {name: values for name, values in data.items() if values} | typed


def _values(element: Any) -> list[str]:
    if element.name == "textarea":
        return [element.get_text().removeprefix("\n")]
    if element.name == "select":
        chosen = element.find_all("option", selected=True) or element.find_all("option")[:1]
        return [option.get("value", option.get_text()) for option in chosen]
    if element.get("type") in ("checkbox", "radio"):
        return [element.get("value", "on")] if element.has_attr("checked") else []
    return [element.get("value", "")]


def edit_data(client: Any, url: str, **typed: Any) -> dict[str, Any]:
    """What a browser sends when a person types these values into the form at an address."""
    return form_data(client.get(url), **typed)


def queries(client: Any, address: str) -> int:
    """How many statements a page needs, once it is warm."""
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        response = client.get(address)
    assert response.status_code == 200, (address, response.status_code)
    return len(captured)


def saving(client: Any, url: str, data: dict[str, Any]) -> list[str]:
    """The statements of saving a form, without those that only the test's own transaction causes.

    Those are the savepoints, and the words to the history that end with a transaction by themselves.
    """
    with CaptureQueriesContext(connection) as captured:
        response = client.post(url, data)
    assert response.status_code == 302, response.content.decode()
    return [
        query["sql"]
        for query in captured.captured_queries
        if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))
        and "set_config('successcloud.actor', ''" not in query["sql"]
    ]
