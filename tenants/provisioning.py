"""Schemas built beforehand, so that a new tenant's is there the moment it is wanted.

Only the login `owner` may do this, and one process at a time: whoever holds `only_one`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from secrets import token_hex

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django_tenants.utils import schema_context
from psycopg import sql

from tenants.models import SpareSchema

SPARES = 3
# Any number that nothing else locks.
PROVISIONING_LOCK = 7_306_120


class AlreadyProvisioning(Exception):
    """Another process builds and hands out schemas."""


class NoSpare(Exception):
    """No schema is left; build one, outside of any transaction, and try again."""


@contextmanager
def only_one() -> Iterator[None]:
    """Raises AlreadyProvisioning if another process is at it. Its death frees the place."""
    # A session of its own, because migrating closes the usual one.
    guard = connection.copy()
    try:
        with guard.cursor() as cursor:
            cursor.execute("select pg_try_advisory_lock(%s)", [PROVISIONING_LOCK])
            if not cursor.fetchone()[0]:
                raise AlreadyProvisioning
        yield
    finally:
        guard.close()


def build_spare(*, at: datetime) -> SpareSchema:
    """Make a schema with all of a tenant's tables. One that was cut short is not listed."""
    name = f"s_{token_hex(8)}"
    _run("create schema {}", name)
    call_command("migrate_schemas", tenant=True, schema_name=name, interactive=False, verbosity=0)
    return SpareSchema.objects.create(schema_name=name, built_at=at)


def refill(*, at: datetime) -> None:
    while SpareSchema.objects.count() < SPARES:
        build_spare(at=at)


def drop_useless_spares() -> None:
    """Drop what a killed process left half built, and spares that lack the latest migrations."""
    listed = set(SpareSchema.objects.values_list("schema_name", flat=True))
    for name in _spare_schemas():
        if name not in listed or not _is_up_to_date(name):
            _run("drop schema {} cascade", name)
            SpareSchema.objects.filter(schema_name=name).delete()


def take_spare(schema_name: str) -> None:
    """Turn the oldest spare into the schema `schema_name`. Call in a transaction.

    Raises NoSpare if there is none.
    """
    spare = SpareSchema.objects.select_for_update(skip_locked=True).order_by("built_at").first()
    if not spare:
        raise NoSpare
    _run("alter schema {} rename to {}", spare.schema_name, schema_name)
    spare.delete()


def _spare_schemas() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("select nspname from pg_namespace where nspname ~ '^s_[0-9a-f]{16}$'")
        return [name for (name,) in cursor.fetchall()]


def _is_up_to_date(schema_name: str) -> bool:
    with schema_context(schema_name):  # type: ignore[no-untyped-call]
        executor = MigrationExecutor(connection)
        return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _run(statement: str, *schemas: str) -> None:
    """Run DDL on schemas, whose names are ours alone."""
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(statement).format(*map(sql.Identifier, schemas)))
