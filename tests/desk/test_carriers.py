import pytest

from tenants.models import StaffAct
from tests.stock.factories import make_connection


@pytest.fixture
def carrier(db):
    return make_connection(name="Northern")


def address(carrier, act=""):
    return f"/carriers/{carrier.reference}/{act}"


def test_lists_the_carriers(support, carrier):
    assert "Northern" in support.get("/carriers/").text


def test_operator_switches_buying_off_and_it_is_written_down(operator, carrier):
    operator.post(address(carrier, "buying/"))

    carrier.refresh_from_db()
    assert not carrier.is_buying_allowed
    assert StaffAct.objects.get().kind == "carrier_buying_off"


def test_operator_switches_buying_on_again(operator, carrier):
    operator.post(address(carrier, "buying/"))
    operator.post(address(carrier, "buying/"), {"buying": "on"})

    carrier.refresh_from_db()
    assert carrier.is_buying_allowed


def test_support_switches_nothing(support, carrier):
    response = support.post(address(carrier, "buying/"))

    carrier.refresh_from_db()
    assert response.status_code == 403
    assert carrier.is_buying_allowed


def test_a_key_is_sealed_and_never_shown(operator, carrier):
    operator.post(address(carrier, "key/"), {"key": "a-secret-of-the-carrier"})

    carrier.refresh_from_db()
    assert "a-secret" not in carrier.sealed_key
    assert "a-secret" not in operator.get(address(carrier)).text


def test_a_short_key_is_refused_with_words(operator, carrier):
    response = operator.post(address(carrier, "key/"), {"key": "short"})

    carrier.refresh_from_db()
    assert response.status_code == 422
    assert carrier.sealed_key == ""


def test_operator_asks_for_fresh_offers(operator, carrier):
    operator.post(address(carrier, "sync/"))

    carrier.refresh_from_db()
    assert carrier.is_syncing


def test_checking_the_account_shows_how_we_stand(operator, carrier, sandbox_carrier):
    operator.post(address(carrier, "check/"))

    carrier.refresh_from_db()
    assert carrier.is_healthy
    assert "Answers" in operator.get(address(carrier)).text
