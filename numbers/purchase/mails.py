"""What the buyer is told by e-mail: the order as placed, and its receipt when it has ended."""

from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse

from billing.models import Payment, PaymentState
from billing.money import money
from notices.mailing import queue_mail
from people.models import Member
from purchase import returning
from purchase.models import LineState, Order, OrderLine
from tenants.links import tenant_url
from tenants.models import Tenant


def confirm_order(order: Order, *, tenant: Tenant, at: datetime) -> None:
    """Say what was bought and how it is paid. Call in the transaction that holds the money."""
    amount = money(order.amount, order.currency)
    _queue(order, "confirmed", f"Your order of {amount}", tenant=tenant, at=at)


def send_receipt(order: Order, *, tenant: Tenant, at: datetime) -> None:
    """Say what was delivered and charged, and what was not. Call when the last line ends."""
    has_delivered = order.lines.filter(state=LineState.DELIVERED).exists()
    subject = "Receipt for your order" if has_delivered else "Your order was not delivered"
    _queue(order, "receipt", subject, tenant=tenant, at=at)


def _queue(order: Order, page: str, subject: str, *, tenant: Tenant, at: datetime) -> None:
    lines = list(order.lines.order_by("digits"))
    delivered = [line for line in lines if line.state == LineState.DELIVERED]
    path, receipt_path = (
        reverse(f"purchase:{name}", args=[order.reference], urlconf="config.urls_tenant")
        for name in ("order", "receipt")
    )
    queue_mail(
        key=f"order-{page}:{order.reference}",
        tenant=tenant.reference,
        to=Member.objects.select_related("user").get(reference=order.actor_reference).user.email,
        subject=subject,
        template=f"purchase/mail/{page}.txt",
        context={
            "order": order,
            "lines": lines,
            "tenant": tenant,
            "delivered": delivered,
            "refused": _refused(order, lines),
            "is_captured": _is_captured(order),
            "charged": sum(line.price for line in delivered),
            "charged_vat": sum(line.vat_amount for line in delivered),
            "vat_amount": sum(line.vat_amount for line in lines),
            "registering": [line for line in delivered if line.needs_registration],
            "agreements": list(order.agreements.order_by("country", "number_type")),
            "url": tenant_url(tenant, path),
            "receipt_url": tenant_url(tenant, receipt_path),
        },
        at=at,
    )


def _refused(order: Order, lines: Sequence[OrderLine]) -> list[tuple[OrderLine, str]]:
    """Return what will not come, and what became of the money for it."""
    returns = returning.returns_of(order, lines)
    refused = [line for line in lines if line.state == LineState.REFUSED]
    return [
        (line, returns[line.reference].said_of(line, order) if line.price else "")
        for line in refused
    ]


def _is_captured(order: Order) -> bool:
    payments = Payment.objects.filter(order=order.reference, state=PaymentState.CAPTURED)
    return payments.exists()
