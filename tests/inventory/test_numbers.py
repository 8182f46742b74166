import pytest
from django_tenants.utils import tenant_context

from inventory import finding
from tests.inventory.factories import make_held_number


def test_lists_what_the_tenant_holds(admin, tenant):
    make_held_number(tenant, digits="15015550100", description="Front desk")

    page = admin.get("/numbers/").text

    assert "+1 501-555-0100" in page
    assert "Front desk" in page
    assert "$1.20" in page


def test_shows_nothing_of_another_tenant(admin, other_tenant):
    with tenant_context(other_tenant):
        make_held_number(other_tenant, digits="15015550100")

    assert "501-555-0100" not in admin.get("/numbers/").text


def test_finds_by_part_of_the_number_in_any_spelling(admin, tenant):
    make_held_number(tenant, digits="15015550100")
    make_held_number(tenant, digits="15015550299")

    page = admin.get("/numbers/", {"number": "555-01"}).text

    assert "+1 501-555-0100" in page
    assert "+1 501-555-0299" not in page


@pytest.mark.parametrize(
    ("show", "state"),
    [
        ("active", "active"),
        ("active", "cancelling"),
        ("expiring", "delayed_removal"),
        ("pending", "pending"),
        ("registration", "awaiting_registration"),
        ("suspended", "suspended"),
        ("terminated", "aging"),
        ("porting", "porting"),
    ],
)
def test_quick_filter_finds_its_states(tenant, show, state):
    held = make_held_number(tenant, state=state)

    assert list(finding.find_holdings(tenant, show=show)) == [held.holding]


def test_terminated_numbers_are_not_active(tenant):
    make_held_number(tenant, state="aging")

    assert not finding.find_holdings(tenant, show="active").exists()


def test_empty_quick_filters_are_hidden_and_all_is_not(tenant):
    make_held_number(tenant, state="suspended")

    shown = [(quick.label, count) for quick, count in finding.count_by_filter(tenant)]

    assert shown == [("All", 1), ("Suspended", 1)]


def test_says_what_to_do_next_when_there_is_nothing(admin):
    assert "Buy numbers" in admin.get("/numbers/").text


def test_page_costs_the_same_for_one_number_and_for_many(
    admin, tenant, django_assert_max_num_queries
):
    for line in range(60):
        make_held_number(tenant, digits=f"1501555{line:04}")

    with django_assert_max_num_queries(24):
        page = admin.get("/numbers/").text

    assert "after=15015550049" in page


def test_exports_what_the_filter_shows(admin, tenant):
    make_held_number(tenant, digits="15015550100", description="=HYPERLINK(1)", labels=["vip"])
    make_held_number(tenant, digits="15015550299", state="suspended")

    response = admin.get("/numbers/export/", {"show": "active"})
    lines = response.getvalue().decode().splitlines()

    assert len(lines) == 2
    assert "'+15015550100,Active,'=HYPERLINK(1),vip,US" in lines[1]
