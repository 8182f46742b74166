"""Who may do what: the table of acts and roles as data. Each URL names its act, or is open."""

from collections.abc import Callable
from enum import Enum, StrEnum
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from tenants.http import PlatformRequest

View = Callable[..., HttpResponseBase]


class Role(StrEnum):
    """Members and admins exist on a tenant's host alone, the others on the platform's alone."""

    MEMBER = "member"
    ADMIN = "admin"
    SUPPORT = "support"
    OPERATOR = "operator"


STAFF_ROLES = frozenset({Role.SUPPORT, Role.OPERATOR})


class Act(Enum):
    """What people do here, in the rows of features.md, with the roles that may."""

    SEE_NUMBERS = frozenset({Role.MEMBER, Role.ADMIN}), "see numbers, search, fill a cart"
    PAY = frozenset({Role.ADMIN}), "pay, cancel, renew, port, documents"
    EDIT_NUMBERS = frozenset({Role.MEMBER, Role.ADMIN}), "edit routing, labels, description"
    RUN_TENANT = frozenset({Role.ADMIN}), "people, settings, payment methods"
    OWN_SIGN_IN = frozenset(Role), "own password, second factor"
    VIEW_PLATFORM = frozenset({Role.SUPPORT, Role.OPERATOR}), "view stock, tenants, carriers, work"
    RUN_PLATFORM = frozenset({Role.OPERATOR}), "stock, prices, tenants, staff, carriers"

    @property
    def roles(self) -> frozenset[Role]:
        return self.value[0]


def requires(act: Act, *, before_second_factor: bool = False) -> Callable[[View], View]:
    """Let only the roles of `act` in, and staff only with a second factor.

    `before_second_factor` is for the pages where one is set up.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: PlatformRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _ask_to_sign_in(request)
            if request.role not in act.roles:
                raise PermissionDenied
            needs_factor = request.role in STAFF_ROLES and not before_second_factor
            if needs_factor and not request.has_second_factor:
                return HttpResponseRedirect(reverse("mfa_activate_totp"))
            return view(request, *args, **kwargs)

        guarded.permission = act  # type: ignore[attr-defined]
        return guarded

    return decorate


def _ask_to_sign_in(request: PlatformRequest) -> HttpResponseBase:
    """Send a stranger to the sign-in page, and from there back to the page they were on."""
    if request.htmx:
        # The page a fragment was asked for; a redirect would put the sign-in page inside it.
        page = request.htmx.current_url_abs_path or reverse("home")
        return HttpResponseClientRedirect(redirect_to_login(page).url)
    return redirect_to_login(request.get_full_path())


def open_to_all(view: View) -> View:
    """Mark a view that strangers may call. Without this mark or `requires`, no start."""

    @wraps(view)
    def opened(request: PlatformRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, *args, **kwargs)

    opened.permission = None  # type: ignore[attr-defined]
    return opened
