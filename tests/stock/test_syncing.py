"""Filling the stock from a carrier's feed, and following it."""

import json
from datetime import timedelta
from itertools import count

import httpx
import pytest
import respx

from carriers import connecting
from carriers.models import Connection
from stock import reserving, syncing
from stock.loading import load_plan
from stock.models import Price, Sku, StaleCount, StockMove, StockNumber
from stock.numbering_plan import PlanRow
from tests.carriers.factories import make_connection
from tests.stock.factories import make_number, make_sku
from tests.stock.pricing import OLGA

LITTLE_ROCK = PlanRow(
    "1501202", "US", "AR", "501", "202", "Little Rock", "LITTLEROCK", "", "geographic"
)
TOLL_FREE = PlanRow("1800", "US", "", "800", "", "", "", "", "toll_free")


def offer(number="+15012020123", **changes):
    return {
        "number": number,
        "country": "US",
        "type": "geographic",
        "region": "AR",
        "npa": "501",
        "nxx": "202",
        "locality": "Somewhere",
        "rate_center": "SOMEWHERE",
        "features": ["voice", "sms"],
        "monthly": "0.40",
        "setup": "0.20",
        "currency": "USD",
    } | changes


@pytest.fixture
def sync(tenant, at, settings):
    """Let a carrier offer these numbers and no others, and read its feed."""
    settings.SANDBOX_CARRIER_URL = "http://carrier.example"
    load_plan([LITTLE_ROCK, TOLL_FREE])

    def read_feed(*offers, minutes=0, name="Sandbox", **answer):
        connection = make_connection(name=name)
        answer = answer or {"text": "\n".join(map(json.dumps, offers))}
        with respx.mock(base_url="http://carrier.example") as carrier:
            carrier.get("/v1/offers").mock(return_value=httpx.Response(200, **answer))
            syncing.sync_connection(connection, at=at + timedelta(minutes=minutes))
        connection.refresh_from_db()
        return connection

    return read_feed


def digits():
    found = StockNumber.objects.available().order_by("digits")
    return list(found.values_list("digits", flat=True))


def test_offers_become_stock_with_the_plans_place_and_a_price(sync, at):
    connection = sync(offer())

    number = StockNumber.objects.select_related("sku").get()
    assert (number.digits, number.state, number.ours_since) == ("15012020123", "available", None)
    assert (number.city, number.rate_center, number.nxx) == ("Little Rock", "LITTLEROCK", "202")
    assert (number.has_sms, number.has_fax, str(number.monthly_cost)) == (True, False, "0.4000")
    assert number.sku.code == "US-GEO"
    prices = Price.objects.filter(sku=number.sku).order_by("price_list__currency")
    assert [price.monthly_price for price in prices] == [110, 95, 120]
    assert (connection.synced_at, connection.synced_count) == (at, 1)
    assert connection.sync_lease_until is None


def test_a_place_the_plan_does_not_know_comes_from_the_offer(sync):
    sync(offer("+15019990123", nxx="999"))

    number = StockNumber.objects.get()
    assert (number.city, number.rate_center, number.npa) == ("Somewhere", "SOMEWHERE", "501")


def test_toll_free_numbers_have_no_exchange(sync):
    sync(offer("+18002345678", type="toll_free", region="", nxx="234", npa="800"))

    number = StockNumber.objects.get()
    assert (number.npa, number.nxx, number.region) == ("800", "", "")
    assert StaleCount.objects.get().prefix == "1800"


def test_new_kinds_become_skus(sync):
    sync(offer(), offer("+4915123450123", country="DE", type="mobile", region="", npa="151"))

    assert set(Sku.objects.values_list("code", "name")) == {
        ("US-GEO", "United States, geographic"),
        ("DE-MOB", "Germany, mobile"),
    }


def test_a_second_sync_follows_what_has_changed(sync):
    sync(offer())

    sync(offer(monthly="0.55", features=["voice"]), minutes=15)

    number = StockNumber.objects.get()
    assert (str(number.monthly_cost), number.has_sms, number.version) == ("0.5500", False, 0)


def test_a_second_sync_of_the_same_writes_nothing(sync):
    sync(offer())
    StaleCount.objects.all().delete()
    before = StockNumber.objects.values_list("pk", "offered_at").get()

    sync(offer(), minutes=15)

    assert StockNumber.objects.values_list("pk", "offered_at").get() == before
    assert not StaleCount.objects.exists()


def test_what_is_no_longer_offered_goes(sync):
    sync(offer(), offer("+15012020124"))

    sync(offer(), minutes=15)

    assert digits() == ["15012020123"]
    assert StockNumber.objects.count() == 1


def test_what_has_a_history_is_kept_as_deleted_and_can_come_back(sync, tenant, at):
    sync(offer(), offer("+15012020124"))
    until = at + timedelta(minutes=1)
    reserving.hold_for_cart(["15012020124"], tenant=tenant, until=until, at=at)
    reserving.release_lapsed_holds(at=until)

    sync(offer(), minutes=15)
    number = StockNumber.objects.get(digits="15012020124")
    assert (number.state, number.reason) == ("deleted", "gone")
    sync(offer(), offer("+15012020124", monthly="0.50"), minutes=30)

    assert digits() == ["15012020123", "15012020124"]
    gone, back = StockMove.objects.filter(digits="15012020124").order_by("id")
    assert (gone.to_state, gone.actor_kind, gone.actor_name) == ("deleted", "carrier", "Sandbox")
    assert (back.from_state, back.to_state) == ("deleted", "available")


def test_what_is_ours_or_being_bought_is_never_touched(sync, tenant, at):
    sync(offer(), offer("+15012020124"), offer("+15012020125"), offer("+15012020126"))
    StockNumber.objects.filter(digits="15012020124").update(ours_since=at)
    reserving.hold_for_cart(["15012020125"], tenant=tenant, until=at + syncing.EVERY, at=at)

    sync(
        offer(), offer("+15012020124", monthly="9"), offer("+15012020125", monthly="9"), minutes=15
    )
    sync(offer(), minutes=30)

    kept = StockNumber.objects.order_by("digits").values_list("digits", "monthly_cost", "state")
    assert [(one, str(cost), state) for one, cost, state in kept] == [
        ("15012020123", "0.4000", "available"),
        ("15012020124", "0.4000", "available"),
        ("15012020125", "0.4000", "reserved"),
    ]


def test_of_two_carriers_the_cheaper_keeps_the_number(sync):
    sync(offer())
    sync(offer(monthly="0.41"), name="Dearer", minutes=1)
    assert StockNumber.objects.get().connection.name == "Sandbox"

    sync(offer(monthly="0.39"), name="Cheaper", minutes=2)

    assert StockNumber.objects.get().connection.name == "Cheaper"


def test_a_cheaper_carrier_at_which_we_do_not_buy_takes_nothing_over(sync):
    sync(offer())
    make_connection(name="Cheaper", is_buying_allowed=False)

    sync(offer(monthly="0.39"), name="Cheaper", minutes=1)

    assert StockNumber.objects.get().connection.name == "Sandbox"


def test_a_number_leaves_a_carrier_at_which_we_do_not_buy(sync):
    sync(offer(), offer("+15012020124"))
    make_connection(is_buying_allowed=False)

    sync(offer(monthly="0.41", currency="EUR"), name="Dearer", minutes=1)

    names = StockNumber.objects.order_by("digits").values_list("connection__name", flat=True)
    assert list(names) == ["Dearer", "Sandbox"]


def test_another_carriers_offers_are_not_removed(sync):
    sync(offer())

    sync(offer("+15012020124"), name="Other", minutes=1)

    assert digits() == ["15012020123", "15012020124"]


def test_a_feed_that_names_a_number_twice_means_what_it_says_last(sync):
    sync(offer(), offer(monthly="0.99"))

    assert str(StockNumber.objects.get().monthly_cost) == "0.9900"


def test_a_feed_that_shrinks_to_nothing_removes_nothing(sync):
    sync(offer(), offer("+15012020124"))

    connection = sync(text="", minutes=15)

    assert len(digits()) == 2
    assert connection.sync_error.startswith("FeedShrank: 2 of 2")
    assert connection.synced_at < connection.sync_began_at


def test_staff_can_take_a_feed_that_has_shrunk_once(sync, at):
    sync(offer(), offer("+15012020124"))
    refused = sync(text="", minutes=15)
    connecting.take_shrunken_feed(refused, actor=OLGA, at=at + timedelta(minutes=16))

    sync(text="", minutes=17)
    assert digits() == []
    sync(offer(), offer("+15012020124"), minutes=30)
    again = sync(text="", minutes=45)

    assert again.sync_error.startswith("FeedShrank")
    assert len(digits()) == 2


def test_asking_for_a_sync_takes_no_shrunken_feed(sync, at):
    connection = sync(offer(), offer("+15012020124"))
    connecting.ask_sync(connection, actor=OLGA, at=at + timedelta(minutes=1))

    connection = sync(text="", minutes=15)

    assert connection.sync_error.startswith("FeedShrank")
    assert len(digits()) == 2


def test_a_lease_counts_from_the_turn_of_its_connection(sync, at):
    sync(offer(), name="First")
    sync(offer(), name="Second")
    turns = count(1)

    with respx.mock(base_url="http://carrier.example") as carrier:
        carrier.get("/v1/offers").mock(return_value=httpx.Response(200, text=""))
        syncing.sync_due_connections(clock=lambda: at + next(turns) * syncing.EVERY)

    began = Connection.objects.order_by("name").values_list("sync_began_at", flat=True)
    assert set(began) == {at + 2 * syncing.EVERY, at + 3 * syncing.EVERY}


def test_a_feed_that_breaks_off_adds_and_removes_nothing_more(sync):
    sync(offer(), offer("+15012020124"))

    connection = sync(text=json.dumps(offer("+15012020125")), headers={"X-Total": "3"}, minutes=15)

    assert digits() == ["15012020123", "15012020124", "15012020125"]
    assert connection.sync_error.startswith("ContractViolation")


def test_one_sync_of_a_connection_at_a_time(sync, at):
    connection = sync(offer())
    Connection.objects.update(sync_lease_until=at + syncing.LEASE)

    assert not syncing.sync_connection(connection, at=at)
    assert syncing.sync_connection(connection, at=at + syncing.LEASE)


def test_the_sweep_reads_real_offers_when_they_are_due(tenant, sandbox_carrier, at):
    make_connection()

    syncing.sync_due_connections(clock=lambda: at)
    first = Connection.objects.get()
    syncing.sync_due_connections(clock=lambda: at + syncing.EVERY / 2)
    second = Connection.objects.get()
    Connection.objects.update(sync_asked_at=at + syncing.EVERY / 2)
    syncing.sync_due_connections(clock=lambda: at + syncing.EVERY / 2)

    assert StockNumber.objects.count() == first.synced_count > 2000
    assert second.synced_at == at
    assert Connection.objects.get().synced_at == at + syncing.EVERY / 2


def test_a_number_that_is_ours_keeps_its_place_in_the_numbers_of_a_carrier(sync, at):
    make_number(digits="15012020123", ours_since=at, connection=make_connection(name="Old"))

    sync(offer())

    assert StockNumber.objects.get().connection.name == "Old"


@pytest.mark.parametrize(
    ("places", "code"),
    [
        ([], "US-GEO"),
        ([("US-AR", "AR", "")], "US-AR"),
        ([("US-AR", "AR", ""), ("US-LR", "AR", "Little Rock")], "US-LR"),
        ([("US-TX", "TX", ""), ("US-LR", "TX", "Little Rock")], "US-GEO"),
    ],
)
def test_an_offer_belongs_to_the_most_exact_sku_by_the_plans_place(sync, places, code):
    for sku, region, city in places:
        make_sku(code=sku, region=region, city=city)

    sync(offer())

    assert StockNumber.objects.get().sku.code == code


def test_an_offer_leaves_a_sku_that_was_removed(sync, at):
    sku = make_sku(code="US-AR", region="AR")
    sync(offer())
    Sku.objects.filter(pk=sku.pk).update(removed_at=at)

    sync(offer(), minutes=15)

    assert StockNumber.objects.get().sku.code == "US-GEO"
