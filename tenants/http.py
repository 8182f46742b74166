"""The request that every view of ours receives."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from lifecycle.actors import Actor
from tenants.models import Tenant
from users.models import User


@dataclass(frozen=True, slots=True)
class Platform:
    """What stands in `request.tenant` on the platform's own host."""

    name: str = "Platform"
    schema_name: str = "public"
    is_platform: bool = True


class PlatformRequest(HttpRequest):
    """A request to the platform's host. `at` is the time it came in, `role` is "" for strangers."""

    user: User
    htmx: HtmxDetails
    at: datetime
    role: str
    actor: Actor
    has_second_factor: bool


class TenantRequest(PlatformRequest):
    """A request to a tenant's host."""

    tenant: Tenant


def go(request: PlatformRequest, path: str) -> HttpResponse:
    """Lead to another page after a form; htmx would put a plain redirect's page into this one."""
    return HttpResponseClientRedirect(path) if request.htmx else HttpResponseRedirect(path)


def is_part(request: PlatformRequest) -> bool:
    """Tell whether htmx asks for a part of the page; who goes back needs the whole of it."""
    return bool(request.htmx) and not request.htmx.history_restore_request
