"""A tenant's money: its balance, its cards and its statement."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from tenants.http import TenantRequest
from tenants.permissions import Act, requires


@require_GET
@requires(Act.RUN_TENANT)
def overview(request: TenantRequest) -> HttpResponse:
    return render(request, "billing/overview.html", {})
