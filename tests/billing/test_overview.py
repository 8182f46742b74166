from uuid import uuid4

import pytest

from billing import crediting, receivables, wallet
from billing.wallet import Share
from tests.billing.factories import add_card
from tests.conftest import NOON

pytestmark = pytest.mark.usefixtures("tenant")


@pytest.fixture
def statement(tenant, actor):
    crediting.credit(5000, "USD", reason="=Bank transfer", actor=actor, reference=uuid4(), at=NOON)
    line = uuid4()
    wallet.hold([Share(line, 1250, "+1 501-555-0110")], "USD", at=NOON, actor=actor)
    receivables.collect(uuid4(), 999, "USD", at=NOON)


def test_shows_balance_and_what_is_set_aside(admin, statement):
    page = admin.get("/billing/").text

    assert "$37.50" in page
    assert "$12.50" in page


def test_lists_what_came_and_went(admin, statement):
    page = admin.get("/billing/").text

    assert "+1 501-555-0110" in page
    assert "Paid by card" in page
    assert "-$9.99" in page


def test_an_empty_account_says_so(admin):
    page = admin.get("/billing/").text

    assert "No card yet" in page
    assert "Nothing yet" in page


def test_lists_the_cards(admin, sandbox_payments):
    add_card(is_default=True)

    page = admin.get("/billing/").text

    assert "Visa ending in 4242" in page
    assert "Default" in page


def test_pages_of_the_statement_replace_it(admin, statement):
    page = admin.get("/billing/", headers={"hx-request": "true"}).text

    assert page.lstrip().startswith('<div id="statement">')


def test_the_statement_is_a_file_too(admin, statement):
    lines = admin.get("/billing/statement.csv").getvalue().decode().splitlines()

    assert lines[0].startswith("Date (UTC),What,Note")
    assert len(lines) == 4
    assert "'=Bank transfer" in lines[3]
    assert ",50.00,USD," in lines[3]


def test_is_read_with_few_queries(admin, statement, django_assert_max_num_queries):
    with django_assert_max_num_queries(24):
        admin.get("/billing/")


@pytest.mark.parametrize("path", ["/billing/", "/billing/statement.csv"])
def test_is_for_admins_alone(member, stranger, path):
    assert member.get(path).status_code == 403
    assert stranger.get(path).status_code == 302


def test_another_tenant_sees_its_own(other_admin, statement):
    assert "$37.50" not in other_admin.get("/billing/").text
