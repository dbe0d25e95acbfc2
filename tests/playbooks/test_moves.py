"""Changes that move others: shown first, exactly so done, all or nothing, and undone as one."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core import history
from apps.core.access import Refused
from apps.core.preview_rules import REST, TICKED, Asked, Line, counted
from apps.core.services import Unconfirmed
from apps.core.undo_selectors import operation_changes
from apps.core.undo_services import undo
from apps.objectives.models import Objective, ObjectiveChallenge
from apps.plans.models import PlanChallenge
from apps.playbooks import move_rules as rules
from apps.playbooks import move_services as services
from apps.playbooks.choices import Stage, TaskStatus
from apps.playbooks.models import Playbook, PlaybookTask, TaskAssignment
from apps.playbooks.services import playbook_update, task_update
from tests.factories import (
    make_account,
    make_activity,
    make_challenge,
    make_contact,
    make_csm,
    make_kpi,
    make_objective,
    make_participant,
    make_plan,
    make_playbook,
    make_resource,
    make_task,
    objective_status,
)

pytestmark = pytest.mark.django_db
MARCH = dt.date(2026, 3, 2)
WEEK = dt.timedelta(days=7)
NOTHING = Asked()


def day(number: int) -> dt.date:
    return MARCH + dt.timedelta(days=number)


@pytest.fixture
def csm():
    return make_csm()


@pytest.fixture
def acme():
    return make_account(name="Acme")


@pytest.fixture
def old():
    return make_account(name="Contoso")


@pytest.fixture
def tree(old):
    """A plan with an objective, a playbook in it, tasks at three levels, and what hangs on them."""
    plan = make_plan(old, name="Grow", start_date=day(0), end_date=day(90))
    objective = make_objective(plan, name="Adopt", start_date=day(0), due_date=day(60))
    playbook = make_playbook(objective, name="Launch", start_date=day(0), end_date=day(30))
    task = make_task(playbook, name="Call", start_date=day(1), end_date=day(3))
    own = make_task(None, objective=objective, account=old, name="Write", end_date=day(10))
    kpi = make_kpi(objective, title="Users", target_date=day(50))
    activity = make_activity(task=task, subject="Talk")
    return {
        "plan": plan,
        "objective": objective,
        "playbook": playbook,
        "task": task,
        "own": own,
        "kpi": kpi,
        "activity": activity,
    }


def question(call, **kwargs):
    """What a change asks before it saves."""
    with pytest.raises(Unconfirmed) as raised:
        call(**{"asked": NOTHING, **kwargs})
    return raised.value.preview


def yes(preview, *, without=(), plus=()):
    """The answer of a person who unticks some rows and ticks others."""
    lines = [line for group in preview.groups if group.offered for line in group.lines]
    ticked = {line.key for line in lines if line.ticked} - set(without) | set(plus) | {REST}
    return Asked(preview.digest, frozenset(preview.keys.split(",")), frozenset(ticked))


def rows_of(preview):
    return [
        (line.kind, line.pk, line.before, line.after) for g in preview.groups for line in g.lines
    ]


def dates(record):
    record.refresh_from_db()
    return record.start_date, record.end_date


def wills(preview):
    return [group.will for group in preview.groups]


# The rules


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ({}, ""),
        ({"task": 1}, "1 task"),
        ({"task": 12, "playbook": 3}, "12 tasks and 3 playbooks"),
        ({"activity": 1, "kpi": 2, "objective": 1}, "1 objective, 2 KPIs and 1 activity"),
        ({"task": 0, "challenge": 2}, "2 challenges"),
    ],
)
def test_r_cas_1_records_are_counted_in_words(numbers, words):
    assert counted(numbers) == words


@pytest.mark.parametrize(
    ("days", "words"),
    [(14, "14 days later"), (1, "1 day later"), (-1, "1 day earlier"), (-30, "30 days earlier")],
)
def test_r_obj_8_a_distance_is_said_in_words(days, words):
    assert rules.by_days(days) == words


@pytest.mark.parametrize(
    ("before", "after", "days"),
    [
        (day(0), day(14), 14),
        (day(14), day(0), -14),
        (None, day(0), 0),
        (day(0), None, 0),
        (dt.date(2028, 2, 28), dt.date(2028, 3, 1), 2),
        (dt.date(2026, 12, 31), dt.date(2027, 1, 1), 1),
    ],
)
def test_r_obj_8_only_from_one_start_to_another_there_are_days(before, after, days):
    assert rules.days_between(before, after) == days


def line(pk, ticked=True):
    return Line("task", pk, "T", "", "", ticked=ticked)


@pytest.mark.parametrize(
    ("asked", "chosen"),
    [
        (Asked(), [True, False]),
        (Asked("x", frozenset({"task-1", "task-2", REST}), frozenset({"task-2"})), [False, True]),
        # A row that was not there when the person looked is proposed again.
        (Asked("x", frozenset({"task-1", REST}), frozenset()), [False, False]),
        (Asked("x", frozenset({"task-2", REST}), frozenset()), [True, False]),
    ],
)
def test_r_obj_8_ticks_decide_about_what_was_offered(asked, chosen):
    assert asked.chosen([line(1), line(2, ticked=False)]) == chosen


def test_one_more_tick_stands_for_the_rows_beyond_those_with_a_tick_of_their_own():
    lines = [line(n) for n in range(TICKED + 2)]
    offered = frozenset({f"task-{n}" for n in range(TICKED)} | {REST})
    assert Asked("x", offered, frozenset()).chosen(lines) == [False] * (TICKED + 2)
    assert Asked("x", offered, frozenset({REST})).chosen(lines)[-2:] == [True, True]


# Another place


def test_r_plan_3_a_plan_takes_its_whole_tree_along(csm, tree, acme):
    challenge = make_challenge(tree["plan"].account)
    PlanChallenge.objects.create(plan=tree["plan"], challenge=challenge)
    ObjectiveChallenge.objects.create(objective=tree["objective"], challenge=challenge)
    change = {"actor": csm, "plan": tree["plan"], "changes": {"account": acme}}
    preview = question(services.plan_move, **change)
    assert wills(preview) == [
        "1 objective, 2 tasks, 1 playbook and 1 activity will move to Acme.",
        "1 challenge of Contoso will be unlinked.",
    ]
    for record in tree.values():
        before = getattr(record, "account_id", acme.pk)
        record.refresh_from_db()
        assert getattr(record, "account_id", acme.pk) == before
    said = services.plan_move(**change, asked=yes(preview)).deeds
    assert said == (
        "1 objective, 2 tasks, 1 playbook and 1 activity moved to Acme."
        " 1 challenge of Contoso was unlinked."
    )
    for name in ("plan", "objective", "playbook", "task", "own", "activity"):
        tree[name].refresh_from_db()
        assert tree[name].account == acme
    assert not PlanChallenge.objects.exists()
    assert not ObjectiveChallenge.objects.exists()


MOVES = {
    "plan": (services.plan_move, {"objective": 1, "playbook": 1, "task": 2}),
    "objective": (services.objective_move, {"objective": 1, "playbook": 1, "task": 2}),
    "playbook": (services.playbook_move, {"playbook": 1, "task": 1}),
}


@pytest.mark.parametrize("kind", MOVES)
def test_r_cas_2_contacts_of_the_old_account_are_taken_off_alike(csm, tree, acme, old, kind):
    call, taken = MOVES[kind]
    jane, resource = make_contact(old, name="Jane"), make_resource()
    Objective.objects.update(owner_contact=jane)
    Playbook.objects.update(co_owner=jane, is_shared=True)
    for task in (tree["task"], tree["own"]):
        TaskAssignment.objects.create(task=task, contact=jane)
        TaskAssignment.objects.create(task=task, resource=resource)
    above = {"objective": {"plan": None}, "playbook": {"plan": None, "objective": None}}
    changes = {"account": acme, **above.get(kind, {})}
    change = {"actor": csm, kind: tree[kind], "changes": changes}
    preview = question(call, **change)
    assert wills(preview)[-1] == f"Contacts of Contoso will be taken off {counted(taken)}."
    assert {row.before for row in preview.groups[-1].lines} == {"Jane"}
    call(**change, asked=yes(preview))
    left = "playbook" if kind == "playbook" else "all"
    for name in ("objective", "playbook", "task", "own"):
        tree[name].refresh_from_db()
    assert tree["playbook"].co_owner is None
    assert tree["playbook"].is_shared
    assert [str(row) for row in tree["task"].assignments.all()] == [str(resource)]
    # What stayed keeps its people.
    assert (tree["objective"].owner_contact == jane) is (left == "playbook")
    assert tree["own"].assignments.filter(contact=jane).exists() is (left == "playbook")


def test_r_obj_2_another_plan_of_the_same_account_unlinks_nobody(csm, tree, old):
    challenge, jane = make_challenge(old), make_contact(old)
    ObjectiveChallenge.objects.create(objective=tree["objective"], challenge=challenge)
    Objective.objects.update(owner_contact=jane)
    other = make_plan(old, name="Keep")
    change = {"actor": csm, "objective": tree["objective"], "changes": {"plan": other}}
    preview = question(services.objective_move, **change)
    assert wills(preview) == ["2 tasks, 1 playbook and 1 activity will move to Keep."]
    assert {(row.before, row.after) for row in preview.groups[0].lines} == {("Grow", "Keep")}
    services.objective_move(**change, asked=yes(preview))
    tree["objective"].refresh_from_db()
    assert tree["objective"].owner_contact == jane
    assert list(tree["objective"].challenges.all()) == [challenge]


@pytest.mark.parametrize("kind", ["plan", "objective", "playbook", "task"])
def test_what_moves_nothing_else_is_saved_at_once(csm, acme, kind):
    make = {
        "plan": make_plan,
        "objective": make_objective,
        "playbook": make_playbook,
        "task": make_task,
    }[kind]
    record = make(name="Bare")
    call = getattr(services, f"{kind}_move")
    said = call(actor=csm, **{kind: record}, changes={"account": acme}, asked=NOTHING).deeds
    record.refresh_from_db()
    assert (said, record.account) == ("", acme)


@pytest.mark.parametrize(
    ("kind", "call"), [("plan", services.plan_move), ("objective", services.objective_move)]
)
def test_r_cas_1_what_moves_nobody_asks_nothing(csm, tree, kind, call):
    change = {"actor": csm, kind: tree[kind], "changes": {"name": "Renamed"}}
    assert call(**change, asked=NOTHING).deeds == ""
    tree[kind].refresh_from_db()
    assert tree[kind].name == "Renamed"


def test_participants_move_objectives_but_no_plans(tree, acme):
    person = make_participant()
    with pytest.raises(Refused):
        services.plan_move(
            actor=person, plan=tree["plan"], changes={"account": acme}, asked=NOTHING
        )
    change = {"actor": person, "objective": tree["objective"]}
    change["changes"] = {"account": acme, "plan": None}
    services.objective_move(**change, asked=yes(question(services.objective_move, **change)))
    tree["plan"].refresh_from_db()
    tree["task"].refresh_from_db()
    assert (tree["plan"].account.name, tree["task"].account) == ("Contoso", acme)


# Another start


def start_moves(tree, csm, days=14):
    due = day(60 + days)
    changes = {"start_date": day(days), "due_date": due}
    return {"actor": csm, "objective": tree["objective"], "changes": changes}


def test_r_obj_8_a_start_offers_to_move_playbooks_and_tasks_and_lists_kpis_unticked(csm, tree):
    preview = question(services.objective_move, **start_moves(tree, csm))
    assert wills(preview) == ["2 tasks and 1 playbook will move 14 days later."]
    lines = {row.key: row for row in preview.groups[0].lines}
    assert {key for key, row in lines.items() if not row.ticked} == {f"kpi-{tree['kpi'].pk}"}
    row = lines[f"task-{tree['task'].pk}"]
    assert (row.before, row.after) == ("3 Mar 2026 – 5 Mar 2026", "17 Mar 2026 – 19 Mar 2026")
    said = services.objective_move(**start_moves(tree, csm), asked=yes(preview)).deeds
    assert said == "2 tasks and 1 playbook moved 14 days later."
    assert dates(tree["playbook"]) == (day(14), day(44))
    assert dates(tree["task"]) == (day(15), day(17))
    assert dates(tree["own"]) == (None, day(24))
    tree["kpi"].refresh_from_db()
    assert tree["kpi"].target_date == day(50)


@pytest.mark.parametrize("name", ["playbook", "task", "own", "kpi"])
def test_r_obj_8_each_row_can_be_ticked_and_unticked(csm, tree, name):
    Playbook.objects.update(start_date=None, end_date=None)
    Playbook.objects.update(end_date=day(70))
    change = start_moves(tree, csm, days=1)
    preview = question(services.objective_move, **change)
    key = f"{'task' if name == 'own' else name}-{tree[name].pk}"
    ticks = {"plus": [key]} if name == "kpi" else {"without": [key]}
    stored = {
        record: type(record).objects.filter(pk=record.pk).values() for record in tree.values()
    }
    before = {record: rows.get() for record, rows in stored.items()}
    services.objective_move(**change, asked=yes(preview, **ticks))
    moves = {"kpi": [tree["playbook"], tree["task"], tree["own"], tree["kpi"]]}.get(
        name, [tree[one] for one in ("playbook", "task", "own") if one != name]
    )
    for record in (tree[one] for one in ("playbook", "task", "own", "kpi")):
        after = type(record).objects.filter(pk=record.pk).values().get()
        for field in ("start_date", "end_date", "target_date"):
            was = before[record].get(field)
            wanted = was and was + dt.timedelta(days=1) if record in moves else was
            assert after.get(field) == wanted, (record, field)


def test_r_obj_8_what_is_over_or_without_dates_is_not_proposed(csm, tree):
    own = {"objective": tree["objective"], "account": tree["objective"].account}
    done = make_task(None, **own, status=TaskStatus.COMPLETED, start_date=day(1))
    off = make_playbook(tree["objective"], stage=Stage.CANCELED, start_date=day(1))
    bare = make_task(None, **own)
    preview = question(services.objective_move, **start_moves(tree, csm))
    lines = {row.key: row for row in preview.groups[0].lines}
    assert (lines[f"task-{done.pk}"].note, lines[f"task-{done.pk}"].ticked) == ("completed", False)
    assert (lines[f"playbook-{off.pk}"].note, lines[f"playbook-{off.pk}"].ticked) == (
        "canceled",
        False,
    )
    assert f"task-{bare.pk}" not in lines


SPAN = rules.Span(day(10), day(20))
WITHIN, BEFORE = rules.Span(day(12), day(13)), rules.Span(day(2), day(3))


@pytest.mark.parametrize(
    ("task", "days", "moves", "wanted"),
    [
        (BEFORE, 10, True, (True, "")),
        # Completed or dated by hand, but its playbook leaves it behind.
        (BEFORE, 10, False, (True, "moves to stay within its playbook")),
        (WITHIN, 5, False, (False, "")),
        # Its playbook stays: it cannot go.
        (WITHIN, 10, True, (False, "stays within its playbook")),
        # No way fits: the person decides.
        (BEFORE, 30, False, (False, "")),
        (BEFORE, 30, True, (True, "")),
        (rules.Span(), 10, True, (True, "")),
    ],
)
def test_r_pb_1_what_is_proposed_can_be_saved_where_there_is_a_way(task, days, moves, wanted):
    assert rules.proposed(task, days, moves=moves, playbook=SPAN) == wanted


def test_r_pb_1_a_completed_task_moves_with_its_playbook_when_it_would_be_left_behind(csm, tree):
    done = make_task(tree["playbook"], status=TaskStatus.COMPLETED, start_date=day(1))
    preview = question(services.objective_move, **start_moves(tree, csm))
    row = next(row for row in preview.groups[0].lines if row.key == f"task-{done.pk}")
    assert (row.note, row.ticked) == ("completed, moves to stay within its playbook", True)
    assert not preview.errors
    services.objective_move(**start_moves(tree, csm), asked=yes(preview))
    assert dates(done) == (day(15), None)


def test_nothing_is_asked_while_all_that_could_move_is_over(csm, old):
    objective = make_objective(None, account=old, name="Adopt", start_date=day(0))
    status = objective_status("completed")
    task = make_task(
        None, objective=objective, account=old, status=TaskStatus.COMPLETED, end_date=day(3)
    )
    changes = {"start_date": day(2), "status": status}
    said = services.objective_move(
        actor=csm, objective=objective, changes=changes, asked=NOTHING
    ).deeds
    assert (said, dates(task)) == ("", (None, day(3)))


def test_r_obj_8_dates_set_by_hand_are_marked_and_kept_until_ticked(csm, tree):
    change = start_moves(tree, csm)
    services.objective_move(**change, asked=yes(question(services.objective_move, **change)))
    # What moved with the objective was not set by hand; this is.
    task_update(actor=csm, task=tree["own"], changes={"end_date": day(40)})
    again = start_moves(tree, csm, days=21)
    preview = question(services.objective_move, **again)
    notes = {row.key: (row.note, row.ticked) for row in preview.groups[0].lines}
    assert notes[f"task-{tree['own'].pk}"] == (rules.BY_HAND, False)
    assert notes[f"task-{tree['task'].pk}"] == ("", True)
    assert notes[f"playbook-{tree['playbook'].pk}"] == ("", True)
    services.objective_move(**again, asked=yes(preview, plus=[f"task-{tree['own'].pk}"]))
    assert dates(tree["own"]) == (None, day(47))


def test_r_pb_1_a_task_that_would_leave_its_playbook_is_refused_with_both_dates(csm, tree):
    change = start_moves(tree, csm)
    preview = question(services.objective_move, **change)
    stays = yes(preview, without=[f"task-{tree['task'].pk}"])
    refused = question(services.objective_move, **{**change, "asked": stays})
    assert refused.errors == [
        "“Call”: The start (3 Mar 2026) is before the start of the playbook “Launch” (16 Mar 2026)."
        " The end (5 Mar 2026) is before the start of the playbook “Launch” (16 Mar 2026)."
    ]
    assert refused.status == 422
    # The person's ticks are still there, and ticking it again is all that is needed.
    assert [row.ticked for row in refused.groups[0].lines if row.pk == tree["task"].pk] == [False]
    services.objective_move(**change, asked=yes(refused, plus=[f"task-{tree['task'].pk}"]))
    assert dates(tree["task"]) == (day(15), day(17))


def test_r_date_1_a_playbooks_start_moves_its_tasks_or_names_those_outside(csm, tree):
    tree["task"].refresh_from_db()
    changes = {"start_date": day(10)}
    change = {"actor": csm, "playbook": tree["playbook"], "changes": changes}
    preview = question(services.playbook_move, **change)
    assert wills(preview) == ["1 task will move 10 days later."]
    refused = question(
        services.playbook_move,
        **{**change, "asked": yes(preview, without=[f"task-{tree['task'].pk}"])},
    )
    assert "“Call”: The start (3 Mar 2026) is before" in refused.errors[0]
    said = services.playbook_move(**change, asked=yes(preview)).deeds
    assert said == "1 task moved 10 days later."
    assert dates(tree["task"]) == (day(11), day(13))
    assert dates(tree["playbook"]) == (day(10), day(30))


def test_r_pb_1_tasks_that_would_run_beyond_the_end_are_refused(csm, tree):
    changes = {"start_date": day(29)}
    refused = question(
        services.playbook_move, actor=csm, playbook=tree["playbook"], changes=changes
    )
    assert "after the end of the playbook “Launch” (1 Apr 2026)" in refused.errors[0]
    assert dates(tree["task"]) == (day(1), day(3))


def test_r_date_1_an_end_alone_asks_nothing_and_names_the_tasks(csm, tree):
    change = {"actor": csm, "playbook": tree["playbook"], "asked": NOTHING}
    services.playbook_move(**change, changes={"end_date": day(20)})
    with pytest.raises(Exception, match="“Call” would lie after the new end"):
        services.playbook_move(**change, changes={"end_date": day(2)})
    assert dates(tree["playbook"]) == (day(0), day(20))


def test_dates_beyond_the_calendar_are_refused(csm, tree):
    change = start_moves(tree, csm)
    change["changes"] = {"start_date": dt.date(9999, 12, 30), "due_date": dt.date(9999, 12, 31)}
    with pytest.raises(Exception, match="beyond the calendar"):
        services.objective_move(**change, asked=NOTHING)


def test_who_may_not_edit_kpis_or_tasks_is_not_offered_them(tree):
    person = make_csm()
    person.groups.clear()
    from_sets = {"view_account", "change_objective", "view_objective", "view_playbook"}
    person.user_permissions.set(
        Permission.objects.filter(codename__in=[*from_sets, "change_playbook", "view_playbooktask"])
    )
    person = type(person).objects.get(pk=person.pk)
    preview = question(services.objective_move, **start_moves(tree, person))
    assert {row.kind for row in preview.groups[0].lines} == {"playbook"}


# Preview and result, undo, two people, size


def result_of(operation):
    """What an operation did, as history tells it: record by record, field by field."""
    return {
        (change.model, change.pk, change.label): (dict(change.before), dict(change.after))
        for change in operation_changes(operation)
    }


@pytest.mark.parametrize("kind", ["place", "start"])
def test_r_cas_1_preview_and_result_agree_and_undo_restores_field_by_field(csm, tree, acme, kind):
    jane = make_contact(tree["plan"].account)
    Objective.objects.update(owner_contact=jane)
    TaskAssignment.objects.create(task=tree["task"], contact=jane)
    challenge = make_challenge(tree["plan"].account)
    ObjectiveChallenge.objects.create(objective=tree["objective"], challenge=challenge)
    change = start_moves(tree, csm)
    if kind == "place":
        change["changes"] = {"account": acme, "plan": None}
    preview = question(services.objective_move, **change)
    answer = yes(preview)
    with history.rehearsal(csm) as rehearsed:
        services.objective_move(**change, asked=answer)
        foreseen = result_of(rehearsed)
    models = {type(one) for one in tree.values()} | {TaskAssignment, ObjectiveChallenge}
    stored = {model: list(model.objects.order_by("pk").values()) for model in models}
    services.objective_move(**change, asked=answer)
    operation = history.finished()
    done = result_of(operation)
    assert done == foreseen
    # Each row that the preview names was changed, and each change of another record was named.
    named = {
        (row.kind, row.pk) for g in preview.groups for row in g.lines if row.kind != "challenge"
    }
    unticked = {("kpi", tree["kpi"].pk)}
    kinds = {
        Objective: "objective",
        Playbook: "playbook",
        PlaybookTask: "task",
        type(tree["kpi"]): "kpi",
        type(tree["activity"]): "activity",
    }
    changed = {
        (kinds[model], pk) for model, pk, label in done if model in kinds and label == "update"
    }
    assert named - unticked - {("objective", tree["objective"].pk)} == changed - {
        ("objective", tree["objective"].pk)
    }
    undo(actor=csm, done=operation)

    def told(rows):
        return [
            {k: v for k, v in row.items() if k not in ("created_at", "updated_at")} for row in rows
        ]

    for model, rows in stored.items():
        assert told(model.objects.order_by("pk").values()) == told(rows), model


def test_what_was_added_since_the_preview_is_shown_before_anything_is_saved(csm, tree):
    change = start_moves(tree, csm)
    preview = question(services.objective_move, **change)
    late = make_task(tree["playbook"], name="Late", start_date=day(2), end_date=day(4))
    again = question(services.objective_move, **{**change, "asked": yes(preview)})
    assert (again.stale, again.status) == (True, 409)
    assert late.pk in {row.pk for row in again.groups[0].lines}
    assert dates(tree["playbook"]) == (day(0), day(30))
    services.objective_move(**change, asked=yes(again))
    assert dates(late) == (day(16), day(18))


def test_an_answer_to_another_question_is_no_answer(csm, tree, acme):
    change = start_moves(tree, csm)
    answer = yes(question(services.objective_move, **change))
    change["changes"] = {"account": acme, "plan": None}
    assert question(services.objective_move, **{**change, "asked": answer}).stale
    tree["task"].refresh_from_db()
    assert tree["task"].account.name == "Contoso"


@pytest.mark.django_db(transaction=True)
def test_two_people_move_and_add_at_once_and_nothing_is_torn():
    csm, other = make_csm(), make_csm()
    old, acme = make_account(name="Contoso"), make_account(name="Acme")
    plan = make_plan(old)
    objective = make_objective(plan)
    make_task(None, objective=objective, account=old)
    change = {"actor": csm, "plan": plan, "changes": {"account": acme}}
    answer = yes(question(services.plan_move, **change))

    def move():
        try:
            return services.plan_move(**change, asked=answer)
        except Unconfirmed as asked:
            return asked.preview.stale
        except ValidationError as refused:
            # The database let the other one go first.
            return "at this very moment" in str(refused)
        finally:
            connection.close()

    def add():
        try:
            with history.operation(other):
                make_task(None, objective=objective, account=old)
        except ValidationError as refused:
            assert "at this very moment" in str(refused)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        moved, added = pool.submit(move), pool.submit(add)
        outcome = moved.result()
        added.result()
    plan.refresh_from_db()
    assert set(PlaybookTask.objects.values_list("account", flat=True)) == {plan.account_id}
    assert (outcome is True) is (plan.account_id == old.pk)


@pytest.mark.parametrize("kind", ["plan", "objective", "start", "playbook"])
def test_r_cas_1_as_many_statements_at_1_as_at_2000_children(csm, acme, kind):
    def statements(children):
        account = make_account()
        jane = make_contact(account)
        plan = make_plan(account)
        objective = make_objective(plan, start_date=day(0), owner_contact=jane)
        playbook = make_playbook(
            objective, start_date=day(0), end_date=day(90), is_shared=True, co_owner=jane
        )
        tasks = PlaybookTask.objects.bulk_create(
            PlaybookTask(name=f"T{n}", playbook=playbook, start_date=day(1), end_date=day(2))
            for n in range(children)
        )
        TaskAssignment.objects.bulk_create(TaskAssignment(task=t, contact=jane) for t in tasks)
        make_activity(playbook=playbook)
        call, change = {
            "plan": (services.plan_move, {"plan": plan, "changes": {"account": acme}}),
            "objective": (
                services.objective_move,
                {"objective": objective, "changes": {"account": acme, "plan": None}},
            ),
            "start": (
                services.objective_move,
                {"objective": objective, "changes": {"start_date": day(5)}},
            ),
            "playbook": (
                services.playbook_move,
                {"playbook": playbook, "changes": {"start_date": day(5)}},
            ),
        }[kind]
        with CaptureQueriesContext(connection) as asked:
            preview = question(call, actor=csm, **change)
        with CaptureQueriesContext(connection) as saved:
            call(actor=csm, **change, asked=yes(preview))
        assert PlaybookTask.objects.filter(playbook=playbook).count() == children
        shown = [row for group in preview.groups for row in group.lines if row.kind == "task"]
        assert len({row.pk for row in shown}) == children
        return len(asked), len(saved)

    statements(1)  # permissions are read once a person
    few, many = statements(1), statements(2000)
    assert few == many
    assert max(many) <= 50


def test_playbook_update_alone_still_refuses_to_exclude_tasks(csm, tree):
    with pytest.raises(Exception, match="“Call” would lie before the new start"):
        playbook_update(actor=csm, playbook=tree["playbook"], changes={"start_date": day(10)})
