import pytest
from django.db import IntegrityError, transaction

from carriers import connecting, health, sealing
from carriers.models import Connection
from lifecycle.actors import SYSTEM
from tests.carriers.factories import make_connection
from tests.conftest import NOON

pytestmark = pytest.mark.usefixtures("tenant")


def test_a_key_is_stored_sealed():
    connection = make_connection()

    connecting.replace_key(connection, "a secret key", actor=SYSTEM, at=NOON)

    connection.refresh_from_db()
    assert "secret" not in connection.sealed_key
    assert sealing.unseal(connection.sealed_key) == "a secret key"


def test_keys_survive_a_change_of_the_sites_secret(settings):
    sealed = sealing.seal("a secret key")
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another secret, which is long enough to be one"

    assert sealing.unseal(sealed) == "a secret key"


def test_a_key_of_another_site_is_not_ours(settings):
    sealed = sealing.seal("a secret key")
    settings.SECRET_KEY = "another secret, which is long enough to be one"

    with pytest.raises(sealing.NotOurs, match="Enter it again"):
        sealing.unseal(sealed)


def test_a_healthy_account_shows_its_balance(sandbox_carrier, at):
    connection = make_connection()

    health.check_account(connection, at=at)

    connection.refresh_from_db()
    assert (connection.is_healthy, connection.health) == (True, "")
    assert (connection.carrier_balance > 0, connection.carrier_currency) == (True, "USD")


def test_an_account_we_cannot_enter_is_unhealthy(sandbox_carrier, at):
    connection = make_connection()
    connecting.replace_key(connection, "not the key", actor=SYSTEM, at=NOON)

    health.check_accounts(at=at)

    connection.refresh_from_db()
    assert connection.is_healthy is False
    assert connection.health.startswith("AuthFailed")


def test_accounts_are_checked_every_five_minutes(sandbox_carrier, at):
    connection = make_connection(checked_at=at)

    health.check_accounts(at=at + health.EVERY / 2)
    connection.refresh_from_db()
    assert connection.is_healthy is None

    health.check_accounts(at=at + health.EVERY)
    connection.refresh_from_db()
    assert connection.is_healthy is True


def test_a_name_is_one_carrier_however_it_is_written():
    first = connecting.connect("Northern", driver="sandbox")

    assert connecting.connect("NORTHERN", driver="sandbox") == first
    with pytest.raises(IntegrityError), transaction.atomic():
        Connection.objects.create(name="northern", driver="sandbox")
