"""What the operator may change while the platform runs: each key with its default."""

from tenants.models import PlatformSetting

DEFAULTS = {
    # 1 if strangers may sign up as tenants, 0 if only operators make them.
    "sign_up.is_open": 1,
    # A card order with lines still open is charged so many minutes after it was placed.
    "purchase.charge_after_minutes": 60,
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
