"""The customers of the platform: finding, adding, suspending and closing them."""

from uuid import UUID

import django_filters
from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpResponse, HttpResponseRedirect, QueryDict, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lifecycle.models import IllegalTransition, Overtaken
from listing.exporting import csv_response
from listing.paging import page_by_key
from people.membership import drop_second_factor
from people.models import Member, MemberRole
from stock.models import Holding, HoldingState
from stock.price_lists import lists_of
from tenants import grouping, signing_up, suspending
from tenants.forms import NewTenantForm
from tenants.http import PlatformRequest, is_part
from tenants.models import (
    Host,
    SignUp,
    SignUpState,
    StaffAct,
    StaffActKind,
    Tenant,
    TenantGroup,
    TenantState,
)
from tenants.permissions import Act, requires
from tenants.schemas import run_in_tenant
from tenants.staff_acts import record

EXPORT_HEADER = ["Name", "Site", "State", "Country", "Currency", "Billing e-mail", "Since"]


class TenantFilter(django_filters.FilterSet):
    """Which tenants to show."""

    q = django_filters.CharFilter(method="by_words", label="Name, site or e-mail")
    state = django_filters.ChoiceFilter(choices=TenantState, empty_label="Any state")
    group = django_filters.ModelChoiceFilter(
        queryset=TenantGroup.objects.order_by("name"),
        to_field_name="reference",
        empty_label="Any group",
    )
    holds = django_filters.BooleanFilter(
        method="by_holding", label="Holds numbers", widget=forms.CheckboxInput
    )

    class Meta:
        model = Tenant
        fields: list[str] = []

    def by_words(self, tenants: QuerySet[Tenant], name: str, typed: str) -> QuerySet[Tenant]:
        hosts = Host.objects.filter(tenant=OuterRef("pk"), domain__icontains=typed)
        return tenants.filter(
            Q(name__icontains=typed) | Q(billing_email__icontains=typed) | Exists(hosts)
        )

    def by_holding(self, tenants: QuerySet[Tenant], name: str, wanted: bool) -> QuerySet[Tenant]:
        held = Holding.objects.filter(tenant=OuterRef("pk")).exclude(state=HoldingState.CLOSED)
        return tenants.filter(Exists(held)) if wanted else tenants


class ReasonForm(forms.Form):
    """Why something is done. Each has a dialog of its own on the same page, so its own ids."""

    dialog = "resume"
    reason = forms.CharField(max_length=200, help_text="Kept for good, with your name.")

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data, auto_id=f"{self.dialog}_%s")


class SuspendForm(ReasonForm):
    dialog = "suspend"
    reason = forms.CharField(max_length=200, help_text="Shown to whoever opens the site.")


class GroupForm(forms.Form):
    group = forms.ModelChoiceField(
        TenantGroup.objects.order_by("name"),
        required=False,
        to_field_name="reference",
        empty_label="No group",
        help_text="It buys at the group's prices, and at those for everybody where it has none.",
    )


class CloseForm(ReasonForm):
    dialog = "close"
    confirm = forms.CharField(max_length=100)

    def __init__(self, data: QueryDict | None = None, *, name: str) -> None:
        super().__init__(data)
        self.name = name

    def clean_confirm(self) -> str:
        typed: str = self.cleaned_data["confirm"]
        if typed != self.name:
            raise forms.ValidationError("Type the tenant's name exactly as it is written.")
        return typed


@require_GET
@requires(Act.VIEW_PLATFORM)
def tenants(request: PlatformRequest) -> HttpResponse:
    everybody = Tenant.objects.prefetch_related("domains")
    chosen = TenantFilter(request.GET, queryset=everybody)
    context = {
        "filter": chosen,
        "page": page_by_key(chosen.qs, request, key="id", newest_first=True),
        "waiting": SignUp.objects.filter(state=SignUpState.CONFIRMED).order_by("asked_at")[:20],
        "query": request.GET.urlencode(),
    }
    template = "desk/_tenants.html" if is_part(request) else "desk/tenants.html"
    return render(request, template, context)


@require_GET
@requires(Act.VIEW_PLATFORM)
def export_tenants(request: PlatformRequest) -> StreamingHttpResponse:
    chosen = TenantFilter(request.GET, queryset=Tenant.objects.order_by("id")).qs
    rows = chosen.filter(domains__is_primary=True).values_list(
        "name", "domains__domain", "state", "country", "currency", "billing_email", "created_at"
    )
    return csv_response("tenants", EXPORT_HEADER, rows.iterator())


@require_http_methods(["GET", "POST"])
@requires(Act.RUN_PLATFORM)
def add_tenant(request: PlatformRequest) -> HttpResponse:
    form = NewTenantForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "desk/add_tenant.html", {"form": form}, status=status)
    signing_up.add_tenant(**form.cleaned_data, actor=request.actor, at=request.at)
    messages.success(request, f"The site of {form.cleaned_data['company']} is being made.")
    return redirect("desk:tenants")


@require_GET
@requires(Act.VIEW_PLATFORM)
def tenant(request: PlatformRequest, reference: UUID) -> HttpResponse:
    return _page(request, _find(reference))


@require_POST
@requires(Act.RUN_PLATFORM)
def change_group(request: PlatformRequest, reference: UUID) -> HttpResponse:
    customer, form = _find(reference), GroupForm(request.POST)
    if not form.is_valid():
        return _page(request, customer, group_form=form)
    group = form.cleaned_data["group"]
    grouping.change_group(customer, group, actor=request.actor, at=request.at)
    words = f"buys as one of {group} now" if group else "is in no group now"
    messages.success(request, f"{customer.name} {words}.")
    return redirect("desk:tenant", reference=reference)


@require_POST
@requires(Act.RUN_PLATFORM)
def suspend_tenant(request: PlatformRequest, reference: UUID) -> HttpResponse:
    customer, form = _find(reference), SuspendForm(request.POST)
    if not form.is_valid():
        return _page(request, customer, suspend_form=form)
    try:
        suspending.suspend(customer, **form.cleaned_data, actor=request.actor, at=request.at)
    except (IllegalTransition, Overtaken):
        return _moved_on(request, customer)
    messages.success(request, f"{customer.name} is suspended. Its site says why.")
    return redirect("desk:tenant", reference=reference)


@require_POST
@requires(Act.RUN_PLATFORM)
def resume_tenant(request: PlatformRequest, reference: UUID) -> HttpResponse:
    customer, form = _find(reference), ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, customer, resume_form=form)
    try:
        suspending.resume(customer, **form.cleaned_data, actor=request.actor, at=request.at)
    except (IllegalTransition, Overtaken):
        return _moved_on(request, customer)
    messages.success(request, f"{customer.name} is open again.")
    return redirect("desk:tenant", reference=reference)


@require_POST
@requires(Act.RUN_PLATFORM)
def close_tenant(request: PlatformRequest, reference: UUID) -> HttpResponse:
    customer = _find(reference)
    form = CloseForm(request.POST, name=customer.name)
    if not form.is_valid():
        return _page(request, customer, close_form=form)
    reason = form.cleaned_data["reason"]
    try:
        suspending.close(customer, reason=reason, actor=request.actor, at=request.at)
    except (IllegalTransition, Overtaken):
        return _moved_on(request, customer)
    messages.success(request, f"{customer.name} is closed.")
    return redirect("desk:tenant", reference=reference)


@require_POST
@requires(Act.RUN_PLATFORM)
def reset_admin_factor(request: PlatformRequest, reference: UUID, admin: UUID) -> HttpResponse:
    """Take off the second factor of a tenant's admin who has lost it."""
    customer = _find(reference)
    if customer.state not in (TenantState.READY, TenantState.SUSPENDED):
        return _moved_on(request, customer)
    with transaction.atomic():
        name = run_in_tenant(reference, lambda: _drop_factor(request, customer, admin))
        record(
            StaffActKind.ADMIN_FACTOR_RESET,
            subject=customer.reference,
            subject_name=customer.name,
            reason=name,
            actor=request.actor,
            at=request.at,
        )
    messages.success(request, f"{name} signs in by password alone now.")
    return redirect("desk:tenant", reference=reference)


def _drop_factor(request: PlatformRequest, customer: Tenant, admin: UUID) -> str:
    admins = Member.objects.filter(role=MemberRole.ADMIN, deactivated_at=None)
    member = get_object_or_404(admins.select_related("user"), reference=admin)
    drop_second_factor(customer, member, actor=request.actor, at=request.at)
    return member.user.get_full_name()


def _page(request: PlatformRequest, customer: Tenant, **refused: forms.Form) -> HttpResponse:
    is_running = customer.state in (TenantState.READY, TenantState.SUSPENDED)
    context = {
        "tenant": customer,
        "host": customer.domains.filter(is_primary=True).get().domain,
        "held": customer.holdings.exclude(state=HoldingState.CLOSED).count(),
        "admins": run_in_tenant(customer.reference, _admins) if is_running else [],
        "acts": StaffAct.objects.filter(subject=customer.reference).order_by("-id")[:30],
        "price_lists": lists_of(customer).select_related("group"),
        "group_form": GroupForm(initial={"group": customer.group and customer.group.reference}),
        "suspend_form": SuspendForm(),
        "resume_form": ReasonForm(),
        "close_form": CloseForm(name=customer.name),
        **refused,
    }
    return render(request, "desk/tenant.html", context, status=422 if refused else 200)


def _admins() -> list[Member]:
    admins = Member.objects.filter(role=MemberRole.ADMIN, deactivated_at=None)
    return list(admins.select_related("user").order_by("user__email"))


def _find(reference: UUID) -> Tenant:
    return get_object_or_404(Tenant, reference=reference)


def _moved_on(request: PlatformRequest, customer: Tenant) -> HttpResponseRedirect:
    customer.refresh_from_db()
    messages.error(request, f"{customer.name} is {customer.get_state_display().lower()} by now.")
    return redirect("desk:tenant", reference=customer.reference)
