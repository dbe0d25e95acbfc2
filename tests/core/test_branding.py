"""The company's logo and colour: what may be one, and how an administrator sets it."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError
from django.urls import reverse

from apps.core.choices import LogoType
from apps.core.logo_rules import MOST_BYTES, logo_error, logo_type
from apps.core.models import Organisation
from tests.factories import make_administrator

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (PNG, LogoType.PNG),
        (b"\xff\xd8\xff\xe0rest", LogoType.JPEG),
        (b"RIFF\x10\0\0\0WEBPVP8 ", LogoType.WEBP),
        (b"RIFF\x10\0\0\0WAVEfmt ", None),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>", None),
        (b"GIF89a", None),
        (b"", None),
    ],
)
def test_a_logo_is_known_by_how_it_begins(start, kind):
    assert logo_type(start) == kind


def test_a_logo_is_small():
    assert logo_error(MOST_BYTES, PNG) is None
    assert "61 KB" in logo_error(MOST_BYTES + 1, PNG)


@pytest.fixture
def change(client, db):
    Organisation.objects.get_or_create(pk=1)
    client.force_login(make_administrator())
    kept = {
        "name": "Harbour", "time_zone": "UTC", "row_scope": "everyone", "stale_plan_days": 30,
        "stale_objective_days": 30, "stale_kpi_days": 30, "brand_colour": "#aa3300",
        "health_good_from": 70, "health_poor_below": 40,
    }  # fmt: skip

    def post(**fields):
        return client.post(reverse("admin:core_organisation_change", args=[1]), kept | fields)

    return post


def uploaded(data, name="logo.png"):
    return SimpleUploadedFile(name, data, content_type="image/png")


def test_logo_and_colour_stand_together_and_no_field_is_left_out(change, client):
    page = client.get(reverse("admin:core_organisation_change", args=[1]))
    form = page.context["adminform"]
    shown = [list(options["fields"]) for _, options in form.fieldsets]
    assert shown[1] == ["brand_colour", "new_logo", "remove_logo"]
    assert sorted(sum(shown, [])) == sorted(form.form.fields)


def test_an_administrator_sets_and_removes_logo_and_colour(change, client):
    assert change(new_logo=uploaded(PNG)).status_code == 302
    row = Organisation.objects.get(pk=1)
    assert (bytes(row.logo), row.logo_type, row.brand_colour) == (PNG, LogoType.PNG, "#aa3300")
    # Whatever else is changed, it stays.
    assert change(name="Harbour Ltd").status_code == 302
    shown = client.get(reverse("share:logo"))
    assert (shown.content, shown.headers["Content-Type"]) == (PNG, "image/png")
    assert change(remove_logo="on").status_code == 302
    assert client.get(reverse("share:logo")).status_code == 404


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"new_logo": lambda: uploaded(b"<svg onload=x>", "logo.png")}, "no PNG, JPEG or WebP"),
        ({"new_logo": lambda: uploaded(PNG + b"\0" * MOST_BYTES)}, "at most 60 KB"),
        ({"brand_colour": lambda: "red;}"}, "Write a colour like #0f766e."),
    ],
)
def test_what_is_no_logo_and_no_colour_is_refused(change, fields, said):
    answer = change(**{name: made() for name, made in fields.items()})
    assert said in answer.content.decode()
    assert Organisation.objects.get(pk=1).logo_type == ""


def test_the_database_keeps_what_is_no_colour_out_of_the_stylesheet(db):
    Organisation.objects.get_or_create(pk=1)
    with pytest.raises(IntegrityError):
        Organisation.objects.filter(pk=1).update(brand_colour="x}body")
