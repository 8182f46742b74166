"""What a visitor gets when a request cannot be answered."""

import sys
from collections.abc import Callable

from django.db import DataError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views import defaults

TRY_AGAIN_SECONDS = 5


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 503 while the database is away, so that whoever asked comes back, and else 500."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        headers = {"Retry-After": str(TRY_AGAIN_SECONDS)}
        return HttpResponse(render_to_string("503.html"), status=503, headers=headers)
    return defaults.server_error(request)


class NulMiddleware:
    """Answer 400 to what holds a NUL: PostgreSQL keeps none, and forms of ours refuse it in words.

    It has got as far as the database where a value of the address is looked up as it came.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, DataError) and "NUL (0x00)" in str(exception):
            return defaults.bad_request(request, exception)
        return None
