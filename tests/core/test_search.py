"""The search index: kept by the database by every path, asked by any text without an error."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.accounts.models import AccountTag, Contact
from apps.activities.models import Comment
from apps.core.indexing import SOURCES
from apps.core.models import SEARCHED, SearchEntry, Tag
from apps.core.search_rules import excerpt, folded, marked, tsquery, words
from apps.core.search_selectors import matching
from apps.kpis.models import ObjectiveKpi
from apps.objectives.models import Objective, ObjectiveTag
from apps.plans.models import SuccessPlan
from apps.playbooks.models import PlaybookTask
from tests import factories


def ids(kind, text):
    return set(matching(kind, text))


# What people type.


def test_words_lose_accents_and_punctuation():
    assert words("Élan, Straße (Łódź)!") == ["Elan", "Strasse", "lodz"]
    assert words("jane.doe@acme.com") == ["jane", "doe", "acme", "com"]
    assert words("  !!  ") == []


def test_every_word_is_the_beginning_of_one():
    assert tsquery("renew plan") == "'renew':*&'plan':*"
    assert tsquery("") == "" == tsquery("—!?")


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("OKPI-00000012", "'okpi00000012'"),
        ("okpi-12", "'okpi00000012'"),
        ("okpi 12", "'okpi00000012'"),
        ("OKPI-0000", "('okpi00000000'|'okpi0000':*)"),
        ("OKPI", "'OKPI':*"),
    ],
)
def test_numbers_are_found_as_people_quote_them(typed, asked):
    assert tsquery(typed) == asked


@pytest.mark.django_db
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(text=st.text(max_size=60) | st.text(alphabet="'\\:&|!()<>*\"%\x00 ab-0", max_size=40))
def test_no_text_is_an_error(text):
    assert isinstance(list(matching("plan", text)), list)


@pytest.mark.django_db
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(text=st.text(alphabet=st.characters(max_codepoint=0x24F, exclude_characters="\x00<>&")))
def test_the_database_folds_like_the_rule(text):
    with connection.cursor() as cursor:
        cursor.execute("SELECT search_words(%s)", [text])
        (there,) = cursor.fetchone()
    assert there.split() == words_of_any_length(text)


def words_of_any_length(text):
    found = folded(text)
    return "".join(c if words(c) else " " for c in found).split()


# What is shown.


def test_an_excerpt_shows_the_words_where_they_stand():
    text = "<p>" + "nothing here " * 30 + "the Élan of the sponsor&nbsp;is back " + "and more " * 60
    pieces = excerpt(text, "elan spons")
    assert [piece for piece, hit in pieces if hit] == ["Élan", "spons"]
    whole = "".join(piece for piece, _ in pieces)
    assert whole.startswith("…") and whole.endswith("…") and len(whole) < 180
    assert "<p>" not in whole
    assert excerpt(text, "absent") == []


def test_a_title_is_marked_where_words_begin():
    assert marked("Reach Élan, again", "el") == [
        ("Reach ", False),
        ("Él", True),
        ("an, again", False),
    ]
    assert marked("Straße 1", "strasse") == [("Straße", True), (" 1", False)]


@given(text=st.text(max_size=200), typed=st.text(max_size=30))
def test_marking_loses_no_letter(text, typed):
    assert "".join(piece for piece, _ in marked(text, typed)) == text


# What is found.


@pytest.mark.django_db
def test_names_texts_keys_and_tags_are_found():
    account = factories.make_account(
        name="Élan Logistics", external_id="CRM-778", summary="<p>Sponsor <b>Łukasz</b></p>"
    )
    contact = factories.make_contact(
        account, name="Zoë", email="zoe@customer.example", phone="+49 (30) 1234"
    )
    resource = factories.make_resource(name="Mara Koch", email="mara@ours.example")
    plan = factories.make_plan(account, name="Renewal", description="<ul><li>cut churn</li></ul>")
    challenge = factories.make_challenge(account, title="Budget freeze", description="until spring")
    objective = factories.make_objective(plan, name="Adoption", description="weekly logins")
    kpi = factories.make_kpi(objective, title="Active users", description="by licence")
    playbook = factories.make_playbook(objective, name="Kick-off", description="three calls")
    task = factories.make_task(
        playbook, name="Invite", notes="ask the sponsor", description="agenda"
    )
    activity = factories.make_activity(
        account=account, subject="Quarterly call", notes="<p>The sponsor has no budget</p>"
    )
    comment = Comment.objects.create(
        objective=objective, author=factories.make_csm(), text="Agreed with @Mara Koch"
    )
    for kind, record, texts in [
        ("account", account, ["elan", "ÉLAN log", "crm-778", "lukasz", "CRM 778"]),
        ("contact", contact, ["zoe", "Zoë", "zoe@customer.example", "customer", "1234"]),
        ("resource", resource, ["koch mara", "mara@ours.example"]),
        ("plan", plan, ["renew", "churn"]),
        ("challenge", challenge, ["budget", "spring"]),
        ("objective", objective, ["adop", "logins weekly"]),
        ("kpi", kpi, ["active", "licence", kpi.number, f"okpi-{kpi.pk}", f"{kpi.pk:08d}"]),
        ("playbook", playbook, ["kick-off", "kick off", "calls"]),
        ("task", task, ["inv", "sponsor", "agenda"]),
        ("activity", activity, ["quarterly", "sponsor budg"]),
        ("comment", comment, ["agreed", "@mara"]),
    ]:
        for text in texts:
            assert ids(kind, text) == {record.pk}, (kind, text)
    assert ids("plan", "li") == set()
    assert ids("account", "churn") == set()


@pytest.mark.django_db
def test_an_entry_follows_its_record_by_every_path():
    plan = factories.make_plan(name="Before")
    SuccessPlan.objects.filter(pk=plan.pk).update(name="Update")
    assert ids("plan", "update") == {plan.pk} and ids("plan", "before") == set()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE plans_successplan SET description = 'rawly' WHERE id = %s", [plan.pk]
        )
    assert ids("plan", "rawly") == {plan.pk}
    plan.refresh_from_db()
    plan.name = "Saved"
    plan.save()
    assert ids("plan", "saved") == {plan.pk}
    assert SearchEntry.objects.get(kind="plan", record_id=plan.pk).title == "Saved"
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM plans_successplan WHERE id = %s", [plan.pk])
    assert not SearchEntry.objects.filter(kind="plan", record_id=plan.pk).exists()
    made = SuccessPlan.objects.bulk_create(
        [SuccessPlan(account=plan.account, name=f"Bulk {n}") for n in range(3)]
    )
    assert ids("plan", "bulk") == {one.pk for one in made}
    SuccessPlan.objects.filter(name__startswith="Bulk").delete()
    assert ids("plan", "bulk") == set()


@pytest.mark.django_db
def test_what_changes_nothing_searched_leaves_the_entry_alone():
    task = factories.make_task(name="Steady")
    entry = SearchEntry.objects.get(kind="task", record_id=task.pk).pk
    PlaybookTask.objects.filter(pk=task.pk).update(percent_complete=40, status="in_progress")
    assert SearchEntry.objects.get(kind="task", record_id=task.pk).pk == entry


@pytest.mark.django_db
def test_tags_are_searched_whoever_puts_them_there_and_whatever_they_are_called():
    account, objective = factories.make_account(), factories.make_objective()
    tag = Tag.objects.create(label="Strategic")
    AccountTag.objects.create(account=account, tag=tag)
    ObjectiveTag.objects.create(objective=objective, tag=tag)
    assert ids("account", "strat") == {account.pk} and ids("objective", "strat") == {objective.pk}
    Tag.objects.filter(pk=tag.pk).update(label="Lighthouse")
    assert ids("account", "light") == {account.pk} and ids("objective", "light") == {objective.pk}
    assert ids("account", "strat") == set()
    AccountTag.objects.filter(tag=tag).delete()
    ObjectiveTag.objects.filter(tag=tag).delete()
    assert ids("account", "light") == set() == ids("objective", "light")


@pytest.mark.django_db
def test_r_vis_1_the_account_of_an_entry_is_that_of_its_record():
    plan = factories.make_plan()
    objective = factories.make_objective(plan)
    kpi = factories.make_kpi(objective)
    task = factories.make_task(factories.make_playbook(objective))
    other = factories.make_account()
    activity = factories.make_activity(kpi=kpi)
    comment = Comment.objects.create(task=task, author=factories.make_csm(), text="Well")
    everything = (plan, objective, kpi, task, activity, comment)
    assert accounts_of(*everything) == {plan.account_id}
    SuccessPlan.objects.filter(pk=plan.pk).update(account=other)
    assert accounts_of(*everything) == {other.pk}
    elsewhere = factories.make_objective()
    ObjectiveKpi.objects.filter(pk=kpi.pk).update(objective=elsewhere)
    assert accounts_of(kpi) == {elsewhere.account_id}


def accounts_of(*records):
    names = {
        "successplan": "plan",
        "objectivekpi": "kpi",
        "playbooktask": "task",
        "csactivity": "activity",
    }
    return {
        SearchEntry.objects.get(
            kind=names.get(one._meta.model_name, one._meta.model_name), record_id=one.pk
        ).account_id
        for one in records
    }


@pytest.mark.django_db
def test_r_tpl_1_what_lies_in_a_template_is_not_found():
    plan = SuccessPlan.objects.create(name="Template of plans", is_template=True)
    objective = Objective.objects.create(name="Template of objectives", plan=plan)
    factories.make_kpi(objective, title="Template of KPIs")
    factories.make_playbook(account=None, name="Template of playbooks", is_template=True)
    for kind in ("plan", "objective", "kpi", "playbook"):
        assert ids(kind, "template") == set()


@pytest.mark.django_db
def test_the_index_can_be_made_anew_and_is_then_the_same(capsys):
    objective = factories.make_objective(name="Kept")
    factories.make_kpi(objective)
    factories.make_task(name="Task")
    factories.make_contact(name="Person")
    ObjectiveTag.objects.create(objective=objective, tag=Tag.objects.create(label="Blue"))
    before = entries()
    assert before
    SearchEntry.objects.all().delete()
    call_command("reindex_search")
    assert entries() == before
    call_command("reindex_search", "kpi")
    assert entries() == before
    assert "kpi: 1" in capsys.readouterr().out


def entries():
    return set(
        SearchEntry.objects.values_list(
            "kind", "record_id", "account_id", "author_id", "title", "vector"
        )
    )


@pytest.mark.django_db
def test_a_text_of_any_length_can_be_saved():
    words = " ".join(f"w{n}ø" for n in range(60_000))
    task = factories.make_task(description=words, notes=words)
    assert ids("task", "w77o") == {task.pk}


@pytest.mark.django_db
def test_a_deleted_account_takes_its_entries_with_it():
    account = factories.make_account(name="Gone")
    contact = factories.make_contact(account, name="Gone too")
    account.delete()
    assert not Contact.objects.filter(pk=contact.pk).exists()
    assert ids("account", "gone") == set() == ids("contact", "gone")


def test_every_searched_kind_has_an_index_of_its_own():
    assert set(SOURCES) == set(SEARCHED)
