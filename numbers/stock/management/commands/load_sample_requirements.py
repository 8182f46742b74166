"""Bring the sample requirements of stock/requirements.toml into the catalogue. Safe to repeat."""

from django.core.management.base import BaseCommand

from lifecycle.clock import database_time
from stock.sample_requirements import load_samples, read_samples


class Command(BaseCommand):
    help = "Load sample requirements for the kinds that nobody has written any for."

    def handle(self, *args: object, **options: object) -> None:
        written = load_samples(read_samples(), at=database_time())
        self.stdout.write(f"{written} sample requirements written")
