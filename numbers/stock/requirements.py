"""What holding a number asks of the holder, and in which words: the catalogue as it is now."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q

from stock.kinds import name_of
from stock.models import AddressRule, IdentityKind, Requirement

# Country and type of number.
Kind = tuple[str, str]

SAMPLE = "Sample: to be checked by compliance"
REGISTRATION = "needed; the number works only once it is approved"
ADDRESSES = {
    AddressRule.ANYWHERE: "anywhere in the world",
    AddressRule.COUNTRY: "in the country of the number",
    AddressRule.REGION: "in the region of the number",
    AddressRule.CITY: "in the city or area of the number",
}


@dataclass(frozen=True, slots=True)
class Description:
    """One version in words, the same wherever they are read: pages, mails, what is agreed to.

    `asked` are labels and what stands beside them; it is empty where nothing is asked.
    """

    title: str
    asked: Sequence[tuple[str, str]]
    documents: Sequence[str]
    notes: str
    is_sample: bool

    @property
    def sample(self) -> str:
        return SAMPLE if self.is_sample else ""

    @property
    def text(self) -> str:
        """All of it as plain text, for mails and for the record of an agreement."""
        lines = [self.title, *(f"{label}: {asked}" for label, asked in self.asked)]
        lines += [f"Document: {document}" for document in self.documents]
        lines += [part for part in (self.notes, self.sample) if part]
        return "\n".join(lines)

    @property
    def summary(self) -> str:
        """A line of it, for lists."""
        parts = [label.lower() for label, _ in self.asked]
        if self.documents:
            parts.append(
                "one document" if len(self.documents) == 1 else f"{len(self.documents)} documents"
            )
        return ", ".join(parts).capitalize() or "Nothing before you buy"


def in_force(kinds: Iterable[Kind]) -> dict[Kind, Requirement]:
    """Return the version that holds now for each kind; of a kind left out nothing is said."""
    wanted = set(kinds)
    if not wanted:
        return {}
    of_kinds = Q()
    for country, number_type in wanted:
        of_kinds |= Q(country=country, number_type=number_type)
    found = Requirement.objects.filter(of_kinds, superseded_at=None)
    return {(one.country, one.number_type): one for one in found if not one.says_nothing}


def describe(requirement: Requirement) -> Description:
    """Return the version in words, which stay the same however often others follow it."""
    asked: list[tuple[str, str]] = []
    if requirement.identity != IdentityKind.NONE:
        asked.append(("Identity", requirement.get_identity_display().lower()))
    if requirement.address != AddressRule.NONE:
        asked.append(("Address", ADDRESSES[AddressRule(requirement.address)]))
    if requirement.needs_registration:
        asked.append(("Registration", REGISTRATION))
    return Description(
        title=name_of(requirement.country, requirement.number_type),
        asked=asked,
        documents=requirement.documents,
        notes=requirement.notes,
        is_sample=requirement.is_sample,
    )
