"""What a captured card payment brings: it pays what an order owes, or fills the balance."""

from datetime import datetime

from django.urls import reverse

from billing import ledger, receivables
from billing.models import Cause, Payment, PaymentPurpose, Pocket, TopUp
from billing.money import money
from notices.mailing import queue_mail
from people.models import Member
from tenants.links import tenant_url
from tenants.schemas import current_tenant


def receive(payment: Payment, *, at: datetime) -> None:
    """Post what was captured. Call in the transaction that writes it down."""
    if payment.purpose == PaymentPurpose.TOP_UP:
        _fill_balance(TopUp.objects.get(reference=payment.order), payment.captured, at=at)
    else:
        receivables.collect(payment.order, payment.captured, payment.currency, at=at)


def _fill_balance(top_up: TopUp, amount: int, *, at: datetime) -> None:
    ledger.post(
        Cause.TOPPED_UP,
        top_up.reference,
        [(Pocket.CARD, -amount), (Pocket.WALLET, amount)],
        currency=top_up.currency,
        at=at,
        actor=top_up.actor,
        note=top_up.card_name,
    )
    _send_receipt(top_up, at=at)


def _send_receipt(top_up: TopUp, *, at: datetime) -> None:
    tenant = current_tenant()
    path = reverse("billing:overview", urlconf="config.urls_tenant")
    queue_mail(
        key=f"top-up-receipt:{top_up.reference}",
        tenant=tenant.reference,
        to=Member.objects.select_related("user").get(reference=top_up.actor_reference).user.email,
        subject=f"Receipt for {money(top_up.amount, top_up.currency)} in your balance",
        template="billing/mail/topped_up.txt",
        context={
            "top_up": top_up,
            "tenant": tenant,
            "balance": ledger.wallet_balance(top_up.currency),
            "url": tenant_url(tenant, path),
        },
        at=at,
    )
