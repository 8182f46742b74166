"""A file of prices: what each row would do, and what it has done."""

from datetime import timedelta
from decimal import Decimal

import pytest

from stock import counting, importing, repricing
from stock.import_files import MAX_ROWS, BadFile
from stock.importing import ImportOver, StalePlan
from stock.models import ImportState, Price, PriceImport, Sku
from stock.price_sheet import HEADER, cells_of
from tenants.models import StaffAct
from tests.conftest import NOON
from tests.stock.factories import BEGINNING, make_number, make_price, make_sku
from tests.stock.pricing import (
    OLGA,
    make_cost,
    make_list,
    make_terms,
    outcomes,
    plan,
    price_file,
    price_row,
    prices_of,
)

DAY = timedelta(days=1)


@pytest.fixture
def listed(db):
    """A list with a dollar twenty a month for geographic numbers, and nothing for toll-free."""
    make_sku(code="US-TF", number_type="toll_free", name="Toll-free")
    make_price(channel_price=80)
    return make_list()


def apply(price_import, *, at=NOON):
    importing.apply_import(PriceImport.objects.get(pk=price_import.pk), actor=OLGA, at=at)


def only_outcome(row, listed):
    [(_, outcome, note)] = outcomes(plan(price_file(row), listed))
    return outcome, note


def test_the_plan_says_what_each_row_would_do_and_does_nothing(listed):
    sent = plan(
        price_file(
            price_row(month="1.40"),
            price_row("US-TF", month="2.50", valid_from="2026-12-01"),
            price_row("US-XX"),
        ),
        listed,
    )

    assert outcomes(sent) == [
        (2, "changed", "month $1.20 → $1.40, from now on"),
        (3, "new", "setup $1.00, month $2.50, from Dec 1, 2026"),
        (4, "refused", "sku: there is no SKU “US-XX”."),
    ]
    assert prices_of(listed) == [(BEGINNING, None, 120)]
    assert (sent.actor_name, sent.sent_at, sent.file_name) == ("Olga", NOON, "prices.csv")


def test_good_rows_are_applied_and_bad_ones_are_not(listed):
    sent = plan(price_file(price_row(month="1.40"), price_row("US-XX")), listed)

    apply(sent)

    assert prices_of(listed) == [(BEGINNING, NOON, 120), (NOON, None, 140)]
    sent.refresh_from_db()
    assert sent.state == ImportState.APPLIED
    act = StaffAct.objects.get()
    assert (act.kind, act.subject_name) == ("prices_imported", "prices.csv")
    assert act.reason == "0 new, 1 changed, 0 same as before, 1 refused"


def test_a_row_that_says_what_holds_changes_nothing(listed):
    sent = plan(price_file(price_row()), listed)

    apply(sent)

    assert outcomes(sent) == [(2, "same", "")]
    assert prices_of(listed) == [(BEGINNING, None, 120)]


def test_rows_of_one_sku_follow_one_another(listed):
    sent = plan(
        price_file(
            price_row(month="1.60", valid_from="2026-12-02"),
            price_row(month="1.40"),
            price_row(month="1.50", valid_from="2026-12-01"),
        ),
        listed,
    )

    apply(sent)

    first, second = NOON.replace(month=12, day=1, hour=0), NOON.replace(month=12, day=2, hour=0)
    assert prices_of(listed) == [
        (BEGINNING, NOON, 120),
        (NOON, first, 140),
        (first, second, 150),
        (second, None, 160),
    ]


def test_a_row_can_end_a_price(listed):
    sent = plan(price_file(price_row(valid_until="2026-12-01")), listed)

    apply(sent)

    assert outcomes(sent) == [(2, "changed", "the same as before, until Dec 1, 2026")]
    assert prices_of(listed) == [(BEGINNING, NOON.replace(month=12, day=1, hour=0), 120)]


def test_every_field_that_changes_is_named(listed):
    row = price_row(
        setup="2.00", three_months="3.30", six_months="6.00", twelve_months="11.00",
        channel="0.90", inbound_minute="0.00855", connection_fee="0.01", minimum_months="3",
        first_seconds="30", next_seconds="6",
    )  # fmt: skip

    outcome, note = only_outcome(row, listed)

    assert outcome == "changed"
    assert note == (
        "setup $1.00 → $2.00, 3 months by the month → $3.30, 6 months by the month → $6.00,"
        " 12 months by the month → $11.00, channel $0.80 → $0.90,"
        " inbound minute $0.0085 → $0.00855, connection fee $0.00 → $0.01,"
        " minimum months 1 → 3, first seconds 60 → 30, next seconds 1 → 6, from now on"
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"month": "-1"}, "month: -1 is less than nothing."),
        ({"month": "1.234"}, "month: 1.234 has too many decimals: 2 decimals at most."),
        ({"month": "1,20"}, "The row has 17 cells, and the header 16."),
        ({"month": ""}, "month: “” is no amount. Write it like 1.20."),
        ({"month": "NaN"}, "month: “NaN” is no amount. Write it like 1.20."),
        ({"month": "100000"}, "month: 100000 is too much. Less than 100,000 is taken."),
        ({"month": "1e4"}, "month: “1e4” is no amount."),
        ({"month": "1_0"}, "month: “1_0” is no amount."),
        ({"month": "\u0661"}, "month: “\u0661” is no amount."),
        ({"inbound_minute": "1000"}, "inbound_minute: 1000 is too much. Less than 1,000 is"),
        ({"inbound_minute": "0.000001"}, "too many decimals: 5 decimals at most."),
        ({"currency": "EUR"}, "currency: this list is in USD, not “EUR”."),
        ({"minimum_months": "2"}, "minimum_months: 2 is not one of 1, 3, 6, 12."),
        ({"first_seconds": "0"}, "first_seconds: 0 is not one of 1 to 3600."),
        ({"next_seconds": "²"}, "next_seconds: ² is not one of 1 to 3600."),
        ({"valid_from": "12/1/2026"}, "valid_from: write days like 2026-12-31, not “12/1/2026”."),
        ({"valid_from": "0001-01-01"}, "is in no year from 2000 to 2099."),
        (
            {"valid_from": "2026-12-02", "valid_until": "2026-12-01"},
            "valid_until: it must come after valid_from.",
        ),
        ({"valid_until": "2026-01-01"}, "It is over: it ends on Jan 1, 2026."),
        ({"sku": ""}, "sku: there is no SKU “”."),
        ({"below_cost_because": "x" * 201}, "A cell has 201 characters: too many."),
    ],
)
def test_a_bad_row_is_refused_with_words_and_changes_nothing(listed, changes, words):
    sent = plan(price_file(price_row(**{"month": "1.40"} | changes)), listed)

    apply(sent)

    [(line, outcome, note)] = outcomes(sent)
    assert (line, outcome) == (2, "refused")
    assert words in note
    assert prices_of(listed) == [(BEGINNING, None, 120)]


def test_all_that_is_wrong_with_a_row_is_said_at_once(listed):
    _, note = only_outcome(price_row("US-XX", month="-1", currency="EUR"), listed)

    assert [part in note for part in ("sku:", "month:", "currency:")] == [True] * 3


def test_however_much_is_wrong_it_can_be_kept(listed):
    columns = ("sku", "currency", "setup", "month", "channel", "inbound_minute", "valid_from")

    sent = plan(price_file(price_row(**dict.fromkeys(columns, "x" * 200))), listed)

    assert outcomes(sent)[0][1] == "refused"


def test_a_yen_has_no_decimals(db):
    make_sku()
    yen = make_list("JPY", name="JPY")

    outcome, note = only_outcome(price_row(currency="JPY", setup="0", month="1.5"), yen)

    assert (outcome, "no decimals" in note) == ("refused", True)


def test_rows_about_the_same_are_taken_once(listed):
    sent = plan(price_file(price_row(month="1.40"), price_row(month="1.50")), listed)

    apply(sent)

    assert outcomes(sent)[1] == (3, "refused", "Line 2 is about the same, from the same moment.")
    assert prices_of(listed)[-1] == (NOON, None, 140)


def test_two_past_days_both_mean_from_now_on(listed):
    sent = plan(
        price_file(
            price_row(month="1.40", valid_from="2026-01-01"),
            price_row(month="1.50", valid_from="2026-02-01"),
        ),
        listed,
    )

    assert [outcome for _, outcome, _ in outcomes(sent)] == ["changed", "refused"]


def test_dates_that_overlap_are_refused(listed):
    sent = plan(
        price_file(
            price_row(month="1.40", valid_until="2026-12-24"),
            price_row(month="1.50", valid_from="2026-12-01"),
        ),
        listed,
    )

    assert outcomes(sent)[1] == (
        3,
        "refused",
        "It overlaps line 2, which lasts until Dec 24, 2026.",
    )


def test_a_row_that_would_last_into_a_price_to_come_is_refused(listed):
    repricing.set_price(
        listed,
        make_sku(),
        make_terms(monthly_price=160),
        begins_at=NOON.replace(month=12, day=1, hour=0),
        actor=OLGA,
        at=NOON,
    )

    outcome, note = only_outcome(price_row(month="1.40", valid_until="2026-12-02"), listed)

    assert outcome == "refused"
    assert "the next one begins on Dec 1, 2026" in note


def test_below_cost_is_refused_with_the_figures_unless_a_reason_is_given(listed):
    make_cost(monthly_cost=Decimal("0.55"))
    row = price_row("US-GEO", month="0.50")

    outcome, note = only_outcome(row, listed)
    because = only_outcome(price_row(month="0.50", below_cost_because="A summer"), listed)

    assert outcome == "refused"
    assert "Sandbox asks $0.55 a month, and the price is $0.50." in note
    assert because[0] == "changed"


def test_a_price_is_not_extended_below_a_cost_to_come(listed):
    ends_at, dearer_at = NOON + 10 * DAY, NOON + 20 * DAY
    Price.objects.update(valid=(BEGINNING, ends_at))
    make_cost(begins_at=dearer_at, monthly_cost=Decimal("1.50"))
    before_that = (dearer_at - DAY).strftime("%Y-%m-%d")
    same = {"valid_from": BEGINNING.strftime("%Y-%m-%d")}

    assert only_outcome(price_row(**same, valid_until=before_that), listed)[0] == "changed"
    assert only_outcome(price_row(**same), listed) == (
        "refused",
        "Below cost: Sandbox asks $1.50 a month, and the price is $1.20. "
        "Raise it, or fill in below_cost_because.",
    )


def test_a_plan_warns_of_numbers_that_would_be_withheld(listed):
    make_number(setup_cost=Decimal(100))
    counting.recount_stale()

    sent = plan(price_file(price_row(month="1.40")), listed)
    make_number(digits="15015550101", setup_cost=Decimal(100))
    counting.recount_stale()
    apply(sent)

    row = sent.rows.get()
    assert (row.outcome, row.note) == ("changed", "month $1.20 → $1.40, from now on")
    assert row.warning == (
        "1 number would be kept from sale: "
        "Sandbox asks $100.00 for the setup, and the price is $1.00."
    )


def test_a_price_below_cost_can_be_ended(listed):
    make_cost(monthly_cost=Decimal("1.50"))

    assert only_outcome(price_row(valid_until="2027-01-01"), listed)[0] == "changed"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The first line must name the columns"),
        (b"sku,price\r\nUS-GEO,1", "missing: valid_from, .* unknown: price."),
        (price_file(header=[*HEADER, "sku"]), "twice: sku"),
        (b"," * 30_000, f"has 30,001 columns, and we know {len(HEADER)}"),
        (price_file().replace(b",", b";"), "divided by semicolons"),
        (price_file(), "a header and no rows"),
        ("müll".encode("latin-1"), "not in UTF-8"),
        (b"PK\x03\x04\0\0", "not a text file"),
        (price_file('"US-GEO'), "cannot be read as CSV"),
        (price_file(*[price_row()] * (MAX_ROWS + 1)), "10,001 rows, and at most 10,000"),
        (b"x" * (4 * 1024 * 1024 + 1), "larger than 4 MB"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_as_a_whole(listed, content, words):
    with pytest.raises(BadFile, match=words):
        plan(content, listed)

    assert not PriceImport.objects.exists()


def test_columns_may_come_in_any_order_and_a_bom_before_them(listed):
    header = ",".join(reversed(HEADER))
    row = ",".join(reversed(price_row(month="1.40").split(",")))

    sent = plan(b"\xef\xbb\xbf" + f"{header}\r\n\r\n{row}\r\n".encode(), listed)

    assert outcomes(sent) == [(3, "changed", "month $1.20 → $1.40, from now on")]


def test_ten_thousand_rows_are_taken(listed):
    sent = plan(price_file(*[price_row(month="1.40")] * MAX_ROWS), listed)

    assert sent.rows.count() == MAX_ROWS
    assert sent.rows.filter(outcome="changed").count() == 1


def test_many_prices_are_replaced_at_once(listed, django_assert_max_num_queries):
    skus = Sku.objects.bulk_create(
        Sku(code=f"US-{n}", country="US", number_type="geographic", region="AR", city=f"City {n}")
        for n in range(200)
    )
    apply(plan(price_file(*(price_row(sku.code) for sku in skus)), listed))
    rows = [price_row(sku.code, month="1.40") for sku in skus]
    sent = plan(price_file(*rows), listed, at=NOON + DAY)

    with django_assert_max_num_queries(40):
        apply(sent, at=NOON + DAY)

    assert Price.objects.filter(monthly_price=140, valid__startswith=NOON + DAY).count() == 200
    assert Price.objects.filter(valid__endswith=NOON + DAY).count() == 200


def test_a_plan_that_no_longer_holds_says_so_and_is_made_anew(listed):
    sent = plan(price_file(price_row(month="1.40"), price_row("US-TF")), listed)
    repricing.set_price(
        listed, make_sku(), make_terms(monthly_price=130), actor=OLGA, at=NOON + DAY
    )

    with pytest.raises(StalePlan, match="nothing was done"):
        apply(sent, at=NOON + 2 * DAY)

    assert [month for *_, month in prices_of(listed)] == [120, 130]
    assert outcomes(sent)[0] == (2, "changed", "month $1.30 → $1.40, from now on")
    apply(sent, at=NOON + 2 * DAY)
    assert [month for *_, month in prices_of(listed, sku=make_sku())] == [120, 130, 140]


def test_what_changed_elsewhere_makes_no_plan_stale(listed):
    sent = plan(price_file(price_row(month="1.40")), listed)
    repricing.set_price(
        listed, make_sku(code="US-TF"), make_terms(monthly_price=9), actor=OLGA, at=NOON
    )

    apply(sent, at=NOON + DAY)

    assert prices_of(listed, sku=make_sku())[-1] == (NOON + DAY, None, 140)


def test_an_import_is_applied_or_dropped_once(listed):
    sent = plan(price_file(price_row(month="1.40")), listed)
    dropped = plan(price_file(price_row(month="1.50")), listed)
    apply(sent)
    importing.drop_import(PriceImport.objects.get(pk=dropped.pk), actor=OLGA, at=NOON)

    with pytest.raises(ImportOver, match="applied already"):
        apply(sent)
    with pytest.raises(ImportOver, match="dropped already"):
        apply(dropped)
    with pytest.raises(ImportOver):
        importing.drop_import(sent, actor=OLGA, at=NOON)

    assert prices_of(listed)[-1] == (NOON, None, 140)


def test_an_exported_list_changes_nothing_when_it_comes_back(listed):
    repricing.set_price(
        listed, make_sku(code="US-TF"), make_terms(year_price=1000), actor=OLGA, at=NOON
    )
    for days, because in [(1, ""), (2, "-50% in spring"), (3, '=1+1, "so"')]:
        repricing.set_price(
            listed,
            make_sku(),
            make_terms(monthly_price=100 + days, below_cost_because=because),
            begins_at=NOON + days * DAY,
            actor=OLGA,
            at=NOON,
        )
    before = prices_of(listed)

    sent = plan(exported(listed), listed, at=NOON + DAY + DAY / 2)
    apply(sent, at=NOON + DAY + DAY / 2)

    assert {outcome for _, outcome, _ in outcomes(sent)} == {"same"}
    assert prices_of(listed) == before


def exported(price_list):
    from listing.exporting import csv_response

    prices = Price.objects.filter(price_list=price_list).select_related("sku").order_by("id")
    rows = [cells_of(price, currency=price_list.currency) for price in prices]
    return csv_response("prices", HEADER, rows).getvalue()
