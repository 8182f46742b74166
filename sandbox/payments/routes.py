"""Which calls there are, and which of Stripe's parameters each acts on."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from stripe import params

from sandbox.payments import (
    charging,
    checkout,
    confirming,
    customers,
    intents,
    listing,
    looking_up,
    payment_methods,
    refunds,
    setup_intents,
)
from sandbox.payments.books import Record
from sandbox.payments.call import Call


@dataclass(frozen=True)
class Route:
    method: str
    path: re.Pattern[str]
    action: Callable[..., Record]
    accepted: type
    supported: frozenset[str]


def route(
    method: str, path: str, action: Callable[..., Record], accepted: type, supported: str = ""
) -> Route:
    pattern = re.compile("/v1/" + path.replace("{id}", r"(\w+)"))
    return Route(method, pattern, action, accepted, frozenset(supported.split()))


def retrieve(kind: str) -> Callable[[Call, str], Record]:
    def retrieve_record(call: Call, record_id: str) -> Record:
        return looking_up.get(call.books, kind, record_id)

    return retrieve_record


def listed(kind: str) -> Callable[[Call], Record]:
    def list_records(call: Call) -> Record:
        return listing.list_records(call, kind)

    return list_records


def find_route(method: str, path: str) -> tuple[Route, tuple[str, ...]] | None:
    for candidate in ROUTES:
        if candidate.method == method and (found := candidate.path.fullmatch(path)):
            return candidate, found.groups()
    return None


PAGING = "limit starting_after ending_before created"
CUSTOMER = "description email metadata name phone"
# Those that change nothing here are accepted where leaving them out would change nothing either.
INTENT = (
    "amount description metadata receipt_email setup_future_usage statement_descriptor "
    "statement_descriptor_suffix transfer_group"
)
CONFIRMATION = "error_on_requires_action off_session payment_method return_url"
NEW_INTENT = (
    f"{INTENT} {CONFIRMATION} allowed_payment_method_types capture_method confirm "
    "confirmation_method currency customer"
)
NEW_SESSION = (
    "allowed_payment_method_types cancel_url client_reference_id currency customer customer_email "
    "locale metadata mode setup_intent_data success_url"
)

ROUTES = [
    route("POST", "customers", customers.create, params.CustomerCreateParams, CUSTOMER),
    route(
        "GET",
        "customers",
        listed("customer"),
        params.CustomerListParams,
        f"{PAGING} email",
    ),
    route("GET", "customers/{id}", retrieve("customer"), params.CustomerRetrieveParams),
    route("POST", "customers/{id}", customers.update, params.CustomerUpdateParams, CUSTOMER),
    route(
        "GET",
        "customers/{id}/payment_methods",
        payment_methods.of_customer,
        params.CustomerPaymentMethodListParams,
        f"{PAGING} type",
    ),
    route(
        "GET",
        "payment_methods",
        payment_methods.listed,
        params.PaymentMethodListParams,
        f"{PAGING} customer type",
    ),
    route(
        "GET",
        "payment_methods/{id}",
        retrieve("payment_method"),
        params.PaymentMethodRetrieveParams,
    ),
    route(
        "POST",
        "payment_methods/{id}/attach",
        payment_methods.attach,
        params.PaymentMethodAttachParams,
        "customer",
    ),
    route(
        "POST",
        "payment_methods/{id}/detach",
        payment_methods.detach,
        params.PaymentMethodDetachParams,
    ),
    route(
        "POST",
        "setup_intents",
        setup_intents.create,
        params.SetupIntentCreateParams,
        "confirm customer description metadata payment_method payment_method_types usage",
    ),
    route(
        "POST",
        "setup_intents/{id}/confirm",
        setup_intents.confirm,
        params.SetupIntentConfirmParams,
        "payment_method",
    ),
    route("GET", "setup_intents/{id}", retrieve("setup_intent"), params.SetupIntentRetrieveParams),
    route(
        "POST",
        "checkout/sessions",
        checkout.create,
        params.checkout.SessionCreateParams,
        NEW_SESSION,
    ),
    route(
        "GET",
        "checkout/sessions",
        listed("checkout.session"),
        params.checkout.SessionListParams,
        f"{PAGING} customer status",
    ),
    route(
        "GET",
        "checkout/sessions/{id}",
        retrieve("checkout.session"),
        params.checkout.SessionRetrieveParams,
    ),
    route(
        "POST",
        "checkout/sessions/{id}/expire",
        checkout.expire,
        params.checkout.SessionExpireParams,
    ),
    route("POST", "payment_intents", intents.create, params.PaymentIntentCreateParams, NEW_INTENT),
    route(
        "GET",
        "payment_intents",
        listed("payment_intent"),
        params.PaymentIntentListParams,
        f"{PAGING} customer",
    ),
    route(
        "GET",
        "payment_intents/{id}",
        retrieve("payment_intent"),
        params.PaymentIntentRetrieveParams,
    ),
    route("POST", "payment_intents/{id}", intents.update, params.PaymentIntentUpdateParams, INTENT),
    route(
        "POST",
        "payment_intents/{id}/confirm",
        confirming.confirm,
        params.PaymentIntentConfirmParams,
        CONFIRMATION,
    ),
    route(
        "POST",
        "payment_intents/{id}/capture",
        charging.capture,
        params.PaymentIntentCaptureParams,
        "amount_to_capture metadata",
    ),
    route(
        "POST",
        "payment_intents/{id}/cancel",
        charging.cancel,
        params.PaymentIntentCancelParams,
        "cancellation_reason",
    ),
    route(
        "GET",
        "charges",
        listed("charge"),
        params.ChargeListParams,
        f"{PAGING} customer payment_intent",
    ),
    route("GET", "charges/{id}", retrieve("charge"), params.ChargeRetrieveParams),
    route(
        "POST",
        "refunds",
        refunds.create,
        params.RefundCreateParams,
        "amount charge metadata payment_intent reason",
    ),
    route(
        "GET",
        "refunds",
        listed("refund"),
        params.RefundListParams,
        f"{PAGING} charge payment_intent",
    ),
    route("GET", "refunds/{id}", retrieve("refund"), params.RefundRetrieveParams),
    route("POST", "refunds/{id}", refunds.update, params.RefundUpdateParams, "metadata"),
    route(
        "GET",
        "events",
        listed("event"),
        params.EventListParams,
        f"{PAGING} type types",
    ),
    route("GET", "events/{id}", retrieve("event"), params.EventRetrieveParams),
]
