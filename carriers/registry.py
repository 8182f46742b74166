"""Which drivers there are, and the one that speaks for a connection."""

import os
from collections.abc import Callable
from functools import cache

from django.conf import settings

from carriers import sealing
from carriers.driver import CarrierDriver
from carriers.drivers.sandbox import SandboxCarrier
from carriers.models import Connection


def _sandbox(key: str) -> CarrierDriver:
    return SandboxCarrier(url=settings.SANDBOX_CARRIER_URL, key=key or settings.SANDBOX_CARRIER_KEY)


DRIVERS: dict[str, Callable[[str], CarrierDriver]] = {SandboxCarrier.name: _sandbox}


def get_driver(connection: Connection) -> CarrierDriver:
    """Return this process's driver of the connection. Raises sealing.NotOurs."""
    url = settings.SANDBOX_CARRIER_URL
    return _get_driver(connection.driver, connection.sealed_key, url, os.getpid())


@cache
def _get_driver(name: str, sealed_key: str, url: str, process: int) -> CarrierDriver:
    """Keep one for each, because it keeps its HTTP connections open.

    A process never uses those of the one it was forked from: answers would go astray.
    """
    return DRIVERS[name](sealing.unseal(sealed_key) if sealed_key else "")
