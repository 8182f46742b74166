"""Connections and what we ask of them."""

from uuid import uuid4

from carriers import operations
from carriers.models import Connection
from tests.conftest import NOON


def make_connection(**changes):
    """Return the sandbox, with a quarantine of a minute unless told otherwise."""
    fields = {"name": "Sandbox", "driver": "sandbox", "quarantine_seconds": 60} | changes
    return Connection.objects.update_or_create(name=fields.pop("name"), defaults=fields)[0]


def make_purchase(digits, *, tenant=None, connection=None, at=NOON):
    wanted = operations.Purchase(uuid4(), connection or make_connection(), digits)
    [operation] = operations.plan_purchases([wanted], tenant=tenant, at=at)
    return operation
