"""The database every test database is a copy of: all tables, and the schemas of two tenants.

Run as a module it fills an empty database so, or opens the tenants named SITE=NAME in one.
"""

import os
import sys
from datetime import UTC, datetime

import django

TENANTS = {"acme": "Acme Telecom", "globex": "Globex"}
OPENED_AT = datetime(2026, 1, 5, 12, tzinfo=UTC)


def build_template() -> None:
    from django.core.management import call_command

    call_command("migrate_schemas", shared=True, verbosity=0)
    for site, name in TENANTS.items():
        open_test_tenant(site, name)


def open_test_tenant(site: str, name: str) -> None:
    from django.conf import settings
    from django.core.management import call_command

    from tenants.models import Host, Tenant

    tenant = Tenant.objects.create(
        schema_name=f"t_{site.encode().hex():0>16}",
        name=name,
        state="preparing",
        state_changed_at=OPENED_AT,
        created_at=OPENED_AT,
    )
    Host.objects.create(tenant=tenant, domain=f"{site}.{settings.PLATFORM_HOST}", is_primary=True)
    tenant.create_schema(check_if_exists=True, verbosity=0)
    call_command("migrate_schemas", schema_name=tenant.schema_name, verbosity=0)
    tenant.move_to("ready", at=OPENED_AT)


def main(*wanted: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings_test")
    django.setup()
    if not wanted:
        build_template()
    for each in wanted:
        open_test_tenant(*each.split("=", 1))


if __name__ == "__main__":
    main(*sys.argv[1:])
