"""What the platform is busy with, and what needs a person: mail, operations, stuck work."""

from datetime import timedelta
from uuid import UUID

from django.db.models import Q
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from billing.payments import SETTLE_PAYMENT, SETTLE_REFUND
from carriers.models import OPEN_OPERATIONS, Operation, OperationState
from listing.paging import page_by_key
from notices import relaying
from notices.models import MailState, OutboxMail
from purchase.finishing import CHARGE_ORDER, SETTLE_LINE
from tenants.http import PlatformRequest
from tenants.permissions import Act, requires
from work.models import DueWork, SecurityEvent, WebhookEvent, WebhookState

# A sweep comes every few seconds; what is this late has been missed by many.
LATE = timedelta(minutes=2)
# How long an operation may be open before somebody should look.
SLOW = timedelta(minutes=15)
MANY_CLAIMS = 5
SHOWN = 50
# What is done for an order.
ORDER_WORK = [SETTLE_LINE, CHARGE_ORDER, SETTLE_PAYMENT, SETTLE_REFUND]


@require_GET
@requires(Act.VIEW_PLATFORM)
def work(request: PlatformRequest) -> HttpResponse:
    late = request.at - LATE
    stuck = DueWork.objects.filter(
        Q(lease_until=None, due_at__lt=late)
        | Q(lease_until__lt=late)
        # Claimed again and again, and never given back: it kills whoever takes it up.
        | Q(lease_until__isnull=False, attempts__gte=MANY_CLAIMS)
    )
    unknown = Operation.objects.filter(
        Q(state__in=[OperationState.UNKNOWN, OperationState.SENT])
        | Q(state__in=OPEN_OPERATIONS, created_at__lt=request.at - SLOW)
    )
    mails = OutboxMail.objects.all()
    chosen = request.GET.get("mail", "")
    if chosen in MailState.values:
        mails = mails.filter(state=chosen)
    context = {
        "stuck": stuck.order_by("due_at")[:SHOWN],
        "unknown": unknown.select_related("connection", "tenant").order_by("created_at")[:SHOWN],
        "webhooks": WebhookEvent.objects.filter(
            Q(state=WebhookState.FAILED) | Q(state=WebhookState.RECEIVED, received_at__lt=late)
        ).order_by("received_at")[:SHOWN],
        "security": SecurityEvent.objects.order_by("-at")[:SHOWN],
        "mails": page_by_key(mails, request, key="id", newest_first=True),
        "mail_state": chosen,
        "mail_states": MailState.choices,
        "order_work": ORDER_WORK,
    }
    return render(request, "desk/work.html", context)


@require_POST
@requires(Act.RUN_PLATFORM)
def send_mail_again(request: PlatformRequest, reference: UUID) -> HttpResponse:
    relaying.send_again(get_object_or_404(OutboxMail, reference=reference), at=request.at)
    return HttpResponseRedirect(f"{reverse('desk:work')}#mail")
