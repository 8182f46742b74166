"""Sending files of prices and costs in, looking at their plans, and applying them."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from stock.models import Price, PriceImport
from tenants.models import StaffAct
from tests.stock.factories import make_price
from tests.stock.pricing import make_cost, make_list, price_file, price_row


@pytest.fixture
def listed(db):
    make_price(monthly_price=120, channel_price=80)
    return make_list()


def send(browser, listed, *rows, content=None, name="spring.csv"):
    file = SimpleUploadedFile(name, content if content is not None else price_file(*rows))
    return browser.post(f"/prices/lists/{listed.reference}/import/", {"file": file})


def address(act=""):
    return f"/prices/imports/{PriceImport.objects.get().reference}/{act}"


def test_a_file_leads_to_its_plan_and_applies_after_a_yes(operator, listed):
    answer = send(operator, listed, price_row(month="1.40"), price_row("US-XX"))
    assert answer.url == address()
    page = operator.get(address()).text
    assert "month $1.20 → $1.40, from now on" in page
    assert "there is no SKU “US-XX”" in page
    assert Price.objects.count() == 1

    operator.post(address("apply/"))

    assert Price.objects.get(valid__endswith=None).monthly_price == 140
    assert "Applied on" in operator.get(address()).text


def test_what_is_shown_can_be_narrowed_to_an_outcome(operator, listed):
    send(operator, listed, price_row(month="1.40"), price_row("US-XX"))

    rows = operator.get(address(), {"show": "refused"}, headers={"hx-request": "true"}).text

    assert ("US-XX" in rows, "$1.40" in rows) == (True, False)


def test_results_are_downloaded_with_the_rows_as_they_were_sent(operator, support, listed):
    send(operator, listed, price_row(month="1.40"), price_row("US-XX"))

    lines = support.get(address("export/")).getvalue().decode().splitlines()

    assert lines[0].startswith("line,outcome,what,warning,sku,valid_from")
    assert lines[1].startswith('2,Changed,"month $1.20 → $1.40, from now on",,US-GEO')
    assert lines[2].startswith("3,Refused,sku: there is no SKU “US-XX”.,,US-XX")


def test_what_was_exported_changes_nothing(operator, listed):
    exported = operator.get(f"/prices/lists/{listed.reference}/export/").getvalue()

    send(operator, listed, content=exported)

    assert PriceImport.objects.get().rows_same == 1
    assert "There is nothing to do" in operator.get(address()).text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a,b\n1,2", "The first line must name the columns"),
        ("ü".encode("latin-1"), "The file is not in UTF-8."),
        (b"", "The first line must name the columns"),
        (b"x" * (4 * 1024 * 1024 + 1), "larger than 4 MB"),
    ],
)
def test_a_file_that_cannot_be_read_says_why_and_is_not_kept(operator, listed, content, words):
    answer = send(operator, listed, content=content)

    assert (answer.status_code, words in answer.text) == (422, True)
    assert not PriceImport.objects.exists()


def test_a_file_must_be_chosen(operator, listed):
    answer = operator.post(f"/prices/lists/{listed.reference}/import/")

    assert (answer.status_code, "This field is required." in answer.text) == (422, True)


def test_a_stale_plan_is_told_and_made_anew(operator, listed):
    send(operator, listed, price_row(month="1.40"))
    Price.objects.update(monthly_price=130)

    answer = operator.post(address("apply/"), follow=True)

    assert "What holds has changed since this was planned" in answer.text
    assert "month $1.30 → $1.40" in answer.text
    assert Price.objects.count() == 1


def test_a_dropped_file_can_be_looked_at_and_not_applied(operator, listed):
    send(operator, listed, price_row(month="1.40"))

    operator.post(address("drop/"))
    assert StaffAct.objects.get().kind == "import_dropped"
    answer = operator.post(address("apply/"), follow=True)

    assert "This file is dropped already." in answer.text
    assert "Nothing of it took effect." in answer.text
    assert Price.objects.count() == 1


def test_costs_come_by_file_too(operator, db):
    make_cost()
    exported = operator.get("/prices/costs/export/").getvalue().replace(b"0.4", b"0.5")

    operator.post("/prices/costs/import/", {"file": SimpleUploadedFile("costs.csv", exported)})

    assert "month $0.40 → $0.50, from now on" in operator.get(address()).text


def test_imports_are_listed_filtered_and_downloaded(operator, support, listed):
    send(operator, listed, price_row(), name="spring.csv")
    send(operator, listed, price_row(), name="autumn.csv")

    page = support.get("/prices/imports/", {"q": "spring"}).text
    lines = support.get("/prices/imports/export/", {"kind": "prices"}).getvalue().decode()

    assert ("spring.csv" in page, "autumn.csv" in page) == (True, False)
    assert "No file here" in support.get("/prices/imports/", {"state": "applied"}).text
    assert len(lines.splitlines()) == 3


def test_many_imports_cost_as_few_queries_as_one(
    operator, support, listed, django_assert_max_num_queries
):
    for n in range(3):
        send(operator, listed, *[price_row()] * 60, name=f"file-{n}.csv")

    with django_assert_max_num_queries(16):
        assert "file-2.csv" in support.get("/prices/imports/").text
    with django_assert_max_num_queries(18):
        newest = PriceImport.objects.order_by("-id")[0]
        page = support.get(f"/prices/imports/{newest.reference}/").text

    assert "after=51" in page


def test_support_looks_and_applies_nothing(operator, support, listed):
    send(operator, listed, price_row(month="1.40"))

    assert support.get(address()).status_code == 200
    assert support.post(address("apply/")).status_code == 403
    assert send(support, listed, price_row()).status_code == 403
    assert Price.objects.count() == 1
