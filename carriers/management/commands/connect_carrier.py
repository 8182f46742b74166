"""Connect an account of ours at a carrier."""

from getpass import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from carriers.connecting import UnknownDriver, connect


class Command(BaseCommand):
    help = "Connect a carrier. The sweeps then check the account and fetch what it offers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="what staff will call it")
        parser.add_argument("--driver", required=True)
        parser.add_argument("--ask-key", action="store_true", help="ask for the key to use")

    def handle(self, *args: Any, name: str, driver: str, ask_key: bool, **options: Any) -> None:
        # Asked for and not given as a word, which every process of the machine could read.
        key = getpass(f"Key for {name}: ") if ask_key else ""
        try:
            connect(name, driver=driver, key=key)
        except UnknownDriver as problem:
            raise CommandError(str(problem)) from None
        self.stdout.write(f"{name} is connected.")
