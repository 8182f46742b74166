"""Customers of the platform, the hosts their sites answer on, and the staff who run it."""

from typing import ClassVar
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django_tenants.models import DomainMixin, TenantMixin

from lifecycle.actors import DoneBy
from lifecycle.models import Lifecycle


class TenantState(models.TextChoices):
    PREPARING = "preparing", "Being prepared"
    READY = "ready", "Open"
    SUSPENDED = "suspended", "Suspended"
    CLOSED = "closed", "Closed"


class TenantGroup(models.Model):
    """Tenants that buy at the same prices."""

    reference = models.UUIDField(default=uuid4, unique=True, editable=False)
    name = models.CharField(max_length=60, unique=True)

    def __str__(self) -> str:
        return self.name


class Tenant(TenantMixin, Lifecycle):
    """A customer; its own data lives in the schema `schema_name`, which exists once it is ready."""

    TRANSITIONS = {
        TenantState.PREPARING: {TenantState.READY},
        TenantState.READY: {TenantState.SUSPENDED, TenantState.CLOSED},
        TenantState.SUSPENDED: {TenantState.READY, TenantState.CLOSED},
        TenantState.CLOSED: set(),
    }
    # The provisioning worker makes schemas, and nothing ever drops one by deleting a row.
    auto_create_schema = False
    auto_drop_schema = False
    is_platform = False

    state = models.CharField(max_length=24, choices=TenantState, default=TenantState.PREPARING)
    reference = models.UUIDField(default=uuid4, unique=True, editable=False)
    name = models.CharField(max_length=100)
    country = models.CharField("ISO 3166 country", max_length=2, default="US")
    currency = models.CharField("ISO 4217 currency", max_length=3, default="USD")
    time_zone = models.CharField(max_length=64, default="America/New_York")
    billing_email = models.EmailField(blank=True)
    # With the country's letters, as VAT numbers are written across borders; checked when typed.
    vat_number = models.CharField(max_length=16, blank=True)
    group = models.ForeignKey(
        TenantGroup, null=True, blank=True, on_delete=models.PROTECT, related_name="tenants"
    )
    suspended_because = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=TenantState.values), name="tenant_state_is_known"
            ),
            # The name is put into SQL, so it is never made of anything a person typed.
            models.CheckConstraint(
                condition=Q(schema_name__regex="^t_[0-9a-f]{16}$"), name="tenant_schema_is_ours"
            ),
            models.CheckConstraint(
                condition=~Q(state=TenantState.SUSPENDED) | ~Q(suspended_because=""),
                name="tenant_is_suspended_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        return self.state == TenantState.READY


class Host(DomainMixin):
    """A host name, exact and in lower case, that leads to one tenant."""


class StaffRole(models.TextChoices):
    OPERATOR = "operator", "Operator"
    SUPPORT = "support", "Support"


class Staff(models.Model):
    """A person who works for the platform, and signs in on its own host."""

    reference = models.UUIDField(default=uuid4, unique=True, editable=False)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="staff"
    )
    role = models.CharField(max_length=16, choices=StaffRole)
    invited_at = models.DateTimeField()
    deactivated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(role__in=StaffRole.values), name="staff_role_is_known"
            ),
        ]

    def __str__(self) -> str:
        return str(self.user)


class SignUpState(models.TextChoices):
    UNCONFIRMED = "unconfirmed", "Waiting for the e-mail to be confirmed"
    CONFIRMED = "confirmed", "Waiting for its site"
    OPENED = "opened", "Site opened"
    LAPSED = "lapsed", "Not confirmed in time"


class SignUp(Lifecycle):
    """Somebody's wish to become a tenant, and how far the provisioning worker has come with it."""

    TRANSITIONS: ClassVar = {
        SignUpState.UNCONFIRMED: {SignUpState.CONFIRMED, SignUpState.LAPSED},
        SignUpState.CONFIRMED: {SignUpState.OPENED},
        SignUpState.OPENED: set(),
        SignUpState.LAPSED: set(),
    }

    state = models.CharField(max_length=24, choices=SignUpState, default=SignUpState.UNCONFIRMED)
    reference = models.UUIDField(default=uuid4, unique=True, editable=False)
    company = models.CharField(max_length=100)
    # The first label of the tenant's host.
    site = models.CharField(max_length=40)
    person_name = models.CharField(max_length=150)
    email = models.EmailField()
    # Emptied when the site opens; empty from the start if an operator made the tenant.
    password_hash = models.CharField(max_length=128, blank=True)
    country = models.CharField(max_length=2)
    currency = models.CharField(max_length=3)
    time_zone = models.CharField(max_length=64)
    asked_at = models.DateTimeField()
    tenant = models.OneToOneField(
        Tenant, null=True, blank=True, on_delete=models.PROTECT, related_name="sign_up"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=SignUpState.values), name="sign_up_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(site__regex="^[a-z][a-z0-9-]{1,38}[a-z0-9]$"),
                name="sign_up_site_is_a_host_label",
            ),
            models.CheckConstraint(
                condition=Q(email=Lower("email")), name="sign_up_email_is_lower_case"
            ),
            # A site is promised to whoever confirmed first; unconfirmed wishes may collide.
            models.UniqueConstraint(
                fields=["site"],
                condition=Q(state__in=["confirmed", "opened"]),
                name="sign_up_site_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.company} ({self.site})"


class SpareSchema(models.Model):
    """A schema built beforehand, ready to be renamed when a tenant comes."""

    schema_name = models.CharField(max_length=63, unique=True)
    built_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(schema_name__regex="^s_[0-9a-f]{16}$"), name="spare_schema_is_ours"
            ),
        ]

    def __str__(self) -> str:
        return self.schema_name


class PlatformSetting(models.Model):
    """A value the operator may change; tenants/platform_settings.py lists them with defaults."""

    key = models.CharField(max_length=64, unique=True)
    value = models.JSONField()

    def __str__(self) -> str:
        return self.key


class StaffActKind(models.TextChoices):
    STAFF_INVITED = "staff_invited", "Staff invited"
    STAFF_ROLE_CHANGED = "staff_role_changed", "Role of staff changed"
    STAFF_DEACTIVATED = "staff_deactivated", "Staff deactivated"
    STAFF_REACTIVATED = "staff_reactivated", "Staff let in again"
    STAFF_FACTOR_RESET = "staff_factor_reset", "Second factor of staff reset"
    ADMIN_FACTOR_RESET = "admin_factor_reset", "Second factor of a tenant's admin reset"
    TENANT_ADDED = "tenant_added", "Tenant added"
    TENANT_SUSPENDED = "tenant_suspended", "Tenant suspended"
    TENANT_RESUMED = "tenant_resumed", "Tenant resumed"
    TENANT_CLOSED = "tenant_closed", "Tenant closed"
    CARRIER_BUYING_ON = "carrier_buying_on", "Buying from a carrier switched on"
    CARRIER_BUYING_OFF = "carrier_buying_off", "Buying from a carrier switched off"
    CARRIER_KEY_REPLACED = "carrier_key_replaced", "Key of a carrier replaced"
    CARRIER_SYNC_ASKED = "carrier_sync_asked", "Fresh offers of a carrier asked for"
    CARRIER_FEED_TAKEN = "carrier_feed_taken", "Shrunken feed of a carrier taken"
    SETTING_CHANGED = "setting_changed", "Platform setting changed"
    VAT_RATE_SET = "vat_rate_set", "VAT rate set"
    VAT_RATE_WITHDRAWN = "vat_rate_withdrawn", "VAT rate withdrawn"
    GROUP_ADDED = "group_added", "Group of tenants added"
    GROUP_RENAMED = "group_renamed", "Group of tenants renamed"
    GROUP_REMOVED = "group_removed", "Group of tenants removed"
    TENANT_GROUP_CHANGED = "tenant_group_changed", "Tenant put into a group"
    SKU_ADDED = "sku_added", "SKU added"
    SKU_CHANGED = "sku_changed", "SKU changed"
    SKU_REMOVED = "sku_removed", "SKU removed"
    PRICE_LIST_ADDED = "price_list_added", "Price list added"
    PRICE_LIST_RENAMED = "price_list_renamed", "Price list renamed"
    PRICE_LIST_REMOVED = "price_list_removed", "Price list removed"
    PRICE_SET = "price_set", "Price set"
    PRICE_WITHDRAWN = "price_withdrawn", "Price to come withdrawn"
    PRICE_ENDED = "price_ended", "Price ended"
    COST_SET = "cost_set", "Cost set"
    COST_WITHDRAWN = "cost_withdrawn", "Cost to come withdrawn"
    COST_ENDED = "cost_ended", "Cost ended"
    RATE_SET = "rate_set", "Exchange rate set"
    PRICES_IMPORTED = "prices_imported", "Prices imported"
    COSTS_IMPORTED = "costs_imported", "Costs imported"
    IMPORT_DROPPED = "import_dropped", "Import dropped"
    STOCK_BOUGHT = "stock_bought", "Numbers ordered for our stock"


class StaffAct(DoneBy):
    """What staff did to tenants, carriers, settings and each other, and why. Never changed."""

    kind = models.CharField(max_length=24, choices=StaffActKind)
    # Reference and name, then, of the tenant, carrier, person or whatever it was done to.
    subject = models.UUIDField()
    subject_name = models.CharField(max_length=200)
    reason = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["subject", "-id"], name="staff_act_by_subject")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.subject_name}"
