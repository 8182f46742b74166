"""Who did it: the one way in which records name a person or a system."""

from dataclasses import dataclass
from uuid import UUID

from django.db import models


class ActorKind(models.TextChoices):
    MEMBER = "member", "Member"
    STAFF = "staff", "Staff"
    SUPPORT = "support", "Support session"
    SYSTEM = "system", "Numberyard"
    CARRIER = "carrier", "Carrier"
    API_KEY = "api_key", "API key"


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or system as it was called at the time; `reference` never leaves its kind."""

    kind: ActorKind
    reference: UUID
    name: str


# What happens by itself: sweeps, expiries, deliveries.
SYSTEM = Actor(ActorKind.SYSTEM, UUID(int=0), "Numberyard")


class DoneBy(models.Model):
    """A record that says who made it, by value: the person may be gone by the time it is read."""

    actor_kind = models.CharField(max_length=8, choices=ActorKind)
    actor_reference = models.UUIDField()
    actor_name = models.CharField(max_length=200)

    class Meta:
        abstract = True

    @property
    def actor(self) -> Actor:
        return Actor(ActorKind(self.actor_kind), self.actor_reference, self.actor_name)


def done_by(actor: Actor) -> dict[str, object]:
    """Return the columns of DoneBy, for `create(**done_by(actor), …)`."""
    return {
        "actor_kind": actor.kind,
        "actor_reference": actor.reference,
        "actor_name": actor.name,
    }
