"""Customers and their saved cards."""

import pytest
import stripe


def test_customer_is_found_and_changed(sdk):
    made = sdk.customers.create({"email": "ada@acme.example", "metadata": {"a": "1", "b": "2"}})

    sdk.customers.update(made.id, {"name": "Acme", "metadata": {"a": "", "c": "3"}})

    found = sdk.customers.retrieve(made.id)
    assert (found.email, found.name) == ("ada@acme.example", "Acme")
    assert found.metadata.to_dict() == {"b": "2", "c": "3"}


def test_attached_cards_are_listed_for_their_customer_only(sdk, customer):
    stranger = sdk.customers.create({"email": "gil@globex.example"})
    card = sdk.payment_methods.attach("pm_card_visa", {"customer": customer.id})

    mine = sdk.payment_methods.list({"customer": customer.id, "type": "card"})

    assert [method.id for method in mine.data] == [card.id]
    assert sdk.customers.payment_methods.list(stranger.id).data == []


def test_card_is_attached_to_one_customer_only(sdk, customer):
    stranger = sdk.customers.create({"email": "gil@globex.example"})
    card = sdk.payment_methods.attach("pm_card_visa", {"customer": customer.id})

    with pytest.raises(stripe.InvalidRequestError, match="already been attached"):
        sdk.payment_methods.attach(card.id, {"customer": stranger.id})


def test_detached_card_is_never_used_again(sdk, customer):
    card = sdk.payment_methods.attach("pm_card_visa", {"customer": customer.id})

    detached = sdk.payment_methods.detach(card.id)

    assert detached.customer is None
    assert sdk.payment_methods.list({"customer": customer.id}).data == []
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        sdk.payment_methods.attach(card.id, {"customer": customer.id})


def test_setup_intent_saves_a_card(sdk, customer):
    setup = sdk.setup_intents.create(
        {"confirm": True, "customer": customer.id, "payment_method": "pm_card_visa"}
    )

    assert setup.status == "succeeded"
    assert sdk.payment_methods.retrieve(setup.payment_method).customer == customer.id
