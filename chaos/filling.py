"""Fill the empty database of a run: tables, stock and tenants. A process of its own, as `owner`.

python -m chaos.filling TENANTS

Its last line on standard output is JSON: where each tenant's admin signs in.
"""

import json
import os
import sys
from datetime import date, datetime
from uuid import uuid4

import django

PASSWORD = "chaos-chaos-chaos"
# Longer than the sandbox needs for an effect that lands late, and to list it.
QUARANTINE_SECONDS = 5
TENANTS = ["Acme", "Globex", "Initech", "Umbrella"]
# In minor units; the last tenant's is soon used up.
BALANCES = [50_000_00, 50_000_00, 60_00, 0]
# The second is where the platform sells from, and pays its tax.
COUNTRIES = ["US", "IE", "US", "US"]
VAT_PERCENT = 23


def fill(tenants: int) -> list[dict[str, str]]:
    from django.core.management import call_command

    from carriers.models import Connection
    from lifecycle.clock import database_time
    from stock.syncing import sync_connection

    call_command("migrate_schemas", shared=True, verbosity=0)
    call_command("load_numbering_plan", stdout=sys.stderr)
    at = database_time()
    carrier = Connection.objects.create(
        name="Sandbox", driver="sandbox", quarantine_seconds=QUARANTINE_SECONDS
    )
    sync_connection(carrier, at=at)
    carrier.refresh_from_db()
    if carrier.sync_error:
        sys.exit(carrier.sync_error)
    write_rules(at=at)
    return [
        open_site(TENANTS[place], BALANCES[place], COUNTRIES[place], at=at)
        for place in range(tenants)
    ]


def write_rules(*, at: datetime) -> None:
    """Have numbers taxed, and something asked that every buyer must agree to."""
    from django.db.backends.postgresql.psycopg_any import DateRange

    from lifecycle.actors import SYSTEM, done_by
    from stock.models import NumberType, Requirement, VatRate

    long_ago = DateRange(date(2020, 1, 1), None)
    VatRate.objects.create(country="IE", percent=VAT_PERCENT, valid=long_ago)
    Requirement.objects.create(
        country="US",
        number_type=NumberType.GEOGRAPHIC,
        version=1,
        notes="Emergency calls need a registered address.",
        written_at=at,
        **done_by(SYSTEM),
    )


def open_site(name: str, balance: int, country: str, *, at: datetime) -> dict[str, str]:
    from django.conf import settings
    from django_tenants.utils import tenant_context

    from billing.crediting import credit
    from lifecycle.actors import SYSTEM
    from people.opening import open_tenant

    email = f"admin@{name.lower()}.example"
    tenant = open_tenant(
        name=name,
        site=name.lower(),
        admin_email=email,
        password=PASSWORD,
        country=country,
        at=at,
    )
    with tenant_context(tenant):  # type: ignore[no-untyped-call]
        if balance:
            credit(balance, "USD", reason="Chaos", actor=SYSTEM, reference=uuid4(), at=at)
    return {
        "name": name,
        "schema": tenant.schema_name,
        "host": f"{name.lower()}.{settings.PLATFORM_HOST}",
        "email": email,
        "password": PASSWORD,
    }


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    print(json.dumps(fill(int(sys.argv[1]))))
