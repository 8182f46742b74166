"""The people of the demo, who can be signed in as, and the tenants they belong to."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.db import transaction
from django_tenants.utils import tenant_context

from billing.crediting import credit
from lifecycle.actors import SYSTEM
from people.models import Member, MemberRole
from people.opening import open_tenant
from tenants.models import Host, Staff, StaffRole, Tenant
from users.models import User

# Good on this machine alone: the demo is refused outside of `./dev`.
PASSWORD = "numberyard-demo-1"
NAMESPACE = UUID("6f0b5d3e-6c0f-4a51-9f57-0d5c6a3f1c10")


@dataclass(frozen=True, slots=True)
class DemoStaff:
    name: str
    email: str
    role: StaffRole


@dataclass(frozen=True, slots=True)
class DemoTenant:
    """A tenant with an admin, a member, and an opening balance in minor units."""

    name: str
    site: str
    currency: str
    country: str
    time_zone: str
    admin: tuple[str, str]
    member: tuple[str, str]
    balance: int


STAFF = [
    DemoStaff("Olga Operator", "olga@numberyard.example", StaffRole.OPERATOR),
    DemoStaff("Sam Support", "sam@numberyard.example", StaffRole.SUPPORT),
]
TENANTS = [
    DemoTenant(
        "Acme Telecom",
        "acme",
        "USD",
        "US",
        "America/Chicago",
        ("Ada Admin", "ada@acme.example"),
        ("Max Member", "max@acme.example"),
        50000,
    ),
    DemoTenant(
        "Globex",
        "globex",
        "EUR",
        "DE",
        "Europe/Berlin",
        ("Gil Globex", "gil@globex.example"),
        ("Mia Member", "mia@globex.example"),
        20000,
    ),
    DemoTenant(
        "Initech",
        "initech",
        "USD",
        "US",
        "America/Los_Angeles",
        ("Ina Initech", "ina@initech.example"),
        ("Milton Member", "milton@initech.example"),
        0,
    ),
]


def open_demo_tenants(platform_host: str, *, at: datetime) -> list[Tenant]:
    """Open the tenants that are not there yet, each with its people and its balance."""
    return [open_demo_tenant(wanted, platform_host, at=at) for wanted in TENANTS]


def open_demo_tenant(wanted: DemoTenant, platform_host: str, *, at: datetime) -> Tenant:
    known = Host.objects.filter(domain=f"{wanted.site}.{platform_host}").first()
    tenant = (
        known.tenant
        if known
        else open_tenant(
            name=wanted.name,
            site=wanted.site,
            admin_email=wanted.admin[1],
            admin_name=wanted.admin[0],
            password=PASSWORD,
            country=wanted.country,
            currency=wanted.currency,
            time_zone=wanted.time_zone,
            at=at,
        )
    )
    with tenant_context(tenant), transaction.atomic():  # type: ignore[no-untyped-call]
        add_member(*wanted.member, at=at)
        if wanted.balance:
            credit(
                wanted.balance,
                wanted.currency,
                reason="Opening balance of the demo",
                actor=SYSTEM,
                reference=uuid5(NAMESPACE, wanted.site),
                at=at,
            )
    return tenant


def add_member(name: str, email: str, *, at: datetime) -> None:
    if not User.objects.filter(email=email).exists():
        user = User.objects.create_user(email, PASSWORD, name=name)
        Member.objects.create(user=user, role=MemberRole.MEMBER, joined_at=at)


@transaction.atomic
def add_demo_staff(*, at: datetime) -> None:
    """Make the staff that is not there yet, each with a second factor."""
    for person in STAFF:
        if not User.objects.filter(email=person.email).exists():
            user = User.objects.create_user(person.email, PASSWORD, name=person.name)
            Staff.objects.create(user=user, role=person.role, invited_at=at)
            TOTP.activate(user, generate_totp_secret())
