"""Mail that waits to be sent."""

from __future__ import annotations

import logging
import textwrap
from smtplib import SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from apps.core.models import Notification, User
from apps.core.notify_services import MAIL_TASK, claimed, mailed
from apps.core.person import person_of
from apps.core.scope import organisation

SUBJECT = 120
# SMTP answers from here on mean: never.
FOR_GOOD = 500
log = logging.getLogger(__name__)


@app.task(name=MAIL_TASK, queue="mail", retry=RetryStrategy(max_attempts=8, exponential_wait=4))
def mail_notifications() -> None:
    """Send what waits, one transaction for each: killed in the middle, the rest is sent later.

    An address that is refused holds nobody else up: refused for good it is given up, refused for
    now it is tried again with the whole job.
    """
    refused: dict[int, SMTPRecipientsRefused] = {}
    while True:
        with transaction.atomic():
            notification = claimed(without=refused)
            if notification is None:
                break
            try:
                _send(notification)
            except SMTPRecipientsRefused as error:
                if any(code < FOR_GOOD for code, _ in error.recipients.values()):
                    refused[notification.pk] = error
                    continue
                log.warning("Notification %s cannot be mailed: %s", notification.pk, error)
            mailed(notification=notification)
    if refused:
        raise next(iter(refused.values()))


@app.periodic(cron="*/15 * * * *")
@app.task(name="core.mail_waiting", queue="mail", pass_context=False)
def mail_waiting(timestamp: int) -> None:
    """Every quarter of an hour: what a killed worker or a mail server that was away left behind."""
    mail_notifications()


def _send(notification: Notification) -> None:
    user = notification.user
    if user is not None and not user.is_active:
        return
    # Who does not sign in reads times as the organisation does.
    reader = person_of(user or User())
    context = {
        "text": notification.text,
        "url": f"{settings.SITE_URL}{notification.path}" if user and notification.path else "",
        "name": str(user or ""),
        "moment": reader.moment(notification.created_at),
        "zone": reader.zone.key,
        "organisation": organisation(reader.user).name,
    }
    mail = EmailMultiAlternatives(
        subject=textwrap.shorten(notification.text, SUBJECT, placeholder=" …"),
        body=render_to_string("mail/notification.txt", context),
        to=[user.email if user is not None else notification.email],
    )
    mail.attach_alternative(render_to_string("mail/notification.html", context), "text/html")
    mail.send()
