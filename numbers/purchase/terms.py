"""What a number costs until its first period ends, and from then on."""

from dataclasses import dataclass
from decimal import Decimal

from stock.models import INCLUDED_CHANNELS, Price
from stock.vat import Vat


@dataclass(frozen=True, slots=True)
class Terms:
    """A number for so many months at once, with so many channels; net prices in minor units.

    A free number costs no setup and nothing for itself; channels beyond those included do.
    """

    months: int
    channels: int
    setup_price: int
    # Of the first period, and of one that is not free.
    recurring_price: int
    period_price: int
    vat_amount: int
    is_free: bool
    # Whole units a minute and a call.
    minute_rate: Decimal
    connect_rate: Decimal

    @property
    def net(self) -> int:
        return self.setup_price + self.recurring_price

    @property
    def total(self) -> int:
        """What is due now, with its tax."""
        return self.net + self.vat_amount

    @property
    def extra_channels(self) -> int:
        return self.channels - INCLUDED_CHANNELS


def terms_of(price: Price, *, months: int, channels: int, vat: Vat, is_free: bool = False) -> Terms:
    """Apply a price to what is wished. A period shorter than may be bought becomes the shortest."""
    months = months if months in price.periods else price.periods[0]
    period_price = price.recurring_price(months=months, channels=channels)
    recurring_price = period_price - (price.period_price(months) if is_free else 0)
    setup_price = 0 if is_free else price.setup_price
    return Terms(
        months=months,
        channels=channels,
        setup_price=setup_price,
        recurring_price=recurring_price,
        period_price=period_price,
        vat_amount=vat.on(setup_price + recurring_price),
        is_free=is_free,
        minute_rate=price.inbound_minute_rate,
        connect_rate=price.connect_rate,
    )
