"""Prices that keep numbers from sale because they do not cover what those cost us."""

from collections.abc import Iterable

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from listing.exporting import csv_response
from stock import margins, rates
from stock.margins import Withheld
from stock.models import PriceList
from tenants.http import PlatformRequest, is_part
from tenants.permissions import Act, requires

PAGE_SIZE = 50
EXPORT_HEADER = ["Price list", "Currency", "SKU", "Numbers withheld", "Why"]


@require_GET
@requires(Act.VIEW_PLATFORM)
def below_cost(request: PlatformRequest) -> HttpResponse:
    found = _withheld(request)
    first = _first(found, request.GET.get("after", ""))
    shown = found[first : first + PAGE_SIZE]
    context = {
        "withheld": shown,
        "total": len(found),
        "numbers": sum(one.numbers for one in found),
        "next": str(shown[-1].price.reference) if first + PAGE_SIZE < len(found) else "",
        "is_first": first == 0,
        "lists": PriceList.objects.select_related("group").order_by("currency", "name"),
        "chosen": request.GET.get("list", ""),
        "unrated": rates.unrated(),
        "query": request.GET.urlencode(),
    }
    template = "desk/_below_cost.html" if is_part(request) else "desk/below_cost.html"
    return render(request, template, context)


@require_GET
@requires(Act.VIEW_PLATFORM)
def export_below_cost(request: PlatformRequest) -> StreamingHttpResponse:
    return csv_response("below-cost", EXPORT_HEADER, _rows(_withheld(request)))


def _withheld(request: PlatformRequest) -> list[Withheld]:
    """Return what is withheld by the chosen list, or by any; the most numbers first."""
    chosen = request.GET.get("list", "")
    found = [
        one
        for one in margins.withheld(at=request.at)
        if not chosen or str(one.price.price_list.reference) == chosen
    ]
    return sorted(found, key=lambda one: (-one.numbers, one.price.pk))


def _first(found: list[Withheld], after: str) -> int:
    """Return where the page begins that follows the price `after`; the start for any other."""
    places = {str(one.price.reference): place for place, one in enumerate(found)}
    return places[after] + 1 if after in places else 0


def _rows(found: Iterable[Withheld]) -> Iterable[list[object]]:
    for one in found:
        listed = one.price.price_list
        yield [listed.name, listed.currency, one.price.sku.code, one.numbers, one.loss]
