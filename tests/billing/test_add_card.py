from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from billing import cards, settling
from billing.models import BillingProfile, CardAddition, SavedCard
from billing.stripe_client import NotSent, OutcomeUnknown
from tests.billing.factories import add_card, break_calls, sdk
from tests.conftest import NOON

pytestmark = pytest.mark.usefixtures("tenant")

TYPED = {"number": "4242 4242 4242 4242", "expiry": "12 / 34", "cvc": "123", "name": "Ada Byron"}

# Spelled out, because each worker of a run must call a test the same.
NO_CARD = "4faed7ef-0713-4f42-a1dc-648475090f8e"


def default_card():
    return SavedCard.objects.filter(is_default=True).first()


def session_of(address):
    return parse_qs(urlsplit(address).query)["session_id"][0]


@pytest.fixture
def page(sandbox_payments, actor):
    return cards.begin_adding("/checkout/", actor=actor, at=NOON)


def type_card_in(page):
    """Fill the provider's form in and return the session that its redirect names."""
    return session_of(httpx.post(page, data=TYPED).headers["location"])


def test_the_page_is_the_providers_and_the_way_back_ours(page, tenant, sandbox_payments):
    assert page.startswith(sandbox_payments.url)
    session = sdk().checkout.sessions.list({"limit": 1}).data[0]
    assert session.success_url.startswith(f"http://{tenant.get_primary_domain().domain}")
    assert session.cancel_url.endswith("/checkout/")
    assert session.metadata.to_dict()["tenant"] == str(tenant.reference)


def test_the_card_typed_in_is_saved_as_the_default(page):
    addition = cards.finish_adding(type_card_in(page), at=NOON)

    assert addition.card
    assert (str(addition.card), addition.return_path) == ("Visa ending in 4242", "/checkout/")
    assert default_card() == addition.card
    assert addition.card.expires == "12/34"


def test_coming_back_twice_saves_one_card(page):
    session = type_card_in(page)
    cards.finish_adding(session, at=NOON)

    cards.finish_adding(session, at=NOON)

    assert SavedCard.objects.count() == 1


def test_coming_back_without_a_card_saves_none(page):
    addition = cards.finish_adding(CardAddition.objects.get().session_id, at=NOON)

    assert addition.card is None
    assert not SavedCard.objects.exists()


def test_a_new_card_takes_the_place_of_the_default(page):
    old = add_card("pm_card_mastercard", is_default=True)

    new = cards.finish_adding(type_card_in(page), at=NOON).card

    assert default_card() == new
    assert list(cards.saved_cards()) == [new, old]


def test_a_visit_of_nobody_saves_nothing(page):
    with pytest.raises(CardAddition.DoesNotExist):
        cards.finish_adding("cs_test_somebody_elses", at=NOON)


def test_another_customers_page_saves_nothing(page):
    session = type_card_in(page)
    BillingProfile.objects.update(customer_id="cus_other")

    with pytest.raises(cards.NotThisVisit):
        cards.finish_adding(session, at=NOON)
    assert not SavedCard.objects.exists()


def test_the_tenant_is_one_customer(page, actor):
    cards.begin_adding("/checkout/", actor=actor, at=NOON)

    assert len(sdk().customers.list().data) == 1


@pytest.mark.parametrize("fault", ["500_after", "drop_after", "429"])
def test_a_lost_answer_makes_no_second_customer(sandbox_payments, actor, fault):
    break_calls(sandbox_payments, fault, match="POST /v1/customers")
    with pytest.raises((NotSent, OutcomeUnknown)):
        cards.begin_adding("/checkout/", actor=actor, at=NOON)

    cards.begin_adding("/checkout/", actor=actor, at=NOON)

    assert len(sdk().customers.list().data) == 1


@pytest.mark.parametrize(
    "path", ["//evil.example/", "https://evil.example/", r"/\evil.example", "", "javascript:x"]
)
def test_the_way_back_leads_nowhere_else(sandbox_payments, actor, path):
    cards.begin_adding(path, actor=actor, at=NOON)

    assert CardAddition.objects.get().return_path == "/billing/"


def test_a_removed_card_gives_its_place_to_the_next(sandbox_payments):
    spare, default = add_card(), add_card("pm_card_mastercard", is_default=True)

    cards.remove(default, at=NOON)

    assert default_card() == spare
    assert list(cards.saved_cards()) == [spare]


@pytest.mark.parametrize("fault", ["500_before", "500_after", "drop_after"])
def test_a_removed_card_is_taken_off_at_the_provider(sandbox_payments, fault):
    card = add_card(is_default=True)
    cards.remove(card, at=NOON)
    break_calls(sandbox_payments, fault)

    settling.settle_payments(at=NOON)
    settling.settle_payments(at=NOON + settling.LONGEST_WAIT)

    assert sdk().payment_methods.retrieve(card.payment_method_id).customer is None


def test_a_removed_card_does_not_become_the_default(sandbox_payments):
    card = add_card()
    cards.remove(card, at=NOON)

    cards.make_default(card)

    assert default_card() is None


def test_adding_by_a_form_leads_on_by_a_link(admin, sandbox_payments):
    answer = admin.post("/billing/cards/", {"return_path": "/checkout/"})

    assert answer.status_code == 200
    assert f'href="{sandbox_payments.url}/pay/' in answer.text


def test_adding_by_htmx_leads_on_by_a_header(admin, sandbox_payments):
    answer = admin.post("/billing/cards/", headers={"hx-request": "true"})

    assert answer["HX-Redirect"].startswith(sandbox_payments.url)


def test_a_silent_provider_is_said_in_words(admin, sandbox_payments):
    break_calls(sandbox_payments, "500_before")

    answer = admin.post("/billing/cards/", follow=True)

    assert "does not answer just now" in answer.text


def test_coming_back_goes_on_where_the_card_was_wanted(admin, page):
    answer = admin.get("/billing/cards/added/", {"session_id": type_card_in(page)})

    assert (answer.status_code, answer["Location"]) == (302, "/checkout/")


def test_another_tenants_visit_is_not_found(other_admin, page):
    answer = other_admin.get("/billing/cards/added/", {"session_id": type_card_in(page)})

    assert answer.status_code == 404
    assert not SavedCard.objects.exists()


def test_an_unknown_visit_is_not_found(admin):
    assert admin.get("/billing/cards/added/", {"session_id": "cs_test_none"}).status_code == 404


def test_a_card_is_made_the_default_and_removed_on_the_page(admin, sandbox_payments):
    spare, _ = add_card(), add_card("pm_card_mastercard", is_default=True)
    admin.post(f"/billing/cards/{spare.reference}/default/")
    assert default_card() == spare

    answer = admin.post(f"/billing/cards/{spare.reference}/remove/", follow=True)

    assert "Visa ending in 4242 is removed." in answer.text
    assert spare not in cards.saved_cards()


@pytest.mark.parametrize("unanswered", [1, 2])
def test_without_a_visit_nothing_is_found(admin, sandbox_payments, actor, unanswered):
    add_card()
    for _ in range(unanswered):
        break_calls(sandbox_payments, "500_before")
        with pytest.raises(OutcomeUnknown):
            cards.begin_adding("/checkout/", actor=actor, at=NOON)

    assert admin.get("/billing/cards/added/").status_code == 404


def test_visit_that_the_provider_does_not_know_is_not_found(admin, page, sandbox_payments):
    CardAddition.objects.update(session_id="cs_test_forgotten")

    answer = admin.get("/billing/cards/added/", {"session_id": "cs_test_forgotten"})

    assert answer.status_code == 404


@pytest.mark.parametrize("act", ["default", "remove"])
def test_another_tenants_card_is_not_found(other_admin, sandbox_payments, act):
    card = add_card()

    assert other_admin.post(f"/billing/cards/{card.reference}/{act}/").status_code == 404


@pytest.mark.parametrize("path", ["", f"{NO_CARD}/default/", f"{NO_CARD}/remove/"])
def test_members_do_not_change_cards(member, path):
    assert member.post(f"/billing/cards/{path}").status_code == 403
