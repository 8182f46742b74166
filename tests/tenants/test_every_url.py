"""Every URL, asked by everybody: who may, may; nobody else learns anything of a tenant."""

from copy import deepcopy
from dataclasses import dataclass
from uuid import uuid4

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import connection, transaction
from django.urls import reverse
from django.utils.http import int_to_base36
from django_tenants.utils import schema_context

from config.checks import routes
from tenants.models import SignUp, Staff
from tenants.permissions import STAFF_ROLES
from tests.conftest import NOON, SiteClient, sign_in, sign_in_staff
from tests.stock.factories import make_number
from tests.stock.pricing import plant_prices
from tests.stock.stocking import buy
from tests.tenants.canaries import CANARY, plant_canaries
from work.models import SecurityEvent

TENANT, PLATFORM = django_settings.ROOT_URLCONF, django_settings.PUBLIC_SCHEMA_URLCONF
METHODS = ("get", "post")
LOGIN = "/account/login/"

# The URLs that anybody may call, spelled out: a new one must be meant.
OPEN = {
    "account_login",
    "account_logout",
    "account_inactive",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "mfa_authenticate",
    "theme",
    "healthz",
    "sign-up",
    "site",
    "confirm",
    "progress",
    "stripe-webhook",
}
# What asks for a password or code that the people of the tests do not have.
NEEDS_PROOF = {"account_reauthenticate", "mfa_reauthenticate"}
# What shows a tenant's orders to staff, who may read them.
SHOWS_A_TENANT = {"tenant-orders", "export-tenant-orders", "tenant-order"}
# What stands in the place of each URL's parameters: a thing of Acme's, or of the platform.
# A URL that is not listed here fails: say what to ask it for.
PARAMETERS = {
    TENANT: {
        "account_reset_password_from_key": {"uidb36": "user", "key": "token"},
        "order": {"reference": "order"},
        "order-progress": {"reference": "order"},
        "payment": {"reference": "order"},
        "confirm-payment": {"reference": "order"},
        "receipt": {"reference": "order"},
        "buy-again": {"reference": "order"},
        "number": {"reference": "holding"},
        "number-billing": {"reference": "holding"},
        "change-role": {"reference": "member"},
        "deactivate": {"reference": "member"},
        "reset-factor": {"reference": "member"},
        "remove-card": {"reference": "card"},
        "make-default": {"reference": "card"},
        "top-up-progress": {"reference": "top-up"},
        "top-up-payment": {"reference": "top-up"},
        "confirm-top-up": {"reference": "top-up"},
    },
    PLATFORM: {
        "account_reset_password_from_key": {"uidb36": "user", "key": "token"},
        "carrier": {"reference": "connection"},
        "switch-buying": {"reference": "connection"},
        "replace-key": {"reference": "connection"},
        "ask-sync": {"reference": "connection"},
        "take-shrunken-feed": {"reference": "connection"},
        "check-account": {"reference": "connection"},
        "stock-number": {"digits": "digits"},
        "stock-purchase": {"reference": "stock-purchase"},
        "stock-purchase-progress": {"reference": "stock-purchase"},
        "price-list": {"reference": "price-list"},
        "export-prices": {"reference": "price-list"},
        "import-prices": {"reference": "price-list"},
        "rename-price-list": {"reference": "price-list"},
        "remove-price-list": {"reference": "price-list"},
        "sku-price": {"reference": "price-list", "sku": "sku"},
        "set-price": {"reference": "price-list", "sku": "sku"},
        "withdraw-price": {"reference": "price"},
        "end-price": {"reference": "price"},
        "sku": {"reference": "sku"},
        "change-sku": {"reference": "sku"},
        "remove-sku": {"reference": "sku"},
        "sku-cost": {"connection": "connection", "sku": "sku"},
        "set-cost": {"connection": "connection", "sku": "sku"},
        "withdraw-cost": {"reference": "cost"},
        "end-cost": {"reference": "cost"},
        "price-import": {"reference": "import"},
        "apply-import": {"reference": "import"},
        "drop-import": {"reference": "import"},
        "export-import": {"reference": "import"},
        "group": {"reference": "group"},
        "rename-group": {"reference": "group"},
        "remove-group": {"reference": "group"},
        "send-mail-again": {"reference": "mail"},
        "requirement": {"country": "country", "number_type": "type"},
        "edit-requirement": {"country": "country", "number_type": "type"},
        "check-requirement": {"country": "country", "number_type": "type"},
        "withdraw-requirement": {"country": "country", "number_type": "type"},
        "setting": {"key": "setting"},
        "reset-setting": {"key": "setting"},
        "withdraw-vat-rate": {"reference": "vat-rate"},
        "change-staff-role": {"reference": "staff"},
        "deactivate-staff": {"reference": "staff"},
        "reset-staff-factor": {"reference": "staff"},
        "tenant": {"reference": "tenant"},
        "change-group": {"reference": "tenant"},
        "tenant-orders": {"reference": "tenant"},
        "export-tenant-orders": {"reference": "tenant"},
        "find-order": {"reference": "tenant", "subject": "order"},
        "tenant-order": {"reference": "tenant", "order": "order"},
        "suspend-tenant": {"reference": "tenant"},
        "resume-tenant": {"reference": "tenant"},
        "close-tenant": {"reference": "tenant"},
        "reset-admin-factor": {"reference": "tenant", "admin": "admin"},
        "confirm": {"token": "token"},
        "progress": {"reference": "sign-up"},
    },
}
EVERY_URL = [
    pytest.param(urlconf, pattern, id=f"{urlconf.rpartition('_')[2]}:/{route}")
    for urlconf in (TENANT, PLATFORM)
    for route, pattern in routes(urlconf)
]


@dataclass
class Asker:
    """Somebody's browser, the role they have on its host, and what they must not read."""

    name: str
    client: SiteClient
    role: str = ""
    may_read_canaries: bool = False


@pytest.fixture
def things(tenant, operator, sandbox_payments, sandbox_carrier):
    """Return the reference of one thing of each kind, all of them Acme's or the platform's."""
    cache.clear()
    found = plant_canaries(tenant)
    admin = sign_in(tenant, "admin", "ada@acme.example")
    with schema_context("public"):
        wish = SignUp.objects.create(
            state_changed_at=NOON,
            company="Initech",
            site="initech",
            email="bill@initech.example",
            country="US",
            currency="USD",
            time_zone="America/Chicago",
            asked_at=NOON,
        )
        SecurityEvent.objects.create(kind="forged", detail="signature", at=NOON)
        bought = make_number(digits="15015550109").digits
        return (
            found
            | plant_prices()
            | {
                "stock-purchase": buy([bought]).reference,
                "ada": admin,
                "olga": operator,
                "admin": uuid4(),
                "country": "DE",
                "digits": "15015550100",
                "mail": uuid4(),
                "setting": "purchase.hold_minutes",
                "sign-up": wish.reference,
                "staff": Staff.objects.get().reference,
                "tenant": tenant.reference,
                "token": "no-token",
                "type": "geographic",
                "user": int_to_base36(1),
                "vat-rate": uuid4(),
            }
        )


@pytest.fixture
def askers(tenant, other_tenant, things):
    """Return who asks on each host."""
    gil = sign_in(other_tenant, "admin", "gil@globex.example")
    impostor = SiteClient(tenant.get_primary_domain().domain)
    impostor.cookies = deepcopy(gil.cookies)
    sam = sign_in_staff("support", "sam@numberyard.example")
    of_acme = SiteClient(django_settings.PLATFORM_HOST)
    of_acme.cookies = deepcopy(things["ada"].cookies)
    return {
        TENANT: [
            Asker("stranger", SiteClient(tenant.get_primary_domain().domain)),
            Asker("another tenant's admin, at Acme", impostor),
            Asker("another tenant's admin, at home", gil, "admin"),
            Asker("member", sign_in(tenant, "member", "max@acme.example"), "member", True),
            Asker("admin", things["ada"], "admin", True),
        ],
        PLATFORM: [
            Asker("stranger", SiteClient(django_settings.PLATFORM_HOST)),
            Asker("a tenant's admin", of_acme),
            Asker("support", sam, "support"),
            Asker("operator", things["olga"], "operator"),
        ],
    }


@pytest.mark.parametrize(("urlconf", "pattern"), EVERY_URL)
def test_a_url_answers_those_who_may_and_tells_nobody_else(urlconf, pattern, askers, things):
    path = path_of(urlconf, pattern, things)

    wrong = [
        f"{method} {path} as {asker.name}: {trouble}"
        for asker in askers[urlconf]
        for method in METHODS
        for trouble in find_trouble(asker, method, path, pattern)
    ]

    assert not wrong


def test_the_canaries_are_alive(things):
    pages = [f"/numbers/{things['holding']}/", f"/orders/{things['order']}/", "/people/"]

    seen = [CANARY in things["ada"].get(page).content.decode() for page in pages]

    assert seen == [True, True, True]


@pytest.mark.parametrize("urlconf", [TENANT, PLATFORM])
def test_open_to_all_is_only_what_is_listed(urlconf):
    names = {p.name for _, p in routes(urlconf) if p.callback.permission is None}

    assert names <= OPEN


@pytest.mark.parametrize("host", ["nobody.numberyard.localhost", "evil.example", "127.0.0.1"])
def test_an_unknown_host_shows_nothing(things, host):
    answer = SiteClient(host).get("/numbers/")

    assert answer.status_code == 404
    assert answer["content-type"] == "text/plain"


def path_of(urlconf, pattern, things):
    """Return the URL's path with Acme's things in it, or fail for one that nobody listed."""
    converters = pattern.pattern.regex.groupindex
    assert set(PARAMETERS[urlconf].get(pattern.name, {})) == set(converters), (
        f"List {pattern.name} in PARAMETERS: what shall it be asked for?"
    )
    values = {
        name: things[thing] for name, thing in PARAMETERS[urlconf].get(pattern.name, {}).items()
    }
    return reverse(full_name(urlconf, pattern), urlconf, kwargs=values)


def full_name(urlconf, pattern):
    spaced = {p: name for name, p in named_patterns(urlconf)}
    return spaced[pattern]


def named_patterns(urlconf):
    from importlib import import_module

    for entry in import_module(urlconf).urlpatterns:
        if hasattr(entry, "url_patterns"):
            prefix = f"{entry.namespace}:" if entry.namespace else ""
            yield from ((f"{prefix}{inner.name}", inner) for inner in entry.url_patterns)
        else:
            yield entry.name, entry


def find_trouble(asker, method, path, pattern):
    """Yield what is wrong with the answer, whose effects are undone."""
    undo = transaction.savepoint()
    cookies = deepcopy(asker.client.cookies)
    try:
        answer = getattr(asker.client, method)(path)
        sent = b"".join(answer.streaming_content) if answer.streaming else answer.content
        text = sent.decode(errors="replace")
    finally:
        transaction.savepoint_rollback(undo)
        asker.client.cookies = cookies
        connection.needs_rollback = False
    if answer.status_code >= 500:
        yield f"status {answer.status_code}"
    is_shown_to_staff = asker.role in STAFF_ROLES and pattern.name in SHOWS_A_TENANT
    may_read = asker.may_read_canaries or is_shown_to_staff
    if CANARY in text + str(answer.headers) and not may_read:
        yield "read a canary"
    is_refused = answer.status_code == 403 and pattern.name in NEEDS_PROOF
    if answer.status_code != 405 and not is_refused and (act := pattern.callback.permission):
        yield from check_permission(asker, act, answer, takes_things=bool(
            pattern.pattern.regex.groupindex
        ))  # fmt: skip


def check_permission(asker, act, answer, *, takes_things):
    is_sent_to_sign_in = answer.status_code == 302 and answer.url.startswith(LOGIN)
    if not asker.role:
        if not is_sent_to_sign_in:
            yield f"a stranger got {answer.status_code}"
    elif asker.role not in act.roles:
        if answer.status_code != 403:
            yield f"may not, and got {answer.status_code}"
    elif is_sent_to_sign_in or answer.status_code == 403:
        yield f"may, and got {answer.status_code}"
    elif takes_things and "at home" in asker.name and answer.status_code != 404:
        yield f"asked for another tenant's, and got {answer.status_code}"
