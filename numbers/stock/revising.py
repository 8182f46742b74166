"""Writing the catalogue of requirements: each change is a new version, and none is lost."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime

from django.db import connection, transaction

from lifecycle.actors import Actor, done_by
from stock.models import AddressRule, IdentityKind, Requirement
from stock.requirements import SAMPLE, Kind


class WrittenMeanwhile(Exception):
    """Somebody else wrote a version after the one that was changed here."""


class NothingNew(Exception):
    """The version that holds says this already."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a version says."""

    identity: str = IdentityKind.NONE
    address: str = AddressRule.NONE
    documents: Sequence[str] = ()
    needs_registration: bool = False
    notes: str = ""
    is_sample: bool = False

    @classmethod
    def of(cls, requirement: Requirement) -> "Terms":
        terms = {field.name: getattr(requirement, field.name) for field in fields(cls)}
        return cls(**terms | {"documents": tuple(requirement.documents)})


@dataclass(frozen=True, slots=True)
class Change:
    """What one version says otherwise than the one before; "" where one says nothing."""

    label: str
    before: str
    after: str


@transaction.atomic
def write_version(
    kind: Kind, terms: Terms, *, after: int, actor: Actor, at: datetime
) -> Requirement:
    """Let `terms` hold for the kind from now on. `after` is the version it was made from, or 0.

    Raises WrittenMeanwhile, NothingNew.
    """
    country, number_type = kind
    with connection.cursor() as cursor:
        # One at a time: of a kind that is new there is no row that could be locked.
        cursor.execute("lock table public.stock_requirement in share row exclusive mode")
    holding = find_holding(kind)
    if (holding.version if holding else 0) != after:
        raise WrittenMeanwhile
    if holding:
        if Terms.of(holding) == terms:
            raise NothingNew
        Requirement.objects.filter(pk=holding.pk).update(superseded_at=at)
    return Requirement.objects.create(
        country=country,
        number_type=number_type,
        version=after + 1,
        written_at=at,
        **{field.name: getattr(terms, field.name) for field in fields(terms)}
        | {"documents": list(terms.documents)},
        **done_by(actor),
    )


def mark_checked(kind: Kind, *, after: int, actor: Actor, at: datetime) -> Requirement:
    """Say that somebody answers for what version `after` asks.

    Raises WrittenMeanwhile, NothingNew, Requirement.DoesNotExist.
    """
    country, number_type = kind
    seen = Requirement.objects.get(country=country, number_type=number_type, version=after)
    terms = replace(Terms.of(seen), is_sample=False)
    return write_version(kind, terms, after=after, actor=actor, at=at)


def withdraw(kind: Kind, *, after: int, actor: Actor, at: datetime) -> Requirement:
    """Ask nothing any more, by a version that says nothing. Raises WrittenMeanwhile, NothingNew."""
    return write_version(kind, Terms(), after=after, actor=actor, at=at)


def find_holding(kind: Kind) -> Requirement | None:
    """Return the version that holds, even if it says nothing."""
    country, number_type = kind
    versions = Requirement.objects.filter(country=country, number_type=number_type)
    return versions.filter(superseded_at=None).first()


def changes_between(before: Requirement, after: Requirement) -> list[Change]:
    """Return what `after` says otherwise than `before`. Of documents, those that came and went."""
    was, now = _said(before), _said(after)
    changes = [Change(label, was[label], now[label]) for label in now if was[label] != now[label]]
    gone = [document for document in before.documents if document not in after.documents]
    new = [document for document in after.documents if document not in before.documents]
    if gone or new:
        changes.append(Change("Documents", "\n".join(gone), "\n".join(new)))
    elif before.documents != after.documents:
        changes.append(Change("Order of documents", "", "\n".join(after.documents)))
    return changes


def _said(requirement: Requirement) -> dict[str, str]:
    return {
        "Identity": requirement.get_identity_display(),
        "Address": requirement.get_address_display(),
        "Registration": "Needed" if requirement.needs_registration else "Not needed",
        "Notes": requirement.notes,
        "Compliance": SAMPLE if requirement.is_sample else "Checked",
    }
