"""Opens the sites of confirmed sign-ups, and keeps schemas ready for the next ones."""

import logging
import time
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.db import DatabaseError, InterfaceError, OperationalError, connection

from lifecycle.clock import database_time
from people.opening import provision
from tenants.models import SignUp, SignUpState
from tenants.provisioning import AlreadyProvisioning, drop_useless_spares, only_one, refill
from tenants.signing_up import lapse

PAUSE_SECONDS = 1
# How long to wait for the process before us to end, or for the database to come back.
WAIT_SECONDS = 5

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Open the sites of confirmed sign-ups. Runs as the database's owner, until stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="Do what is due, then end.")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        if once:
            try:
                run_once()
            except AlreadyProvisioning:
                raise CommandError("Another process provisions already.") from None
            return
        while True:
            try:
                run_until_cut_off()
            except (AlreadyProvisioning, InterfaceError, OperationalError) as waiting:
                logger.warning("provisioning waits", extra={"reason": repr(waiting)})
                connection.close()
                time.sleep(WAIT_SECONDS)


def run_once() -> None:
    with only_one():
        drop_useless_spares()
        do_what_is_due(at=database_time())


def run_until_cut_off() -> None:
    with only_one():
        drop_useless_spares()
        while True:
            do_what_is_due(at=database_time())
            time.sleep(PAUSE_SECONDS)


def do_what_is_due(*, at: datetime) -> None:
    lapse(at=at)
    open_confirmed(at=at)
    refill(at=at)


def open_confirmed(*, at: datetime) -> None:
    """Open every site that waits. One that fails does not keep the others waiting."""
    for sign_up in SignUp.objects.filter(state=SignUpState.CONFIRMED).order_by("state_changed_at"):
        try:
            provision(sign_up, at=at)
        except OperationalError:
            raise
        except DatabaseError:
            logger.exception("site not opened", extra={"reference": str(sign_up.reference)})
