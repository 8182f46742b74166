"""Opening a tenant's site: from the wish on record to the mail that says it is there."""

from datetime import datetime
from secrets import token_hex

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.urls import reverse
from django_tenants.utils import tenant_context

from notices.mailing import queue_mail
from people.models import Member, MemberRole
from tenants.links import tenant_url
from tenants.models import Host, SignUp, SignUpState, Tenant, TenantState
from tenants.provisioning import NoSpare, build_spare, take_spare
from users.links import set_password_path
from users.models import User


def open_tenant(
    *,
    name: str,
    site: str,
    admin_email: str,
    admin_name: str = "",
    password: str | None = None,
    country: str = "US",
    currency: str = "USD",
    time_zone: str = "America/New_York",
    at: datetime,
) -> Tenant:
    """Open a site at once, as `owner` and outside of any transaction; return the tenant.

    Without a password the admin sets one by the link of the welcome mail.
    """
    sign_up = SignUp.objects.create(
        state=SignUpState.CONFIRMED,
        state_changed_at=at,
        company=name,
        site=site,
        person_name=admin_name,
        email=admin_email.lower(),
        password_hash=make_password(password) if password else "",
        country=country,
        currency=currency,
        time_zone=time_zone,
        asked_at=at,
    )
    return provision(sign_up, at=at)


def provision(sign_up: SignUp, *, at: datetime) -> Tenant:
    """Open the site of a confirmed sign-up, and return its tenant.

    Safe to repeat: killed at any point, it goes on from what it has committed.
    """
    tenant = sign_up.tenant or _reserve(sign_up, at=at)
    try:
        _hand_over(sign_up, tenant, at=at)
    except NoSpare:
        build_spare(at=at)
        _hand_over(sign_up, tenant, at=at)
    return tenant


@transaction.atomic
def _reserve(sign_up: SignUp, *, at: datetime) -> Tenant:
    """Make the tenant and its host, whose site says from now on that it is being prepared."""
    tenant = Tenant.objects.create(
        schema_name=f"t_{token_hex(8)}",
        state_changed_at=at,
        name=sign_up.company,
        country=sign_up.country,
        currency=sign_up.currency,
        time_zone=sign_up.time_zone,
        billing_email=sign_up.email,
        created_at=at,
    )
    Host.objects.create(
        tenant=tenant, domain=f"{sign_up.site}.{settings.PLATFORM_HOST}", is_primary=True
    )
    sign_up.tenant = tenant
    sign_up.save(update_fields=["tenant"])
    return tenant


@transaction.atomic
def _hand_over(sign_up: SignUp, tenant: Tenant, *, at: datetime) -> None:
    """Give the tenant its schema, its admin and its mail, and open the site: all or nothing."""
    waiting = SignUp.objects.select_for_update().filter(pk=sign_up.pk, state=SignUpState.CONFIRMED)
    if not waiting:
        return
    take_spare(tenant.schema_name)
    with tenant_context(tenant):  # type: ignore[no-untyped-call]
        admin = User.objects.create(
            email=sign_up.email,
            name=sign_up.person_name,
            password=sign_up.password_hash or make_password(None),
        )
        Member.objects.create(user=admin, role=MemberRole.ADMIN, joined_at=at)
        has_password = bool(sign_up.password_hash)
        path = reverse("account_login") if has_password else set_password_path(admin)
    sign_up.move_to(SignUpState.OPENED, at=at, password_hash="")
    tenant.move_to(TenantState.READY, at=at)
    queue_mail(
        key=f"tenant:{tenant.reference}:welcome",
        tenant=tenant.reference,
        to=sign_up.email,
        subject=f"{tenant.name} is open on Numberyard",
        template="people/mail/welcome.txt",
        context={
            "tenant": tenant,
            "name": sign_up.person_name,
            "site": tenant_url(tenant, "/"),
            "url": tenant_url(tenant, path),
            "has_password": has_password,
            "email": sign_up.email,
        },
        at=at,
    )
