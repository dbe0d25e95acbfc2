"""Mail that waits to be sent."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from apps.core.models import Notification
from apps.core.notify_services import MAIL_TASK, claimed, mailed
from apps.core.scope import organisation


@app.task(name=MAIL_TASK, queue="mail", retry=RetryStrategy(max_attempts=8, exponential_wait=4))
def mail_notifications() -> None:
    """Send what waits, one transaction for each: killed in the middle, the rest is sent later."""
    while True:
        with transaction.atomic():
            notification = claimed()
            if notification is None:
                return
            _send(notification)
            mailed(notification=notification)


def _send(notification: Notification) -> None:
    user = notification.user
    if user is not None and not user.is_active:
        return
    context = {
        "text": notification.text,
        "url": f"{settings.SITE_URL}{notification.path}" if notification.path else "",
        "name": str(user or ""),
        "organisation": organisation().name,
        "signs_in": user is not None,
    }
    mail = EmailMultiAlternatives(
        subject=notification.text.replace("\n", " ")[:120],
        body=render_to_string("mail/notification.txt", context),
        to=[user.email if user is not None else notification.email],
    )
    mail.attach_alternative(render_to_string("mail/notification.html", context), "text/html")
    mail.send()
