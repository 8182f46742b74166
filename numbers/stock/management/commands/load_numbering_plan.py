"""Bring the numbering plan of stock/plan into the database. Safe to repeat."""

from django.core.management.base import BaseCommand

from stock.loading import load_plan
from stock.numbering_plan import read_plan


class Command(BaseCommand):
    help = "Load the numbering plan, or bring it up to date."

    def handle(self, *args: object, **options: object) -> None:
        self.stdout.write(f"{load_plan(read_plan()):,} exchanges changed")
