"""What of a country's numbers of one type is sold to a tenant: as what, from whom, at which costs.

Where all of it is, a search asks nothing about it, and its indexes answer alone.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from carriers.models import Connection
from stock import prices
from stock.coverage import one_of
from stock.criteria import Sold
from stock.models import Price, Sku, SkuChange, Tier
from tenants.models import Tenant


def sold_to(
    tenant: Tenant, *, country: str, number_type: str, months: int | None = None, at: datetime
) -> Sold:
    """Return what is sold to the tenant, for so many months at once if that is asked."""
    skus = _in_use(country, number_type)
    terms = prices.of_skus(tenant, skus, at=at)
    sold = {
        sku: price for sku, price in terms.items() if not months or price.minimum_months <= months
    }
    return Sold(
        skus=None if sold.keys() == skus else tuple(sorted(sold)),
        buying=buying(),
        withheld=_withheld(sold, currency=tenant.currency, at=at),
    )


def buying() -> tuple[int, ...] | None:
    """Return the connections that we buy from; None if those are all."""
    switched = dict(Connection.objects.values_list("pk", "is_buying_allowed"))
    return None if all(switched.values()) else tuple(pk for pk, is_on in switched.items() if is_on)


def _in_use(country: str, number_type: str) -> set[int]:
    """Return the SKUs that numbers have: of one that was removed until they have followed."""
    open_changes = SkuChange.objects.filter(sku=OuterRef("pk"), ended_at=None)
    skus = Sku.objects.filter(
        Q(removed_at=None) | Exists(open_changes), country=country, number_type=number_type
    )
    return set(skus.values_list("pk", flat=True))


def _withheld(sold: Mapping[int, Price], *, currency: str, at: datetime) -> tuple[Tier, ...]:
    """Return the tiers whose price does not cover what they cost us."""
    tiers = list(Tier.objects.filter(sku__in=sold))
    covered = prices.covered([one_of(tier) for tier in tiers], sold, currency=currency, at=at)
    return tuple(tier for tier in tiers if tier.pk not in covered)
