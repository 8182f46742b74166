"""Groups of tenants, and which prices a tenant buys at."""

import pytest

from stock import prices
from stock.models import Price
from tenants.models import StaffAct, Tenant, TenantGroup
from tests.conftest import NOON
from tests.stock.factories import make_price, make_sku
from tests.stock.pricing import make_list


@pytest.fixture
def acme(other_tenant):
    return Tenant.objects.get(name="Acme Telecom")


@pytest.fixture
def group(db):
    return TenantGroup.objects.create(name="Partners")


def address(group, act=""):
    return f"/prices/groups/{group.reference}/{act}"


def test_lists_groups_with_their_tenants_and_lists(support, acme, group):
    make_list(group=group, name="Partners USD")
    Tenant.objects.filter(pk=acme.pk).update(group=group)

    assert "Partners" in support.get("/prices/groups/").text
    page = support.get(address(group)).text
    assert "Acme Telecom" in page
    assert "Partners USD" in page


def test_many_groups_cost_as_few_queries_as_one(support, db, django_assert_max_num_queries):
    for n in range(30):
        TenantGroup.objects.create(name=f"Group {n}")

    with django_assert_max_num_queries(16):
        assert "Group 29" in support.get("/prices/groups/").text


def test_a_group_is_added_renamed_and_removed(operator, db):
    operator.post("/prices/groups/add/", {"name": "Partners"})
    group = TenantGroup.objects.get()
    operator.post(address(group, "rename/"), {"name": "Friends"})
    group.refresh_from_db()
    assert group.name == "Friends"

    operator.post(address(group, "remove/"))

    assert not TenantGroup.objects.exists()
    kinds = StaffAct.objects.order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["group_added", "group_renamed", "group_removed"]


def test_two_groups_are_not_called_the_same(operator, group):
    TenantGroup.objects.create(name="Friends")

    added = operator.post("/prices/groups/add/", {"name": "Partners"})
    renamed = operator.post(address(group, "rename/"), {"name": "Friends"})

    assert (added.status_code, renamed.status_code) == (422, 422)
    assert "There is a group Partners already." in added.text
    assert set(TenantGroup.objects.values_list("name", flat=True)) == {"Partners", "Friends"}


def test_a_group_with_tenants_or_lists_stays(operator, acme, group):
    other = TenantGroup.objects.create(name="Friends")
    make_list(group=other)
    Tenant.objects.filter(pk=acme.pk).update(group=group)

    answers = [operator.post(address(one, "remove/"), follow=True) for one in (group, other)]

    assert ["has tenants or price lists" in answer.text for answer in answers] == [True, True]
    assert TenantGroup.objects.count() == 2
    assert not StaffAct.objects.exists()


def test_a_tenants_group_decides_its_prices(operator, acme, group):
    listed = make_list(group=group, name="Partners USD")
    make_price(monthly_price=120)
    cheaper = make_price(monthly_price=120)
    Price.objects.filter(pk=cheaper.pk).update(price_list=listed, monthly_price=90)
    make_price(monthly_price=120)

    operator.post(f"/tenants/{acme.reference}/group/", {"group": group.reference})

    acme.refresh_from_db()
    sku = make_sku().pk
    assert prices.of_skus(acme, [sku], at=NOON)[sku].monthly_price == 90
    page = operator.get(f"/tenants/{acme.reference}/").text
    assert page.index("Partners USD") < page.index(">USD</a>")
    act = StaffAct.objects.get()
    assert (act.kind, act.reason) == ("tenant_group_changed", "Partners")


def test_a_tenant_leaves_its_group(operator, acme, group):
    Tenant.objects.filter(pk=acme.pk).update(group=group)

    operator.post(f"/tenants/{acme.reference}/group/", {"group": ""})

    acme.refresh_from_db()
    assert acme.group is None
    assert StaffAct.objects.get().reason == "No group"


def test_tenants_are_found_by_their_group(operator, acme, group):
    Tenant.objects.filter(pk=acme.pk).update(group=group)

    rows = operator.get(
        "/tenants/", {"group": group.reference}, headers={"hx-request": "true"}
    ).text

    assert ("Acme" in rows, "Globex" in rows) == (True, False)


def test_an_unknown_group_is_refused(operator, acme):
    answer = operator.post(f"/tenants/{acme.reference}/group/", {"group": acme.reference})

    assert answer.status_code == 422
    assert not StaffAct.objects.exists()


def test_support_changes_no_group(support, acme, group):
    assert support.post(f"/tenants/{acme.reference}/group/", {}).status_code == 403
    assert support.post("/prices/groups/add/", {"name": "x"}).status_code == 403
    assert support.post(address(group, "remove/")).status_code == 403
