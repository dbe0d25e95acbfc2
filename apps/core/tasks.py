"""Mail that waits to be sent, and exports that wait to be written."""

from __future__ import annotations

import logging
import textwrap
from smtplib import SMTPRecipientsRefused
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from apps.core import digest_rules, export_services
from apps.core.access import Refused, may
from apps.core.choices import ExportState, NotificationKind
from apps.core.export_services import EXPORT_TASK
from apps.core.export_tables import sheet_of, write_file
from apps.core.models import ExportRun, Notification, User
from apps.core.notify_services import MAIL_TASK, claimed, mailed
from apps.core.people_mail_services import person_mail
from apps.core.people_services import PEOPLE_TASK
from apps.core.person import person_of
from apps.core.scope import organisation
from apps.core.unsubscribe_services import still_wanted, unsubscribe_token

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
    if not still_wanted(notification):
        return
    user = notification.user
    # Who does not sign in reads times as the organisation does.
    reader = person_of(user or User())
    ending = (
        f"{settings.SITE_URL}{reverse('core:unsubscribe', args=[unsubscribe_token(notification)])}"
    )
    context = {
        "text": notification.text,
        "quote": notification.data.get("quote", ""),
        "records": digest_rules.lines(notification.data, date=reader.date, number=reader.number),
        "is_user": user is not None,
        "site": settings.SITE_URL,
        "url": f"{settings.SITE_URL}{notification.path}" if user and notification.path else "",
        "name": str(user or ""),
        "moment": reader.moment(notification.created_at),
        "zone": reader.zone.key,
        "organisation": organisation(reader.user).name,
        "ending": ending,
        "wishes": f"{settings.SITE_URL}{reverse('core:notification-wishes')}" if user else "",
        "why": NotificationKind(notification.kind).label,
    }
    mail = EmailMultiAlternatives(
        subject=textwrap.shorten(notification.text, SUBJECT, placeholder=" …"),
        body=render_to_string("mail/notification.txt", context),
        to=[user.email if user is not None else notification.email],
        headers={
            # The same for the same word: a mailbox that got it twice knows it.
            "Message-ID": f"<notification-{notification.pk}@{urlsplit(settings.SITE_URL).hostname}>",
            "List-Unsubscribe": f"<{ending}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
        },
    )
    mail.attach_alternative(render_to_string("mail/notification.html", context), "text/html")
    mail.send()


@app.task(name=PEOPLE_TASK, queue="mail", retry=RetryStrategy(max_attempts=8, exponential_wait=4))
def mail_person(user_id: int, what: str, to: str = "") -> None:
    """Mail an invitation, or the confirmation of a new address, if it still counts.

    The link is made only here, so that no job holds what opens a door.
    """
    mail = person_mail(user_id, what, to)
    if mail is not None:
        mail.send()


@app.task(name=EXPORT_TASK, queue="imports")
def export_work(run_id: int) -> None:
    """Write one export; nothing if it was thrown away or written meanwhile."""
    run = ExportRun.objects.select_related("user").filter(pk=run_id).first()
    if run is None or run.state != ExportState.WAITING:
        return
    path = export_services.export_place(run=run)
    told = export_services.progress_path(run)

    def tell(count: int) -> None:
        told.write_text(str(count))

    try:
        may_see = may(run.user, "list.export") and may(run.user, f"{run.kind}.view")
        if not may_see:
            raise Refused(may_see.reason)
        total = write_file(sheet_of(run), run.form, path, tell)
    except Refused as refusal:
        export_services.export_failed(run=run, reason=str(refusal))
        return
    export_services.export_done(run=run, total=total)


@app.periodic(cron="27 3 * * *")
@app.task(name="core.export_purge", queue="imports", pass_context=False)
def export_purge(timestamp: int) -> None:
    """Every night: exports that are too old."""
    export_services.exports_purge(before=timezone.now() - export_services.KEPT_FOR)
