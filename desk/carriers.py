"""Our accounts at carriers: health, keys, freshness of their offers, and whether we buy there."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from carriers import connecting, health
from carriers.connecting import NotShrunk
from carriers.models import OPEN_OPERATIONS, Connection
from tenants.http import PlatformRequest, is_part
from tenants.models import StaffAct
from tenants.permissions import Act, requires


class ReplaceKeyForm(forms.Form):
    """A key is written and never shown again."""

    key = forms.CharField(
        label="New key",
        min_length=8,
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="Replaces the present key at once. It is stored sealed and never shown.",
    )


@require_GET
@requires(Act.VIEW_PLATFORM)
def carriers(request: PlatformRequest) -> HttpResponse:
    return render(request, "desk/carriers.html", {"connections": with_open_operations()})


@require_GET
@requires(Act.VIEW_PLATFORM)
def carrier(request: PlatformRequest, reference: UUID) -> HttpResponse:
    connection = get_object_or_404(with_open_operations(), reference=reference)
    return _page(request, connection, ReplaceKeyForm())


@require_POST
@requires(Act.RUN_PLATFORM)
def switch_buying(request: PlatformRequest, reference: UUID) -> HttpResponse:
    is_allowed = request.POST.get("buying") == "on"
    connecting.switch_buying(
        find(reference), is_allowed=is_allowed, actor=request.actor, at=request.at
    )
    messages.success(request, "Buying is on." if is_allowed else "Buying is off.")
    return back(reference)


@require_POST
@requires(Act.RUN_PLATFORM)
def replace_key(request: PlatformRequest, reference: UUID) -> HttpResponse:
    form = ReplaceKeyForm(request.POST)
    connection = get_object_or_404(with_open_operations(), reference=reference)
    if not form.is_valid():
        return _page(request, connection, form)
    key = form.cleaned_data["key"]
    connecting.replace_key(connection, key, actor=request.actor, at=request.at)
    messages.success(request, "The key is replaced. Check the account to see whether it works.")
    return back(reference)


@require_POST
@requires(Act.RUN_PLATFORM)
def ask_sync(request: PlatformRequest, reference: UUID) -> HttpResponse:
    connecting.ask_sync(find(reference), actor=request.actor, at=request.at)
    messages.info(request, "A fresh list of offers has been asked for.")
    return back(reference)


@require_POST
@requires(Act.RUN_PLATFORM)
def take_shrunken_feed(request: PlatformRequest, reference: UUID) -> HttpResponse:
    try:
        connecting.take_shrunken_feed(find(reference), actor=request.actor, at=request.at)
    except NotShrunk as refusal:
        messages.error(request, str(refusal))
    else:
        messages.info(request, "The feed is read again, and what it lacks is taken out of sale.")
    return back(reference)


@require_POST
@requires(Act.RUN_PLATFORM)
def check_account(request: PlatformRequest, reference: UUID) -> HttpResponse:
    health.check_account(find(reference), at=request.at)
    return back(reference)


def with_open_operations() -> QuerySet[Connection]:
    is_open = Q(operation__state__in=OPEN_OPERATIONS)
    open_operations = Count("operation", filter=is_open)
    return Connection.objects.annotate(open_operations=open_operations).order_by("name")


def find(reference: UUID) -> Connection:
    return get_object_or_404(Connection, reference=reference)


def back(reference: UUID) -> HttpResponseRedirect:
    return redirect("desk:carrier", reference=reference)


def _page(request: PlatformRequest, connection: Connection, form: ReplaceKeyForm) -> HttpResponse:
    context = {
        "connection": connection,
        "has_shrunk": connecting.has_shrunk(connection),
        "form": form,
        "acts": StaffAct.objects.filter(subject=connection.reference).order_by("-id")[:30],
    }
    if is_part(request) and not form.is_bound:
        return render(request, "desk/_carrier.html", context)
    return render(request, "desk/carrier.html", context, status=422 if form.is_bound else 200)
