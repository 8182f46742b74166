"""Finding out whose site a request is for. The exact host decides, and nothing else."""

from collections.abc import Callable, Iterator
from typing import cast

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.db import connection
from django.http import (
    FileResponse,
    HttpRequest,
    HttpResponse,
    HttpResponseNotFound,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.utils import timezone

from tenants.http import Platform
from tenants.models import Host, Tenant, TenantState

UNKNOWN_HOST = "There is no site at this address. Check its spelling."
Answer = Callable[[HttpRequest], HttpResponse]


class HostMiddleware:
    """Select the schema of the request's host, or answer that no site is there."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        connection.set_schema_to_public()  # type: ignore[attr-defined]
        try:
            host = request.get_host().partition(":")[0].lower()
        except DisallowedHost:
            return _unknown_host()
        # The edge of the request: the one place where it reads the clock.
        request.at = timezone.now()  # type: ignore[attr-defined]
        try:
            if host == settings.PLATFORM_HOST:
                return self._serve_platform(request)
            return self._serve_tenant(request, host)
        finally:
            connection.set_schema_to_public()  # type: ignore[attr-defined]

    def _serve_platform(self, request: HttpRequest) -> HttpResponse:
        request.tenant = Platform()  # type: ignore[attr-defined]
        request.urlconf = settings.PUBLIC_SCHEMA_URLCONF
        return self.get_response(request)

    def _serve_tenant(self, request: HttpRequest, host: str) -> HttpResponse:
        found = Host.objects.select_related("tenant").filter(domain=host).first()
        if not found or found.tenant.state == TenantState.CLOSED:
            return _unknown_host()
        request.tenant = found.tenant  # type: ignore[attr-defined]
        request.urlconf = settings.ROOT_URLCONF
        if not found.tenant.is_open:
            return self.get_response(request)
        connection.set_tenant(found.tenant)  # type: ignore[attr-defined]
        with timezone.override(found.tenant.time_zone):
            response = self.get_response(request)
        if isinstance(response, StreamingHttpResponse) and not isinstance(response, FileResponse):
            response.streaming_content = _streamed(response, found.tenant)
        return response


class DoorMiddleware:
    """Tell whoever comes to a site that is not open why, before anybody is asked who they are.

    It stands behind what serves static files and before what opens a session: a tenant that is
    being prepared has no schema yet, and what is read now would come from the public one.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        tenant = request.tenant  # type: ignore[attr-defined]
        if tenant.is_platform or tenant.is_open:
            return self.get_response(request)
        if tenant.state == TenantState.PREPARING:
            return render(request, "tenants/preparing.html", {"tenant": tenant}, status=503)
        return render(request, "tenants/suspended.html", {"tenant": tenant}, status=403)


def _streamed(response: StreamingHttpResponse, tenant: Tenant) -> Iterator[bytes]:
    """Yield what `response` streams, such as a CSV file, in the tenant's schema once more.

    It is read when the middleware has returned and the public schema is selected again.
    """
    content = cast(Iterator[bytes], response.streaming_content)

    def stream() -> Iterator[bytes]:
        before = connection.tenant  # type: ignore[attr-defined]
        connection.set_tenant(tenant)  # type: ignore[attr-defined]
        try:
            with timezone.override(tenant.time_zone):
                yield from content
        finally:
            connection.set_tenant(before)  # type: ignore[attr-defined]

    return stream()


def _unknown_host() -> HttpResponse:
    return HttpResponseNotFound(UNKNOWN_HOST, content_type="text/plain")
