"""The driver against the sandbox itself, over HTTP."""

from uuid import uuid4

import pytest

from carriers.driver import AuthFailed, LineStatus, Rejected, SearchQuery
from carriers.drivers.sandbox import SandboxCarrier


@pytest.fixture
def driver(sandbox_carrier):
    return SandboxCarrier(url=sandbox_carrier.url, key="sandbox-key")


@pytest.fixture
def numbers(driver):
    return [offer.number for offer in driver.search(SearchQuery("US", region="TX", limit=3))]


def test_the_feed_names_everything_once(driver):
    pages = list(driver.list_offers())

    offered = [offer.number for page in pages for offer in page.offers]
    assert len(offered) == len(set(offered)) > 2000
    assert sum(page.unreadable for page in pages) == 0


def test_a_search_finds_exactly_one_number(driver, numbers):
    [offer] = driver.search(SearchQuery("US", number=numbers[0]))

    assert (offer.number, offer.region) == (numbers[0], "TX")


def test_an_order_is_found_by_our_reference_and_owned_under_it(driver, numbers):
    reference = uuid4()

    order = driver.purchase(numbers, reference=reference)

    assert {line.status for line in order.lines} == {LineStatus.DELIVERED}
    assert driver.find_order(reference) == [order]
    assert driver.get_order(order.order_id) == order
    assert {one.number for one in driver.list_owned().numbers} == set(numbers)
    assert driver.get_owned(numbers[0]).reference == str(reference)


def test_what_is_not_there_is_none(driver, numbers):
    assert driver.find_order(uuid4()) == []
    assert driver.get_order("ord_99999999") is None
    assert driver.get_owned(numbers[0]) is None


def test_a_released_number_is_no_longer_owned(driver, numbers):
    reference = uuid4()
    driver.purchase(numbers[:1], reference=reference)

    release = driver.release(numbers[0], reference=reference)

    assert release.number == numbers[0]
    assert driver.get_owned(numbers[0]) is None
    with pytest.raises(Rejected):
        driver.release(numbers[0], reference=reference)


def test_a_wrong_key_opens_nothing(sandbox_carrier):
    with pytest.raises(AuthFailed):
        SandboxCarrier(url=sandbox_carrier.url, key="wrong").check_account()
