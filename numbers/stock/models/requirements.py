"""What a country asks of whoever holds a number of one type."""

from uuid import uuid4

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Concat, Length
from django.db.models.lookups import LessThanOrEqual

from lifecycle.actors import DoneBy
from stock.models.plan import NumberType

MAX_DOCUMENTS = 12
MAX_DOCUMENT_LENGTH = 120
MAX_NOTES_LENGTH = 4000


class IdentityKind(models.TextChoices):
    NONE = "none", "No identity"
    ANY = "any", "A person or a company"
    PERSON = "person", "A person"
    COMPANY = "company", "A company"


class AddressRule(models.TextChoices):
    NONE = "none", "No address"
    ANYWHERE = "anywhere", "An address anywhere"
    COUNTRY = "country", "An address in the country"
    REGION = "region", "An address in the region of the number"
    CITY = "city", "An address in the city of the number"


class Requirement(DoneBy):
    """One version of the rules for a country and type. Never changed: a new version follows it.

    One that says nothing at all withdraws what was asked before.
    """

    reference = models.UUIDField(default=uuid4, unique=True, editable=False)
    country = models.CharField(max_length=2, db_collation="C")
    number_type = models.CharField(max_length=16, choices=NumberType, db_collation="C")
    version = models.PositiveIntegerField()
    identity = models.CharField(max_length=16, choices=IdentityKind, default=IdentityKind.NONE)
    address = models.CharField(max_length=16, choices=AddressRule, default=AddressRule.NONE)
    documents = ArrayField(
        models.CharField(max_length=MAX_DOCUMENT_LENGTH), default=list, blank=True
    )
    notes = models.TextField(max_length=MAX_NOTES_LENGTH, blank=True)
    # Whether the number works only once its registration has been approved.
    needs_registration = models.BooleanField(default=False)
    # Plausible, and not checked by anybody who answers for it.
    is_sample = models.BooleanField(default=False)
    written_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)
    # Of those that hold there is one of a kind, so their list can be paged by it.
    kind = models.GeneratedField(
        expression=Concat("country", Value("/"), "number_type"),
        output_field=models.CharField(max_length=19, db_collation="C"),
        db_persist=True,
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["country", "number_type", "version"], name="requirement_version_once"
            ),
            models.UniqueConstraint(
                fields=["country", "number_type"],
                condition=Q(superseded_at=None),
                name="one_requirement_holds",
            ),
            models.CheckConstraint(
                condition=Q(identity__in=IdentityKind.values), name="requirement_identity_is_known"
            ),
            models.CheckConstraint(
                condition=Q(address__in=AddressRule.values), name="requirement_address_is_known"
            ),
            models.CheckConstraint(
                condition=Q(number_type__in=NumberType.values), name="requirement_type_is_known"
            ),
            models.CheckConstraint(
                condition=Q(country__regex="^[A-Z]{2}$"), name="requirement_country_is_two_letters"
            ),
            models.CheckConstraint(
                condition=LessThanOrEqual(Length("notes"), MAX_NOTES_LENGTH),
                name="requirement_notes_are_bounded",
            ),
            models.CheckConstraint(
                condition=Q(documents__len__lte=MAX_DOCUMENTS),
                name="requirement_documents_are_few",
            ),
            models.CheckConstraint(
                condition=Q(version__gte=1), name="requirement_versions_begin_with_one"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.country} {self.number_type}, version {self.version}"

    @property
    def says_nothing(self) -> bool:
        return (
            self.identity == IdentityKind.NONE
            and self.address == AddressRule.NONE
            and not self.documents
            and not self.needs_registration
            and not self.notes
        )
