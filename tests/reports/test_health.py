"""The health of accounts as the database calculates it: every source, and the rules as its twin."""

import datetime as dt
from decimal import Decimal as D
from fractions import Fraction

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import AttributeValue
from apps.core.models import Tag
from apps.objectives.models import ObjectiveTag
from apps.reports.health_rules import account_score, parts_of
from apps.reports.health_services import health_calculate, health_thin
from apps.reports.models import HealthMetric, HealthScore, HealthThreshold
from tests import factories

pytestmark = pytest.mark.django_db

DAY = dt.date(2026, 6, 30)


@pytest.fixture
def no_metrics(db):
    HealthMetric.objects.all().delete()


def metric(source, lower=0, upper=100, **fields):
    return HealthMetric.objects.create(
        label=fields.pop("label", f"Metric {HealthMetric.objects.count()}"),
        source=source, lower=lower, upper=upper, **fields,
    )  # fmt: skip


def value_of(account, one, day=DAY):
    health_calculate(day=day)
    parts = HealthScore.objects.get(account=account, day=day).parts
    return parts[str(one.pk)][0]


@pytest.fixture
def account(no_metrics):
    return factories.make_account()


def objective(account, kind="in_progress", **fields):
    plan = factories.make_plan(account)
    return factories.make_objective(plan, status=factories.objective_status(kind), **fields)


def test_r_hlt_2_number_of_objectives_narrowed_by_status_tag_and_category(account):
    one = objective(account)
    objective(account, "completed")
    tag = Tag.objects.first()
    ObjectiveTag.objects.create(objective=one, tag=tag)
    everything = metric("objective_count")
    by_tag = metric("objective_count")
    by_tag.tag_links.create(tag=tag)
    by_status = metric("objective_count")
    by_status.status_links.create(status=factories.objective_status("completed"))
    both = metric("objective_count")
    both.tag_links.create(tag=tag)
    both.status_links.create(status=factories.objective_status("completed"))
    found = [value_of(account, each) for each in (everything, by_tag, by_status, both)]
    assert found == ["2", "1", "1", "0"]


def test_r_hlt_2_mean_health_of_open_objectives(account):
    one = metric("objective_health", 1, 5)
    assert value_of(account, one) is None
    objective(account, health=5)
    objective(account, health=2)
    objective(account, "completed", health=1)
    assert value_of(account, one) == "3.5"


def test_r_hlt_2_mean_progress_leaves_out_what_was_given_up(account):
    one = metric("objective_completion")
    objective(account, "completed")
    objective(account, baseline=0, current=25, target=100)
    objective(account, "abandoned")
    assert value_of(account, one) == "62.5"


def test_r_hlt_2_share_of_kpis_off_track(account):
    one = metric("off_track_share", 60, 0)
    goal = objective(account, start_date=DAY - dt.timedelta(10), due_date=DAY + dt.timedelta(10))
    end = DAY + dt.timedelta(10)
    factories.make_kpi(goal, baseline=0, current=10, target=100, target_date=end)
    assert value_of(account, one) == "100"
    factories.make_kpi(goal, baseline=0, current=100, target=100, target_date=end)
    factories.make_kpi(goal, baseline=0, current=None, target=100, target_date=end)
    assert value_of(account, one) == "50"


def test_r_hlt_2_overdue_tasks_are_missing_without_any_task(account):
    one = metric("overdue_tasks", 10, 0)
    assert value_of(account, one) is None
    playbook = factories.make_playbook(objective(account))
    task = factories.make_task(playbook, end_date=DAY)
    assert value_of(account, one) == "0"
    assert value_of(account, one, DAY + dt.timedelta(1)) == "1"
    task.status = "completed"
    task.save()
    assert value_of(account, one, DAY + dt.timedelta(1)) == "0"


def test_r_hlt_2_days_since_the_last_touch(account):
    one = metric("days_since_touch", 60, 7)
    assert value_of(account, one) is None
    moment = dt.datetime(2026, 6, 20, 12, tzinfo=dt.UTC)
    factories.make_activity(account=account, happened_at=moment)
    assert value_of(account, one) == "10"


def reading(account, definition, value, day):
    AttributeValue.objects.create(
        account=account, definition=definition, value=value, measured_on=day
    )


def test_r_hlt_2_a_reading_counts_as_of_the_day_and_while_it_is_fresh(account):
    definition = factories.make_attribute()
    one = metric("attribute", attribute=definition, fresh_days=30)
    reading(account, definition, 5, DAY - dt.timedelta(31))
    assert value_of(account, one) is None
    reading(account, definition, 7, DAY - dt.timedelta(30))
    reading(account, definition, 9, DAY + dt.timedelta(1))
    assert value_of(account, one) == "7"
    assert value_of(account, one, DAY + dt.timedelta(1)) == "9"


def test_r_hlt_1_the_worked_example_in_the_database(account):
    definition = factories.make_attribute()
    metric("attribute", 10, 20, attribute=definition, weight=50)
    reading(account, definition, 12, DAY)
    health_calculate(day=DAY)
    assert HealthScore.objects.get(account=account).score == 20


def test_r_hlt_1_a_segment_has_thresholds_of_its_own_or_none(no_metrics):
    definition = factories.make_attribute()
    one = metric("attribute", 0, 100, attribute=definition)
    HealthThreshold.objects.create(metric=one, segment="smb", lower=0, upper=10, weight=5)
    HealthThreshold.objects.create(metric=one, segment="Trial", lower=0, upper=1, weight=0)
    rows = [factories.make_account(segment=name) for name in ("", "SMB", "Trial")]
    for row in rows:
        reading(row, definition, 5, DAY)
    health_calculate(day=DAY)
    found = [HealthScore.objects.get(account=row) for row in rows]
    assert [one.score for one in found] == [5, 50, None]
    assert found[2].parts == {}


def test_r_hlt_1_the_database_and_the_rules_agree(no_metrics):
    definition = factories.make_attribute()
    for lower, upper, weight in ((0, 3, 7), (10, 0, 3), (-5, 5, 11)):
        metric("attribute", lower, upper, weight=weight, attribute=definition)
    metric("overdue_tasks", 10, 0, weight=13)
    rows = [factories.make_account() for _ in range(12)]
    for number, row in enumerate(rows[1:]):
        reading(row, definition, D(number) / 3, DAY)
    health_calculate(day=DAY)
    for row in rows:
        found = HealthScore.objects.get(account=row)
        exact = account_score(parts_of(found.parts))
        assert (exact is None) == (found.score is None)
        if exact is not None:
            # Ten places are kept of what is exact.
            assert abs(exact - Fraction(found.score)) <= Fraction(1, 10**9)


def test_r_hlt_3_only_what_differs_is_written_and_statements_are_constant(no_metrics):
    definition = factories.make_attribute()
    metric("attribute", attribute=definition)
    rows = [factories.make_account() for _ in range(3)]
    with CaptureQueriesContext(connection) as few:
        assert health_calculate(day=DAY) == 3
    assert health_calculate(day=DAY) == 0
    reading(rows[0], definition, 5, DAY)
    assert health_calculate(day=DAY, accounts=[rows[1].pk]) == 0
    assert health_calculate(day=DAY, accounts=[rows[0].pk]) == 1
    for _ in range(8):
        factories.make_account()
    with CaptureQueriesContext(connection) as many:
        health_calculate(day=DAY)
    assert len(many) == len(few)


def test_r_hlt_3_old_scores_are_thinned_to_the_first_of_each_month(account):
    moment = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    days = [DAY, DAY - dt.timedelta(400), DAY - dt.timedelta(401), dt.date(2025, 5, 1)]
    for day in days:
        HealthScore.objects.create(account=account, day=day, calculated_at=moment)
    assert health_thin(today=DAY) == 1
    kept = set(HealthScore.objects.values_list("day", flat=True))
    assert kept == {days[0], days[1], days[3]}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"lower": 5, "upper": 5}, "there is nothing between them"),
        ({"source": "attribute"}, "An attribute belongs to the newest reading"),
        ({"weight": 0}, "greater than or equal to 1"),
    ],
)
def test_r_hlt_1_what_cannot_be_judged_is_refused(no_metrics, fields, said):
    good = {"label": "One", "source": "overdue_tasks", "lower": 10, "upper": 0, "weight": 5}
    HealthMetric(**good).full_clean()
    with pytest.raises(ValidationError, match=said):
        HealthMetric(**good | fields).full_clean()
