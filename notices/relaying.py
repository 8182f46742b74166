"""Sending what is in the outbox, by workers any of whom may die at any moment.

A mail may go out twice if a worker dies between the server's yes and ours; its Message-ID is the
same both times.
"""

import logging
import smtplib
import time
from datetime import datetime, timedelta

from celery import shared_task
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Q, QuerySet

from lifecycle.clock import database_time, shortened
from notices.models import MailState, OutboxMail

logger = logging.getLogger(__name__)

# Longer than one attempt can take, EMAIL_TIMEOUT included.
LEASE = shortened(timedelta(minutes=2))
# After this long a sweep takes up no further mail: its leases count from the time it has read.
SWEEP_SECONDS = LEASE.total_seconds() / 4
WAITS = [
    shortened(timedelta(seconds=10)),
    shortened(timedelta(seconds=30)),
    shortened(timedelta(minutes=2)),
    shortened(timedelta(minutes=10)),
    shortened(timedelta(hours=1)),
]
# About half a day of trying, after which staff decide.
MAX_ATTEMPTS = 15


def relay_mails(*, at: datetime) -> None:
    """Send mails that are due, the oldest first. May run many times at once."""
    ends = time.monotonic() + SWEEP_SECONDS
    while time.monotonic() < ends and (mail := claim_next(at=at)):
        send(mail, at=at)


@shared_task
def relay_mails_task() -> None:
    relay_mails(at=database_time())


@transaction.atomic(durable=True)
def claim_next(*, at: datetime) -> OutboxMail | None:
    """Lease the mail that has been due longest, or return None."""
    free = Q(lease_until=None) | Q(lease_until__lte=at)
    waiting = OutboxMail.objects.filter(free, state=MailState.WAITING, due_at__lte=at)
    mail = waiting.order_by("due_at").select_for_update(skip_locked=True).first()
    if mail:
        # Behind what is due by then: a mail that kills every worker keeps no other waiting.
        mail.due_at = mail.lease_until = at + LEASE
        mail.attempts += 1
        mail.save(update_fields=["due_at", "lease_until", "attempts"])
    return mail


def send(mail: OutboxMail, *, at: datetime) -> None:
    """Hand one leased mail to the mail server, and write down what came of it."""
    message = EmailMessage(
        mail.subject, mail.text, to=[mail.to], headers={"Message-ID": mail.message_id}
    )
    try:
        message.send()
    except (OSError, smtplib.SMTPException) as error:
        put_off(mail, at=at, error=f"{type(error).__name__}: {error}")
        return
    # The text goes, because links in it open doors: to confirm, to set a password.
    leased_by_us(mail).update(
        state=MailState.SENT, sent_at=at, lease_until=None, last_error="", text=""
    )


def put_off(mail: OutboxMail, *, at: datetime, error: str) -> None:
    is_last = mail.attempts >= MAX_ATTEMPTS
    wait = WAITS[min(mail.attempts, len(WAITS)) - 1]
    leased_by_us(mail).update(
        state=MailState.FAILED if is_last else MailState.WAITING,
        due_at=at + wait,
        lease_until=None,
        last_error=error[:500],
    )
    logger.warning("mail not sent", extra={"key": mail.key, "attempts": mail.attempts})


def leased_by_us(mail: OutboxMail) -> QuerySet[OutboxMail]:
    return OutboxMail.objects.filter(pk=mail.pk, lease_until=mail.lease_until)


def send_again(mail: OutboxMail, *, at: datetime) -> None:
    """Let a mail that was given up be tried anew, from the first attempt on."""
    OutboxMail.objects.filter(pk=mail.pk, state=MailState.FAILED).update(
        state=MailState.WAITING, due_at=at, attempts=0
    )
