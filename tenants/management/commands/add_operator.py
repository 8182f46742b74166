"""Lets the first operator in, or another one, without any default password."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction

from lifecycle.actors import SYSTEM
from lifecycle.clock import database_time
from tenants.models import Staff, StaffRole
from tenants.staffing import AlreadyStaff, add_staff, first_link


class Command(BaseCommand):
    help = "Add an operator and print a link, good once, to set a password and a second factor."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", default="")

    def handle(self, *args: Any, email: str, name: str, **options: Any) -> None:
        try:
            validate_email(email)
        except ValidationError:
            raise CommandError(f"{email} is not an e-mail address.") from None
        self.stdout.write(first_link(find_or_add(email, name)))


@transaction.atomic
def find_or_add(email: str, name: str) -> Staff:
    """Return the operator, who may have lost the first link. Raises CommandError for others."""
    try:
        return add_staff(
            email=email, name=name, role=StaffRole.OPERATOR, actor=SYSTEM, at=database_time()
        )
    except AlreadyStaff:
        staff = Staff.objects.select_related("user").get(user__email=email.lower())
    if staff.role != StaffRole.OPERATOR:
        raise CommandError(f"{email} is support staff. An operator changes that under Staff.")
    return staff
