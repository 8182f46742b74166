"""Finding out whose site a request is for. The exact host decides, and nothing else."""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.shortcuts import render
from django.utils import timezone

from tenants.http import Platform
from tenants.models import Host, TenantState

UNKNOWN_HOST = "There is no site at this address. Check its spelling."


class HostMiddleware:
    """Select the schema of the request's host, or answer that no site is there.

    It stays selected until the next request, because a streamed answer is still being written.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        connection.set_schema_to_public()
        try:
            host = request.get_host().partition(":")[0].lower()
        except DisallowedHost:
            return HttpResponseNotFound(UNKNOWN_HOST, content_type="text/plain")
        # The edge of the request: the one place where it reads the clock.
        request.at = timezone.now()  # type: ignore[attr-defined]
        if host == settings.PLATFORM_HOST:
            return self._serve_platform(request)
        return self._serve_tenant(request, host)

    def _serve_platform(self, request: HttpRequest) -> HttpResponse:
        request.tenant = Platform()  # type: ignore[attr-defined]
        request.urlconf = settings.PUBLIC_SCHEMA_URLCONF  # type: ignore[attr-defined]
        return self.get_response(request)

    def _serve_tenant(self, request: HttpRequest, host: str) -> HttpResponse:
        found = Host.objects.select_related("tenant").filter(domain=host).first()
        if not found or found.tenant.state == TenantState.CLOSED:
            return HttpResponseNotFound(UNKNOWN_HOST, content_type="text/plain")
        tenant = found.tenant
        request.tenant = tenant  # type: ignore[attr-defined]
        request.urlconf = settings.ROOT_URLCONF  # type: ignore[attr-defined]
        if tenant.state == TenantState.PREPARING:
            return render(request, "tenants/preparing.html", {"tenant": tenant}, status=503)
        if tenant.state == TenantState.SUSPENDED:
            return render(request, "tenants/suspended.html", {"tenant": tenant}, status=403)
        connection.set_tenant(tenant)
        return self.get_response(request)
