"""The hand-written statements of the floor, one a case: the same rows and cells as the page's.

Each is one plain SELECT over what the page shows. Parameters: `today`, `first` (the offset) and
the ids that the page is about.
"""

from __future__ import annotations

from typing import Final

STATUS: Final = """
    CASE
        WHEN k.baseline IS NULL OR k.current IS NULL OR k.target IS NULL THEN 'not_available'
        WHEN k.direction = 'higher' AND k.current >= k.target
            OR k.direction = 'lower' AND k.current <= k.target THEN 'completed'
        WHEN k.target_date < %(today)s::date THEN 'overdue'
        WHEN o.start_date > %(today)s::date THEN 'not_started'
        WHEN o.start_date IS NULL AND k.target_date IS NULL AND (
            k.baseline = k.target OR k.direction = 'higher' AND k.current <= k.baseline
            OR k.direction = 'lower' AND k.current >= k.baseline) THEN 'on_track'
        WHEN o.start_date IS NULL OR k.target_date IS NULL THEN 'in_progress'
        WHEN k.target_date = o.start_date THEN 'off_track'
        WHEN k.baseline = k.target THEN
            CASE WHEN o.start_date = %(today)s::date THEN 'on_track' ELSE 'off_track' END
        WHEN greatest((k.current - k.baseline) * CASE k.direction WHEN 'higher' THEN 1 ELSE -1 END, 0)
                * (k.target_date - o.start_date)
            >= (k.target - k.baseline) * CASE k.direction WHEN 'higher' THEN 1 ELSE -1 END
                * (%(today)s::date - o.start_date) THEN 'on_track'
        ELSE 'off_track'
    END
"""


def search() -> str:
    """How many records of each kind have the words, to a thousand, and the five likeliest."""
    kinds = [
        "account",
        "contact",
        "resource",
        "plan",
        "challenge",
        "objective",
        "kpi",
        "playbook",
        "task",
        "activity",
        "comment",
    ]
    return " UNION ALL ".join(
        f"""(SELECT e.kind, e.record_id, e.title, a.name, ts_rank(e.vector, %(asked)s::tsquery),
            (SELECT count(*) FROM (SELECT FROM core_searchentry WHERE kind = '{kind}'
                AND vector @@ %(asked)s::tsquery LIMIT 1001) one)
        FROM (SELECT * FROM core_searchentry WHERE kind = '{kind}'
            AND vector @@ %(asked)s::tsquery LIMIT 2000) e
        LEFT JOIN accounts_account a ON a.id = e.account_id
        ORDER BY 5 DESC, e.record_id LIMIT 5)"""
        for kind in kinds
    )


def kpis(where: str = "true", order: str = "k.title") -> str:
    """A page of the list of KPIs."""
    return f"""
        SELECT k.id, k.title, k.is_external, o.id, o.name, a.id, a.name, k.current, u.symbol,
            k.target, floor(k.percent_complete), k.target_date, {STATUS} AS status, k.is_blocked
        FROM kpis_objectivekpi k
        JOIN objectives_objective o ON o.id = k.objective_id
        JOIN accounts_account a ON a.id = o.account_id
        LEFT JOIN core_unit u ON u.id = k.unit_id
        WHERE {where}
        ORDER BY {order}, k.id LIMIT 51 OFFSET %(first)s
    """


OBJECTIVE_PROGRESS: Final = """
    CASE WHEN os.kind = 'completed' THEN 100 ELSE COALESCE(
        (SELECT avg(percent_complete) FROM kpis_objectivekpi WHERE objective_id = o.id),
        (SELECT 100.0 * avg((t.status = 'completed')::int) FROM playbooks_playbooktask t
            WHERE t.objective_id = o.id AND t.status <> 'canceled'), 0)
    END
"""
PLAN_PROGRESS: Final = f"""
    (SELECT avg({OBJECTIVE_PROGRESS}) FROM objectives_objective o
        LEFT JOIN objectives_objectivestatus os ON os.id = o.status_id
        WHERE o.plan_id = p.id AND COALESCE(os.kind, '') NOT IN ('abandoned', 'archived'))
"""
PLAYBOOK_PROGRESS: Final = """
    (SELECT 100.0 * avg((t.status = 'completed')::int) FROM playbooks_playbooktask t
        WHERE t.playbook_id = b.id AND t.status <> 'canceled')
"""
ASSIGNED: Final = """
    (SELECT string_agg(r.name, ', ') FROM playbooks_taskassignment s
        JOIN accounts_resource r ON r.id = s.resource_id WHERE s.task_id = t.id)
"""

# Sections of a record page are put below each other, each with its cells as text.
_PLANS = f"""
    SELECT 'plan', p.id::text, p.name, p.status, p.end_date::text, r.name,
        round({PLAN_PROGRESS})::text
    FROM plans_successplan p LEFT JOIN accounts_resource r ON r.id = p.owner_id
"""
_OBJECTIVES = f"""
    SELECT 'objective', o.id::text, o.name, os.label, o.due_date::text, r.name,
        round({OBJECTIVE_PROGRESS})::text
    FROM objectives_objective o
    LEFT JOIN objectives_objectivestatus os ON os.id = o.status_id
    LEFT JOIN accounts_resource r ON r.id = o.owner_id
"""
_PLAYBOOKS = f"""
    SELECT 'playbook', b.id::text, b.name, b.stage, b.end_date::text, r.name,
        round({PLAYBOOK_PROGRESS})::text
    FROM playbooks_playbook b LEFT JOIN accounts_resource r ON r.id = b.owner_id
"""
_TASKS = f"""
    SELECT 'task', t.id::text, t.name, t.status, t.end_date::text, {ASSIGNED},
        t.percent_complete::text
    FROM playbooks_playbooktask t
"""
_CHALLENGES = """
    SELECT 'challenge', c.id::text, c.title, c.status, c.identified_on::text, g.label, c.severity
    FROM plans_businesschallenge c LEFT JOIN plans_challengecategory g ON g.id = c.category_id
"""
_ACTIVITIES = """
    SELECT 'activity', c.id::text, c.subject, y.label, c.happened_at::text, r.name, c.notes
    FROM activities_csactivity c
    LEFT JOIN activities_activitytype y ON y.id = c.type_id
    LEFT JOIN accounts_resource r ON r.id = c.owner_id
"""
_KPIS = f"""
    SELECT 'kpi', k.id::text, k.title, {STATUS}, k.target_date::text, k.current::text,
        k.percent_complete::text
    FROM kpis_objectivekpi k JOIN objectives_objective o ON o.id = k.objective_id
"""


def together(*sections: str) -> str:
    """Sections of seven columns, one below the other."""
    return " UNION ALL ".join(f"({section})" for section in sections)


FLOORS: Final[dict[str, str]] = {
    "kpis-title": kpis(),
    "kpis-status": kpis(order="status"),
    "kpis-progress": kpis(order="k.percent_complete"),
    "kpis-off-track": kpis(f"{STATUS} = 'off_track'"),
    "kpis-account": kpis("o.account_id = %(account)s", "status"),
    "search": search(),
    "kpis-search": kpis(
        "k.title ILIKE %(words)s OR k.description ILIKE %(words)s OR o.name ILIKE %(words)s"
        " OR a.name ILIKE %(words)s"
    ),
    "accounts": """
        SELECT a.id, a.name, p.id, p.name, a.lifecycle_stage, a.tier, a.industry, a.arr, u.label,
            a.renewal_date, a.status,
            (SELECT r.name FROM accounts_accountrole x JOIN accounts_resource r ON r.id = x.resource_id
                JOIN accounts_role l ON l.id = x.role_id
                WHERE x.account_id = a.id ORDER BY l.position, x.id LIMIT 1)
        FROM accounts_account a
        LEFT JOIN accounts_account p ON p.id = a.parent_id
        LEFT JOIN core_unit u ON u.id = a.currency_id
        ORDER BY a.name, a.id LIMIT 51 OFFSET %(first)s
    """,
    "plans": f"""
        SELECT p.id, p.name, p.is_shared, a.id, a.name, p.status, r.name, p.start_date, p.end_date,
            {PLAN_PROGRESS}
        FROM plans_successplan p
        JOIN accounts_account a ON a.id = p.account_id
        LEFT JOIN accounts_resource r ON r.id = p.owner_id
        ORDER BY p.name, p.id LIMIT 51 OFFSET %(first)s
    """,
    "objectives": f"""
        SELECT o.id, o.name, o.is_external, a.id, a.name, p.id, p.name, os.label, os.tint, o.priority,
            r.name, o.start_date, o.due_date, {OBJECTIVE_PROGRESS},
            (SELECT count(*) FROM kpis_objectivekpi k WHERE k.objective_id = o.id),
            os.blocks_kpis OR
                (SELECT bool_or(is_blocked) FROM kpis_objectivekpi k WHERE k.objective_id = o.id)
        FROM objectives_objective o
        JOIN accounts_account a ON a.id = o.account_id
        LEFT JOIN plans_successplan p ON p.id = o.plan_id
        LEFT JOIN objectives_objectivestatus os ON os.id = o.status_id
        LEFT JOIN accounts_resource r ON r.id = o.owner_id
        ORDER BY o.name, o.id LIMIT 51 OFFSET %(first)s
    """,
    "playbooks": f"""
        SELECT b.id, b.name, b.is_shared, a.id, a.name, o.id, o.name, b.stage, b.status, r.name,
            b.start_date, b.end_date, {PLAYBOOK_PROGRESS}
        FROM playbooks_playbook b
        JOIN accounts_account a ON a.id = b.account_id
        LEFT JOIN objectives_objective o ON o.id = b.objective_id
        LEFT JOIN accounts_resource r ON r.id = b.owner_id
        ORDER BY b.name, b.id LIMIT 51 OFFSET %(first)s
    """,
    "tasks": f"""
        SELECT t.id, t.name, t.is_shared, t.is_flagged, a.id, a.name, b.id, b.name, o.id, o.name,
            t.status, t.priority, {ASSIGNED}, t.start_date, t.end_date, t.percent_complete
        FROM playbooks_playbooktask t
        JOIN accounts_account a ON a.id = t.account_id
        LEFT JOIN playbooks_playbook b ON b.id = t.playbook_id
        LEFT JOIN objectives_objective o ON o.id = t.objective_id
        ORDER BY t.end_date, t.id LIMIT 51 OFFSET %(first)s
    """,
    "activities": """
        SELECT c.id, c.happened_at, c.subject, y.label, y.tint, a.id, a.name, c.plan_id,
            c.objective_id, c.kpi_id, c.playbook_id, c.task_id, r.name, c.duration,
            CASE
                WHEN c.task_id IS NOT NULL THEN
                    (SELECT name FROM playbooks_playbooktask t WHERE t.id = c.task_id)
                WHEN c.kpi_id IS NOT NULL THEN
                    (SELECT title FROM kpis_objectivekpi k WHERE k.id = c.kpi_id)
                WHEN c.playbook_id IS NOT NULL THEN
                    (SELECT name FROM playbooks_playbook b WHERE b.id = c.playbook_id)
                WHEN c.objective_id IS NOT NULL THEN
                    (SELECT name FROM objectives_objective o WHERE o.id = c.objective_id)
                ELSE (SELECT name FROM plans_successplan p WHERE p.id = c.plan_id)
            END
        FROM activities_csactivity c
        LEFT JOIN activities_activitytype y ON y.id = c.type_id
        LEFT JOIN accounts_account a ON a.id = c.account_id
        LEFT JOIN accounts_resource r ON r.id = c.owner_id
        ORDER BY c.happened_at DESC, c.id DESC LIMIT 51 OFFSET %(first)s
    """,
    "account": together(
        """SELECT 'account', a.id::text, a.name, a.status, a.renewal_date::text, a.summary, a.arr::text
        FROM accounts_account a WHERE a.id = %(account)s""",
        """SELECT 'team', x.id::text, r.name, l.label, '', '', '' FROM accounts_accountrole x
        JOIN accounts_resource r ON r.id = x.resource_id JOIN accounts_role l ON l.id = x.role_id
        WHERE x.account_id = %(account)s""",
        """SELECT 'tag', g.id::text, g.label, g.tint, '', '', '' FROM accounts_accounttag x
        JOIN core_tag g ON g.id = x.tag_id WHERE x.account_id = %(account)s""",
        f"""SELECT 'kpis', status, count(*)::text, '', '', '', avg(percent)::text FROM (
            SELECT {STATUS} AS status, k.percent_complete AS percent
            FROM kpis_objectivekpi k JOIN objectives_objective o ON o.id = k.objective_id
            WHERE o.account_id = %(account)s) s GROUP BY status""",
        """SELECT 'open', '', (SELECT count(*) FROM plans_successplan
                WHERE account_id = %(account)s AND status = 'active')::text,
            (SELECT count(*) FROM objectives_objective o
                LEFT JOIN objectives_objectivestatus os ON os.id = o.status_id
                WHERE o.account_id = %(account)s AND COALESCE(os.kind, '') NOT IN
                    ('completed', 'abandoned', 'archived'))::text,
            (SELECT count(*) FROM playbooks_playbooktask WHERE account_id = %(account)s
                AND status NOT IN ('completed', 'canceled'))::text, '', ''""",
        f"{_PLANS} WHERE p.account_id = %(account)s ORDER BY p.status, p.end_date LIMIT 7",
        f"{_ACTIVITIES} WHERE c.account_id = %(account)s ORDER BY c.happened_at DESC LIMIT 6",
        """SELECT 'child', a.id::text, a.name, a.status, a.renewal_date::text, a.tier, a.arr::text
        FROM accounts_account a WHERE a.parent_id = %(account)s ORDER BY a.name LIMIT 7""",
    ),
    "plan": together(
        f"{_PLANS} WHERE p.id = %(plan)s",
        f"{_OBJECTIVES} WHERE o.plan_id = %(plan)s ORDER BY o.start_date LIMIT 50",
        """SELECT 'about', a.name, p.description, p.start_date::text, p.review_date::text,
            p.created_at::text, p.updated_at::text
        FROM plans_successplan p JOIN accounts_account a ON a.id = p.account_id
        WHERE p.id = %(plan)s""",
    ),
    "plan-related": together(
        f"{_PLANS} WHERE p.id = %(plan)s",
        f"{_OBJECTIVES} WHERE o.plan_id = %(plan)s ORDER BY o.start_date LIMIT 50",
        f"{_PLAYBOOKS} WHERE b.plan_id = %(plan)s ORDER BY b.name LIMIT 50",
        f"{_TASKS} WHERE t.plan_id = %(plan)s ORDER BY t.end_date LIMIT 50",
        f"{_CHALLENGES} JOIN plans_planchallenge x ON x.challenge_id = c.id WHERE x.plan_id = %(plan)s",
        f"{_ACTIVITIES} WHERE c.plan_id = %(plan)s ORDER BY c.happened_at DESC LIMIT 50",
    ),
    "objective": together(
        f"{_OBJECTIVES} WHERE o.id = %(objective)s",
        """SELECT 'about', a.name, p.name, o.description, o.priority, o.risk, o.start_date::text
        FROM objectives_objective o JOIN accounts_account a ON a.id = o.account_id
        LEFT JOIN plans_successplan p ON p.id = o.plan_id WHERE o.id = %(objective)s""",
        f"{_KPIS} WHERE o.id = %(objective)s ORDER BY k.title",
    ),
    "objective-related": together(
        f"{_OBJECTIVES} WHERE o.id = %(objective)s",
        f"{_KPIS} WHERE o.id = %(objective)s ORDER BY k.title",
        f"{_PLAYBOOKS} WHERE b.objective_id = %(objective)s ORDER BY b.name LIMIT 50",
        f"{_TASKS} WHERE t.objective_id = %(objective)s ORDER BY t.end_date LIMIT 50",
        f"{_ACTIVITIES} WHERE c.objective_id = %(objective)s ORDER BY c.happened_at DESC LIMIT 50",
    ),
}
