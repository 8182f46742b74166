"""What a country asks for its numbers: shown before they are paid for, and agreed to for good."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from babel import Locale

from lifecycle.actors import Actor, done_by
from purchase.models import Agreement, Order
from stock.models import AddressRule, IdentityKind, NumberType, Requirement

TERRITORIES = Locale("en").territories


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for numbers of one kind, as pages show it."""

    requirement: Requirement
    kind: str
    points: Sequence[str]


def kind_name(country: str, number_type: str) -> str:
    """Name numbers of one country and type: Germany, geographic."""
    return f"{TERRITORIES.get(country, country)}, {NumberType(number_type).label.lower()}"


def asked_by(requirements: Iterable[Requirement]) -> list[Asked]:
    return [
        Asked(one, kind_name(one.country, one.number_type), points_of(one)) for one in requirements
    ]


def points_of(requirement: Requirement) -> list[str]:
    """Say what is asked, a sentence each; what is not asked is left out."""
    identity, address = IdentityKind(requirement.identity), AddressRule(requirement.address)
    points = []
    if identity != IdentityKind.NONE:
        points.append(f"Identity: {identity.label.lower()}.")
    if address != AddressRule.NONE:
        points.append(f"Address: {address.label.lower()}.")
    points += [f"Document: {document}." for document in requirement.documents]
    if requirement.needs_registration:
        points.append("Needs registration: it works only once that has been approved.")
    if requirement.is_sample:
        points.append("Sample: to be checked by compliance.")
    return points


def text_of(requirement: Requirement) -> str:
    """Write it out in full, as it is shown and agreed to."""
    name = kind_name(requirement.country, requirement.number_type)
    points = [f"- {point}" for point in points_of(requirement)]
    return "\n".join(
        [f"{name} (version {requirement.version})", *points, requirement.notes]
    ).strip()


def record(asked: Iterable[Requirement], *, order: Order, actor: Actor, at: datetime) -> None:
    """Write down what the buyer has agreed to, in the transaction of the order."""
    Agreement.objects.bulk_create(
        Agreement(
            order=order,
            country=requirement.country,
            number_type=requirement.number_type,
            requirement=requirement.reference,
            version=requirement.version,
            text=text_of(requirement),
            agreed_at=at,
            **done_by(actor),
        )
        for requirement in asked
    )
