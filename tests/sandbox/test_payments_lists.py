"""Lists by page and by window, and records expanded in place."""

import pytest
import stripe

CHARGE = {"amount": 2500, "currency": "usd", "confirm": True, "payment_method": "pm_card_visa"}


@pytest.fixture
def intents(sdk):
    return [sdk.payment_intents.create({**CHARGE, "amount": 100 + n}) for n in range(5)]


def test_pages_are_newest_first_and_end(sdk, intents):
    newest_first = [intent.id for intent in reversed(intents)]

    first = sdk.payment_intents.list({"limit": 3})
    second = sdk.payment_intents.list({"limit": 3, "starting_after": first.data[-1].id})

    assert [intent.id for intent in first.data] == newest_first[:3]
    assert [intent.id for intent in second.data] == newest_first[3:]
    assert (first.has_more, second.has_more) == (True, False)


def test_page_before_is_found_too(sdk, intents):
    page = sdk.payment_intents.list({"limit": 2, "ending_before": intents[0].id})

    assert [intent.id for intent in page.data] == [intents[2].id, intents[1].id]


def test_sdk_walks_through_all_pages(sdk, intents):
    page = sdk.payment_intents.list({"limit": 2})

    assert len(list(page.auto_paging_iter())) == 5


def test_created_window_bounds_the_list(sdk, intents):
    created = intents[0].created

    inside = sdk.payment_intents.list({"created": {"gte": created, "lt": created + 60}})
    later = sdk.payment_intents.list({"created": {"gt": created + 60}})

    assert (len(inside.data), len(later.data)) == (5, 0)


@pytest.mark.parametrize(
    "wrong", [{"limit": 0}, {"limit": 101}, {"created": {"gte": "monday"}}, {"bogus": 1}]
)
def test_wrong_filter_is_refused(sdk, wrong):
    with pytest.raises(stripe.InvalidRequestError):
        sdk.payment_intents.list(wrong)


def test_events_are_listed_by_type(sdk, intents):
    found = sdk.events.list({"type": "payment_intent.succeeded", "limit": 100})
    all_of_them = sdk.events.list({"types": ["charge.succeeded", "payment_intent.created"]})

    assert {event.data.object.id for event in found.data} == {intent.id for intent in intents}
    assert len(all_of_them.data) == 10


def test_event_keeps_its_record_as_it_was(sdk):
    intent = sdk.payment_intents.create({**CHARGE, "capture_method": "manual"})
    sdk.payment_intents.capture(intent.id)

    [event] = sdk.events.list({"type": "payment_intent.amount_capturable_updated"}).data

    assert event.data.object.status == "requires_capture"


def test_lists_and_answers_are_expanded(sdk, customer):
    card = sdk.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    intent = sdk.payment_intents.create(
        {
            **CHARGE,
            "customer": customer.id,
            "payment_method": card.id,
            "expand": ["latest_charge"],
        }
    )

    page = sdk.payment_intents.list({"expand": ["data.customer", "data.payment_method"]})

    assert intent.latest_charge.amount_captured == 2500
    assert page.data[0].customer.email == "ada@acme.example"
    assert page.data[0].payment_method.card.last4 == "4242"
