"""Correct the rate centers of exchanges, and of the numbers in them, by a CSV file."""

import csv
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from stock.rate_centers import NotRateCenters, import_rate_centers


class Command(BaseCommand):
    help = "Import rate centers from a CSV with the columns npa,nxx,rate_center,lata,state."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *, file: Path, **options: object) -> None:
        try:
            text = file.read_text(encoding="utf-8-sig")
            report = import_rate_centers(text.splitlines(keepends=True))
        except (OSError, UnicodeDecodeError, csv.Error, NotRateCenters) as error:
            raise CommandError(f"{file}: {error}") from error
        for refused in report.refused:
            self.stderr.write(f"line {refused.line}: {refused.reason}")
        self.stdout.write(
            f"{report.accepted:,} lines accepted, {len(report.refused):,} refused; "
            f"{report.exchanges:,} exchanges and {report.numbers:,} numbers changed"
        )
        if report.refused:
            raise CommandError("Some lines were refused; all others have been applied.")
