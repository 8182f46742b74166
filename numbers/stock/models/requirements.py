"""What a country asks of whoever holds a number of one type."""

from uuid import uuid4

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from lifecycle.actors import DoneBy
from stock.models.plan import NumberType


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
    """One version of the rules for a country and type. Never changed: a new version follows it."""

    reference = models.UUIDField(default=uuid4, unique=True, editable=False)
    country = models.CharField(max_length=2, db_collation="C")
    number_type = models.CharField(max_length=16, choices=NumberType, db_collation="C")
    version = models.PositiveIntegerField()
    identity = models.CharField(max_length=16, choices=IdentityKind, default=IdentityKind.NONE)
    address = models.CharField(max_length=16, choices=AddressRule, default=AddressRule.NONE)
    documents = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    notes = models.TextField(max_length=4000, blank=True)
    # Whether the number works only once its registration has been approved.
    needs_registration = models.BooleanField(default=False)
    # Plausible, and not checked by anybody who answers for it.
    is_sample = models.BooleanField(default=False)
    written_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)

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
        ]

    def __str__(self) -> str:
        return f"{self.country} {self.number_type}, version {self.version}"
