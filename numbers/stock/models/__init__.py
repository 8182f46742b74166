"""Every number the platform knows, what it costs, what it asks for, and who holds it."""

from stock.models.counts import (
    Coverage,
    ExchangeCount,
    PlaceCount,
    PlaceLevel,
    StaleCount,
    Tier,
)
from stock.models.holdings import Holding, HoldingState
from stock.models.numbers import (
    DeletedBecause,
    ReservedBecause,
    StockMove,
    StockNumber,
    StockNumberQuerySet,
    StockState,
)
from stock.models.plan import Exchange, NumberType
from stock.models.pricing import (
    INCLUDED_CHANNELS,
    MAX_CHANNELS,
    PERIODS,
    Cost,
    ExchangeRate,
    Price,
    PriceList,
    Sku,
)
from stock.models.requirements import AddressRule, IdentityKind, Requirement
from stock.models.taxes import VatRate

__all__ = [
    "INCLUDED_CHANNELS",
    "MAX_CHANNELS",
    "PERIODS",
    "AddressRule",
    "Cost",
    "Coverage",
    "DeletedBecause",
    "Exchange",
    "ExchangeCount",
    "ExchangeRate",
    "Holding",
    "HoldingState",
    "IdentityKind",
    "NumberType",
    "PlaceCount",
    "PlaceLevel",
    "Price",
    "PriceList",
    "Requirement",
    "ReservedBecause",
    "Sku",
    "StaleCount",
    "StockMove",
    "StockNumber",
    "StockNumberQuerySet",
    "StockState",
    "Tier",
    "VatRate",
]
