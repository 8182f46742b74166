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
from stock.models.imports import ImportKind, ImportRow, ImportState, PriceImport, RowOutcome
from stock.models.numbers import (
    DeletedBecause,
    ReservedBecause,
    StockMove,
    StockNumber,
    StockNumberQuerySet,
    StockState,
    Tokens,
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
    SkuChange,
)
from stock.models.requirements import AddressRule, IdentityKind, Requirement
from stock.models.stocking import (
    FINAL_STOCK_LINES,
    StockLineState,
    StockPurchase,
    StockPurchaseLine,
)
from stock.models.taxes import VatRate
from stock.models.tokens import TokenCount

__all__ = [
    "FINAL_STOCK_LINES",
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
    "ImportKind",
    "ImportRow",
    "ImportState",
    "NumberType",
    "PlaceCount",
    "PlaceLevel",
    "Price",
    "PriceImport",
    "PriceList",
    "Requirement",
    "ReservedBecause",
    "RowOutcome",
    "Sku",
    "SkuChange",
    "StaleCount",
    "StockLineState",
    "StockMove",
    "StockNumber",
    "StockNumberQuerySet",
    "StockPurchase",
    "StockPurchaseLine",
    "StockState",
    "Tier",
    "TokenCount",
    "Tokens",
    "VatRate",
]
