from uuid import uuid4

import pytest
from django_tenants.utils import tenant_context

from tests.inventory.factories import make_held_number


@pytest.fixture
def held(tenant):
    return make_held_number(tenant, digits="15015550100", description="Old")


def address(held):
    return f"/numbers/{held.holding.reference}/"


def test_saves_description_and_labels(admin, held):
    response = admin.post(
        address(held), {"description": "Front desk", "labels": "sales,  vip line, sales"}
    )

    held.refresh_from_db()
    assert response.status_code == 302
    assert (held.description, held.labels) == ("Front desk", ["sales", "vip line"])


def test_members_may_describe_too(member, held):
    member.post(address(held), {"description": "Door", "labels": ""})

    held.refresh_from_db()
    assert held.description == "Door"


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (",".join(str(n) for n in range(11)), "at most 10 labels"),
        ("x" * 41, "longer than 40 characters"),
    ],
)
def test_refuses_labels_with_words_and_changes_nothing(admin, held, labels, words):
    response = admin.post(address(held), {"description": "New", "labels": labels})

    held.refresh_from_db()
    assert response.status_code == 422
    assert words in response.text
    assert held.description == "Old"


def test_refuses_a_long_description(admin, held):
    response = admin.post(address(held), {"description": "x" * 201, "labels": ""})

    assert response.status_code == 422


def test_markup_is_shown_as_it_was_typed(admin, held):
    admin.post(address(held), {"description": "<script>alert(1)</script>", "labels": ""})

    assert "<script>alert(1)" not in admin.get(address(held)).text


def test_another_tenants_number_is_as_unknown_as_none(admin, other_tenant):
    with tenant_context(other_tenant):
        theirs = make_held_number(other_tenant)

    assert admin.get(address(theirs)).status_code == 404
    assert admin.get(f"/numbers/{uuid4()}/").status_code == 404
