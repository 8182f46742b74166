import pytest
from django.utils import timezone

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
    assert StaffAct.objects.get().kind == "carrier_sync_asked"


def test_operator_takes_a_shrunken_feed_and_it_is_written_down(operator, carrier):
    carrier.sync_error = "FeedShrank: 2 of 2 numbers are missing."
    carrier.sync_began_at = timezone.now()
    carrier.save()
    assert not carrier.is_syncing
    assert "Take the shrunken feed?" in operator.get(address(carrier)).text

    operator.post(address(carrier, "feed/take/"))

    carrier.refresh_from_db()
    assert carrier.shrinking_taken_at == carrier.sync_asked_at
    act = StaffAct.objects.get()
    assert (act.kind, act.reason) == ("carrier_feed_taken", carrier.sync_error)


def test_a_whole_feed_offers_nothing_to_take(operator, carrier):
    assert "Take the shrunken feed" not in operator.get(address(carrier)).text

    page = operator.post(address(carrier, "feed/take/"), follow=True).text

    carrier.refresh_from_db()
    assert "There is nothing to take." in page
    assert carrier.shrinking_taken_at is None
    assert not StaffAct.objects.exists()


def test_a_page_of_many_carriers_costs_the_same(support, carrier, django_assert_max_num_queries):
    for number in range(20):
        make_connection(name=f"Carrier {number}")

    with django_assert_max_num_queries(12):
        page = support.get("/carriers/").text

    assert "Carrier 19" in page


def test_checking_the_account_shows_how_we_stand(operator, carrier, sandbox_carrier):
    operator.post(address(carrier, "check/"))

    carrier.refresh_from_db()
    assert carrier.is_healthy
    assert "Answers" in operator.get(address(carrier)).text
