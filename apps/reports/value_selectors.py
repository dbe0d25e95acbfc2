"""What the KPIs of a report achieved, summed up by the database in one statement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from django.db import connection
from django.db.models import F, QuerySet

from apps.accounts.models import Account
from apps.core.models import Unit
from apps.kpis.models import ObjectiveKpi
from apps.reports.value_rules import PLACES, Gains, adds_up

SUMMED: Final = """
    WITH told AS (
        SELECT r.*, r.v_direction = 'higher' AS v_raises,
            CASE r.v_direction WHEN 'higher' THEN r.v_current - r.v_baseline
                ELSE r.v_baseline - r.v_current END AS v_gain
        FROM ({rows}) r
    )
    SELECT GROUPING(v_account), v_account, v_category, v_unit,
        count(*), count(v_gain), count(v_gain) FILTER (WHERE v_raises),
        count(*) FILTER (WHERE v_gain < 0),
        COALESCE(SUM(v_gain) FILTER (WHERE v_raises), 0),
        COALESCE(SUM(v_gain) FILTER (WHERE NOT v_raises), 0),
        COALESCE(SUM(v_gain) FILTER (WHERE v_gain < 0), 0)
    FROM told
    GROUP BY GROUPING SETS ((v_account, v_unit), (v_category, v_unit))
"""


@dataclass(frozen=True)
class UnitOf:
    """A unit as the report needs it; `pk` is None for KPIs without one."""

    pk: int | None
    label: str
    symbol: str
    decimals: int
    adds: bool


NO_UNIT: Final = UnitOf(None, "No unit", "", PLACES, adds_up(None))


@dataclass(frozen=True)
class Value:
    """What was achieved, by account and by category; each apart for every unit.

    The keys are the unit's id and the id of the account or category, None where there is none.
    Accounts stand in the order of their names.
    """

    accounts: Mapping[tuple[int | None, int], tuple[str, Gains]]
    categories: Mapping[tuple[int | None, int | None], Gains]

    def of_unit(self, unit: int | None) -> list[tuple[int, str, Gains]]:
        """The accounts that have KPIs of a unit: id, name, what they achieved."""
        return self._by_unit.get(unit, [])

    @cached_property
    def _by_unit(self) -> dict[int | None, list[tuple[int, str, Gains]]]:
        found: dict[int | None, list[tuple[int, str, Gains]]] = {}
        for (unit, account), (name, gains) in self.accounts.items():
            found.setdefault(unit, []).append((account, name, gains))
        return found

    @cached_property
    def units(self) -> dict[int | None, Gains]:
        """What was achieved in each unit; units are never added."""
        found: dict[int | None, Gains] = {}
        for (unit, _), gains in self.categories.items():
            found[unit] = found.get(unit, Gains()) + gains
        return found


def value_of(rows: QuerySet[ObjectiveKpi]) -> Value:
    """What these KPIs achieved."""
    plain: Any = rows.order_by().select_related(None)
    plain = plain.values(
        v_account=F("objective__account_id"),
        v_category=F("category_id"),
        v_unit=F("unit_id"),
        v_direction=F("direction"),
        v_baseline=F("baseline"),
        v_current=F("current"),
    )
    sql, params = plain.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(SUMMED.replace("{rows}", sql), params)
        found = cursor.fetchall()
    # Names are read apart: the database is slow to sort and to group by them.
    names = dict(
        Account._base_manager.filter(pk__in={account for _, account, *_ in found}).values_list(
            "pk", "name"
        )
    )
    places = {pk: at for at, pk in enumerate(sorted(names, key=lambda pk: names[pk].casefold()))}
    accounts: dict[tuple[int | None, int], tuple[str, Gains]] = {}
    categories: dict[tuple[int | None, int | None], Gains] = {}
    for no_account, account, category, unit, *counts in sorted(
        found, key=lambda row: places.get(row[1], -1)
    ):
        gains = Gains(*counts)
        if no_account:
            categories[unit, category] = gains
        else:
            accounts[unit, account] = (names[account], gains)
    return Value(accounts, categories)


def units_of(ids: Mapping[int | None, Any]) -> list[UnitOf]:
    """The units with these ids in their order, what has none last."""
    rows = Unit._default_manager.filter(pk__in=[pk for pk in ids if pk is not None])
    units = [
        UnitOf(one.pk, one.label, one.symbol, one.decimals, adds_up(one.kind, one.symbol))
        for one in rows
    ]
    return [*units, NO_UNIT] if None in ids else units
