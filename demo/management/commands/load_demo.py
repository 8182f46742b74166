"""Fill an empty platform with people, a stock and numbers that somebody holds."""

import json
import os
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from carriers.connecting import connect
from carriers.models import Connection
from demo.holdings import hold_demo_numbers
from demo.people import PASSWORD, STAFF, TENANTS, add_demo_staff, open_demo_tenants
from demo.pricing import buy_into_our_stock, price_the_demo
from lifecycle.clock import database_time
from stock import census, counting
from stock.models import StockNumber
from stock.syncing import sync_connection
from tenants.links import platform_url

# The sandbox lists an order after a second; real carriers need minutes.
SANDBOX_QUARANTINE_SECONDS = 30


class Command(BaseCommand):
    help = "Load the demo. Safe to repeat: what is there stays."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--people-file",
            type=Path,
            default=settings.BASE_DIR / ".dev/demo.json",
            help="where to list who can sign in",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if os.environ.get("NUMBERYARD_DEMO") != "1":
            raise CommandError("The demo has known passwords. It loads under ./dev up alone.")
        self.began = monotonic()
        at = database_time()
        self.fill_stock(at)
        call_command("load_vat_rates")
        call_command("load_sample_requirements")
        add_demo_staff(at=at)
        acme, *_, initech = open_demo_tenants(settings.PLATFORM_HOST, at=at)
        self.say(f"{len(TENANTS)} tenants and {len(STAFF)} staff")
        price_the_demo(initech, at=at)
        buy_into_our_stock(at=database_time())
        counting.recount_stale()
        self.say("Prices of a city and of a group, and some stock of our own")
        hold_demo_numbers(acme, at=database_time())
        self.say(f"{acme.name} holds numbers in every state")
        options["people_file"].write_text(json.dumps({"people": people()}, indent=2))

    def fill_stock(self, at: datetime) -> None:
        if StockNumber.objects.exists():
            return
        call_command("load_numbering_plan")
        self.say("Numbering plan")
        sandbox = connect(
            "Sandbox carrier", driver="sandbox", quarantine_seconds=SANDBOX_QUARANTINE_SECONDS
        )
        sync_connection(sandbox, at=at)
        sandbox = Connection.objects.get(pk=sandbox.pk)
        census.take()
        with connection.cursor() as cursor:
            # The first searches should not wait for autovacuum to learn what is there.
            cursor.execute("analyze")
        self.say(f"{sandbox.synced_count:,} numbers offered by the {sandbox.name}")

    def say(self, words: str) -> None:
        self.stdout.write(f"  {words} ({monotonic() - self.began:.1f} s)")
        self.stdout.flush()


def people() -> list[dict[str, object]]:
    """Return who can sign in where, for whoever shows it."""
    staff = [
        {
            "kind": person.role,
            "url": platform_url("/"),
            "email": person.email,
            "password": PASSWORD,
            "code": True,
        }
        for person in STAFF
    ]
    port = f":{settings.SITE_PORT}" if settings.SITE_PORT else ""
    admins = [
        {
            "kind": "tenant admin",
            "url": f"{settings.SITE_SCHEME}://{tenant.site}.{settings.PLATFORM_HOST}{port}/",
            "email": tenant.admin[1],
            "password": PASSWORD,
            "code": False,
        }
        for tenant in TENANTS[:1]
    ]
    return [*staff, *admins]
