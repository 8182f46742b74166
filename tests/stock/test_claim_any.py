from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier

import psycopg
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from stock import claiming, counting, coverage, reserving
from stock.coverage import Lot, Place
from stock.models import StockMove, StockNumber, Tier
from tests.conftest import NOON, find_tenant, server_url
from tests.stock.factories import make_connection, make_number, make_price, make_sku

UNTIL = NOON + timedelta(minutes=15)
DIGITS = [f"150155501{n:02}" for n in range(5)]


@pytest.fixture
def numbers(tenant):
    make_price()
    return [make_number(digits=one).digits for one in DIGITS]


def lot(**changes):
    """Return the numbers of Little Rock that the factories make."""
    place = {
        "country": "US",
        "city": "Little Rock",
        "region": "AR",
        "npa": "501",
        "number_type": "geographic",
        "sku": make_sku().reference,
    }
    tier = Tier(
        sku=make_sku(),
        connection=make_connection(),
        is_ours=False,
        setup_cost="0.20",
        monthly_cost="0.40",
        cost_currency="USD",
    )
    known = {"service": "", "sku_id": make_sku().pk, "tiers": [tier], "prefixes": ["1501555"]}
    known |= {name: changes.pop(name) for name in list(changes) if name in known}
    return Lot(Place(**place | changes), **known)


def claim(wanted, tenant, *, count=1, start="", at=NOON):
    claimed = claiming.claim_any(
        wanted, count=count, start=start, tenant=tenant, until=at + timedelta(minutes=15), at=at
    )
    return [number.digits for number in claimed]


def test_claims_as_many_as_are_wanted_for_the_cart(numbers, tenant):
    got = claim(lot(), tenant, count=2)

    held = StockNumber.objects.filter(digits__in=got)
    assert {(one.state, one.reason, one.reserved_for_id, one.reserved_until) for one in held} == {
        ("reserved", "cart", tenant.pk, UNTIL)
    }
    assert StockNumber.objects.available().count() == 3


def test_begins_at_the_start_and_goes_round(numbers, tenant):
    assert claim(lot(), tenant, count=2, start="15015550103") == DIGITS[3:]
    assert claim(lot(), tenant, count=2, start="15015550104") == DIGITS[:2]


@pytest.mark.parametrize("start", ["", "1", "150199", "2", "\t"])
def test_a_start_anywhere_will_do(numbers, tenant, start):
    assert claim(lot(), tenant, count=5, start=start) == DIGITS


def test_takes_what_there_is_when_more_is_wanted(numbers, tenant):
    assert claim(lot(), tenant, count=9, start=DIGITS[2]) == DIGITS
    assert claim(lot(), tenant, count=1) == []


@pytest.mark.parametrize(
    "other",
    [
        {"city": "Conway"},
        {"region": "TX"},
        {"country": "CA"},
        {"npa": "870"},
        {"number_type": "mobile"},
        {"service": "fax"},
        {"service": "emergency"},
    ],
)
def test_never_takes_another_places_or_kinds_number(numbers, tenant, other):
    assert claim(lot(**other), tenant, count=5) == []


def test_never_takes_another_skus_number(numbers, tenant):
    other = make_sku(code="US-GEO-AR", region="AR")

    assert claim(lot(sku_id=other.pk), tenant, count=5) == []


@pytest.mark.parametrize(
    "withheld",
    [
        {"monthly_cost": "0.41"},
        {"setup_cost": "0.21"},
        {"cost_currency": "EUR"},
        {"setup_cost": None, "monthly_cost": None, "cost_currency": ""},
        {"ours_since": NOON},
    ],
)
def test_never_takes_a_number_of_a_tier_that_is_withheld(numbers, tenant, withheld):
    StockNumber.objects.filter(digits=DIGITS[0]).update(**withheld)

    assert claim(lot(), tenant, count=5) == DIGITS[1:]


def test_takes_only_numbers_with_the_service(numbers, tenant):
    StockNumber.objects.filter(digits=DIGITS[3]).update(has_fax=True)

    assert claim(lot(service="fax"), tenant, count=5) == [DIGITS[3]]


def test_what_others_hold_is_left_alone_until_it_lapses(numbers, tenant, other_tenant, at):
    reserving.hold_for_cart(DIGITS[:2], tenant=other_tenant, until=UNTIL, at=at)

    assert claim(lot(), tenant, count=5) == DIGITS[2:]
    assert claim(lot(), tenant, count=1, at=UNTIL) == [DIGITS[0]]
    assert StockNumber.objects.get(digits=DIGITS[1]).reserved_for == other_tenant


def test_an_order_is_never_reclaimed(numbers, tenant, other_tenant, at):
    reserving.hold_for_cart(DIGITS, tenant=other_tenant, until=UNTIL, at=at)
    reserving.take_for_order(DIGITS, tenant=other_tenant, at=at)

    assert claim(lot(), tenant, count=5, at=at + timedelta(days=1)) == []


def test_numbers_abroad_are_claimed_by_their_area_code(tenant):
    sku = make_sku(code="DE-GEO", country="DE")
    berlin = {"country": "DE", "region": "", "npa": "30", "nxx": "9018", "city": "Berlin"}
    make_number(digits="493090180001", sku=sku, rate_center="", **berlin)

    place = {name: berlin[name] for name in ("country", "region", "npa", "city")}
    wanted = lot(**place, sku_id=sku.pk, prefixes=["49309018"])

    assert claim(wanted, tenant, start=claiming.draw_start(wanted)) == ["493090180001"]


def test_every_buyer_begins_at_a_point_of_the_lot_drawn_by_chance(tenant):
    wanted = lot(prefixes=["1501555", "1501556"])

    drawn = {claiming.draw_start(wanted) for _ in range(20)}

    assert len(drawn) > 10
    assert {start[:7] for start in drawn} == {"1501555", "1501556"}
    assert {len(start) for start in drawn} == {14}


def test_a_claim_leaves_no_history(numbers, tenant):
    claim(lot(), tenant, count=5)

    assert not StockMove.objects.exists()


def test_taking_from_the_middle_is_one_statement_that_decides(numbers, tenant):
    wanted = lot()

    with CaptureQueriesContext(connection) as captured:
        claim(wanted, tenant, count=2, start=DIGITS[1])

    asked = [query["sql"].split()[0] for query in captured if "search_path" not in query["sql"]]
    assert asked == ["SAVEPOINT", "update", "SELECT", "RELEASE"]


MAKE_MANY = """
insert into stock_stocknumber (digits, state, reason, state_changed_at, version, country, region,
    npa, nxx, city, rate_center, number_type, has_voice, has_sms, has_fax, sku_id, connection_id,
    setup_cost, monthly_cost, cost_currency, carrier_number_id)
select '1' || npa || nxx || lpad((n * 7)::text, 4, '0'), 'available', '', %(at)s, 0, 'US', 'TX',
    npa::text, nxx::text, 'City ' || nxx %% 5, '', 'geographic', true, true, false, %(sku)s,
    %(connection)s, 0.2, 0.4, 'USD', ''
from generate_series(210, 990, 20) npa, generate_series(200, 299) nxx, generate_series(1, 5) n
"""
BUYERS = 50
EACH = 4
SHELF = [f"150155502{n:02}" for n in range(99)] + [f"150155603{n:02}" for n in range(51)]


@pytest.fixture(scope="module")
def shelf(process_database):
    """A hundred and fifty numbers of Little Rock, fewer than fifty buyers will want, and others."""
    make_price()
    for digits in SHELF:
        make_number(digits=digits, nxx=digits[4:7])
    for n in range(10):
        make_number(digits=f"150155504{n:02}", monthly_cost="9.00")
        make_number(digits=f"150155505{n:02}", city="Conway")
        make_number(digits=f"150155506{n:02}", number_type="mobile")
        make_number(digits=f"150155507{n:02}", state="locked")
    counting.rebuild()
    known = {"at": NOON, "sku": make_sku().pk, "connection": make_connection().pk}
    with psycopg.connect(server_url(process_database), autocommit=True) as server:
        server.execute(MAKE_MANY, known)
        server.execute("vacuum analyze stock_stocknumber")


def test_a_claim_reads_no_more_than_it_takes(shelf):
    wanted = lot(region="TX", city="City 3", npa="510")
    taking = {"tenant": find_tenant("acme"), "until": UNTIL, "at": NOON}
    with transaction.atomic(), CaptureQueriesContext(connection) as captured:
        claiming.claim_any(wanted, count=3, start="15102430000", **taking)
        transaction.set_rollback(True)
    [statement] = [query["sql"] for query in captured if "update public" in query["sql"]]

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"explain (analyze, format json) {statement}")
        plan = cursor.fetchone()[0]
        transaction.set_rollback(True)

    scans = {node["Index Name"]: node for node in nodes_of(plan[0]["Plan"]) if "Index Name" in node}
    assert scans["stock_av_place"]["Actual Rows"] == 3
    assert scans["stock_av_place"].get("Rows Removed by Filter", 0) == 0


def nodes_of(plan):
    yield plan
    for part in plan.get("Plans", []):
        yield from nodes_of(part)


def buy(buyer, *, ready):
    """Claim a few of Little Rock, as the page offers it."""
    tenant = find_tenant(["acme", "globex"][buyer % 2])
    tenant.currency = "USD"
    terms = coverage.terms_of(tenant, at=NOON)["US"]
    key = Place("US", "Little Rock", "AR", "501", "geographic", make_sku().reference).key
    found = coverage.find_lots("US", [key], terms)[key]
    ready.wait()
    try:
        return claim(found, tenant, count=EACH, start=claiming.draw_start(found))
    finally:
        connection.close()


def test_fifty_buyers_at_once_get_different_numbers_and_all_there_are(shelf):
    ready = Barrier(BUYERS, timeout=60)

    with ThreadPoolExecutor(BUYERS) as buyers:
        shares = list(buyers.map(partial(buy, ready=ready), range(BUYERS), timeout=60))

    got = sorted(digits for share in shares for digits in share)
    assert got == sorted(SHELF)
    assert max(map(len, shares)) == EACH
    held = StockNumber.objects.filter(state="reserved", version=1).values_list("digits", flat=True)
    assert sorted(held) == got
