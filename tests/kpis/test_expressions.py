"""The database's twin of the rules says the same, in every case (R-KPI-5)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core.rules import percent_shown, progress
from apps.kpis import rules
from apps.kpis.models import ObjectiveKpi
from apps.objectives.models import Objective
from tests.factories import make_account, make_kpi, make_objective
from tests.kpis.cases import CASES

pytestmark = pytest.mark.django_db

MOST = Decimal("99999999999999.9999")
TODAY = dt.date(2026, 6, 30)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_r_kpi_2_and_4_every_worked_case_holds_in_sql(case):
    kpi = make_kpi(make_objective(start_date=case.start), **case.values())
    found = ObjectiveKpi.objects.with_status(case.today).get(pk=kpi.pk)
    assert (int(found.percent_complete), found.kpi_status) == (case.percent, case.status)


def test_r_kpi_2_the_largest_values_are_exact_too():
    # 33 % of the way but for a hundredth of the last place: division would round it up.
    baseline, target = -MOST, MOST - Decimal("0.0001")
    wanted = int((target - baseline) * 10000)
    current = baseline + Decimal((wanted * 33 - 1) // 100) / 10000
    kpi = make_kpi(baseline=baseline, current=current, target=target)
    assert percent_shown(progress(baseline, current, target, "higher")) == 32
    assert kpi.percent_complete == Decimal("32.99")


decimals = st.one_of(
    st.none(),
    st.integers(-3, 3).map(Decimal),
    st.sampled_from([MOST, -MOST, MOST - Decimal("0.0001"), Decimal("0.0001"), Decimal(0)]),
    st.decimals(-MOST, MOST, places=4),
)
days = st.one_of(
    st.none(),
    st.integers(-3, 3).map(lambda n: TODAY + dt.timedelta(days=n)),
    st.dates(dt.date(1990, 1, 1), dt.date(2060, 12, 31)),
)


@st.composite
def measures(draw: st.DrawFn) -> dict:
    """A KPI with the start of its objective; direction and values agree (R-KPI-3)."""
    baseline, target = draw(decimals), draw(decimals)
    if baseline is None or target is None or baseline == target:
        direction = draw(st.sampled_from(["higher", "lower"]))
    else:
        direction = "higher" if target > baseline else "lower"
    current = draw(
        st.one_of(decimals, st.just(baseline), st.just(target), between(baseline, target))
    )
    return {
        "baseline": baseline,
        "current": current,
        "target": target,
        "direction": direction,
        "start": draw(days),
        "target_date": draw(days),
    }


def between(baseline: Decimal | None, target: Decimal | None) -> st.SearchStrategy:
    """Values on the way, with the exact thirds, halves and percents among them."""
    if baseline is None or target is None:
        return st.none()
    whole = int((target - baseline) * 10000)
    return st.integers(0, 100).flatmap(
        lambda share: st.integers(-1, 1).map(
            lambda hair: min(
                max(baseline + Decimal(whole * share // 100 + hair) / 10000, -MOST), MOST
            )
        )
    )


@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.large_base_example,
    ],
)
@given(st.lists(measures(), min_size=100, max_size=120))
def test_r_kpi_5_function_and_sql_agree_in_5_000_tries(tries):
    account = make_account()
    objectives = Objective.objects.bulk_create(
        Objective(account=account, name=str(place), start_date=tried["start"])
        for place, tried in enumerate(tries)
    )
    made = ObjectiveKpi.objects.bulk_create(
        ObjectiveKpi(
            objective=objective,
            title="KPI",
            **{name: value for name, value in tried.items() if name != "start"},
        )
        for objective, tried in zip(objectives, tries, strict=True)
    )
    rows = ObjectiveKpi.objects.with_status(TODAY).in_bulk([kpi.pk for kpi in made])
    for kpi, tried in zip(made, tries, strict=True):
        row = rows[kpi.pk]
        values = [tried[name] for name in ("baseline", "current", "target", "direction")]
        assert int(row.percent_complete) == percent_shown(progress(*values)), tried
        assert row.kpi_status == rules.kpi_status(**tried, today=TODAY), tried
