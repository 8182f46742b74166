"""Nothing is open by accident: every URL says who may call it, or nothing starts."""

from collections.abc import Iterator, Sequence
from importlib import import_module

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.urls import URLPattern, URLResolver

Route = tuple[str, URLPattern]


def check_every_url_has_a_permission(**kwargs: object) -> list[CheckMessage]:
    """Report the URLs, of both hosts, whose view is neither `requires` nor `open_to_all`."""
    return [
        Error(
            f"{urlconf}: nothing says who may call /{route}",
            hint="Decorate the view with tenants.permissions.requires(Act.…) or open_to_all.",
            id="numberyard.E001",
        )
        for urlconf in (settings.ROOT_URLCONF, settings.PUBLIC_SCHEMA_URLCONF)
        for route, pattern in routes(urlconf)
        if not hasattr(pattern.callback, "permission")
    ]


def routes(urlconf: str) -> Iterator[Route]:
    """Yield every route of a urlconf with its pattern, those of its includes too."""
    yield from _walk(import_module(urlconf).urlpatterns, "")


def _walk(patterns: Sequence[URLPattern | URLResolver], before: str) -> Iterator[Route]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, route)
        else:
            yield route, pattern
