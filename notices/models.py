"""What leaves us: e-mail, one row for each event, sent at least once and always as the same."""

from uuid import uuid4

from django.db import models
from django.db.models import Q


class MailState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    SENT = "sent", "Sent"
    FAILED = "failed", "Given up"


class OutboxMail(models.Model):
    """An e-mail, written in the transaction of what it tells. `key` says which event that is."""

    reference = models.UUIDField(default=uuid4, unique=True, editable=False)
    key = models.CharField(max_length=200, unique=True, db_collation="C")
    # The tenant's reference: this app does not know its table. Null for the platform's own.
    tenant = models.UUIDField(null=True, blank=True)
    message_id = models.CharField(max_length=200)
    to = models.EmailField()
    subject = models.CharField(max_length=200)
    text = models.TextField()
    state = models.CharField(max_length=16, choices=MailState, default=MailState.WAITING)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=500, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="outbox_mail_due"),
            models.Index(fields=["-created_at"], name="outbox_mail_newest"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=MailState.values), name="outbox_mail_state_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} to {self.to}"
