"""The frame around every page: who is here, where they can go, what they hold and have."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import cast

from django.http import HttpRequest
from django.urls import resolve, reverse

from billing.ledger import wallet_balance
from inventory.models import HeldNumber
from purchase.models import CartLine
from tenants.http import TenantRequest
from tenants.models import Tenant, TenantState
from tenants.permissions import Role

THEMES = {
    "light": ("Light", "sun"),
    "dark": ("Dark", "moon"),
    "system": ("As the system", "monitor"),
}


def shell(request: HttpRequest) -> dict[str, object]:
    """Give templates `shell`. It asks the database only for what a page shows."""
    return {"shell": Shell(request)}


@dataclass(frozen=True, slots=True)
class Destination:
    """A page in the navigation. Whoever may open the page sees it."""

    label: str
    url_name: str
    icon: str
    count: Callable[["Shell"], int | None] = lambda shell: None


@dataclass(frozen=True, slots=True)
class NavItem:
    label: str
    url: str
    icon: str
    count: int | None
    current: bool


@dataclass(frozen=True, slots=True)
class Balance:
    amount: int
    currency: str


class Shell:
    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @property
    def theme(self) -> str:
        chosen = self.request.COOKIES.get("theme", "")
        return chosen if chosen in THEMES else "system"

    @property
    def themes(self) -> list[tuple[str, str, str]]:
        return [(theme, label, icon) for theme, (label, icon) in THEMES.items()]

    @cached_property
    def site_name(self) -> str:
        return self._visit.tenant.name

    @property
    def initials(self) -> str:
        return initials_of(self.site_name)

    @property
    def person_initials(self) -> str:
        return initials_of(self._visit.user.get_full_name())

    @property
    def role_label(self) -> str:
        return Role(self._visit.role).name.capitalize()

    @cached_property
    def navigation(self) -> list[NavItem]:
        """List the pages that this person may open; the one they are in is current."""
        allowed = [
            (destination, url)
            for destination in (PLATFORM if self.is_platform else TENANT)
            if self._may_open(url := self._url(destination.url_name))
        ]
        home = self._url("home")
        here = [url for _, url in allowed if self._is_at(url, exactly=url == home)]
        current = max(here, key=len, default="")
        return [
            NavItem(place.label, url, place.icon, place.count(self), url == current)
            for place, url in allowed
        ]

    @cached_property
    def number_count(self) -> int | None:
        """How many numbers the tenant holds; None on the platform's host."""
        return None if self.is_platform else HeldNumber.objects.count()

    @cached_property
    def cart_count(self) -> int | None:
        return CartLine.objects.filter(held_until__gt=self._visit.at).count() or None

    @cached_property
    def tenant_count(self) -> int:
        return Tenant.objects.exclude(state=TenantState.CLOSED).count()

    @cached_property
    def balance(self) -> Balance | None:
        """What the tenant can spend, for those who may see its billing."""
        if self.is_platform or not self._may_open(self._url("billing:overview")):
            return None
        currency = self._visit.tenant.currency
        return Balance(wallet_balance(currency), currency)

    @cached_property
    def is_platform(self) -> bool:
        return self._visit.tenant.is_platform

    @property
    def search_url(self) -> str:
        return self._url("desk:stock" if self.is_platform else "inventory:numbers")

    @property
    def search_label(self) -> str:
        return "Search stock" if self.is_platform else "Search my numbers"

    @property
    def _visit(self) -> TenantRequest:
        return cast(TenantRequest, self.request)

    def _url(self, name: str) -> str:
        return reverse(name, urlconf=self.request.urlconf)

    def _may_open(self, url: str) -> bool:
        match = resolve(url, urlconf=self.request.urlconf)
        act = match.func.permission  # type: ignore[attr-defined]
        return act is None or self._visit.role in act.roles

    def _is_at(self, url: str, *, exactly: bool) -> bool:
        return self.request.path == url if exactly else self.request.path.startswith(url)


def initials_of(name: str) -> str:
    """Return one or two letters that stand for a name: AT for Acme Telecom."""
    words = name.replace("@", " ").replace(".", " ").split()
    return "".join(word[0] for word in words[:2]).upper()


TENANT = [
    Destination("Overview", "home", "layout-dashboard"),
    Destination("My numbers", "inventory:numbers", "hash", lambda shell: shell.number_count),
    Destination("Buy numbers", "purchase:search", "search"),
    Destination("Cart", "purchase:cart", "shopping-cart", lambda shell: shell.cart_count),
    Destination("Orders", "purchase:orders", "receipt-text"),
    Destination("Billing", "billing:overview", "wallet-cards"),
    Destination("People", "people:members", "users"),
]
PLATFORM = [
    Destination("Overview", "home", "layout-dashboard"),
    Destination("Tenants", "desk:tenants", "building-2", lambda shell: shell.tenant_count),
    Destination("Stock", "desk:stock", "hash"),
    Destination("Prices", "desk:price-lists", "tags"),
    Destination("Carriers", "desk:carriers", "radio-tower"),
    Destination("Work", "desk:work", "list-checks"),
    Destination("Requirements", "desk:requirements", "file-check"),
    Destination("Staff", "desk:staff", "users"),
    Destination("Settings", "desk:settings", "settings"),
]
