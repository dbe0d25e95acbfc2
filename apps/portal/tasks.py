"""Mails to customers. A job names what it is about; its secret is made when the mail is."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from smtplib import SMTPRecipientsRefused
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from apps.accounts.models import Contact
from apps.core.models import User
from apps.core.scope import organisation
from apps.portal import proof_services, rules
from apps.portal.models import PortalCode, Share
from apps.portal.proof_services import CODE_TASK, INVITE_TASK
from apps.portal.selectors import people
from apps.portal.services import token_of

# SMTP answers from here on mean: never.
FOR_GOOD: Final = 500
RETRY: Final = RetryStrategy(max_attempts=4, exponential_wait=4)
log = logging.getLogger(__name__)


@app.task(name=CODE_TASK, queue="mail", retry=RETRY)
def mail_code(code_id: int) -> None:
    """Mail a code and its link, if its address may open anything; once, and not when it is old."""
    with transaction.atomic():
        rows = PortalCode.objects.select_for_update(of=("self",)).select_related("share")
        code = rows.filter(
            pk=code_id, mailed_at=None, used_at=None, expires_at__gt=timezone.now()
        ).first()
        if code is None or not proof_services.is_for_somebody(code):
            return
        context = {
            "digits": proof_services.digits_of(code),
            "url": _site(reverse("share:enter", args=[proof_services.link_of(code)])),
            "minutes": int(rules.CODE_LIVES.total_seconds() // 60),
        }
        _send("code", "Your code", to=code.email, number=f"code-{code.nonce}", context=context)
        code.mailed_at = timezone.now()
        code.save(update_fields=["mailed_at"])


@app.task(name=INVITE_TASK, queue="mail", retry=RETRY)
def mail_invitation(share_id: int, contact_id: int, actor_id: int) -> None:
    """Mail a share's link to a contact, if it still opens for them."""
    share = Share.objects.select_related("account", "plan").filter(pk=share_id).first()
    contact = Contact.objects.filter(pk=contact_id, share_contacts__share=share_id).first()
    actor = User.objects.filter(pk=actor_id).first()
    if share is None or contact is None or not proof_services.is_open(share):
        return
    if people.admitted(share, contact.email) is None:
        return
    context = {
        "name": contact.name,
        "who": str(actor or ""),
        "anyone": share.anyone,
        "url": _site(reverse("share:view", args=[token_of(share)])),
        "door": _site(reverse("share:door")),
    }
    number = f"share-{share.key}-{share.round}-{contact.pk}"
    _send("invitation", "Your plan with us", to=contact.email, number=number, context=context)


@app.periodic(cron="41 3 * * *")
@app.task(name="portal.purge", queue="mail", pass_context=False)
def proofs_purge(timestamp: int) -> None:
    """Every night: codes and sessions that are over."""
    proof_services.proofs_purge(now=timezone.now())


def _site(path: str) -> str:
    return f"{settings.SITE_URL}{path}"


def _send(name: str, subject: str, *, to: str, number: str, context: Mapping[str, Any]) -> None:
    ours = organisation().name
    said = {**context, "organisation": ours}
    host = urlsplit(settings.SITE_URL).hostname
    mail = EmailMultiAlternatives(
        subject=" ".join(f"{subject}: {ours}".split()),
        body=render_to_string(f"mail/portal_{name}.txt", said),
        to=[to],
        headers={
            # The same for the same word: a mailbox that got it twice knows it.
            "Message-ID": f"<{rules.hashed(number)[:32]}@{host}>",
            "Auto-Submitted": "auto-generated",
        },
    )
    mail.attach_alternative(render_to_string(f"mail/portal_{name}.html", said), "text/html")
    try:
        mail.send()
    except SMTPRecipientsRefused as error:
        if any(code < FOR_GOOD for code, _ in error.recipients.values()):
            raise
        # Its text names the address: it is not repeated here.
        log.warning("The mail server refused a mail to a customer for good.")
