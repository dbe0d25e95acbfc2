"""What the database does by itself when a KPI or a reading changes."""

from __future__ import annotations

import pgtrigger

from apps.core.indexing import Source, searched
from apps.core.touch_triggers import touches

VALUES = ("baseline", "current", "target", "direction", "unit", "measured_on")

# The door and the person are those of the transaction; none means a shell (apps.core.history).
DOOR = "COALESCE(NULLIF(current_setting('successcloud.door', true), ''), 'shell')"
ACTOR = "NULLIF(current_setting('successcloud.actor', true), '')::bigint"
NOTE = "COALESCE(current_setting('successcloud.note', true), '')"

WRITE_VALUE = f"""
    INSERT INTO kpis_kpivalue (
        kpi_id, measured_on, baseline, current, target, unit_id, direction,
        door, recorded_by_id, note
    ) VALUES (
        NEW.id, NEW.measured_on, NEW.baseline, NEW.current, NEW.target, NEW.unit_id,
        NEW.direction, {DOOR}, {ACTOR}, {NOTE}
    );
    RETURN NULL;
"""

_changed = pgtrigger.AnyChange(*VALUES)

stamp_progress = pgtrigger.Trigger(
    name="stamp_progress",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    condition=_changed,
    func="NEW.last_progress_update = now(); RETURN NEW;",
)

# R-KPI-10: tying an attribute takes its newest reading at once.
take_newest_reading = pgtrigger.Trigger(
    name="newest_reading",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("attribute_id"),
    condition=pgtrigger.Q(new__attribute__isnull=False),
    declare=[("reading", "RECORD")],
    func="""
        IF TG_OP = 'UPDATE' THEN
            IF OLD.attribute_id IS NOT DISTINCT FROM NEW.attribute_id THEN
                RETURN NEW;
            END IF;
        END IF;
        -- Planned at each call: a plan made while there were few readings would read them all.
        EXECUTE $sql$
            SELECT value, measured_on FROM accounts_attributevalue
            WHERE account_id = (SELECT account_id FROM objectives_objective WHERE id = $1)
              AND definition_id = $2
            ORDER BY measured_on DESC, id DESC LIMIT 1
        $sql$ INTO reading USING NEW.objective_id, NEW.attribute_id;
        IF reading.measured_on IS NOT NULL THEN
            NEW.current = reading.value;
            NEW.measured_on = reading.measured_on;
        END IF;
        RETURN NEW;
    """,
)

# R-KPI-9: every change of the values leaves one KpiValue, and so does creation with values.
value_on_insert = pgtrigger.Trigger(
    name="value_on_insert",
    when=pgtrigger.After,
    operation=pgtrigger.Insert,
    condition=pgtrigger.Q(new__baseline__isnull=False)
    | pgtrigger.Q(new__current__isnull=False)
    | pgtrigger.Q(new__target__isnull=False),
    func=WRITE_VALUE,
)
value_on_update = pgtrigger.Trigger(
    name="value_on_update",
    when=pgtrigger.After,
    operation=pgtrigger.Update,
    condition=_changed,
    func=WRITE_VALUE,
)

FED = """
        FROM new_readings r
        JOIN objectives_objective o ON o.account_id = r.account_id
        JOIN kpis_objectivekpi k ON k.objective_id = o.id AND k.attribute_id = r.definition_id
        WHERE TRUE"""
# A reading wins when no newer one exists and nobody typed a value for a later date.
WINS = """(
            COALESCE(r.measured_on >= k.measured_on, TRUE) AND NOT EXISTS (
                SELECT 1 FROM accounts_attributevalue v
                WHERE v.account_id = r.account_id AND v.definition_id = r.definition_id
                  AND (v.measured_on, v.id) > (r.measured_on, r.id)
            ))"""
DIFFERS = "(k.current, k.measured_on) IS DISTINCT FROM (r.value, r.measured_on)"

# R-KPI-10: one statement for all readings that were saved together. The newest reading of each
# account and attribute becomes the current value; the others go to their place in the series.
feed_kpis = pgtrigger.Trigger(
    name="feed_kpis",
    level=pgtrigger.Statement,
    when=pgtrigger.After,
    operation=pgtrigger.Insert,
    referencing=pgtrigger.Referencing(new="new_readings"),
    declare=[("door_before", "TEXT")],
    func=f"""
        door_before = current_setting('successcloud.door', true);
        PERFORM set_config('successcloud.door', 'attribute', true);

        INSERT INTO kpis_kpivalue (
            kpi_id, measured_on, baseline, current, target, unit_id, direction,
            door, recorded_by_id, note
        )
        SELECT k.id, r.measured_on, k.baseline, r.value, k.target, k.unit_id, k.direction,
               'attribute', {ACTOR}, ''
        {FED} AND NOT ({WINS} AND {DIFFERS})
        ORDER BY r.measured_on, r.id;

        UPDATE kpis_objectivekpi
        SET current = r.value, measured_on = r.measured_on
        {FED} AND {WINS} AND {DIFFERS} AND kpis_objectivekpi.id = k.id;

        PERFORM set_config('successcloud.door', COALESCE(door_before, ''), true);
        RETURN NULL;
    """,
)

# Values are never taken back (R-KPI-9). So where a reading goes, which only an undo does, its day
# gets the value that holds there without it: that of the day before, as the series now stands.
starve_kpis = pgtrigger.Trigger(
    name="starve_kpis",
    level=pgtrigger.Statement,
    when=pgtrigger.After,
    operation=pgtrigger.Delete,
    referencing=pgtrigger.Referencing(old="old_readings"),
    func=f"""
        INSERT INTO kpis_kpivalue (
            kpi_id, measured_on, baseline, current, target, unit_id, direction,
            door, recorded_by_id, note
        )
        SELECT DISTINCT ON (k.id, r.measured_on)
               k.id, r.measured_on, k.baseline, held.current, k.target, k.unit_id, k.direction,
               {DOOR}, {ACTOR}, {NOTE}
        FROM old_readings r
        JOIN objectives_objective o ON o.account_id = r.account_id
        JOIN kpis_objectivekpi k ON k.objective_id = o.id AND k.attribute_id = r.definition_id
        LEFT JOIN LATERAL (
            SELECT p.current FROM kpis_kpivalue p
            WHERE p.kpi_id = k.id
              AND COALESCE(p.measured_on, p.recorded_at::date) <= r.measured_on
              AND NOT (p.door = 'attribute'
                       AND (r.account_id, r.definition_id, p.measured_on, p.current) IN (
                           SELECT g.account_id, g.definition_id, g.measured_on, g.value
                           FROM old_readings g))
            ORDER BY COALESCE(p.measured_on, p.recorded_at::date) DESC, p.recorded_at DESC, p.id DESC
            LIMIT 1
        ) held ON TRUE
        WHERE EXISTS (
            SELECT FROM kpis_kpivalue p
            WHERE p.kpi_id = k.id AND p.measured_on = r.measured_on AND p.current = r.value
        );
        RETURN NULL;
    """,
)

# FOR SHARE: the objective cannot move to another account until the entry is there to be moved too.
kpi_searched = searched(
    Source(
        kind="kpi",
        table="kpis_objectivekpi",
        title="r.title",
        keys=("'okpi' || lpad(r.id::text, 8, '0') || ' ' || lpad(r.id::text, 8, '0')",),
        text=("r.description",),
        fields=("title", "description", "objective"),
        account="(SELECT account_id FROM objectives_objective WHERE id = r.objective_id FOR SHARE)",
    )
)
objective_moved = pgtrigger.Trigger(
    name="search_kpis_follow",
    when=pgtrigger.After,
    operation=pgtrigger.UpdateOf("account_id"),
    condition=pgtrigger.AnyChange("account"),
    func="""
        UPDATE core_searchentry SET account_id = NEW.account_id
        WHERE kind = 'kpi'
          AND record_id IN (SELECT id FROM kpis_objectivekpi WHERE objective_id = NEW.id);
        RETURN NULL;
    """,
)

kpi_touched = touches(
    {
        "kpi": "r.id",
        "objective": "r.objective_id",
        "plan": "(SELECT plan_id FROM objectives_objective WHERE id = r.objective_id)",
    }
)
