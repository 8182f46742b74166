"""What a search finds, and by which index: on enough numbers for PostgreSQL to have a choice."""

import json

import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from stock import asking, census, counting, planning, reserving, searching
from stock.criteria import Edge, OfferCriteria, SortOrder
from stock.models import NumberType
from stock.planning import Way
from stock.searching import TooBroad
from tests.conftest import NOON, server_url
from tests.stock.factories import make_connection, make_number, make_sku

MAKE_MANY = """
insert into stock_stocknumber (digits, state, reason, state_changed_at, version, country, region,
    npa, nxx, city, rate_center, number_type, has_voice, has_sms, has_fax, sku_id, connection_id,
    setup_cost, monthly_cost, cost_currency, carrier_number_id)
select '1' || npa || nxx || lpad((n * 7)::text, 4, '0'), 'available', '', %(at)s, 0, 'US',
    case when npa < 400 then 'TX' when npa < 700 then 'AR' else 'AK' end, npa::text, nxx::text,
    'City ' || npa || nxx %% 5, 'RC' || npa || nxx %% 5,
    case n when 3 then 'mobile' else 'geographic' end,
    true, n %% 2 = 0, false, %(sku)s, %(connection)s, 0.2, 0.4, 'USD', ''
from generate_series(210, 990, 20) npa, generate_series(200, 299) nxx, generate_series(1, 10) n
"""


@pytest.fixture(scope="module")
def many(process_database):
    """40,000 numbers in three states, made and analysed by somebody who may."""
    known = {"at": NOON, "sku": make_sku().pk, "connection": make_connection().pk}
    with psycopg.connect(server_url(process_database), autocommit=True) as server:
        server.execute(MAKE_MANY, known)
        server.execute("vacuum analyze stock_stocknumber")
    counting.rebuild()
    census.take()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(census, "FRESH_SECONDS", -1)
        census.newest()


def page_of(criteria, *, after="", limit=50):
    """Read one page, as the search page does."""
    return searching.find(criteria, edge=Edge(after) if after else None, limit=limit)


def index_of(criteria, *, after="", limit=50):
    """Return the one index that the search reads, and how many rows it reads by it."""
    with CaptureQueriesContext(connection) as captured:
        page_of(criteria, after=after, limit=limit)
    [query] = [query["sql"] for query in captured if query["sql"].startswith("select id, digits")]
    with connection.cursor() as cursor:
        cursor.execute(f"explain (analyze, format json) {query}")
        plan = cursor.fetchone()[0]
    plan = json.loads(plan) if isinstance(plan, str) else plan
    [scan] = [node for node in nodes_of(plan[0]["Plan"]) if "Relation Name" in node]
    return scan.get("Index Name"), scan["Actual Rows"] + scan.get("Rows Removed by Filter", 0)


def plan_of(criteria, way, *, order=SortOrder.NUMBER):
    """Return the kinds of scan and the indexes that PostgreSQL uses for one way."""
    question = searching.question_of(criteria, order=order, limit=51)
    [chosen] = [plan for plan in planning.ways(question, census.newest()) if plan.way is way]
    asked = asking.statement(criteria, chosen, order=order, limit=51)
    with connection.cursor() as cursor:
        cursor.execute(f"explain (format json) {asked.sql}", asked.values)
        plan = cursor.fetchone()[0]
    plan = json.loads(plan) if isinstance(plan, str) else plan
    scans = [node for node in nodes_of(plan[0]["Plan"]) if "Index Name" in node]
    return {(node["Node Type"], node["Index Name"]) for node in scans}


def nodes_of(plan):
    yield plan
    for part in plan.get("Plans", []):
        yield from nodes_of(part)


@pytest.mark.parametrize(
    ("criteria", "index"),
    [
        (OfferCriteria("US", number_type=""), "stock_av_digits"),
        (OfferCriteria("US", npa="510", number_type=""), "stock_av_digits"),
        (OfferCriteria("US", region="AR", npa="510", nxx="250"), "stock_av_region"),
        (OfferCriteria("US", region="AK"), "stock_av_region"),
        (OfferCriteria("US", region="AK", has_sms=True), "stock_av_region"),
        (OfferCriteria("US", region="AK", city="City 7703"), "stock_av_place"),
        (OfferCriteria("US", region="AK", rate_center="RC7703"), "stock_av_rate_center"),
        (OfferCriteria("US", region="AK", nxx="250"), "stock_av_nxx"),
        (OfferCriteria("US", number_type=NumberType.MOBILE), "stock_av_type"),
    ],
)
def test_every_question_reads_an_index_in_the_order_of_the_page(many, criteria, index):
    used, rows_read = index_of(criteria)

    assert used == index
    # Half of them have no SMS, one of ten is a mobile number.
    assert rows_read <= 50 * 2 + 20


def test_the_next_page_begins_where_the_last_ended(many):
    criteria = OfferCriteria("US", region="AR")

    first = page_of(criteria, limit=20)
    second = page_of(criteria, after=first[-1].digits, limit=20)

    both = [number.digits for number in [*first, *second]]
    assert both == sorted(set(both))
    assert both == [number.digits for number in page_of(criteria, limit=40)]
    assert index_of(criteria, after=first[-1].digits, limit=20)[0] == "stock_av_region"


def test_finds_only_what_can_be_bought(tenant, other_tenant, at):
    make_number(digits="15015550100")
    make_number(digits="15015550101", state="locked")
    make_number(digits="15015550102")
    reserving.hold_for_cart(["15015550102"], tenant=other_tenant, until=at.replace(hour=13), at=at)

    found = page_of(OfferCriteria("US", region="AR"))

    assert [number.digits for number in found] == ["15015550100"]


@pytest.mark.parametrize(
    ("criteria", "found"),
    [
        (OfferCriteria("US", region="AR", npa="501"), 2),
        (OfferCriteria("US", region="AR", npa="501", nxx="555"), 1),
        (OfferCriteria("US", region="AR", npa="999"), 0),
        (OfferCriteria("US", region="AR", city="Conway"), 1),
        (OfferCriteria("US", region="AR", city="Atlantis"), 0),
        (OfferCriteria("US", region="AR", rate_center="LITTLEROCK"), 1),
        (OfferCriteria("US", region="AR", has_sms=True), 1),
        (OfferCriteria("CA"), 0),
        (OfferCriteria("XX", npa="501"), 0),
    ],
)
def test_each_filter_narrows_the_search(tenant, criteria, found):
    make_number(digits="15015550100")
    make_number(digits="15012050100", nxx="205", city="Conway", rate_center="CONWAY", has_sms=False)

    assert len(page_of(criteria)) == found


BY_DIGITS = ("Index Scan", "stock_number_digits_once")
RARE = OfferCriteria("US", masks=(("1*2042247*",),))
COMMON = OfferCriteria("US", masks=(("1*7*",),))
IN_ALASKA = OfferCriteria("US", region="AK", masks=(("1*7*",),))


@pytest.mark.parametrize(
    ("criteria", "order", "way", "scans"),
    [
        (COMMON, SortOrder.NUMBER, Way.WALK, {("Index Scan", "stock_av_type")}),
        (IN_ALASKA, SortOrder.NUMBER, Way.WALK, {("Index Scan", "stock_av_region")}),
        (COMMON, SortOrder.NUMBER, Way.SKIM, {("Index Only Scan", "stock_av_type"), BY_DIGITS}),
        (RARE, SortOrder.NUMBER, Way.LOOK_UP, {("Bitmap Index Scan", "stock_av_tokens")}),
        (COMMON, SortOrder.MEMORABLE, Way.WALK, {("Index Scan", "stock_av_memorable")}),
        (
            COMMON,
            SortOrder.MEMORABLE,
            Way.SKIM,
            {("Index Only Scan", "stock_av_memorable"), BY_DIGITS},
        ),
        (RARE, SortOrder.MEMORABLE, Way.LOOK_UP, {("Bitmap Index Scan", "stock_av_tokens")}),
    ],
)
def test_each_way_leaves_one_index_to_read(many, criteria, order, way, scans):
    assert plan_of(criteria, way, order=order) == scans


@pytest.mark.parametrize(
    ("criteria", "order", "way"),
    [
        (RARE, SortOrder.NUMBER, Way.LOOK_UP),
        (RARE, SortOrder.MEMORABLE, Way.LOOK_UP),
        (COMMON, SortOrder.NUMBER, Way.WALK),
        (COMMON, SortOrder.MEMORABLE, Way.WALK),
        (OfferCriteria("US", masks=(("15102501*",),)), SortOrder.NUMBER, Way.WALK),
        (OfferCriteria("US", masks=(("15102501*",),)), SortOrder.MEMORABLE, Way.GATHER),
        (OfferCriteria("US", masks=(("1XXX25X0X4X",),)), SortOrder.NUMBER, Way.SKIM),
        (OfferCriteria("US", npa="510", masks=(("1*7*",),)), SortOrder.NUMBER, Way.WALK),
    ],
)
def test_what_is_rare_is_looked_up_and_what_is_common_is_met_on_the_way(many, criteria, order, way):
    assert searching.plan_for(criteria, order=order, limit=51).way is way


def test_an_answer_that_takes_too_long_is_given_up_with_words(many, process_database):
    with psycopg.connect(server_url(process_database)) as somebody:
        somebody.execute("lock table stock_stocknumber in access exclusive mode")

        with pytest.raises(TooBroad, match="Narrow your search"):
            searching.how_many(COMMON, at_most=50, milliseconds=100)


def test_of_two_who_take_the_census_at_once_one_does(many, process_database):
    with psycopg.connect(server_url(process_database)) as somebody:
        somebody.execute("select pg_advisory_xact_lock(%s)", [census.COUNTING_LOCK])
        assert census.take() is False

    assert census.take() is True
