"""Groups of tenants, which may buy at prices of their own."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from tenants import grouping
from tenants.grouping import GroupExists, GroupInUse
from tenants.http import PlatformRequest
from tenants.models import StaffAct, TenantGroup
from tenants.permissions import Act, requires

SHOWN = 100


class GroupForm(forms.Form):
    name = forms.CharField(max_length=60)


@require_GET
@requires(Act.VIEW_PLATFORM)
def groups(request: PlatformRequest) -> HttpResponse:
    return _overview(request, GroupForm())


@require_POST
@requires(Act.RUN_PLATFORM)
def add_group(request: PlatformRequest) -> HttpResponse:
    form = GroupForm(request.POST)
    if not form.is_valid():
        return _overview(request, form)
    try:
        added = grouping.add_group(**form.cleaned_data, actor=request.actor, at=request.at)
    except GroupExists as refusal:
        form.add_error("name", str(refusal))
        return _overview(request, form)
    messages.success(request, f"{added} is there. Add a price list for it, and put tenants in.")
    return redirect("desk:group", reference=added.reference)


@require_GET
@requires(Act.VIEW_PLATFORM)
def group(request: PlatformRequest, reference: UUID) -> HttpResponse:
    return _page(request, _find(reference))


@require_POST
@requires(Act.RUN_PLATFORM)
def rename_group(request: PlatformRequest, reference: UUID) -> HttpResponse:
    found, form = _find(reference), GroupForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form)
    try:
        grouping.rename_group(found, **form.cleaned_data, actor=request.actor, at=request.at)
    except GroupExists as refusal:
        form.add_error("name", str(refusal))
        return _page(request, found, form)
    messages.success(request, f"The group is called {found} now.")
    return redirect("desk:group", reference=reference)


@require_POST
@requires(Act.RUN_PLATFORM)
def remove_group(request: PlatformRequest, reference: UUID) -> HttpResponse:
    found = _find(reference)
    try:
        grouping.remove_group(found, actor=request.actor, at=request.at)
    except GroupInUse as refusal:
        messages.error(request, str(refusal))
        return redirect("desk:group", reference=reference)
    messages.success(request, f"The group {found} is gone.")
    return redirect("desk:groups")


def _overview(request: PlatformRequest, form: GroupForm) -> HttpResponse:
    counted = TenantGroup.objects.annotate(
        tenant_count=Count("tenants", distinct=True), list_count=Count("price_lists", distinct=True)
    )
    context = {"groups": counted.order_by("name"), "form": form}
    return render(request, "desk/groups.html", context, status=422 if form.is_bound else 200)


def _page(
    request: PlatformRequest, found: TenantGroup, form: GroupForm | None = None
) -> HttpResponse:
    context = {
        "group": found,
        "tenants": found.tenants.order_by("name")[:SHOWN],
        "tenant_count": found.tenants.count(),
        "lists": found.price_lists.order_by("currency"),
        "form": form or GroupForm(initial={"name": found.name}),
        "acts": StaffAct.objects.filter(subject=found.reference).order_by("-id")[:10],
    }
    return render(request, "desk/group.html", context, status=422 if form else 200)


def _find(reference: UUID) -> TenantGroup:
    return get_object_or_404(TenantGroup, reference=reference)
