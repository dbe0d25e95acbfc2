"""Two things at the very same moment: a link used twice, a resource tied twice, a session ended."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client

from apps.accounts.people_services import Tie, resource_tie
from apps.core import people_services as services
from apps.core.people_models import Session, SessionStore
from apps.core.people_selectors import INVITATION, link_path
from apps.workspace import leaving_services
from tests.core.test_people import choose, is_in, sign_in
from tests.factories import make_administrator, make_csm, make_plan, make_resource, make_user

pytestmark = pytest.mark.django_db(transaction=True)


def both(first, second):
    """Call two things at once; what each came to."""
    barrier = Barrier(2)

    def run(deed):
        try:
            connection.ensure_connection()
            barrier.wait(20)
            return deed()
        except ValidationError as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(run, (first, second)))


def test_a_link_that_two_browsers_use_at_once_works_in_one():
    administrator = make_administrator()
    user = services.user_create(actor=administrator, email="kim@example.com", values={}, groups=[])
    services.user_invite(actor=administrator, user=user)
    user.refresh_from_db()
    link, words = link_path(user, INVITATION), ("one long sentence", "another long sentence")
    browsers = [Client(), Client()]
    answers = both(*(lambda b=b, w=w: choose(b, link, w) for b, w in zip(browsers, words)))
    assert sorted(answer.status_code for answer in answers) == [302, 404]
    won = [answer.status_code for answer in answers].index(302)
    user.refresh_from_db()
    assert user.check_password(words[won])
    assert [is_in(browser) for browser in browsers] == [won == 0, won == 1]


def test_a_resource_that_two_users_shall_be_at_once_is_one_of_them():
    actor, jo = make_administrator(), make_resource(name="Jo")
    people = [make_user(), make_user()]
    told = both(
        *(
            lambda user=user: resource_tie(actor=actor, user=user, tie=Tie(resource=jo))
            for user in people
        )
    )
    (refusal,) = [one for one in told if isinstance(one, ValidationError)]
    assert "belongs to another user" in str(refusal)
    jo.refresh_from_db()
    assert jo.user in people


def test_two_administrators_deactivate_one_user_and_only_one_does():
    mara, jo, kim = make_csm(), make_resource(), make_resource()
    plan = make_plan(owner=mara.resource)
    one, other = make_administrator(), make_administrator()
    told = both(
        lambda: leaving_services.user_leaves(actor=one, user=mara, taker=jo),
        lambda: leaving_services.user_leaves(actor=other, user=mara, taker=kim),
    )
    (refusal,) = [said for said in told if isinstance(said, ValidationError)]
    assert "is deactivated already" in str(refusal)
    plan.refresh_from_db()
    assert plan.owner in (jo, kim)


def test_a_request_that_runs_while_its_session_is_ended_does_not_bring_it_back():
    administrator, mara = make_administrator(), make_csm(email="mara@example.com")
    browser = Client()
    sign_in(browser, "mara@example.com")
    # The page that runs has read its session, and will write it at its end.
    running = SessionStore(browser.session.session_key)
    running["seen"] = "just now"
    services.user_deactivate(actor=administrator, user=mara)
    with pytest.raises(UpdateError):
        running.save()
    assert not Session.objects.filter(user=mara).exists()
    assert not is_in(browser)
