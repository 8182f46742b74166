"""Who is asking: the role and the name that a signed-in person has on this host."""

from collections.abc import Callable

from allauth.mfa.utils import is_mfa_enabled
from django.contrib import auth
from django.http import HttpRequest, HttpResponse

from lifecycle.actors import SYSTEM, Actor, ActorKind
from people.models import Member
from tenants.models import Staff
from users.models import User


class IdentityMiddleware:
    """Set `role`, `actor` and `has_second_factor` on each request; role "" for strangers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        identify(request)
        return self.get_response(request)


def identify(request: HttpRequest) -> None:
    """Say who asks. The session of somebody who has lost their place here ends now."""
    request.role, request.actor, request.has_second_factor = "", SYSTEM, False  # type: ignore[attr-defined]
    user = request.user
    if not user.is_authenticated:
        return
    person = find_person(request, user)
    if not person:
        auth.logout(request)
        return
    is_platform = request.tenant.is_platform  # type: ignore[attr-defined]
    kind = ActorKind.STAFF if is_platform else ActorKind.MEMBER
    request.role = person.role  # type: ignore[attr-defined]
    request.actor = Actor(kind, person.reference, user.get_full_name())  # type: ignore[attr-defined]
    # Asked for staff alone: a tenant's people choose whether to have one.
    request.has_second_factor = is_platform and is_mfa_enabled(user)  # type: ignore[attr-defined]


def find_person(request: HttpRequest, user: User) -> Staff | Member | None:
    """Return the place that `user` has on the request's host, unless it has been taken away."""
    if request.tenant.is_platform:  # type: ignore[attr-defined]
        return Staff.objects.filter(user=user, deactivated_at=None).first()
    return Member.objects.filter(user=user, deactivated_at=None).first()
