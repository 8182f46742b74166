"""A tenant's people and what they may do."""

from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q

from lifecycle.actors import DoneBy


class MemberRole(models.TextChoices):
    ADMIN = "admin", "Admin"
    MEMBER = "member", "Member"


class Member(models.Model):
    """A person of the tenant, and the role its sign-in has here."""

    reference = models.UUIDField(default=uuid4, unique=True, editable=False)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="member"
    )
    role = models.CharField(max_length=16, choices=MemberRole)
    joined_at = models.DateTimeField()
    deactivated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(role__in=MemberRole.values), name="member_role_is_known"
            ),
        ]

    def __str__(self) -> str:
        return str(self.user)


class MemberActKind(models.TextChoices):
    INVITED = "invited", "Invited"
    ROLE_CHANGED = "role_changed", "Role changed"
    DEACTIVATED = "deactivated", "Deactivated"
    REACTIVATED = "reactivated", "Let in again"
    FACTOR_RESET = "factor_reset", "Second factor reset"
    TAX_NUMBER = "tax_number", "Tax number changed"


class MemberAct(DoneBy):
    """What was done to a member's place here or to the tenant's settings. Never changed.

    The subject of a setting is the tenant itself, which has no role.
    """

    kind = models.CharField(max_length=16, choices=MemberActKind)
    subject = models.UUIDField()
    subject_name = models.CharField(max_length=200)
    role = models.CharField(max_length=16, choices=MemberRole, blank=True)
    detail = models.CharField(max_length=200, blank=True, default="", db_default="")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["subject", "-id"], name="member_act_by_subject")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.subject_name}"
