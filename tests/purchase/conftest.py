import pytest

from tests.purchase.factories import fill_wallet


@pytest.fixture
def funds(tenant):
    """A hundred dollars in Acme's balance."""
    fill_wallet()
