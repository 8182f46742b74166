"""Bring the rates of stock/vat_rates.csv into the database. Safe to repeat."""

from django.core.management.base import BaseCommand

from stock.vat_rates import load_rates, read_rates


class Command(BaseCommand):
    help = "Load rates of value-added tax that are newer than what is on record."

    def handle(self, *args: object, **options: object) -> None:
        self.stdout.write(f"{load_rates(read_rates())} VAT rates added")
