"""A tenant's orders as staff look at them: each line with what the carrier says, and the money.

Each request reads one tenant's schema, and has read everything before a page is drawn from it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET

from billing.models import LedgerTransaction, Payment, Refund
from carriers.models import Operation
from listing.exporting import csv_response
from purchase import finding, progress
from purchase.models import Agreement, Order, OrderLine
from purchase.progress import LineProgress, OrderProgress
from tenants.http import PlatformRequest, is_part
from tenants.models import Tenant, TenantState
from tenants.permissions import Act, requires
from tenants.schemas import run_in_tenant
from work.models import DueWork

NO_ORDER = "It is about no order of this tenant: a card payment may also fill the balance."


@dataclass(frozen=True, slots=True)
class CarrierSide:
    """A line of an order, and what was asked of the carrier for it, if anything was."""

    progress: LineProgress
    operation: Operation | None


@dataclass(frozen=True, slots=True)
class Dossier:
    """All there is about one order."""

    progress: OrderProgress
    lines: Sequence[CarrierSide]
    payment: Payment | None
    refunds: Sequence[Refund]
    postings: Sequence[LedgerTransaction]
    agreements: Sequence[Agreement]
    due: Sequence[DueWork]


@require_GET
@requires(Act.VIEW_PLATFORM)
def tenant_orders(request: PlatformRequest, reference: UUID) -> HttpResponse:
    customer = _find(reference)
    context = run_in_tenant(customer.reference, partial(finding.listed, request))
    page = "desk/_tenant_orders.html" if is_part(request) else "desk/tenant_orders.html"
    return render(request, page, context | {"tenant": customer})


@require_GET
@requires(Act.VIEW_PLATFORM)
def export_tenant_orders(request: PlatformRequest, reference: UUID) -> StreamingHttpResponse:
    def export() -> StreamingHttpResponse:
        rows = finding.rows_for_export(finding.wanted_by(request))
        return csv_response("orders", finding.CSV_HEADER, rows)

    return run_in_tenant(_find(reference).reference, export)


@require_GET
@requires(Act.VIEW_PLATFORM)
def tenant_order(request: PlatformRequest, reference: UUID, order: UUID) -> HttpResponse:
    customer = _find(reference)
    dossier = run_in_tenant(customer.reference, partial(_read_order, order))
    return render(request, "desk/tenant_order.html", {"tenant": customer, "dossier": dossier})


def _read_order(reference: UUID) -> Dossier:
    """Raises Http404 if the tenant has no such order."""
    order = get_object_or_404(Order.objects.prefetch_related("lines"), reference=reference)
    stands = progress.of_order(order)
    lines = [each.line.reference for each in stands.lines]
    asked = Operation.objects.filter(reference__in=lines).select_related("connection")
    operations = {operation.reference: operation for operation in asked}
    payment = Payment.objects.filter(order=order.reference).select_related("card").first()
    postings = LedgerTransaction.objects.filter(cause_reference__in=[order.reference, *lines])
    subjects = [order.reference, *lines, *([payment.reference] if payment else [])]
    return Dossier(
        stands,
        [CarrierSide(each, operations.get(each.line.reference)) for each in stands.lines],
        payment,
        list(Refund.objects.filter(line__in=lines).order_by("id")),
        list(postings.prefetch_related("entries__account").order_by("id")),
        list(order.agreements.order_by("country", "number_type")),
        list(DueWork.objects.filter(subject__in=subjects).order_by("due_at")),
    )


@require_GET
@requires(Act.VIEW_PLATFORM)
def find_order(request: PlatformRequest, reference: UUID, subject: UUID) -> HttpResponseRedirect:
    """Lead to the order that something is about: itself, a line, its payment or a refund."""
    customer = _find(reference)
    order = run_in_tenant(customer.reference, partial(_order_about, subject))
    if not order:
        messages.info(request, NO_ORDER)
        return redirect("desk:tenant", reference=customer.reference)
    return redirect("desk:tenant-order", reference=customer.reference, order=order)


def _order_about(subject: UUID) -> UUID | None:
    """Return the order's reference, or None for what fills a balance or is not this tenant's."""
    line = OrderLine.objects.filter(reference=subject).values_list("order__reference", flat=True)
    payment = Payment.objects.filter(reference=subject).values_list("order", flat=True)
    refund = Refund.objects.filter(reference=subject).values_list("payment__order", flat=True)
    about = line.first() or payment.first() or refund.first() or subject
    return Order.objects.filter(reference=about).values_list("reference", flat=True).first()


def _find(reference: UUID) -> Tenant:
    """Return a tenant that has a schema. Raises Http404."""
    customers = Tenant.objects.exclude(state=TenantState.PREPARING)
    return get_object_or_404(customers, reference=reference)
