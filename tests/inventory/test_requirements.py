"""What a held number asks of its holder, on the number's own page."""

from stock.revising import withdraw, write_version
from tests.conftest import NOON
from tests.inventory.factories import make_held_number
from tests.stock.factories import make_terms

KIND = ("US", "geographic")
CARD = "What it asks of its holder"


def address(held):
    return f"/numbers/{held.holding.reference}/"


def test_the_page_shows_what_is_asked(member, tenant, actor):
    held = make_held_number(tenant)
    write_version(KIND, make_terms(notes="<b>E911</b>"), after=0, actor=actor, at=NOON)

    page = member.get(address(held)).text

    assert CARD in page
    assert "In the city or area of the number" in page
    assert "&lt;b&gt;E911&lt;/b&gt;" in page


def test_where_nothing_is_asked_the_page_says_nothing(member, tenant, actor):
    held = make_held_number(tenant)
    write_version(KIND, make_terms(), after=0, actor=actor, at=NOON)
    withdraw(KIND, after=1, actor=actor, at=NOON)

    assert CARD not in member.get(address(held)).text
