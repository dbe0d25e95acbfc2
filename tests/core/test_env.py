"""Settings come from the environment; what is bad or missing is said clearly."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from successcloud import env

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "SECRET_KEY": "k" * 25 + "0123456789-abcdefghijklmnopqrstuvwxyz",
    "ALLOWED_HOSTS": "success.example.com",
    "DATABASE_URL": "postgres://nobody@localhost/nothing",
}


def test_text_is_stripped_and_falls_back(monkeypatch):
    monkeypatch.setenv("WORD", "  hello ")
    assert env.text("WORD") == "hello"
    monkeypatch.setenv("WORD", "   ")
    assert env.text("WORD", "else") == "else"


def test_a_missing_text_is_named_with_an_example(monkeypatch):
    monkeypatch.delenv("WORD", raising=False)
    with pytest.raises(ImproperlyConfigured, match=r"WORD is missing\. Set it, for example WORD=a"):
        env.text("WORD", example="a")


@pytest.mark.parametrize(
    ("said", "meant"),
    [("1", True), ("yes", True), ("ON", True), ("0", False), ("", False), ("False", False)],
)
def test_a_flag_is_yes_or_no(monkeypatch, said, meant):
    monkeypatch.setenv("FLAG", said)
    assert env.flag("FLAG", default=True) is meant


def test_a_flag_that_is_neither_is_refused(monkeypatch):
    monkeypatch.setenv("FLAG", "maybe")
    with pytest.raises(ImproperlyConfigured, match="FLAG is “maybe”; write 1 or 0"):
        env.flag("FLAG")


@pytest.mark.parametrize("said", ["x", "-1", "1.5", "0"])
def test_a_whole_number_that_is_none_or_too_small_is_refused(monkeypatch, said):
    monkeypatch.setenv("COUNT", said)
    with pytest.raises(ImproperlyConfigured, match="write a whole number from 1 on"):
        env.whole("COUNT", 5, least=1)


def test_words_are_separated_by_commas(monkeypatch):
    monkeypatch.setenv("WORDS", "a, b,,c ")
    assert env.words("WORDS") == ["a", "b", "c"]
    monkeypatch.setenv("WORDS", "")
    assert env.words("WORDS", ["d"]) == ["d"]


def settings(**variables):
    """What happens when the program starts with exactly these variables."""
    base = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-c", "import django; django.setup()"],
        cwd=ROOT,
        env={**base, "DJANGO_SETTINGS_MODULE": "successcloud.settings", **variables},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("missing", sorted(PRODUCTION))
def test_outside_the_demo_secrets_hosts_and_database_are_required(missing):
    done = settings(**{name: value for name, value in PRODUCTION.items() if name != missing})
    assert done.returncode != 0
    assert f"The environment variable {missing} is missing. Set it, for example" in done.stderr


def test_with_all_three_it_starts():
    done = settings(**PRODUCTION)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"DATABASE_URL": "nonsense"}, "DATABASE_URL"),
        ({"DATABASE_URL": "sqlite:///x.db"}, "DATABASE_URL must name a PostgreSQL database"),
        ({"CONN_MAX_AGE": "soon"}, "CONN_MAX_AGE is “soon”; write a whole number"),
        ({"DEBUG": "perhaps"}, "DEBUG is “perhaps”; write 1 or 0"),
        ({"EMAIL_PORT": "0"}, "EMAIL_PORT is “0”; write a whole number from 1 on"),
    ],
)
def test_a_bad_variable_is_named(variables, sentence):
    done = settings(**{**PRODUCTION, **variables})
    assert done.returncode != 0
    assert sentence in done.stderr.splitlines()[-1]


def test_check_deploy_finds_nothing():
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **PRODUCTION},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


def test_cookies_and_transport_are_strict_outside_the_demo():
    code = (
        "from django.conf import settings as s; print(s.SESSION_COOKIE_SECURE,"
        " s.CSRF_COOKIE_SECURE, s.SESSION_COOKIE_HTTPONLY, s.SESSION_COOKIE_SAMESITE,"
        " s.SECURE_SSL_REDIRECT, s.SECURE_HSTS_SECONDS >= 31536000, s.DEBUG)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "successcloud.settings",
            **PRODUCTION,
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["True", "True", "True", "Lax", "True", "True", "False"]
