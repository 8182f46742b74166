"""Writing an e-mail into the outbox, in the transaction of what it tells about."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.conf import settings
from django.template.loader import render_to_string

from notices.models import OutboxMail


def queue_mail(
    *,
    key: str,
    tenant: UUID | None,
    to: str,
    subject: str,
    template: str,
    context: Mapping[str, Any],
    at: datetime,
) -> None:
    """Put one e-mail out, rendered from the text template `template`; the same key once only.

    The Message-ID follows from the key, so that a mail sent twice is recognised as one.
    """
    message_id = f"<{sha256(f'{tenant}:{key}'.encode()).hexdigest()[:32]}@{settings.PLATFORM_HOST}>"
    mail = OutboxMail(
        key=f"{tenant}:{key}" if tenant else key,
        tenant=tenant,
        message_id=message_id,
        to=to,
        subject=" ".join(subject.split()),
        text=render_to_string(template, dict(context)),
        created_at=at,
        due_at=at,
    )
    OutboxMail.objects.bulk_create([mail], ignore_conflicts=True)
