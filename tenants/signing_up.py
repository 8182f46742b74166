"""Becoming a tenant: asking for a site, and confirming by mail that the address is one's own.

The provisioning worker opens the site of whoever has confirmed; people/opening.py.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.signing import BadSignature, Signer
from django.db import IntegrityError, transaction
from django.urls import reverse

from lifecycle.actors import Actor
from lifecycle.models import Overtaken, move_many
from notices.mailing import queue_mail
from tenants.links import platform_url
from tenants.models import SignUp, SignUpState, StaffActKind
from tenants.sites import SiteUnavailable, check_site
from tenants.staff_acts import record

TIME_TO_CONFIRM = timedelta(hours=48)
SALT = "tenants.signing_up:public"


class LinkLapsed(Exception):
    """The link is not one of ours, or too old. Signing up again makes a new one."""


@transaction.atomic
def ask_for_site(
    *,
    company: str,
    site: str,
    name: str,
    email: str,
    password: str,
    country: str,
    currency: str,
    time_zone: str,
    at: datetime,
) -> SignUp:
    """Keep the wish, and mail a link to confirm it. Raises SiteUnavailable."""
    check_site(site)
    sign_up = SignUp.objects.create(
        state_changed_at=at,
        company=company,
        site=site,
        person_name=name,
        email=email.lower(),
        password_hash=make_password(password),
        country=country,
        currency=currency,
        time_zone=time_zone,
        asked_at=at,
    )
    token = Signer(salt=SALT).sign(str(sign_up.reference))
    path = reverse("sign-up:confirm", settings.PUBLIC_SCHEMA_URLCONF, args=[token])
    queue_mail(
        key=f"sign-up:{sign_up.reference}:confirm",
        tenant=None,
        to=sign_up.email,
        subject="Confirm your Numberyard site",
        template="tenants/mail/confirm.txt",
        context={"sign_up": sign_up, "url": platform_url(path)},
        at=at,
    )
    return sign_up


def find_by_token(token: str, *, at: datetime) -> SignUp:
    """Return the sign-up that a mailed link is about. Raises LinkLapsed."""
    try:
        reference = Signer(salt=SALT).unsign(token)
    except BadSignature:
        raise LinkLapsed from None
    sign_up = SignUp.objects.get(reference=UUID(reference))
    is_late = at - sign_up.asked_at > TIME_TO_CONFIRM
    if sign_up.state == SignUpState.LAPSED or (
        sign_up.state == SignUpState.UNCONFIRMED and is_late
    ):
        raise LinkLapsed
    return sign_up


def confirm(sign_up: SignUp, *, at: datetime) -> None:
    """Promise the site to whoever confirms first. Safe to repeat. Raises SiteUnavailable."""
    if sign_up.state != SignUpState.UNCONFIRMED:
        return
    check_site(sign_up.site)
    try:
        with transaction.atomic():
            sign_up.move_to(SignUpState.CONFIRMED, at=at)
    except Overtaken:
        # The same link, clicked twice: it is confirmed.
        sign_up.refresh_from_db()
    except IntegrityError:
        raise SiteUnavailable("Somebody else was faster and has this address now.") from None


def lapse(*, at: datetime) -> int:
    """Let go of what was not confirmed in time, its password first; return how many."""
    late = SignUp.objects.filter(asked_at__lt=at - TIME_TO_CONFIRM)
    return move_many(late, SignUpState.UNCONFIRMED, SignUpState.LAPSED, at=at, password_hash="")


@transaction.atomic
def add_tenant(
    *,
    company: str,
    site: str,
    name: str,
    email: str,
    country: str,
    currency: str,
    time_zone: str,
    actor: Actor,
    at: datetime,
) -> SignUp:
    """Have a site opened for somebody, who sets a password by the mail. Raises SiteUnavailable."""
    check_site(site)
    sign_up = SignUp.objects.create(
        state=SignUpState.CONFIRMED,
        state_changed_at=at,
        company=company,
        site=site,
        person_name=name,
        email=email.lower(),
        country=country,
        currency=currency,
        time_zone=time_zone,
        asked_at=at,
    )
    record(
        StaffActKind.TENANT_ADDED,
        subject=sign_up.reference,
        subject_name=company,
        reason=f"{site}, {sign_up.email}",
        actor=actor,
        at=at,
    )
    return sign_up
