"""What is to be done and who is at it, what came in, and what was not believed."""

from django.db import models
from django.db.models import Q


class DueWork(models.Model):
    """Something to do for one thing of one tenant; the row is deleted when it is done."""

    kind = models.CharField(max_length=32)
    # References of the tenant and of its record: this app knows neither's table. Without a tenant
    # it is the platform's own.
    tenant = models.UUIDField(null=True, blank=True)
    subject = models.UUIDField()
    due_at = models.DateTimeField()
    planned_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [models.Index(fields=["kind", "due_at"], name="due_work_by_kind")]
        constraints = [
            models.UniqueConstraint(fields=["kind", "subject"], name="due_once_for_each_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class WebhookState(models.TextChoices):
    RECEIVED = "received", "Received"
    DONE = "done", "Applied"
    FAILED = "failed", "Given up"


class WebhookEvent(models.Model):
    """An event that somebody sent us, kept before it is believed and applied at most once."""

    provider = models.CharField(max_length=32)
    # The account or connection it came in for, in the provider's words.
    account = models.CharField(max_length=64, blank=True)
    event_id = models.CharField(max_length=255)
    kind = models.CharField(max_length=100)
    body = models.TextField()
    received_at = models.DateTimeField()
    state = models.CharField(max_length=16, choices=WebhookState, default=WebhookState.RECEIVED)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(state="received"), name="webhook_event_due"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "account", "event_id"], name="webhook_event_comes_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=WebhookState.values), name="webhook_event_state_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.event_id}"


class SecurityEvent(models.Model):
    """Something that only an attacker or a wrong set-up causes: a forged signature, a replay."""

    kind = models.CharField(max_length=64)
    detail = models.CharField(max_length=500)
    remote_address = models.GenericIPAddressField(null=True, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["-at"], name="security_event_newest")]

    def __str__(self) -> str:
        return f"{self.kind} at {self.at:%Y-%m-%d %H:%M}"
