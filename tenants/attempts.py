"""Counting attempts in the cache. Without it nobody could be stopped, so nothing is tried."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.core import ratelimit
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from redis.exceptions import RedisError

from tenants.permissions import View


def counting(view: View) -> View:
    """Answer 503 when attempts cannot be counted."""

    @wraps(view)
    def counted(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except RedisError:
            return render(request, "account/busy.html", status=503)

    return counted


def limited(action: str) -> Callable[[View], View]:
    """Answer 429 beyond the rate that ACCOUNT_RATE_LIMITS has for `action`, 503 uncounted."""

    def decorate(view: View) -> View:
        @wraps(view)
        def tried(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not ratelimit.consume(request, action=action):
                return render(request, "429.html", status=429)
            return view(request, *args, **kwargs)

        return counting(tried)

    return decorate
