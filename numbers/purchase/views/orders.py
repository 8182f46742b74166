"""Orders: how far each number is, and all of them with their prices as they were."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseStopPolling

from billing.models import Payment, PaymentState
from listing.exporting import csv_response
from listing.printing import CannotPrint
from purchase import agreeing, buying_again, charging, finding, progress, receipts, returning
from purchase.models import Order, PayBy
from purchase.views.checkouts import is_declined, why_declined
from stock.digits import phone
from stock.models import Holding, HoldingState
from tenants.http import TenantRequest, go, is_part
from tenants.permissions import Act, Role, requires

SHOWN_UNMATCHED = 3


@require_GET
@requires(Act.SEE_NUMBERS)
def orders(request: TenantRequest) -> HttpResponse:
    page_name = "purchase/_orders.html" if is_part(request) else "purchase/orders.html"
    return render(request, page_name, finding.listed(request))


@require_GET
@requires(Act.SEE_NUMBERS)
def export_orders(request: TenantRequest) -> StreamingHttpResponse:
    found = finding.wanted_by(request)
    return csv_response("orders", finding.CSV_HEADER, finding.rows_for_export(found))


@require_GET
@requires(Act.SEE_NUMBERS)
def order(request: TenantRequest, reference: UUID) -> HttpResponse:
    return render(request, "purchase/order.html", standing(request, reference))


@require_GET
@requires(Act.SEE_NUMBERS)
def order_progress(request: TenantRequest, reference: UUID) -> HttpResponse:
    """Answer the order page's question for news: 204 for none, and 286 for the last."""
    context = standing(request, reference)
    if request.GET.get("seen") == context["version"]:
        return HttpResponse(status=204)
    response = render(request, "purchase/_order.html", context)
    if context["is_final"]:
        response.status_code = HttpResponseStopPolling.status_code
    return response


def standing(request: TenantRequest, reference: UUID) -> dict[str, object]:
    """Return how the order stands, and what the buyer is to do about its payment."""
    found = get_object_or_404(Order.objects.prefetch_related("lines"), reference=reference)
    payment = Payment.objects.filter(order=found.reference).select_related("card").first()
    stands = progress.of_order(
        found,
        awaiting=awaiting_registration(found),
        returns=returning.returns_of(found, found.lines.all()),
    )
    return {
        "order": found,
        "agreements": [
            (agreeing.kind_of(one), one)
            for one in found.agreements.order_by("country", "number_type")
        ],
        "progress": stands,
        "is_final": stands.is_final,
        "payment": payment,
        "asks_bank": payment and payment.state == PaymentState.NEEDS_AUTHENTICATION,
        "may_pay": Role(request.role) in Act.PAY.roles,
        "version": f"{sum(line.version for line in found.lines.all())}{payment and payment.state}",
    }


def awaiting_registration(found: Order) -> set[UUID]:
    """Return the holdings of the order's numbers whose registration is open."""
    registering = [
        line.holding for line in found.lines.all() if line.needs_registration and line.holding
    ]
    open_holdings = Holding.objects.filter(
        reference__in=registering, state=HoldingState.AWAITING_REGISTRATION
    )
    return set(open_holdings.values_list("reference", flat=True)) if registering else set()


@require_GET
@requires(Act.SEE_NUMBERS)
def receipt(request: TenantRequest, reference: UUID) -> HttpResponse:
    """Answer with the receipt of what the order has delivered, as a PDF file."""
    found = receipts.receipt_of(get_object_or_404(Order, reference=reference))
    if not found.lines:
        raise Http404
    try:
        return receipts.print_receipt(found, at=request.at)
    except CannotPrint as trouble:
        context = {"order": found.order, "trouble": trouble}
        return render(request, "purchase/receipt_missing.html", context, status=503)


@require_POST
@requires(Act.SEE_NUMBERS)
def buy_again(request: TenantRequest, reference: UUID) -> HttpResponse:
    """Put numbers like those of the order into the cart, and say for which there is none."""
    found = get_object_or_404(Order, reference=reference)
    bought = buying_again.buy_again(
        found, tenant=request.tenant, actor=request.actor, at=request.at
    )
    if count := len(bought.added):
        what = f"{count} numbers like those are" if count > 1 else "A number like it is"
        messages.success(request, f"{what} in the cart, with the same periods and channels.")
    if bought.unmatched:
        names = ", ".join(phone(digits) for digits in bought.unmatched[:SHOWN_UNMATCHED])
        more = len(bought.unmatched) - SHOWN_UNMATCHED
        messages.warning(
            request,
            f"Nothing like {names}{f' and {more} more' if more > 0 else ''} is for sale.",
        )
    if bought.left_out:
        messages.warning(
            request, f"The cart is full: {bought.left_out} of the order's numbers were left out."
        )
    return go(request, reverse("purchase:cart"))


@require_GET
@requires(Act.PAY)
def payment(request: TenantRequest, reference: UUID) -> HttpResponse:
    """Take the buyer back from the bank's page; the page then asks what has become of it."""
    found = get_object_or_404(Order, reference=reference, pay_by=PayBy.CARD)
    return render(request, "purchase/payment.html", {"order": found})


@require_POST
@requires(Act.PAY)
def confirm_payment(request: TenantRequest, reference: UUID) -> HttpResponse:
    """Look what the bank has said, and go on to the order or back to the checkout."""
    found = get_object_or_404(Order, reference=reference, pay_by=PayBy.CARD)
    paid = charging.look_again(found, tenant=request.tenant, at=request.at)
    if is_declined(found, paid):
        messages.error(request, why_declined(found, paid, at=request.at))
        return go(request, reverse("purchase:checkout"))
    return go(request, reverse("purchase:order", args=[reference]))
