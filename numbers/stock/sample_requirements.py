"""Sample content for the catalogue of requirements: plausible, and checked by nobody yet."""

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from django.db import transaction

from lifecycle.actors import SYSTEM, ActorKind
from stock import revising
from stock.models import Requirement
from stock.requirements import Kind
from stock.revising import NothingNew, Terms

FILE = Path(__file__).parent / "requirements.toml"


def read_samples(path: Path = FILE) -> dict[Kind, Terms]:
    with path.open("rb") as file:
        by_country = tomllib.load(file)
    return {
        (country, number_type): _terms(table)
        for country, of_country in by_country.items()
        for number_type, table in of_country.items()
    }


@transaction.atomic
def load_samples(samples: Mapping[Kind, Terms], *, at: datetime) -> int:
    """Write a version of each kind that says something else, and return how many.

    Safe to repeat; kinds that a person has written, checked or withdrawn stay as they are.
    """
    holding = {
        (one.country, one.number_type): one
        for one in Requirement.objects.filter(superseded_at=None)
    }
    return sum(_load(kind, terms, holding.get(kind), at=at) for kind, terms in samples.items())


def _load(kind: Kind, terms: Terms, holding: Requirement | None, *, at: datetime) -> bool:
    if holding and holding.actor_kind != ActorKind.SYSTEM:
        return False
    after = holding.version if holding else 0
    try:
        revising.write_version(kind, terms, after=after, actor=SYSTEM, at=at)
    except NothingNew:
        return False
    return True


def _terms(table: Mapping[str, object]) -> Terms:
    """Return what a table of the file says. Raises TypeError for a key that is none of ours."""
    terms = Terms(**table, is_sample=True)  # type: ignore[arg-type]
    return replace(terms, documents=tuple(terms.documents), notes=terms.notes.strip())
