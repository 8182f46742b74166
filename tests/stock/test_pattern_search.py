"""Every way to an answer finds what comparing every number finds, page after page."""

import re

import psycopg
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from stock import asking, census, counting, looks, planning, searching
from stock.criteria import Edge, OfferCriteria, SortOrder
from stock.looks import Look
from stock.models import NumberType, StockNumber
from stock.patterns import TOLL_FREE_CODES, read_pattern
from tests.conftest import NOON, server_url
from tests.stock.factories import make_connection, make_sku

GEOGRAPHIC, TOLL_FREE, MOBILE = NumberType.GEOGRAPHIC, NumberType.TOLL_FREE, NumberType.MOBILE
# By chance, but for the first digits and for endings that people like.
MAKE_MANY = """
insert into stock_stocknumber (digits, state, reason, state_changed_at, version, country, region,
    npa, nxx, city, rate_center, number_type, has_voice, has_sms, has_fax, sku_id, connection_id,
    setup_cost, monthly_cost, cost_currency, carrier_number_id)
select distinct on (digits) digits, case n %% 9 when 0 then 'locked' else 'available' end, '',
    %(at)s::timestamptz, 0, country, region, npa, '', '', '', number_type, true, n %% 2 = 0, false,
    %(sku)s, %(connection)s, 0.2, 0.4, 'USD', ''
from generate_series(1, %(each)s) n
cross join (values
    ('15012', 11, 'US', 'AR', '501', 'geographic'), ('18705', 11, 'US', 'AR', '870', 'geographic'),
    ('12127', 11, 'US', 'NY', '212', 'geographic'), ('14164', 11, 'CA', 'ON', '416', 'geographic'),
    ('18007', 11, 'US', '', '800', 'toll_free'), ('18883', 11, 'US', '', '888', 'toll_free'),
    ('656', 10, 'SG', '', '6', 'geographic'), ('4930', 11, 'DE', '', '30', 'geographic'),
    ('4989', 12, 'DE', '', '89', 'geographic'), ('4915', 13, 'DE', '', '15', 'mobile')
) kinds(begin, length, country, region, npa, number_type)
cross join lateral (
    select case n %% 25 when 0 then '7777' when 1 then '3663' when 2 then '1000' when 3 then '2345'
        else '' end as ending
) endings
cross join lateral (
    select begin || substr(translate(md5(begin || n), 'abcdef', '123456'), 1,
        length - length(begin) - length(ending)) || ending as digits
) made
"""
KEYPAD = {
    letter: digit
    for digit, letters in {
        "2": "ABC",
        "3": "DEF",
        "4": "GHI",
        "5": "JKL",
        "6": "MNO",
        "7": "PQRS",
        "8": "TUV",
        "9": "WYZ",
    }.items()
    for letter in letters
}
CALLING_CODES = {"US": "1", "CA": "1", "SG": "65", "DE": "49"}
KINDS = [("US", GEOGRAPHIC), ("CA", GEOGRAPHIC), ("US", TOLL_FREE), ("SG", GEOGRAPHIC)]
KINDS += [("DE", GEOGRAPHIC), ("DE", MOBILE)]
PAGE = 20


@pytest.fixture(scope="module")
def many(process_database):
    """Some 9,000 numbers of four countries, counted and analysed."""
    known = {"at": NOON, "sku": make_sku().pk, "connection": make_connection().pk, "each": 900}
    with psycopg.connect(server_url(process_database), autocommit=True) as server:
        server.execute(MAKE_MANY, known)
        server.execute("vacuum analyze stock_stocknumber")
    counting.rebuild()
    census.take()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(census, "FRESH_SECONDS", -1)
        census.newest()
    return list(StockNumber.objects.filter(state="available"))


@st.composite
def spellings(draw, digits, calling_code):
    """Draw a pattern that a number fits, and the expression of what it means after the code."""
    national = digits.removeprefix(calling_code)
    first = draw(st.integers(0, len(national) - 1))
    last = draw(st.integers(first + 1, len(national)))
    shape = draw(st.sampled_from(["whole", "prefix", "suffix", "inside"]))
    part = {
        "whole": national,
        "prefix": national[:last],
        "suffix": national[first:],
        "inside": national[first:last],
    }[shape]
    body = "".join(draw(st.sampled_from(spelled(digit))) for digit in part)
    # Else it would fit every number, which is refused.
    assume(body.strip("X"))
    begin = draw(st.sampled_from(["", f"+{calling_code}"])) if shape in {"whole", "prefix"} else "*"
    end = "*" if shape in {"prefix", "inside"} else ""
    sign = draw(st.sampled_from(["", "-", " ", "."]))
    meant = "".join(r"\d" if one == "X" else KEYPAD.get(one, one) for one in body)
    expression = ("" if begin != "*" else r"\d*") + meant + (r"\d*" if end else "")
    return begin + sign.join(body) + end, expression


def spelled(digit):
    """Return how a digit may be written in a pattern: itself, as any, as a letter of its key."""
    letters = [letter for letter, key in KEYPAD.items() if key == digit]
    return [digit, digit, digit, "X", "X", *letters]


def expected(many, criteria, expression, order):
    fitting = [
        number
        for number in many
        if (number.country, number.number_type) == (criteria.country, criteria.number_type)
        and re.fullmatch(CALLING_CODES[number.country] + expression, number.digits)
        and (not criteria.region or number.region == criteria.region)
        and (not criteria.has_sms or number.has_sms)
    ]
    if order is SortOrder.NUMBER:
        return sorted(number.digits for number in fitting)
    ranked = sorted(fitting, key=lambda number: (number.memorability, number.digits), reverse=True)
    return [number.digits for number in ranked]


def read_by(plan, criteria, *, order, **where):
    asked = asking.statement(criteria, plan, order=order, limit=PAGE, **where)
    return [number.digits for number in StockNumber.objects.raw(asked.sql, asked.values)]


def plans_for(criteria, order):
    question = searching.question_of(criteria, order=order, limit=PAGE)
    return list(planning.ways(question, census.newest()))


@settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_way_finds_what_comparing_finds(many, data):
    number = data.draw(st.sampled_from(many))
    code = CALLING_CODES[number.country]
    typed, expression = data.draw(spellings(number.digits, code))
    order = data.draw(st.sampled_from(SortOrder))
    pattern = read_pattern(typed, country=number.country, number_type=number.number_type)
    if not pattern.masks[0].removeprefix(code).strip("*"):
        expression = r"\d*"
    criteria = OfferCriteria(
        number.country,
        region=data.draw(st.sampled_from(["", number.region])),
        number_type=number.number_type,
        has_sms=data.draw(st.booleans()),
        masks=(pattern.masks,),
    )

    everything = expected(many, criteria, expression, order)
    found = {plan.way: read_by(plan, criteria, order=order) for plan in plans_for(criteria, order)}

    assert found == dict.fromkeys(found, everything[:PAGE])


@pytest.mark.parametrize("order", SortOrder)
@pytest.mark.parametrize("typed", ["*7*", "501*", "*1000"])
def test_pages_follow_each_other_on_every_way(many, typed, order):
    pattern = read_pattern(typed, country="US", number_type=GEOGRAPHIC)
    criteria = OfferCriteria("US", masks=(pattern.masks,))
    expression = {"*7*": r"\d*7\d*", "501*": r"501\d*", "*1000": r"\d*1000"}[typed]
    everything = expected(many, criteria, expression, order)
    score = {number.digits: number.memorability for number in many}
    edge = Edge(everything[PAGE - 1], score[everything[PAGE - 1]])

    for plan in plans_for(criteria, order):
        second = read_by(plan, criteria, order=order, edge=edge)
        before = read_by(plan, criteria, order=order, edge=edge, is_backwards=True)

        assert second == everything[PAGE : 2 * PAGE]
        assert before == everything[: PAGE - 1][::-1]


@pytest.mark.parametrize(
    ("look", "length", "expression"),
    [
        (Look.SAME, 4, r"\d*(\d)\1{3}\d*"),
        (Look.SAME, 3, r"\d*(\d)\1{2}\d*"),
        (Look.SAME_AT_END, 4, r"\d*(\d)\1{3}"),
        (
            Look.SEQUENCE,
            4,
            r"\d*(0123|1234|2345|3456|4567|5678|6789|9876|8765|7654|6543|5432|4321|3210)\d*",
        ),
    ],
)
def test_looks_are_found(many, look, length, expression):
    masks = looks.masks_of(look, length=length, calling_code="1")
    criteria = OfferCriteria("US", masks=(masks,))

    everything = expected(many, criteria, expression, SortOrder.NUMBER)
    found = [
        read_by(plan, criteria, order=SortOrder.NUMBER)
        for plan in plans_for(criteria, SortOrder.NUMBER)
    ]

    assert everything
    assert found == [everything[:PAGE]] * len(found)


def test_a_pattern_and_a_look_both_have_to_fit(many):
    pattern = read_pattern("501*", country="US", number_type=GEOGRAPHIC)
    sevens = looks.masks_of(Look.SAME_AT_END, length=4, calling_code="1")
    criteria = OfferCriteria("US", masks=(pattern.masks, sevens))

    everything = expected(many, criteria, r"501\d*(\d)\1{3}", SortOrder.NUMBER)
    found = [
        read_by(plan, criteria, order=SortOrder.NUMBER)
        for plan in plans_for(criteria, SortOrder.NUMBER)
    ]

    assert everything
    assert found == [everything[:PAGE]] * len(found)


def test_8xx_finds_the_word_behind_every_code(many):
    pattern = read_pattern("8XX-XXX-FOOD", country="US", number_type=TOLL_FREE)
    criteria = OfferCriteria("US", number_type=TOLL_FREE, masks=(pattern.masks,))

    found = searching.find(criteria)

    assert {number.digits[1:4] for number in found} == {"800", "888"} <= set(TOLL_FREE_CODES)


def test_counts_no_more_than_it_is_asked_to(many):
    pattern = read_pattern("*7*", country="US", number_type=GEOGRAPHIC)
    criteria = OfferCriteria("US", masks=(pattern.masks,))

    assert searching.how_many(criteria, at_most=7) == 7
    assert searching.how_many(criteria, at_most=10_000) == len(
        expected(many, criteria, r"\d*7\d*", SortOrder.NUMBER)
    )


def test_many_numbers_are_looked_up_at_once(many, django_assert_num_queries):
    wanted = [number.digits for number in many[:1000]]

    with django_assert_num_queries(2):
        found = searching.look_up([*wanted, "19998887777"])

    assert sorted(found) == sorted(wanted)
