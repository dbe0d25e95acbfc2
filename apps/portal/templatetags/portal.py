"""What templates of pages for customers ask for."""

from __future__ import annotations

from typing import NamedTuple

from django import template

from apps.core.scope import organisation

register = template.Library()


class Brand(NamedTuple):
    """The company as its customers know it."""

    name: str
    logo: bool


@register.simple_tag(takes_context=True)
def brand(context: template.Context) -> Brand:
    """The name of the company, and whether it has a logo; of the page's person when it has one."""
    person = context.get("person")
    found = organisation(person.user if person else None)
    return Brand(found.name, bool(found.logo_type))
