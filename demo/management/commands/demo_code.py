"""Print the one-time code that a demo account would read off its telephone now."""

import os
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.mfa.utils import decrypt
from django.core.management.base import BaseCommand, CommandError, CommandParser

from demo.people import STAFF


class Command(BaseCommand):
    help = "Print the current one-time code of a demo account."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        if os.environ.get("NUMBERYARD_DEMO") != "1":
            raise CommandError("Codes are printed for the demo of ./dev up alone.")
        if email not in [person.email for person in STAFF]:
            raise CommandError(f"{email} is no staff of the demo.")
        authenticator = Authenticator.objects.get(user__email=email, type="totp")
        secret = decrypt(TOTP(authenticator).instance.data["secret"])
        counter = next(iter(yield_hotp_counters_from_time()))
        self.stdout.write(format_hotp_value(hotp_value(secret, counter)))
