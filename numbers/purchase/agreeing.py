"""What a country asks for its numbers: shown before they are paid for, and agreed to for good."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from lifecycle.actors import Actor, done_by
from purchase.models import Agreement, Order
from stock.kinds import name_of
from stock.models import Requirement
from stock.requirements import Description, describe


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for numbers of one kind, and its words."""

    requirement: Requirement
    described: Description


def asked_by(requirements: Iterable[Requirement]) -> list[Asked]:
    return [Asked(one, describe(one)) for one in requirements]


def record(asked: Iterable[Requirement], *, order: Order, actor: Actor, at: datetime) -> None:
    """Write down what the buyer has agreed to, in the transaction of the order."""
    Agreement.objects.bulk_create(
        Agreement(
            order=order,
            country=requirement.country,
            number_type=requirement.number_type,
            requirement=requirement.reference,
            version=requirement.version,
            text=describe(requirement).text,
            agreed_at=at,
            **done_by(actor),
        )
        for requirement in asked
    )


def kind_of(agreement: Agreement) -> str:
    """Name the numbers it is about: Germany, geographic."""
    return name_of(agreement.country, agreement.number_type)
