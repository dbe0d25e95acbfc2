-- The reference data set, made by the database itself from %(accounts)s alone: the same rows each
-- time, whole trees below each account, dates around %(today)s. `pick(id, salt, n)` is a number
-- from 0 to n - 1 that looks random and never changes.
--
-- Each part begins with the name of its table. Triggers of the program are off while a part is
-- loaded (they would copy each row into the history); the foreign keys and checks stay on.

-- table: core_user
INSERT INTO core_user (id, password, is_superuser, first_name, last_name, is_staff, is_active,
    date_joined, email, new_email, time_zone, theme, density, number_format, date_format)
SELECT i, '!', false,
    (ARRAY['Mara', 'Jonas', 'Aïcha', 'Piotr', 'Linnea', 'Rafael', 'Noor', 'Bence'])[1 + pick(i, 1, 8)],
    (ARRAY['Koch', 'Berg', 'Diallo', 'Nowak', 'Lind', 'Costa', 'Haddad', 'Szabó'])[1 + pick(i, 2, 8)],
    false, true, now(), 'csm' || i || '@bench.example', '', 'Europe/Berlin', 'auto', 'comfortable',
    'comma_point', 'dmy_text'
FROM generate_series(1, %(users)s) i;

-- table: core_user_groups
INSERT INTO core_user_groups (user_id, group_id)
SELECT i, (SELECT id FROM auth_group WHERE name = 'CSC - Customer Success')
FROM generate_series(1, %(users)s) i;

-- table: accounts_resource
INSERT INTO accounts_resource (id, created_at, updated_at, user_id, name, email, role_id, kind,
    is_active, time_zone)
SELECT id, now(), now(), id, first_name || ' ' || last_name || ' ' || id, email, %(role)s,
    'cs_cloud', true, ''
FROM core_user;

-- table: accounts_attributedefinition
INSERT INTO accounts_attributedefinition (id, created_at, updated_at, key, label, type, unit_id,
    position, is_active)
SELECT i, now(), now(), 'measure-' || i,
    (ARRAY['Active users', 'Recurring revenue', 'Error rate', 'Tickets'])[i], 'number',
    (%(units)s)[1 + pick(i, 1, %(n_units)s)], i, true
FROM generate_series(1, 4) i;

-- table: accounts_account
INSERT INTO accounts_account (id, created_at, updated_at, name, external_id, parent_id, status,
    lifecycle_stage, segment, tier, industry, country, arr, currency_id, signup_date, renewal_date,
    next_review_date, summary)
SELECT i, now() - pick(i, 1, 900) * interval '1 day', now() - pick(i, 2, 90) * interval '1 day',
    (ARRAY['Alder', 'Borealis', 'Cobalt', 'Dunmore', 'Élan', 'Fjord', 'Granite', 'Harbour', 'Ibis',
        'Juniper', 'Kestrel', 'Lumen', 'Meridian', 'Nordsee', 'Osprey', 'Pinnacle'])[1 + pick(i, 3, 16)]
    || ' ' ||
    (ARRAY['Logistics', 'Health', 'Energy', 'Foods', 'Software', 'Insurance', 'Optics', 'Retail',
        'Media', 'Chemicals', 'Mobility', 'Finance'])[1 + pick(i, 4, 12)]
    || ' ' || i,
    'B-' || i,
    -- Three levels: groups, divisions of groups, companies of divisions; some stand alone.
    CASE
        WHEN i <= %(accounts)s / 20 THEN NULL
        WHEN i <= %(accounts)s / 4 THEN 1 + pick(i, 5, %(accounts)s / 20)
        WHEN pick(i, 6, 10) < 3 THEN NULL
        ELSE %(accounts)s / 20 + 1 + pick(i, 7, %(accounts)s / 5)
    END,
    (ARRAY['active', 'active', 'active', 'active', 'prospect', 'churned'])[1 + pick(i, 8, 6)],
    (ARRAY['onboarding', 'adoption', 'growth', 'renewal', 'at_risk'])[1 + pick(i, 9, 5)],
    (ARRAY['Enterprise', 'Mid-market', 'Small business'])[1 + pick(i, 10, 3)],
    (ARRAY['Gold', 'Silver', 'Bronze', ''])[1 + pick(i, 11, 4)],
    (ARRAY['Logistics', 'Healthcare', 'Energy', 'Retail', 'Software'])[1 + pick(i, 12, 5)],
    (ARRAY['Germany', 'France', 'Poland', 'Sweden', 'Spain'])[1 + pick(i, 13, 5)],
    10000 + pick(i, 14, 490) * 1000, %(currency)s,
    %(today)s - 200 - pick(i, 15, 1500), %(today)s - 30 + pick(i, 16, 400),
    %(today)s + pick(i, 17, 120), '<p>Growing steadily; the sponsor changed in spring.</p>'
FROM generate_series(1, %(accounts)s) i;

-- table: accounts_accountrole
INSERT INTO accounts_accountrole (created_at, updated_at, account_id, resource_id, role_id)
SELECT now(), now(), i, 1 + mod(i - 1, %(users)s), %(role)s
FROM generate_series(1, %(accounts)s) i;

-- table: accounts_accounttag
INSERT INTO accounts_accounttag (created_at, updated_at, account_id, tag_id)
SELECT now(), now(), i, (%(tags)s)[1 + pick(i, 1, %(n_tags)s)]
FROM generate_series(1, %(accounts)s, 2) i;

-- table: accounts_contact
INSERT INTO accounts_contact (id, created_at, updated_at, account_id, name, email, title, phone,
    is_active)
SELECT i, now(), now(), 1 + (i - 1) / 3,
    (ARRAY['Ana', 'Bruno', 'Chloé', 'Daan', 'Emre', 'Freya'])[1 + pick(i, 1, 6)] || ' ' ||
    (ARRAY['Almeida', 'Becker', 'Cohen', 'Dvořák', 'Eriksson', 'Fontaine'])[1 + pick(i, 2, 6)],
    'contact' || i || '@customer.example',
    (ARRAY['Head of operations', 'IT manager', 'Sponsor'])[1 + pick(i, 3, 3)], '', pick(i, 4, 12) > 0
FROM generate_series(1, 3 * %(accounts)s) i;

-- table: accounts_attributevalue
INSERT INTO accounts_attributevalue (account_id, definition_id, value, measured_on, door, created_at)
SELECT i, d, 100 + pick(i, d, 900) + 5 * m, %(today)s - 30 * (13 - m), 'attribute', now()
FROM generate_series(1, %(accounts)s) i, generate_series(1, 2) d, generate_series(1, 12) m;

-- table: plans_successplan
INSERT INTO plans_successplan (id, created_at, updated_at, account_id, name, status, start_date,
    end_date, owner_id, review_date, description, is_template, is_shared)
SELECT i, now() - pick(i, 1, 300) * interval '1 day', now(), 1 + (i - 1) / 2,
    (ARRAY['Onboarding', 'Value realisation', 'Adoption push', 'Renewal', 'Expansion'])[1 + pick(i, 2, 5)]
    || ' plan ' || i,
    (ARRAY['active', 'active', 'active', 'active', 'draft', 'on_hold', 'completed', 'archived'])[1 + pick(i, 3, 8)],
    %(today)s - 240 + pick(i, 4, 200), %(today)s + pick(i, 5, 300),
    1 + mod((i - 1) / 2, %(users)s), %(today)s + pick(i, 6, 90),
    '<p>What we agreed with the customer for this year.</p>', false, pick(i, 7, 2) = 0
FROM generate_series(1, 2 * %(accounts)s) i;

-- table: plans_businesschallenge
INSERT INTO plans_businesschallenge (id, created_at, updated_at, account_id, title, description,
    category_id, severity, status, identified_on)
SELECT i, now(), now(), i,
    (ARRAY['Low adoption in the field', 'Slow onboarding of new teams', 'Unclear return'])[1 + pick(i, 1, 3)],
    '', (%(challenge_categories)s)[1 + pick(i, 2, %(n_challenge_categories)s)],
    (ARRAY['high', 'medium', 'low'])[1 + pick(i, 3, 3)],
    (ARRAY['open', 'in_progress', 'resolved', 'dismissed'])[1 + pick(i, 4, 4)],
    %(today)s - pick(i, 5, 300)
FROM generate_series(1, %(accounts)s) i;

-- table: plans_planchallenge
INSERT INTO plans_planchallenge (created_at, updated_at, plan_id, challenge_id)
SELECT now(), now(), 2 * i, i FROM generate_series(1, %(accounts)s) i;

-- table: objectives_objective
INSERT INTO objectives_objective (id, created_at, updated_at, account_id, plan_id, name, description,
    status_id, category_id, priority, risk, health, completion_type, attribute_id, unit_id,
    direction, start_date, due_date, owner_id, is_external, is_template)
SELECT i, now() - pick(i, 1, 200) * interval '1 day', now(), 1 + (i - 1) / 10,
    -- Two plans an account; every tenth objective stands without a plan.
    CASE WHEN mod(i, 10) > 0 THEN 2 * (1 + (i - 1) / 10) - mod(i, 2) END,
    (ARRAY['Reduce time to value', 'Grow active use', 'Cut support load', 'Prove the return',
        'Roll out to the regions', 'Automate reporting', 'Raise satisfaction'])[1 + pick(i, 2, 7)]
    || ' ' || i, 'What success means here, in the customer''s own words.',
    (%(statuses)s)[(ARRAY[1, 1, 2, 2, 2, 2, 2, 3, 4, 5, 6, 7])[1 + pick(i, 3, 12)]],
    (%(objective_categories)s)[1 + pick(i, 4, %(n_objective_categories)s)],
    (ARRAY['high', 'medium', 'medium', 'low'])[1 + pick(i, 5, 4)],
    (ARRAY['high', 'medium', 'low', ''])[1 + pick(i, 6, 4)], 1 + pick(i, 7, 5), 'manual', NULL, NULL,
    'higher', start, start + 60 + pick(i, 9, 300), 1 + mod((i - 1) / 10, %(users)s),
    pick(i, 10, 3) = 0, false
FROM (
    SELECT i, %(today)s - 280 + pick(i, 8, 330) AS start
    FROM generate_series(1, 10 * %(accounts)s) i
) row;

-- table: objectives_objectivetag
INSERT INTO objectives_objectivetag (created_at, updated_at, objective_id, tag_id)
SELECT now(), now(), i, (%(tags)s)[1 + pick(i, 1, %(n_tags)s)]
FROM generate_series(1, 10 * %(accounts)s, 4) i;

-- table: kpis_objectivekpi
INSERT INTO kpis_objectivekpi (id, created_at, updated_at, objective_id, title, description,
    category_id, unit_id, direction, baseline, current, target, target_date, measured_on,
    is_blocked, is_external, last_progress_update)
SELECT row.id, now() - pick(row.id, 1, 200) * interval '1 day', now(), objective_id,
    (ARRAY['Active users', 'Time to first value', 'Tickets per month', 'Cost per case',
        'Net promoter score', 'Automated steps', 'Error rate', 'Seats in use'])[1 + pick(row.id, 2, 8)]
    || ' ' || row.id, '',
    (%(kpi_categories)s)[1 + pick(row.id, 3, %(n_kpi_categories)s)],
    (%(units)s)[1 + pick(row.id, 4, %(n_units)s)],
    CASE WHEN lower THEN 'lower' ELSE 'higher' END,
    CASE WHEN pick(row.id, 5, 20) > 0 THEN row.baseline END,
    CASE WHEN pick(row.id, 6, 20) > 0 THEN round(row.baseline + (row.target - row.baseline) * reached, 2) END,
    row.target,
    CASE WHEN pick(row.id, 7, 20) > 0 THEN objective.due_date END,
    %(today)s - pick(row.id, 8, 28), pick(row.id, 9, 30) = 0, pick(row.id, 10, 3) = 0,
    now() - pick(row.id, 8, 28) * interval '1 day'
FROM (
    SELECT id, objective_id, lower, baseline, reached,
        round(baseline * (CASE WHEN lower THEN 30 + pick(id, 11, 60) ELSE 110 + pick(id, 11, 60) END) / 100, 2) AS target
    FROM (
        SELECT id, 1 + (id - 1) * 2 / 5 AS objective_id, pick(id, 12, 20) < 7 AS lower,
            20 + pick(id, 13, 10000) / 10.0 AS baseline, (pick(id, 14, 125) - 8) / 100.0 AS reached
        FROM generate_series(1, 25 * %(accounts)s) id
    ) start
) row
JOIN objectives_objective objective ON objective.id = row.objective_id;

-- table: kpis_kpivalue
INSERT INTO kpis_kpivalue (kpi_id, recorded_at, measured_on, baseline, current, target, unit_id,
    direction, door, recorded_by_id, note)
SELECT kpi.id, (kpi.measured_on - 30 * (10 - step))::timestamptz, kpi.measured_on - 30 * (10 - step),
    baseline, round(baseline + (current - baseline) * step / 10, 2), target, unit_id, direction,
    (ARRAY['page', 'page', 'import', 'attribute'])[1 + pick(kpi.id, 15, 4)], NULL, ''
FROM kpis_objectivekpi kpi, generate_series(1, 10) step
ORDER BY step, kpi.id;

-- table: playbooks_playbook
INSERT INTO playbooks_playbook (id, created_at, updated_at, account_id, plan_id, objective_id, name,
    description, stage, status, start_date, end_date, owner_id, is_shared, is_template)
SELECT o.id, now() - pick(o.id, 20, 200) * interval '1 day', now(), account_id,
    -- Eight of ten carry out the objective, one hangs on its plan, one on the account.
    CASE WHEN mod(o.id, 10) <> 5 THEN plan_id END,
    CASE WHEN mod(o.id, 10) NOT IN (5, 7) THEN o.id END,
    (ARRAY['Champion programme', 'Usage review', 'Escalation clean-up', 'Executive alignment',
        'Integration check', 'Renewal preparation'])[1 + pick(o.id, 21, 6)] || ' ' || o.id,
    '', (ARRAY['planned', 'in_progress', 'in_progress', 'on_hold', 'completed', 'canceled'])[1 + pick(o.id, 22, 6)],
    (ARRAY['green', 'green', 'yellow', 'red'])[1 + pick(o.id, 23, 4)],
    start_date + pick(o.id, 24, 20), due_date - pick(o.id, 25, 20), owner_id, pick(o.id, 26, 3) = 0,
    false
FROM objectives_objective o;

-- table: playbooks_playbooktask
INSERT INTO playbooks_playbooktask (id, created_at, updated_at, account_id, plan_id, objective_id,
    playbook_id, name, description, notes, status, percent_complete, priority, start_date, end_date,
    completed_at, is_flagged, is_shared, position)
SELECT id, now() - pick(id, 30, 200) * interval '1 day', now(), account_id, plan_id, objective_id,
    -- Every tenth is a one-off beside the playbook.
    CASE WHEN mod(id, 10) > 0 THEN playbook_id END,
    (ARRAY['Agree on the targets', 'Train the first line', 'Share the report', 'Check the results',
        'Collect feedback', 'Sign off', 'Plan the next step'])[1 + pick(id, 31, 7)] || ' ' || id,
    '', '', status,
    CASE status WHEN 'completed' THEN 100 WHEN 'in_progress' THEN 10 * (1 + pick(id, 32, 9)) ELSE 0 END,
    (ARRAY['high', 'medium', 'medium', 'low'])[1 + pick(id, 33, 4)], start, least(start + 5 + pick(id, 34, 30), end_date),
    CASE WHEN status = 'completed' THEN now() - pick(id, 35, 60) * interval '1 day' END,
    pick(id, 36, 25) = 0, is_shared, mod(id, 5)
FROM (
    SELECT 5 * (p.id - 1) + step AS id, p.id AS playbook_id, account_id, plan_id, objective_id,
        is_shared, end_date, start_date + (end_date - start_date) * (step - 1) / 5 AS start,
        (ARRAY['draft', 'planned', 'planned', 'in_progress', 'on_hold', 'completed', 'completed', 'canceled'])
            [1 + pick(5 * p.id + step, 37, 8)] AS status
    FROM playbooks_playbook p, generate_series(1, 5) step
    ORDER BY p.id, step
) row;

-- table: playbooks_taskassignment
INSERT INTO playbooks_taskassignment (created_at, updated_at, task_id, resource_id)
SELECT now(), now(), id, 1 + mod(account_id - 1, %(users)s)
FROM playbooks_playbooktask WHERE mod(id, 2) = 0;

-- table: activities_csactivity
INSERT INTO activities_csactivity (id, created_at, updated_at, account_id, type_id, subject, notes,
    happened_at, duration, plan_id, objective_id, kpi_id, playbook_id, task_id, owner_id, author_id)
-- One for each task: on the task, its playbook, its objective, or the account alone.
SELECT t.id, now(), now(), t.account_id, (%(activity_types)s)[1 + pick(t.id, 40, %(n_activity_types)s)],
    (ARRAY['Weekly call', 'Quarterly review', 'Escalation', 'Kick-off', 'Check-in', 'Training'])
        [1 + pick(t.id, 41, 6)] || ' ' || t.id,
    '<p>They are happy with the pace; the next step is agreed.</p>',
    now() - pick(t.id, 42, 500) * interval '1 day' - pick(t.id, 43, 600) * interval '1 minute',
    15 * (1 + pick(t.id, 44, 6)),
    CASE WHEN link < 8 THEN t.plan_id END,
    CASE WHEN link < 8 THEN t.objective_id END,
    CASE WHEN link IN (0, 1) THEN k.id END,
    CASE WHEN link BETWEEN 2 AND 5 THEN t.playbook_id END,
    CASE WHEN link BETWEEN 2 AND 3 THEN t.id END,
    1 + mod(t.account_id - 1, %(users)s), 1 + mod(t.account_id - 1, %(users)s)
FROM (SELECT *, pick(id, 45, 10) AS link FROM playbooks_playbooktask) t
LEFT JOIN kpis_objectivekpi k
    ON k.objective_id = t.objective_id AND k.id = (t.objective_id * 5 + 1) / 2 AND link IN (0, 1);

-- table: activities_activitycontact
INSERT INTO activities_activitycontact (created_at, updated_at, activity_id, contact_id)
SELECT now(), now(), id, 3 * account_id FROM activities_csactivity WHERE mod(id, 4) = 0;

-- One template with a thousand children: 20 objectives, 60 KPIs, 20 playbooks and 900 tasks.
-- table: plans_successplan
INSERT INTO plans_successplan (created_at, updated_at, name, status, start_date, end_date,
    owner_role_id, description, is_template, is_shared)
VALUES (now(), now(), 'Programme of a thousand', 'active', %(today)s, %(today)s + 360, %(role)s,
    '', true, false);

-- table: objectives_objective
INSERT INTO objectives_objective (created_at, updated_at, plan_id, name, description, status_id,
    priority, risk, completion_type, direction, start_date, due_date, owner_role_id, is_external,
    is_template)
SELECT now(), now(), plan.id, 'Stage ' || n, '', (%(statuses)s)[1], 'medium', '', 'manual', 'higher',
    start_date + 15 * (n - 1), start_date + 15 * n, %(role)s, false, false
FROM plans_successplan plan, generate_series(1, 20) n WHERE is_template ORDER BY n;

-- table: kpis_objectivekpi
INSERT INTO kpis_objectivekpi (created_at, updated_at, objective_id, title, description, unit_id,
    direction, baseline, current, target, target_date, is_blocked, is_external)
SELECT now(), now(), o.id, 'Measure ' || n, '', (%(units)s)[n], 'higher', 0, 0, 100, due_date, false,
    false
FROM objectives_objective o, generate_series(1, 3) n WHERE account_id IS NULL ORDER BY o.id, n;

-- table: playbooks_playbook
INSERT INTO playbooks_playbook (created_at, updated_at, plan_id, objective_id, name, description,
    stage, status, start_date, end_date, owner_role_id, is_shared, is_template)
SELECT now(), now(), plan_id, id, 'Steps of ' || lower(name), '', 'planned', 'green', start_date,
    due_date, %(role)s, false, false
FROM objectives_objective WHERE account_id IS NULL ORDER BY id;

-- table: playbooks_playbooktask
INSERT INTO playbooks_playbooktask (created_at, updated_at, plan_id, objective_id, playbook_id, name,
    description, notes, status, percent_complete, priority, start_date, end_date, is_flagged,
    is_shared, position)
SELECT now(), now(), plan_id, objective_id, p.id, 'Step ' || n, '', '', 'planned', 0, 'medium',
    start_date + n / 4, start_date + n / 4 + 2, false, false, n
FROM playbooks_playbook p, generate_series(1, 45) n WHERE account_id IS NULL ORDER BY p.id, n;

-- table: playbooks_taskassignment
INSERT INTO playbooks_taskassignment (created_at, updated_at, task_id, role_id)
SELECT now(), now(), id, %(role)s FROM playbooks_playbooktask WHERE account_id IS NULL;
