"""What holding a number asks of the holder, as the catalogue says at present."""

from collections.abc import Iterable

from django.db.models import Q

from stock.models import Requirement

# Country and type of number.
Kind = tuple[str, str]


def in_force(kinds: Iterable[Kind]) -> dict[Kind, Requirement]:
    """Return the version that holds now for each kind; kinds that ask nothing are left out."""
    wanted = set(kinds)
    if not wanted:
        return {}
    of_kinds = Q()
    for country, number_type in wanted:
        of_kinds |= Q(country=country, number_type=number_type)
    found = Requirement.objects.filter(of_kinds, superseded_at=None)
    return {(one.country, one.number_type): one for one in found}
