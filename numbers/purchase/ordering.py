"""Placing an order: its numbers, prices, money and work are written together or not at all."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction

from billing import payments, wallet
from billing.ledger import wallet_balance
from billing.models import SavedCard
from billing.money import money
from billing.wallet import BalanceTooLow
from carriers import operations
from inventory import receiving
from lifecycle.actors import Actor, done_by
from lifecycle.clock import shortened
from lifecycle.models import move_many
from purchase import cart, finishing, mails, settling
from purchase.finishing import CHARGE_ORDER, SETTLE_LINE
from purchase.models import LineState, Order, OrderLine, PayBy
from purchase.quotes import Quote
from stock import prices, reserving
from stock.models import Price, StockNumber
from tenants.models import Tenant
from work import due

# The buyer's own request asks the bank; the sweep steps in when that has come to nothing.
HEAD_START = shortened(timedelta(seconds=30))


class PriceChanged(Exception):
    """A number no longer costs what was shown. The message is for the customer."""


class NothingToBuy(Exception):
    """The quote is for no number. The message is for the customer."""


class NotFree(Exception):
    """A card cannot pay nothing. The message is for the customer."""


@transaction.atomic
def place_order(
    quote: Quote, *, tenant: Tenant, card: SavedCard | None, actor: Actor, at: datetime
) -> Order:
    """Order what the quote lists, from the balance or (with `card`) by a payment yet to be made.

    Accepting a quote again returns the first order. Raises NothingToBuy, PriceChanged, NotFree,
    reserving.NumberTaken if a hold has ended, or wallet.BalanceTooLow.
    """
    if not quote.prices:
        raise NothingToBuy("Nothing in the cart is held for you any more. Hold it again first.")
    if card and not quote.amount:
        raise NotFree("This order costs nothing. Choose the balance.")
    # Two clicks at once meet here: the second waits for the first and gets its order.
    order, is_new = Order.objects.get_or_create(
        token=quote.token,
        defaults={
            "pay_by": PayBy.CARD if card else PayBy.WALLET,
            "card_name": str(card) if card else "",
            "amount": quote.amount,
            "currency": quote.currency,
            "placed_at": at,
            **done_by(actor),
        },
    )
    if not is_new:
        return order
    cart.take_out(quote.prices)
    numbers = reserving.take_for_order(sorted(quote.prices), tenant=tenant, at=at)
    terms = prices.for_sale(tenant, numbers, at=at)
    _write_lines(order, numbers, quote, terms=terms, at=at)
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


def _write_lines(
    order: Order,
    numbers: list[StockNumber],
    quote: Quote,
    *,
    terms: Mapping[int, Price],
    at: datetime,
) -> None:
    """Freeze prices and carrier. Raises PriceChanged if a price is not the one that was shown."""
    lines = []
    for number in numbers:
        price = terms.get(number.pk)
        if not price or (price.setup_price, price.monthly_price) != quote.prices[number.digits]:
            raise PriceChanged(
                "A price has changed since this page was shown. Nothing has been charged; "
                "look at the new total."
            )
        lines.append(
            OrderLine(
                order=order,
                state_changed_at=at,
                digits=number.digits,
                stock_number=number.pk,
                place=", ".join(filter(None, [number.city, number.region or number.country])),
                sku=number.sku.code,
                connection=number.connection.name,
                setup_price=price.setup_price,
                monthly_price=price.monthly_price,
                currency=order.currency,
                inbound_minute_rate=price.inbound_minute_rate,
                first_increment_seconds=price.first_increment_seconds,
                next_increment_seconds=price.next_increment_seconds,
                setup_cost=number.setup_cost,
                monthly_cost=number.monthly_cost,
                cost_currency=number.cost_currency,
            )
        )
    OrderLine.objects.bulk_create(lines)


def _set_aside(order: Order, *, actor: Actor, at: datetime) -> None:
    """Hold the price of each line. Raises BalanceTooLow, in words about the whole order."""
    balance = wallet_balance(order.currency)
    if balance < order.amount:
        raise BalanceTooLow(
            f"This order needs {money(order.amount, order.currency)}, and your balance is "
            f"{money(balance, order.currency)}. Top it up or pay by card."
        )
    for line in order.lines.all():
        wallet.hold(
            line.price,
            line.currency,
            line=line.reference,
            at=at,
            actor=actor,
            note=f"+{line.digits}",
        )


def send_off(order: Order, *, tenant: Tenant, at: datetime) -> None:
    """Begin the delivery of an order whose money is held. Call in the transaction that holds it.

    Numbers that are ours already are delivered at once, without asking any carrier. An order that
    has been sent off stays as it is.
    """
    lines = list(order.lines.filter(state=LineState.PLACED))
    if not lines:
        return
    numbers = StockNumber.objects.select_related("connection").in_bulk(
        [line.stock_number for line in lines]
    )
    for line in lines:
        number = numbers[line.stock_number]
        terms = receiving.Terms(
            monthly_price=line.monthly_price,
            currency=line.currency,
            inbound_minute_rate=line.inbound_minute_rate,
            first_increment_seconds=line.first_increment_seconds,
            next_increment_seconds=line.next_increment_seconds,
        )
        holding = receiving.expect(number, tenant=tenant, terms=terms, order=order.reference, at=at)
        line.move_to(LineState.PAID, at=at, holding=holding.reference)
        if number.is_ours:
            finishing.deliver(line, order=order, at=at)
        else:
            operations.plan_purchase(
                line.reference,
                connection=number.connection,
                tenant=tenant,
                digits=number.digits,
                at=at,
            )
            due.plan(SETTLE_LINE, tenant=tenant.reference, subject=line.reference, at=at)
    # A nudge and no more: if the broker is down, the order stands and the next sweep finds it.
    transaction.on_commit(settling.settle_lines_task.delay, robust=True)
    mails.confirm_order(order, tenant=tenant, at=at)
    finishing.close_if_final(order, tenant=tenant, at=at)


@transaction.atomic
def cancel_unpaid(
    order: Order, *, tenant: Tenant, at: datetime, back_to_cart: bool = False
) -> None:
    """End an order that nobody paid: its numbers are free again, or back in the buyer's cart.

    Does nothing to an order that has been paid or cancelled meanwhile.
    """
    order = Order.objects.select_for_update().get(pk=order.pk)
    lines = order.lines.filter(state=LineState.PLACED)
    digits = sorted(lines.values_list("digits", flat=True))
    if not move_many(order.lines.all(), LineState.PLACED, LineState.CANCELLED, at=at):
        return
    if back_to_cart:
        until = at + cart.HOLD
        cart.put_back(digits, actor=order.actor, until=until, at=at)
        reserving.return_to_cart(digits, tenant=tenant, until=until, at=at)
    else:
        reserving.cancel_order(digits, tenant=tenant, at=at)
    due.finish(CHARGE_ORDER, subject=order.reference)
