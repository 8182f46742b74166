"""The record of what staff do: written in the transaction of the deed."""

from datetime import datetime
from uuid import UUID

from lifecycle.actors import Actor, done_by
from tenants.models import StaffAct, StaffActKind


def record(
    kind: StaffActKind,
    *,
    subject: UUID,
    subject_name: str,
    reason: str = "",
    actor: Actor,
    at: datetime,
) -> None:
    StaffAct.objects.create(
        kind=kind,
        subject=subject,
        subject_name=subject_name,
        reason=reason,
        at=at,
        **done_by(actor),
    )
