from datetime import UTC, datetime

import pytest
import time_machine

from tests.purchase.factories import fill_wallet


@pytest.fixture
def funds(tenant):
    """A hundred dollars in Acme's balance."""
    fill_wallet()


@pytest.fixture
def clock_running_ahead():
    """Let the web process's clock run ahead, as time does while a page stays open."""
    return lambda by: time_machine.travel(datetime.now(UTC) + by)
