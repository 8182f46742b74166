"""List what must never be true. Exit status 1 if something is."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from desk.invariants import check_invariants
from lifecycle.clock import database_time


class Command(BaseCommand):
    help = "Check what must always hold, over the platform and in each tenant."

    def handle(self, *args: Any, **options: Any) -> None:
        violations = list(check_invariants(at=database_time()))
        for violation in violations:
            self.stdout.write(f"{violation.where}: {violation.what}")
        if violations:
            raise CommandError(f"{len(violations)} violations")
        self.stdout.write("0 violations")
