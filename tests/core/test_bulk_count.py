"""The number that a list said is about all that match, not about rows that were ticked."""

from __future__ import annotations

import pytest

from tests.factories import make_account, make_csm, make_objective, make_plan

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("what", ["bulk-edit", "bulk-delete"])
def test_ticked_rows_are_not_compared_with_the_number_of_the_list(client, what):
    client.force_login(make_csm())
    plan = make_plan(make_account(name="Acme"))
    first = [make_objective(plan, name=f"Goal {place}") for place in range(3)][0]
    page = client.post(f"/objectives/{what}/", {"step": "form", "row": [first.pk], "count": "3"})
    assert page.status_code == 200
    assert "The list said" not in page.content.decode()
