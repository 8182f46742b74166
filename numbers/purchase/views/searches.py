"""Searching for numbers in our own index; no carrier is asked."""

from dataclasses import asdict, dataclass
from urllib.parse import urlencode

from django.db.models import Min
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from carriers.models import Connection
from listing.paging import Page, page_by_key
from purchase.forms import SearchForm
from stock import counts, prices
from stock.counts import Choice
from stock.models import Price, StockNumber
from stock.searching import OfferCriteria, offers_matching
from tenants.http import TenantRequest
from tenants.permissions import Act, requires

MAX_SUGGESTIONS = 12
# Of the exchanges of an area code: as many as stay readable.
MAX_CHOICES = 16


@dataclass(frozen=True, slots=True)
class Offer:
    """A number for sale at the tenant's own price."""

    number: StockNumber
    price: Price


@dataclass(frozen=True, slots=True)
class Narrowing:
    """One more choice that leaves fewer numbers, and the address where it is made."""

    label: str
    available: int
    url: str


@require_GET
@requires(Act.SEE_NUMBERS)
def search(request: TenantRequest) -> HttpResponse:
    is_asked = "country" in request.GET or "region" in request.GET
    form = SearchForm(request.GET if is_asked else None)
    context: dict[str, object] = {"form": form, "refreshed_at": refreshed_at()}
    if is_asked and form.is_valid():
        context |= found(form.criteria, request)
    is_fragment = request.htmx and not request.htmx.history_restore_request
    page = "purchase/_search.html" if is_fragment else "purchase/search.html"
    return render(request, page, context)


def found(criteria: OfferCriteria, request: TenantRequest) -> dict[str, object]:
    """Read one page of offers with their prices, and what could narrow the search."""
    page: Page[StockNumber] = page_by_key(offers_matching(criteria), request, key="digits")
    terms = prices.for_sale(request.tenant, page.rows, at=request.at)
    offers = [Offer(row, terms[row.pk]) for row in page.rows if row.pk in terms]
    return {
        "is_searched": True,
        "offers": offers,
        "page": page,
        "narrowings": narrowings(criteria),
        "narrowing_by": "NXX" if criteria.npa else "area code",
        "is_narrowed": any([criteria.npa, criteria.nxx, criteria.city, criteria.rate_center]),
    }


def narrowings(criteria: OfferCriteria) -> list[Narrowing]:
    """List the area codes of a state, or the exchanges of an area code, fullest first."""
    if criteria.nxx:
        return []
    place, sms = (criteria.country, criteria.region), criteria.has_sms
    if criteria.npa:
        choices = counts.exchanges(*place, npa=criteria.npa, has_sms=sms)
    else:
        choices = counts.area_codes(*place, has_sms=sms)
    fullest = sorted(choices, key=lambda choice: -choice.available)[:MAX_CHOICES]
    column = "nxx" if criteria.npa else "npa"
    return [_narrow(criteria, column, choice) for choice in fullest if choice.available]


def _narrow(criteria: OfferCriteria, column: str, choice: Choice) -> Narrowing:
    chosen = asdict(criteria) | {column: choice.value}
    chosen["sms"] = "on" if chosen.pop("has_sms") else ""
    del chosen["number_type"]
    query = urlencode({name: value for name, value in chosen.items() if value})
    return Narrowing(choice.label, choice.available, f"?{query}")


@require_GET
@requires(Act.SEE_NUMBERS)
def cities(request: TenantRequest) -> HttpResponse:
    """Suggest cities of the chosen state that begin as typed."""
    chosen = request.GET
    suggested = counts.cities(
        chosen.get("country", "US"),
        chosen.get("region", ""),
        starts_with=chosen.get("city", "").strip(),
        has_sms=bool(chosen.get("sms")),
        limit=MAX_SUGGESTIONS,
    )
    return render(request, "purchase/_suggestions.html", {"suggested": suggested})


@require_GET
@requires(Act.SEE_NUMBERS)
def rate_centers(request: TenantRequest) -> HttpResponse:
    """Suggest rate centers of the chosen state that begin as typed."""
    chosen = request.GET
    typed = chosen.get("rate_center", "").strip().upper()
    known = counts.rate_centers(
        chosen.get("country", "US"), chosen.get("region", ""), has_sms=bool(chosen.get("sms"))
    )
    suggested = [choice for choice in known if choice.value.startswith(typed)]
    return render(request, "purchase/_suggestions.html", {"suggested": suggested[:MAX_SUGGESTIONS]})


def refreshed_at() -> object:
    """Tell since when the index of the least fresh carrier stands."""
    buying = Connection.objects.filter(is_buying_allowed=True)
    return buying.aggregate(oldest=Min("synced_at"))["oldest"]
