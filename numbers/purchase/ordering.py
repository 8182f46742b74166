"""Placing an order: its numbers, prices, money and work are written together or not at all."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.core.signing import BadSignature
from django.db import transaction

from billing import ledger, payments, wallet
from billing.models import SavedCard
from billing.money import money
from billing.wallet import BalanceTooLow, Share
from carriers import operations
from carriers.operations import Purchase
from inventory import receiving
from lifecycle.actors import Actor, done_by
from lifecycle.clock import shortened
from lifecycle.models import move_many
from purchase import agreeing, cart, comparing, mails, quotes, reckoning, settling
from purchase.finishing import CHARGE_ORDER, SETTLE_LINE
from purchase.models import CartLine, LineState, Order, OrderLine, PayBy
from purchase.quotes import Quote
from purchase.reckoning import Reckoning, Wish
from stock import costing, reserving
from stock.costing import CarrierCost
from stock.models import StockNumber
from tenants.models import Tenant
from tenants.platform_settings import read_setting
from work import due

# The buyer's own request asks the bank; the sweep steps in when that has come to nothing.
HEAD_START = shortened(timedelta(seconds=30))


class NothingToBuy(Exception):
    """The quote is for no number. The message is for the customer."""


class NotFree(Exception):
    """A card cannot pay nothing. The message is for the customer."""


class NotAgreed(Exception):
    """What is asked for the numbers has not been agreed to. The message is for the customer."""


@transaction.atomic
def place_order(
    quote: Quote,
    *,
    tenant: Tenant,
    card: SavedCard | None,
    actor: Actor,
    at: datetime,
    has_agreed: bool = False,
) -> Order:
    """Order what the quote lists, from the balance or (with `card`) by a payment yet to be made.

    Accepting a quote again returns the first order. Raises NothingToBuy, NotFree, NotAgreed if
    the quote shows requirements, comparing.Outdated, reserving.NumberTaken if a hold has ended, or
    wallet.BalanceTooLow.
    """
    if not quote.terms:
        raise NothingToBuy("Nothing in the cart is held for you any more. Hold it again first.")
    if card and not quote.amount:
        raise NotFree("This order costs nothing. Choose the balance.")
    if quote.requirements and not has_agreed:
        raise NotAgreed("Read what is asked for these numbers, and tick that you agree.")
    # Two clicks at once meet here: the second waits for the first and gets its order.
    order, is_new = Order.objects.get_or_create(
        token=quote.token,
        defaults={
            "pay_by": PayBy.CARD if card else PayBy.WALLET,
            "card_name": str(card) if card else "",
            "amount": quote.amount,
            "currency": quote.currency,
            "placed_at": at,
            "billed_name": tenant.name,
            "billed_country": tenant.country,
            "billed_vat_number": tenant.vat_number,
            "vat_note": quote.vat.note,
            **done_by(actor),
        },
    )
    if not is_new:
        return order
    wished = cart.take_out(quote.terms)
    numbers = reserving.take_for_order(sorted(quote.terms), tenant=tenant, at=at)
    reckoned = _reckon(quote, wished, numbers, tenant=tenant, at=at)
    comparing.refuse_what_changed(quote, reckoned)
    _write_lines(order, numbers, reckoned, at=at)
    agreeing.record(reckoned.requirements.values(), order=order, actor=actor, at=at)
    if card:
        payments.plan(
            order.reference, amount=quote.amount, currency=quote.currency, card=card, at=at
        )
        due.plan(
            CHARGE_ORDER,
            tenant=tenant.reference,
            subject=order.reference,
            at=at + HEAD_START,
        )
    else:
        _set_aside(order, actor=actor, at=at)
        send_off(order, tenant=tenant, at=at)
    return order


def find_placed(sealed: str, *, tenant: Tenant) -> Order | None:
    """Return the order that a page's quote has placed already, however old the page is."""
    try:
        quote = quotes.unseal(sealed, tenant=tenant, at_any_age=True)
    except BadSignature:
        return None
    return Order.objects.filter(token=quote.token).first()


def _reckon(
    quote: Quote,
    wished: Mapping[str, CartLine],
    numbers: list[StockNumber],
    *,
    tenant: Tenant,
    at: datetime,
) -> Reckoning:
    if any(terms.is_free for terms in quote.terms.values()):
        # Two orders at once that both give the free number wait for each other here.
        ledger.lock_accounts(quote.currency)
    wishes = [Wish(wished[number.digits], number) for number in numbers]
    return reckoning.reckon(wishes, bought=quote.terms.keys(), tenant=tenant, at=at)


def _write_lines(
    order: Order, numbers: list[StockNumber], reckoned: Reckoning, *, at: datetime
) -> None:
    """Freeze prices, costs and carrier."""
    costs = costing.of_numbers(numbers, at=at)
    OrderLine.objects.bulk_create(
        [_line(order, number, reckoned, costs.get(number.pk), at=at) for number in numbers]
    )


def _line(
    order: Order,
    number: StockNumber,
    reckoned: Reckoning,
    cost: CarrierCost | None,
    *,
    at: datetime,
) -> OrderLine:
    price, terms = reckoned.prices[number.digits], reckoned.terms[number.digits]
    asked = reckoned.requirements.get((number.country, number.number_type))
    return OrderLine(
        order=order,
        state_changed_at=at,
        digits=number.digits,
        stock_number=number.pk,
        place=", ".join(filter(None, [number.city, number.region or number.country])),
        sku=number.sku.code,
        connection=number.connection.name,
        months=terms.months,
        channels=terms.channels,
        setup_price=terms.setup_price,
        recurring_price=terms.recurring_price,
        vat_percent=reckoned.vat.percent,
        vat_amount=terms.vat_amount,
        monthly_price=price.monthly_price,
        period_price=terms.period_price,
        channel_price=price.channel_price,
        currency=order.currency,
        is_free=terms.is_free,
        free_periods=reckoned.free_periods if terms.is_free else None,
        needs_registration=bool(asked and asked.needs_registration),
        inbound_minute_rate=price.inbound_minute_rate,
        connect_rate=price.connect_rate,
        first_increment_seconds=price.first_increment_seconds,
        next_increment_seconds=price.next_increment_seconds,
        setup_cost=cost.setup if cost else None,
        monthly_cost=cost.monthly if cost else None,
        cost_currency=cost.currency if cost else "",
    )


def _set_aside(order: Order, *, actor: Actor, at: datetime) -> None:
    """Hold the price of each line. Raises BalanceTooLow, in words about the whole order.

    Orders from two windows wait for each other, so that the balance is spent once.
    """
    if order.amount:
        ledger.lock_accounts(order.currency)
        why_not = why_balance_may_not_pay(order.amount, order.currency)
        if why_not:
            raise BalanceTooLow(why_not)
    shares = [Share(line.reference, line.price, f"+{line.digits}") for line in order.lines.all()]
    wallet.hold(shares, order.currency, at=at, actor=actor)


def why_balance_may_not_pay(amount: int, currency: str) -> str:
    """Return words for the customer if the balance is too low; what costs nothing it always pays.

    It must hold the amount, and before any order at least as much as the platform asks for.
    """
    balance, least = ledger.wallet_balance(currency), least_balance(currency)
    if balance >= max(amount, least) or not amount:
        return ""
    needed = f"This order needs {money(amount, currency)}"
    if amount < least:
        needed = f"Paying from the balance needs {money(least, currency)} in it before the order"
    return f"{needed}, and your balance is {money(balance, currency)}. Top it up or pay by card."


def least_balance(currency: str) -> int:
    return read_setting(f"purchase.least_balance.{currency}")


def send_off(order: Order, *, tenant: Tenant, at: datetime) -> None:
    """Begin the delivery of an order whose money is held. Call in the transaction that holds it.

    What is ours already has no operation: no carrier is asked for it. An order that has been sent
    off stays as it is.
    """
    lines = list(order.lines.filter(state=LineState.PLACED))
    if not lines:
        return
    numbers = StockNumber.objects.select_related("connection").in_bulk(
        [line.stock_number for line in lines]
    )
    wanted = [(numbers[line.stock_number], line) for line in lines]
    holdings = receiving.expect(
        [(number, _holding_terms(line)) for number, line in wanted],
        tenant=tenant,
        order=order.reference,
        at=at,
    )
    for line, holding in zip(lines, holdings, strict=True):
        line.holding = holding.reference
    OrderLine.objects.bulk_update(lines, ["holding"])
    move_many(order.lines.all(), LineState.PLACED, LineState.PAID, at=at)
    offered = [
        Purchase(line.reference, number.connection, number.digits)
        for number, line in wanted
        if not number.is_ours
    ]
    operations.plan_purchases(offered, tenant=tenant, at=at)
    references = [line.reference for line in lines]
    due.plan_each(SETTLE_LINE, tenant=tenant.reference, subjects=references, at=at)
    # A nudge and no more: if the broker is down, the order stands and the next sweep finds it.
    transaction.on_commit(settling.settle_lines_task.delay, robust=True)
    mails.confirm_order(order, tenant=tenant, at=at)


def _holding_terms(line: OrderLine) -> receiving.Terms:
    return receiving.Terms(
        months=line.months,
        channels=line.channels,
        monthly_price=line.monthly_price,
        period_price=line.period_price,
        channel_price=line.channel_price,
        currency=line.currency,
        is_free=line.is_free,
        free_periods=line.free_periods,
        inbound_minute_rate=line.inbound_minute_rate,
        connect_rate=line.connect_rate,
        first_increment_seconds=line.first_increment_seconds,
        next_increment_seconds=line.next_increment_seconds,
    )
