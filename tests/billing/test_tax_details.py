"""The tenant's tax number: typed, checked, kept, and what follows from it."""

from datetime import date

import pytest
from django.utils import timezone

from billing.tax_number import change_tax_number
from people.models import MemberAct
from stock.models import VatRate
from tenants.models import Tenant
from tests.conftest import NOON

PAGE = "/billing/tax/"


@pytest.fixture
def german(tenant):
    """Acme, as a company in Germany without a VAT number."""
    VatRate.objects.create(country="DE", percent=19, valid=(date(2021, 1, 1), None))
    Tenant.objects.filter(pk=tenant.pk).update(country="DE")
    tenant.refresh_from_db()
    return tenant


def number_of(tenant):
    tenant.refresh_from_db()
    return tenant.vat_number


def test_without_a_number_the_countrys_vat_is_charged(german, admin):
    page = admin.get(PAGE).text

    assert "VAT 19 % (Germany)" in page
    assert "Looks like DE123456789." in page


def test_with_a_number_the_charge_is_reversed(german, admin):
    answer = admin.post(PAGE, {"number": "de 136.695.976"})

    page = admin.get(PAGE).text
    assert answer.url == PAGE
    assert number_of(german) == "DE136695976"
    assert "Reverse charge: you account for the VAT (Germany)" in page


def test_a_change_is_written_down_with_old_and_new(german, admin):
    admin.post(PAGE, {"number": "DE136695976"})
    admin.post(PAGE, {"number": ""})

    acts = MemberAct.objects.order_by("id").values_list("kind", "detail", "subject", "actor_kind")
    assert [detail for _, detail, _, _ in acts] == [
        "None → DE136695976",
        "DE136695976 → none",
    ]
    assert acts[0] == ("tax_number", "None → DE136695976", german.reference, "member")


def test_the_change_stands_among_those_of_people(german, admin):
    admin.post(PAGE, {"number": "DE136695976"})

    page = admin.get("/people/").text

    assert "Tax number changed<small>None → DE136695976</small>" in page


def test_what_is_saved_unchanged_is_no_change(german, admin):
    admin.post(PAGE, {"number": "DE136695976"})

    admin.post(PAGE, {"number": " de136695976 "})

    assert MemberAct.objects.count() == 1


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("DE136695978", "The check digit does not fit: look for a typing mistake."),
        ("FR40303265045", "This number is from another country (France)."),
        ("12", "A VAT number of your country (Germany) looks like DE123456789."),
        (
            "<script>alert(1)</script>",
            "A VAT number of your country (Germany) looks like DE123456789.",
        ),
        ("1" * 41, "at most 40 characters"),
    ],
)
def test_a_wrong_number_is_explained_and_nothing_changed(german, admin, typed, why):
    answer = admin.post(PAGE, {"number": typed})

    assert answer.status_code == 422
    assert why in answer.text
    assert "<script>alert" not in answer.text
    assert number_of(german) == ""
    assert not MemberAct.objects.exists()


def test_a_number_taken_back_charges_vat_again(german, admin):
    admin.post(PAGE, {"number": "DE136695976"})

    admin.post(PAGE, {"number": ""})

    assert number_of(german) == ""
    assert "VAT 19 % (Germany)" in admin.get(PAGE).text


def test_outside_the_union_any_number_is_kept(tenant, admin):
    admin.post(PAGE, {"number": "12-3456789"})

    page = admin.get(PAGE).text
    assert number_of(tenant) == "123456789"
    assert "No VAT: outside the area in which we charge it (United States)" in page


def test_a_missing_rate_is_told_to_the_tenant(german, admin):
    VatRate.objects.all().delete()

    page = admin.get(PAGE).text

    assert "No VAT rate is on record for" in page


def test_a_change_by_somebody_else_is_not_written_down_wrongly(german, actor):
    seen_before = Tenant.objects.get(pk=german.pk)
    change_tax_number(german, "DE136695976", actor=actor, at=NOON)

    change_tax_number(seen_before, "", actor=actor, at=timezone.now())

    assert MemberAct.objects.order_by("-id")[0].detail == "DE136695976 → none"


def test_a_member_neither_sees_nor_changes_it(german, member):
    assert member.get(PAGE).status_code == 403
    assert member.post(PAGE, {"number": "DE136695976"}).status_code == 403
    assert number_of(german) == ""


def test_the_page_costs_few_queries(german, admin, django_assert_max_num_queries):
    with django_assert_max_num_queries(26):
        admin.get(PAGE)


def test_staff_see_the_number(german, admin, operator):
    admin.post(PAGE, {"number": "DE136695976"})

    assert "DE136695976" in operator.get(f"/tenants/{german.reference}/").text
