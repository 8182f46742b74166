"""Adding and removing SKUs of a place: numbers belong to the most exact one, before and after."""

from datetime import timedelta

import pytest
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from stock import fitting, prices, skus
from stock.loading import load_plan
from stock.models import Cost, Price, Sku, SkuChange, StockNumber
from stock.numbering_plan import PlanRow
from stock.skus import CodeKept, NoSuchPlace, NumbersOnTheMove, SkuExists
from tenants.models import StaffAct
from tests.conftest import NOON
from tests.stock.factories import BEGINNING, make_number, make_price, make_sku
from tests.stock.pricing import OLGA, make_cost
from work.models import DueWork

LATER = NOON + timedelta(hours=1)
NYC = {"region": "NY", "city": "New York City"}
ALBANY = {"region": "NY", "city": "Albany"}


@pytest.fixture
def plan(tenant):
    load_plan(
        [
            PlanRow("1212202", "US", "NY", "212", "202", "New York City", "", "", "geographic"),
            PlanRow("1518202", "US", "NY", "518", "202", "Albany", "", "", "geographic"),
            PlanRow("1501202", "US", "AR", "501", "202", "Little Rock", "", "", "geographic"),
            PlanRow("492280", "DE", "", "228", "0", "Bonn", "", "", "geographic"),
        ]
    )


@pytest.fixture
def numbers(plan):
    make_price()
    make_number(digits="12122020100", **NYC)
    make_number(digits="12122020101", **NYC)
    make_number(digits="15182020100", **ALBANY)
    make_number(digits="15012020100")


def add(code="US-NYC", *, at=NOON, **place):
    fields = {"name": code, "country": "US", "number_type": "geographic"} | NYC | place
    return skus.add_sku(code=code, **fields, actor=OLGA, at=at)


def fit(*, at=NOON):
    fitting.fit_numbers(at=at)


def codes():
    found = StockNumber.objects.order_by("digits").values_list("digits", "sku__code")
    return dict(found)


def test_the_citys_numbers_follow_a_new_sku_and_are_counted(numbers):
    add()
    fit()

    assert codes() == {
        "12122020100": "US-NYC",
        "12122020101": "US-NYC",
        "15012020100": "US-GEO",
        "15182020100": "US-GEO",
    }
    change = SkuChange.objects.get()
    assert (change.numbers_moved, change.ended_at) == (2, NOON)
    assert not DueWork.objects.exists()
    assert StaffAct.objects.get().kind == "sku_added"


def test_a_regions_numbers_stay_with_the_more_exact_sku(numbers):
    add()
    add("US-NY", city="")
    fit()

    assert codes()["12122020100"] == "US-NYC"
    assert codes()["15182020100"] == "US-NY"
    assert codes()["15012020100"] == "US-GEO"


def test_numbers_that_somebody_holds_or_buys_follow_too(numbers):
    StockNumber.objects.filter(digits="12122020100").update(state="assigned", ours_since=NOON)
    StockNumber.objects.filter(digits="12122020101").update(state="locked")

    add()
    fit()

    assert StockNumber.objects.filter(sku__code="US-NYC").count() == 2


def test_a_new_sku_begins_with_the_prices_and_costs_its_numbers_had(numbers, tenant):
    make_cost()
    price = Price.objects.get()
    Price.objects.filter(pk=price.pk).update(valid=DateTimeTZRange(BEGINNING, LATER))
    make_price(sku=make_sku(code="US-TF", number_type="toll_free"), monthly_price=999)

    sku = add()

    copied = Price.objects.get(sku=sku)
    assert (copied.valid.lower, copied.valid.upper) == (NOON, LATER)
    assert (copied.monthly_price, copied.actor_name) == (120, "Olga")
    assert Cost.objects.get(sku=sku).valid.lower == NOON
    fit()
    number = StockNumber.objects.get(digits="12122020100")
    assert prices.for_sale(tenant, [number], at=NOON)


def test_a_city_in_a_region_with_a_sku_begins_with_that_ones_prices(numbers):
    add("US-NY", city="")
    Price.objects.filter(sku__code="US-NY").update(monthly_price=150)

    sku = add(at=LATER)

    assert Price.objects.get(sku=sku).monthly_price == 150


def test_a_removed_skus_numbers_go_back_and_its_prices_end_with_the_last(numbers, tenant):
    sku = add()
    fit()
    skus.remove_sku(sku, actor=OLGA, at=LATER)
    number = StockNumber.objects.get(digits="12122020100")
    assert prices.for_sale(tenant, [number], at=LATER)

    fit(at=LATER)

    assert set(codes().values()) == {"US-GEO"}
    assert [one.valid.upper for one in Price.objects.filter(sku=sku)] == [LATER]
    assert SkuChange.objects.get(is_removal=True).numbers_moved == 2
    sku.refresh_from_db()
    assert sku.removed_at == LATER


def test_a_removed_skus_prices_to_come_are_forgotten(numbers):
    sku = add()
    fit()
    Price.objects.filter(sku=sku).update(valid=DateTimeTZRange(LATER + NOON.resolution, None))

    skus.remove_sku(sku, actor=OLGA, at=LATER)
    fit(at=LATER)

    assert not Price.objects.filter(sku=sku).exists()


def test_adding_a_place_again_brings_its_past_back(numbers):
    sku = add()
    fit()
    skus.remove_sku(sku, actor=OLGA, at=LATER)
    fit(at=LATER)

    again = add("US-BIG-APPLE", at=LATER + timedelta(hours=1))

    assert again.pk == sku.pk
    assert Sku.objects.get(pk=sku.pk).code == "US-BIG-APPLE"
    assert Price.objects.filter(sku=sku).count() == 2


def test_removing_twice_is_as_once(numbers):
    sku = add()
    fit()

    skus.remove_sku(sku, actor=OLGA, at=LATER)
    skus.remove_sku(sku, actor=OLGA, at=LATER)

    assert SkuChange.objects.filter(is_removal=True).count() == 1


def test_a_sku_whose_numbers_are_on_the_move_is_left_alone(numbers):
    sku = add()

    with pytest.raises(NumbersOnTheMove, match="Wait until that is done"):
        skus.remove_sku(sku, actor=OLGA, at=NOON)
    sku.refresh_from_db()
    assert sku.removed_at is None


def test_a_place_that_is_just_being_removed_is_not_added(numbers):
    sku = add()
    fit()
    skus.remove_sku(sku, actor=OLGA, at=LATER)

    with pytest.raises(NumbersOnTheMove, match="just being removed"):
        add(at=LATER)


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ({"city": "Gotham"}, "no such number in Gotham"),
        ({"region": "QC", "city": ""}, "no such number in QC"),
        ({"region": ""}, "in which state or region New York City is"),
        ({"region": "", "city": ""}, "Name a region or a city"),
        ({"number_type": "toll_free"}, "no such number in New York City"),
    ],
)
def test_a_place_without_such_numbers_is_refused(numbers, place, words):
    with pytest.raises(NoSuchPlace, match=words):
        add(**place)

    assert Sku.objects.count() == 1


def test_a_city_of_a_country_without_regions_needs_none(numbers):
    number = make_number(
        digits="4922800100",
        sku=make_sku(code="DE-GEO", country="DE"),
        country="DE",
        region="",
        city="Bonn",
    )

    add("DE-BONN", country="DE", region="", city="Bonn")
    fit()

    assert codes()[number.digits] == "DE-BONN"


def test_one_sku_for_each_place_and_code(numbers):
    add()

    with pytest.raises(SkuExists, match="US-NYC is for this very place already"):
        add("US-OTHER")
    with pytest.raises(SkuExists, match="US-NYC is the code of a SKU already"):
        add(city="Albany")

    assert Sku.objects.count() == 2


@pytest.mark.parametrize("code", ["FR-MOB", "US-GEO"])
def test_what_a_first_offer_will_be_called_is_kept_for_it(numbers, code):
    with pytest.raises(CodeKept):
        add(code)
    sku = add()
    with pytest.raises(CodeKept):
        skus.change_sku(sku, code=code, name="x", actor=OLGA, at=NOON)


def test_a_sku_can_be_called_something_else(numbers):
    sku = add()

    skus.change_sku(sku, code="US-APPLE", name="The Big Apple", actor=OLGA, at=NOON)
    with pytest.raises(SkuExists):
        skus.change_sku(
            Sku.objects.get(code="US-GEO"), code="US-APPLE", name="x", actor=OLGA, at=NOON
        )

    assert set(Sku.objects.values_list("code", flat=True)) == {"US-APPLE", "US-GEO"}
    assert StaffAct.objects.get(kind="sku_changed").reason == "was US-NYC, US-NYC"


def test_the_walk_goes_on_where_it_stopped(numbers, monkeypatch):
    first, *_ = StockNumber.objects.order_by("pk").values_list("pk", flat=True)
    monkeypatch.setattr(fitting, "KEYS_PER_PIECE", 1)
    sku = add()
    SkuChange.objects.update(looked_until=first - 1)
    change = SkuChange.objects.get()

    fitting.move_some(change)
    assert SkuChange.objects.get().looked_until == first
    assert StockNumber.objects.filter(sku=sku).count() == 1
    fit()

    assert SkuChange.objects.get().numbers_moved == 2
    assert SkuChange.objects.get().ended_at
