"""A tenant's balance, what has changed it, and what decides its VAT."""

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from billing import cards, ledger
from billing.models import Pocket
from billing.statement import HEADER, export_rows, statement
from billing.tax_number import TaxNumberForm, change_tax_number
from listing.exporting import csv_response
from listing.paging import page_by_key
from people.models import MemberAct, MemberActKind
from stock.regions import country_name
from stock.vat import RateMissing, vat_of
from tenants.http import TenantRequest, is_part
from tenants.permissions import Act, requires


@require_GET
@requires(Act.RUN_TENANT)
def overview(request: TenantRequest) -> HttpResponse:
    currency = request.tenant.currency
    context = {
        "balance": ledger.wallet_balance(currency),
        "held": ledger.balance(Pocket.HELD, currency),
        "currency": currency,
        "cards": cards.saved_cards(),
        "page": page_by_key(statement(), request, key="id", newest_first=True),
    }
    return render(
        request, "billing/_statement.html" if is_part(request) else "billing/overview.html", context
    )


@require_GET
@requires(Act.RUN_TENANT)
def export(request: TenantRequest) -> StreamingHttpResponse:
    return csv_response("statement", HEADER, export_rows())


@require_http_methods(["GET", "POST"])
@requires(Act.RUN_TENANT)
def tax_details(request: TenantRequest) -> HttpResponse:
    """Show the tax number and which VAT follows from it, and let it be changed."""
    tenant = request.tenant
    is_post = request.method == "POST"
    form = TaxNumberForm(
        tenant, request.POST if is_post else None, initial={"number": tenant.vat_number}
    )
    if form.is_valid():
        number = form.cleaned_data["number"]
        change_tax_number(tenant, number, actor=request.actor, at=request.at)
        messages.success(request, "Saved. It holds for what you buy from now on.")
        return redirect("billing:tax-details")
    acts = MemberAct.objects.filter(kind=MemberActKind.TAX_NUMBER).order_by("-id")[:20]
    context = {"form": form, "country": country_name(tenant.country), "acts": acts}
    try:
        context["charged"] = vat_of(tenant, at=request.at)
    except RateMissing as missing:
        context["missing"] = str(missing)
    return render(request, "billing/tax_details.html", context, status=422 if is_post else 200)
