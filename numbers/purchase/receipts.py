"""The receipt of an order: what has been delivered, with its tax, and how it was paid."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db.backends.postgresql.psycopg_any import DateRange
from django.http import HttpResponse
from django.template.loader import render_to_string

from billing.models import BillingPeriod, Payment, PaymentState
from listing.printing import pdf_response
from purchase.models import LineState, Order, OrderLine
from stock.regions import country_name


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """A delivered number, and the days that its price pays for; the last one included."""

    line: OrderLine
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class Taxed:
    """What bears one rate of tax, in minor units."""

    percent: Decimal
    net: int
    vat_amount: int


@dataclass(frozen=True, slots=True)
class Receipt:
    order: Order
    lines: Sequence[ReceiptLine]
    is_charged: bool

    @property
    def seller(self) -> dict[str, str]:
        return {
            "name": settings.SELLER_NAME,
            "address": settings.SELLER_ADDRESS,
            "vat_number": settings.SELLER_VAT_NUMBER,
        }

    @property
    def net(self) -> int:
        return sum(each.line.net for each in self.lines)

    @property
    def vat_amount(self) -> int:
        return sum(each.line.vat_amount for each in self.lines)

    @property
    def total(self) -> int:
        return self.net + self.vat_amount

    @property
    def taxed(self) -> list[Taxed]:
        rates = sorted({each.line.vat_percent for each in self.lines})
        return [self._taxed(percent) for percent in rates]

    @property
    def billed_country(self) -> str:
        return country_name(self.order.billed_country)

    def _taxed(self, percent: Decimal) -> Taxed:
        lines = [each.line for each in self.lines if each.line.vat_percent == percent]
        return Taxed(
            percent, sum(line.net for line in lines), sum(line.vat_amount for line in lines)
        )


def receipt_of(order: Order) -> Receipt:
    """Read the receipt; it has no lines before something was delivered."""
    delivered = list(order.lines.filter(state=LineState.DELIVERED).order_by("digits"))
    references = [line.reference for line in delivered]
    paid = BillingPeriod.objects.filter(cause__in=references)
    periods = {period.cause: period.period for period in paid}
    payment = Payment.objects.filter(order=order.reference).first()
    return Receipt(
        order,
        [_line(line, periods[line.reference]) for line in delivered],
        is_charged=payment is None or payment.state == PaymentState.CAPTURED,
    )


def _line(line: OrderLine, period: DateRange) -> ReceiptLine:
    return ReceiptLine(line, period.lower, period.upper - timedelta(days=1))


def print_receipt(receipt: Receipt, *, at: datetime) -> HttpResponse:
    """Answer with the receipt as a PDF file. Raises listing.printing.CannotPrint."""
    document = render_to_string("purchase/receipt.html", {"receipt": receipt, "at": at})
    name = f"receipt-{receipt.order.placed_at:%Y-%m-%d}-{str(receipt.order.reference)[:8]}"
    return pdf_response(name, document, css=render_to_string("purchase/receipt.css"))
