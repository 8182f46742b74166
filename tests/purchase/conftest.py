from datetime import UTC, datetime

import pytest
import time_machine

from tenants.platform_settings import change_setting
from tests.purchase.factories import fill_wallet


@pytest.fixture
def tenant(tenant):
    """Acme, who pays for its first number, too: the free one has tests of its own."""
    change_setting("purchase.free_number", 0)
    return tenant


@pytest.fixture
def funds(tenant):
    """A hundred dollars in Acme's balance."""
    fill_wallet()


@pytest.fixture
def clock_running_ahead():
    """Let the web process's clock run ahead, as time does while a page stays open."""
    return lambda by: time_machine.travel(datetime.now(UTC) + by)
