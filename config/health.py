"""What whoever watches the web process asks."""

from django.db import connection
from django.http import HttpResponse
from django.views.decorators.http import require_GET

from tenants.http import PlatformRequest
from tenants.permissions import open_to_all


@require_GET
@open_to_all
def healthz(request: PlatformRequest) -> HttpResponse:
    """Answer ok if the database answers; without it nothing here works."""
    with connection.cursor() as cursor:
        cursor.execute("select 1")
    return HttpResponse("ok", content_type="text/plain")
