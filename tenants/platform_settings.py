"""What the operator may change while the platform runs: each key with its default."""

from tenants.models import PlatformSetting

DEFAULTS = {
    # 1 if strangers may sign up as tenants, 0 if only operators make them.
    "sign_up.is_open": 1,
    # A card order with lines still open is charged so many minutes after it was placed.
    "purchase.charge_after_minutes": 60,
    # What must be in the balance before it pays for an order, in minor units.
    "purchase.least_balance.USD": 5000,
    "purchase.least_balance.EUR": 5000,
    "purchase.least_balance.GBP": 5000,
    # 1 if each tenant's first number is free, 0 if none is.
    "purchase.free_number": 1,
    # How many periods it stays free; 0 is for as long as it is held.
    "purchase.free_periods": 0,
    # How long a cart holds a number, and how long at most however often that is extended.
    "purchase.hold_minutes": 15,
    "purchase.longest_hold_minutes": 60,
    # How many numbers a cart takes.
    "purchase.largest_cart": 100,
    # What the balance takes from a card at once, in minor units.
    "purchase.top_up_least.USD": 1000,
    "purchase.top_up_least.EUR": 1000,
    "purchase.top_up_least.GBP": 1000,
    "purchase.top_up_most.USD": 500000,
    "purchase.top_up_most.EUR": 500000,
    "purchase.top_up_most.GBP": 500000,
    # Of a country and type, fewer numbers than this to sell are few.
    "stock.low_below": 100,
}
# The same for words.
TEXT_DEFAULTS = {
    # Where the platform's own company is, as an ISO 3166 country: it decides on value-added tax.
    "tax.seller_country": "IE",
}


def read_setting(key: str) -> int:
    """Return the value of a key of DEFAULTS. Raises KeyError for any other."""
    default = DEFAULTS[key]
    changed = PlatformSetting.objects.filter(key=key).first()
    return int(changed.value) if changed else default


def read_text(key: str) -> str:
    """Return the value of a key of TEXT_DEFAULTS. Raises KeyError for any other."""
    default = TEXT_DEFAULTS[key]
    changed = PlatformSetting.objects.filter(key=key).first()
    return str(changed.value) if changed else default


def change_setting(key: str, value: int | str) -> None:
    """Set a key of DEFAULTS or TEXT_DEFAULTS. Raises KeyError for any other."""
    if key not in DEFAULTS | TEXT_DEFAULTS:
        raise KeyError(key)
    PlatformSetting.objects.update_or_create(key=key, defaults={"value": value})
