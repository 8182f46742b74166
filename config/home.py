"""The first page of each host, and what every page needs: the choice of colours."""

from datetime import timedelta

from django.db.models import Count, Q, Sum
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from billing.ledger import wallet_balance
from carriers.models import Operation, OperationState
from config.shell import THEMES
from inventory import finding
from notices.models import MailState, OutboxMail
from purchase.models import FINAL_LINES, Order, OrderLine
from stock.models import HoldingState, NumberType, PlaceCount, PlaceLevel
from tenants.http import PlatformRequest, TenantRequest
from tenants.models import Tenant, TenantState
from tenants.permissions import Act, Role, open_to_all, requires
from tenants.platform_settings import read_setting

THEME_SECONDS = 365 * 24 * 3600
# A number is about to expire when its paid time ends this soon.
EXPIRES_SOON = timedelta(days=7)
NEED_ACTION = [
    HoldingState.AWAITING_REGISTRATION,
    HoldingState.SUSPENDED,
    HoldingState.DELAYED_REMOVAL,
]


@require_GET
@requires(Act.SEE_NUMBERS)
def tenant_home(request: TenantRequest) -> HttpResponse:
    numbers = finding.open_holdings(request.tenant)
    due = Q(state__in=NEED_ACTION) | Q(
        state=HoldingState.CANCELLING, paid_until__lte=request.at + EXPIRES_SOON
    )
    needing_action = numbers.filter(due).select_related("number").order_by("digits")[:5]
    under_way = OrderLine.objects.exclude(state__in=FINAL_LINES)
    context = {
        "number_count": numbers.count(),
        "needing_action": list(finding.with_held_numbers(needing_action, at=request.at)),
        "lines_under_way": under_way.count(),
        "orders": Order.objects.filter(lines__in=under_way)
        .annotate(open_lines=Count("lines", filter=~Q(lines__state__in=FINAL_LINES)))
        .order_by("-placed_at")[:5],
        "balance": wallet_balance(request.tenant.currency) if _may_pay(request) else None,
    }
    return render(request, "home/tenant.html", context)


@require_GET
@requires(Act.VIEW_PLATFORM)
def platform_home(request: PlatformRequest) -> HttpResponse:
    low = read_setting("stock.low_below")
    regions = PlaceCount.objects.filter(level=PlaceLevel.REGION)
    places = regions.values("country", "number_type").annotate(left=Sum("available"))
    low_stock = [
        {**place, "type": NumberType(place["number_type"]).label}
        for place in places.filter(left__lt=low).order_by("left")[:10]
    ]
    context = {
        "tenant_count": Tenant.objects.filter(state=TenantState.READY).count(),
        "suspended_count": Tenant.objects.filter(state=TenantState.SUSPENDED).count(),
        "unknown_operations": Operation.objects.filter(state=OperationState.UNKNOWN).count(),
        "failed_mails": OutboxMail.objects.filter(state=MailState.FAILED).count(),
        "low_stock": low_stock,
        "low_below": low,
    }
    return render(request, "home/platform.html", context)


@require_POST
@open_to_all
def theme(request: PlatformRequest) -> HttpResponse:
    """Keep the choice of colours in this browser for a year, and go back to where it was made."""
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure()):
        back = "/"
    response = HttpResponseRedirect(back)
    chosen = request.POST.get("theme", "")
    if chosen in THEMES:
        response.set_cookie(
            "theme",
            chosen,
            max_age=THEME_SECONDS,
            samesite="Lax",
            secure=request.is_secure(),
        )
    return response


def _may_pay(request: TenantRequest) -> bool:
    return Role(request.role) in Act.PAY.roles
