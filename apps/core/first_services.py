"""The first administrator of an installation, made by whoever runs it."""

from __future__ import annotations

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone

from apps.core.history import operation
from apps.core.models import User
from apps.core.people_selectors import INVITATION, link_url
from apps.core.permissions import ADMINISTRATOR, CUSTOMER_SUCCESS


def administrator_create(*, email: str, values: dict[str, str], is_superuser: bool) -> str:
    """Make an administrator who may also work on records; returns the link to choose a password.

    Only the shell calls this, which may do everything. Raises ValidationError.
    """
    wanted = email.strip().lower()
    validate_email(wanted)
    if User.objects.filter(email__iexact=wanted).exists():
        raise ValidationError(f"There is a user {wanted} already.")
    with operation(None, note="Administrator"):
        user = User.objects.create_user(
            wanted,
            None,
            is_staff=True,
            is_superuser=is_superuser,
            invited_at=timezone.now(),
            **values,
        )
        user.groups.set(Group.objects.filter(name__in=(ADMINISTRATOR, CUSTOMER_SUCCESS)))
    return link_url(user, INVITATION)
