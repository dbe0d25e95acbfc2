"""KPIs in the Django admin: what a person sees there is what they see everywhere."""

from __future__ import annotations

import pytest
from django.urls import reverse

from apps.core.choices import RowScope
from apps.core.models import Organisation
from apps.kpis.models import KpiValue
from tests.factories import (
    make_account,
    make_account_role,
    make_administrator,
    make_kpi,
    make_objective,
    make_plan,
    make_resource,
)

pytestmark = pytest.mark.django_db


def test_r_vis_1_another_teams_kpis_and_values_are_not_in_the_admin(client):
    user = make_administrator()
    Organisation.objects.update_or_create(pk=1, defaults={"row_scope": RowScope.ACCOUNT_TEAM})
    ours, theirs = (
        make_kpi(make_objective(make_plan(make_account())), title=title, current=1)
        for title in ("Ours to see", "Theirs alone")
    )
    make_account_role(ours.objective.account, make_resource(user=user))
    client.force_login(user)
    page = client.get(reverse("admin:kpis_objectivekpi_changelist")).content.decode()
    assert "Ours to see" in page
    assert "Theirs alone" not in page
    address = reverse("admin:kpis_objectivekpi_change", args=[theirs.pk])
    assert client.get(address).status_code == 302
    values = client.get(reverse("admin:kpis_kpivalue_changelist")).context["cl"].queryset
    assert {value.kpi_id for value in values} == {ours.pk}
    assert KpiValue.objects.filter(kpi=theirs).exists()
