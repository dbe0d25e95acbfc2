"""The mails about signing in: made when they are sent, so that nothing else holds their link."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from apps.core.models import Organisation, User
from apps.core.people_rules import ADDRESS_LASTS, INVITATION_DAYS, INVITATION_LASTS, lasts
from apps.core.people_selectors import ADDRESS, INVITATION, link_url
from apps.core.people_services import ADDRESS_CHANGED

_LEAVE: Final = "If you did not ask for this, leave it: nothing changes."


def person_mail(user_id: int, what: str, to: str = "") -> EmailMultiAlternatives | None:
    """The mail as things stand now; None when it does not count any more."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        return None
    company = Organisation.objects.get().name
    said = _said(user, what, company)
    if said is None:
        return None
    subject, lines, button, url = said
    context = {
        "name": user.get_full_name(),
        "lines": lines,
        "button": button,
        "url": url,
        "organisation": company,
    }
    mail = EmailMultiAlternatives(
        subject=subject,
        body=render_to_string("mail/person.txt", context),
        to=[to or (user.new_email if what == ADDRESS else user.email)],
        headers={"Auto-Submitted": "auto-generated"},
    )
    mail.attach_alternative(render_to_string("mail/person.html", context), "text/html")
    return mail


def _said(user: User, what: str, company: str) -> tuple[str, list[str], str, str] | None:
    """Subject, sentences, and the button with its address; None when it does not count."""
    now: Any = timezone.now()
    if what == INVITATION:
        if user.has_usable_password() or not lasts(user.invited_at, INVITATION_LASTS, now):
            return None
        return (
            f"{company} invites you to SuccessCloud",
            [
                f"{company} works with SuccessCloud, and you are invited. You sign in with this"
                f" e-mail address ({user.email}) and a password that you choose now.",
                f"The link works once, for {INVITATION_DAYS} days. Is it too late? Ask your"
                " administrator for a new one.",
            ],
            "Choose your password",
            link_url(user, INVITATION),
        )
    if what == ADDRESS:
        if not user.new_email or not lasts(user.new_email_at, ADDRESS_LASTS, now):
            return None
        return (
            "Confirm your new e-mail address",
            [
                f"{user.email} shall become {user.new_email}: with this address you would sign in"
                " to SuccessCloud from now on, and here you would get its mails.",
                f"The link works once, for {ADDRESS_LASTS.days} days. {_LEAVE}",
            ],
            "Confirm this address",
            link_url(user, ADDRESS),
        )
    if what == ADDRESS_CHANGED:
        return (
            "Your e-mail address was changed",
            [
                f"You sign in to SuccessCloud with {user.email} from now on. This address does"
                " not open it any more.",
                "If that was not you, tell your administrator at once.",
            ],
            "Open SuccessCloud",
            f"{settings.SITE_URL}{reverse('account_login')}",
        )
    return None
