"""Stripe as the rest of billing sees it: few calls, frozen answers, errors by what we know.

Never called inside a transaction. A call that moves money goes by the key under which it has been
written down (billing.calls), and is repeated with nothing else.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache, partial
from typing import Any, TypeVar
from uuid import UUID

import stripe
from django.conf import settings
from requests import exceptions as network
from urllib3.exceptions import NewConnectionError

from billing.stripe_answers import (
    CardPage,
    Intent,
    ProviderCard,
    ProviderRefund,
    read_card,
    read_card_page,
    read_intent,
    read_refund,
)

CONNECT_TIMEOUT_SECONDS = 5
READ_TIMEOUT_SECONDS = 20
# How many of a customer's latest objects are looked through for one of ours.
LOOKED_THROUGH = 100

_Answer = TypeVar("_Answer")


class NotSent(Exception):
    """Nothing has happened at Stripe: it was not reached, is busy or does not know our key."""


class OutcomeUnknown(Exception):
    """Stripe may or may not have done it: time-out, server error, or still at an earlier try."""


class Refused(Exception):
    """Stripe has said no, so nothing has moved. `code` is its word for why."""

    def __init__(self, message: str, *, code: str, intent_id: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.intent_id = intent_id


class InvalidRequest(Refused):
    """The reason lies in the request or in the state of its object."""


class Declined(Refused):
    """The card was asked and said no. The message is for the buyer."""


# https://docs.stripe.com/declines/codes; what is not here says no more than no.
REFUSAL_WORDS = {
    "insufficient_funds": "The card does not have enough funds. Use another card, or the balance.",
    "expired_card": "The card has expired. Use another card.",
    "incorrect_cvc": "The card's security code is not right. Add the card anew, or use another.",
    "processing_error": "The card could not be processed just now. Try again in a few minutes.",
    "authentication_required": "Your bank did not confirm the payment. Try again, or use another "
    "card.",
    "payment_intent_authentication_failure": "The payment was not confirmed at your bank. "
    "Try again, or use another card.",
    "card_velocity_exceeded": "The card has reached its limit. Use another card, or the balance.",
    "resource_missing": "This card can no longer be charged. Use another card.",
    "amount_too_small": "The amount is too small for a card. Pay from the balance.",
}
OTHER_REFUSAL = "The card was declined. Ask your bank, or use another card."


def words_for(code: str) -> str:
    """Say a decline code in words that tell the buyer what to do."""
    return REFUSAL_WORDS.get(code, OTHER_REFUSAL)


def create_customer(params: Mapping[str, Any], *, key: str) -> str:
    customer_id: str = _ask(lambda: _api().customers.create(_given(params), _under(key))).id
    return customer_id


def create_intent(params: Mapping[str, Any], *, key: str) -> Intent:
    return read_intent(_ask(lambda: _api().payment_intents.create(_given(params), _under(key))))


def capture_intent(intent_id: str, params: Mapping[str, Any], *, key: str) -> Intent:
    capture = _api().payment_intents.capture
    return read_intent(_ask(lambda: capture(intent_id, _given(params), _under(key))))


def cancel_intent(intent_id: str, *, key: str) -> Intent:
    cancel = _api().payment_intents.cancel
    return read_intent(_ask(lambda: cancel(intent_id, {}, _under(key))))


def retrieve_intent(intent_id: str) -> Intent:
    return read_intent(_ask(lambda: _api().payment_intents.retrieve(intent_id)))


def find_intent(order: UUID, *, customer_id: str) -> Intent | None:
    """Look an order's intent up by the reference we sent along with it."""
    listed = _ask(
        lambda: _api().payment_intents.list({"customer": customer_id, "limit": LOOKED_THROUGH})
    )
    intents = [read_intent(intent) for intent in listed.data]
    return next((intent for intent in intents if intent.metadata.get("order") == str(order)), None)


def create_refund(params: Mapping[str, Any], *, key: str) -> ProviderRefund:
    return read_refund(_ask(lambda: _api().refunds.create(_given(params), _under(key))))


def retrieve_refund(refund_id: str) -> ProviderRefund:
    return read_refund(_ask(lambda: _api().refunds.retrieve(refund_id)))


def find_refund(line: UUID, *, intent_id: str) -> ProviderRefund | None:
    """Look a line's refund up by the reference we sent along with it."""
    listed = _ask(
        lambda: _api().refunds.list({"payment_intent": intent_id, "limit": LOOKED_THROUGH})
    )
    refunds = [read_refund(refund) for refund in listed.data]
    return next((refund for refund in refunds if refund.metadata.get("line") == str(line)), None)


def open_card_page(params: Mapping[str, Any], *, key: str) -> CardPage:
    return read_card_page(
        _ask(lambda: _api().checkout.sessions.create(_given(params), _under(key)))
    )


def retrieve_card_page(session_id: str) -> CardPage:
    retrieve = _api().checkout.sessions.retrieve
    return read_card_page(_ask(lambda: retrieve(session_id, {"expand": ["setup_intent"]})))


def retrieve_card(payment_method_id: str) -> ProviderCard:
    return read_card(_ask(lambda: _api().payment_methods.retrieve(payment_method_id)))


def detach_card(payment_method_id: str, *, key: str) -> None:
    detach = _api().payment_methods.detach
    _ask(lambda: detach(payment_method_id, {}, _under(key)))


def list_events(kinds: Sequence[str], *, since: datetime) -> Iterator[dict[str, Any]]:
    """Return the events of some kinds, newest first, one page after the other."""
    params: dict[str, Any] = {
        "types": list(kinds),
        "created": {"gte": int(since.timestamp())},
        "limit": LOOKED_THROUGH,
    }
    page = _ask(lambda: _api().events.list(params))
    while page.data:
        yield from (event.to_dict() for event in page.data)
        if not page.has_more:
            return
        after = {**params, "starting_after": page.data[-1].id}
        page = _ask(partial(_api().events.list, after))


def is_live() -> bool:
    """Tell whether our key moves real money."""
    key: str = settings.STRIPE_SECRET_KEY
    return key.startswith(("sk_live_", "rk_live_"))


def _api() -> Any:
    return _client(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE).v1


@cache
def _client(secret_key: str, api_base: str) -> stripe.StripeClient:
    return stripe.StripeClient(
        secret_key,
        base_addresses={"api": api_base} if api_base else {},
        # The key repeats a call, later and from the sweep: the SDK must not do it while we wait.
        max_network_retries=0,
        http_client=stripe.RequestsClient(timeout=(CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS)),
    )


def _under(key: str) -> dict[str, str]:
    return {"idempotency_key": key}


def _given(params: Mapping[str, Any]) -> dict[str, Any]:
    return dict(params)


def _ask(call: Callable[[], _Answer]) -> _Answer:
    """Make a call. Raises NotSent, OutcomeUnknown, Declined or InvalidRequest."""
    try:
        return call()
    except stripe.CardError as error:
        raise _decline(error) from error
    except (stripe.RateLimitError, stripe.AuthenticationError, stripe.PermissionError) as error:
        raise NotSent(str(error)) from error
    except stripe.InvalidRequestError as error:
        raise InvalidRequest(str(error), code=error.code or "") from error
    except stripe.APIConnectionError as error:
        unreached = NotSent if _never_connected(error.__cause__) else OutcomeUnknown
        raise unreached(str(error.__cause__ or error)) from error
    except stripe.APIError as error:
        raise OutcomeUnknown(f"{error.http_status}: {error}") from error


def _never_connected(cause: BaseException | None) -> bool:
    if isinstance(cause, network.ConnectTimeout):
        return True
    if not isinstance(cause, network.ConnectionError) or not cause.args:
        return False
    return isinstance(getattr(cause.args[0], "reason", None), NewConnectionError)


def _decline(error: stripe.CardError) -> Declined:
    body: Any = error.json_body or {}
    details = body.get("error", {})
    code = details.get("decline_code") or error.code or ""
    # A generic decline that has a telling code beside it: expired_card, incorrect_cvc.
    if code not in REFUSAL_WORDS and error.code in REFUSAL_WORDS:
        code = error.code
    intent_id = details.get("payment_intent", {}).get("id", "")
    return Declined(words_for(code), code=code, intent_id=intent_id)
