"""The company's colour can be read on every ground, whatever colour it is."""

from __future__ import annotations

import itertools

import pytest
from django.urls import reverse

from apps.core.models import Organisation
from apps.portal.brand_rules import DARK, DEFAULT, ENOUGH, INK, LIGHT, PAPER, contrast, palette

LEVELS = ("00", "40", "80", "c0", "ff")
COLOURS = ["#" + "".join(parts) for parts in itertools.product(LEVELS, repeat=3)]


def test_contrast_is_that_of_wcag():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("page", [LIGHT, PAPER, DARK, INK])
def test_every_colour_can_be_read(page):
    for colour in COLOURS:
        made = palette(colour, page)
        assert contrast(made.text, page) >= ENOUGH, colour
        assert contrast(made.on_ground, made.ground) >= ENOUGH, colour


def test_a_colour_that_can_be_read_stays_as_it_is():
    assert palette("#0F766E", PAPER).text == "#0f766e"


@pytest.mark.parametrize("wrong", ["", "red", "#fff", "#0f766e;}", "#gggggg"])
def test_what_is_no_colour_is_never_written(wrong):
    assert palette(wrong, LIGHT).ground == DEFAULT


def test_the_stylesheet_has_the_colour_for_both_themes(client, db):
    Organisation.objects.update_or_create(pk=1, defaults={"brand_colour": "#ffdd00"})
    answer = client.get(reverse("share:brand"))
    assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
    light, dark = answer.content.decode().split("@media")
    assert "--brand:#ffdd00;--on-brand:#000000" in light
    assert "--brand-text:#ffdd00" in dark
    assert "--brand-text:#ffdd00" not in light
