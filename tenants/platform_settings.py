"""What the operator may change while the platform runs: each setting, declared once.

A setting that nobody has changed has no row, and follows its default.
"""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID, uuid5

from django.db import connection, transaction

from tenants.models import PlatformSetting

NAMESPACE = UUID("0c2f7d0e-5a0f-4f0b-9d3b-6a8d8a1f4e57")
# What a tenant can be billed in here: each has limits below, and opening prices in stock.
CURRENCIES = ("USD", "EUR", "GBP")
Value = int | str


class Shape(StrEnum):
    """What kind of value it is. Amounts are in minor units; a switch is 1 or 0."""

    COUNT = "count"
    AMOUNT = "amount"
    SWITCH = "switch"
    COUNTRY = "country"


class OutOfBounds(Exception):
    """The value is none that the setting may have. The message says why."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A value and its meaning in words. `unit` is what it counts, or an amount's currency.

    `zero` says what 0 means where it means something else than none. `not_above` is the key of a
    setting that this one may never exceed.
    """

    key: str
    title: str
    meaning: str
    default: Value
    shape: Shape = Shape.COUNT
    unit: str = ""
    zero: str = ""
    least: int = 0
    most: int = 1
    not_above: str = ""

    @property
    def reference(self) -> UUID:
        """Return what records of its changes call it."""
        return uuid5(NAMESPACE, self.key)

    def allows(self, value: Value) -> bool:
        if self.shape == Shape.COUNTRY:
            return (
                isinstance(value, str) and len(value) == 2 and value.isascii() and value.isupper()
            )
        return isinstance(value, int) and self.least <= value <= self.most


def _amounts(
    key: str, title: str, meaning: str, default: int, *, most: int, not_above: str = ""
) -> list[Setting]:
    """Return a setting for each currency; nothing is converted."""
    return [
        Setting(
            f"{key}.{currency}",
            f"{title} ({currency})",
            meaning,
            default,
            Shape.AMOUNT,
            currency,
            most=most,
            not_above=f"{not_above}.{currency}" if not_above else "",
        )
        for currency in CURRENCIES
    ]


ALL = [
    Setting(
        "sign_up.is_open",
        "Sign-up is open",
        "Whether strangers may sign up as tenants. If not, only operators add them.",
        1,
        Shape.SWITCH,
    ),
    Setting(
        "purchase.hold_minutes",
        "Hold",
        "How long a number in a cart is kept from everybody else.",
        15,
        unit="minutes",
        least=1,
        most=1440,
        not_above="purchase.longest_hold_minutes",
    ),
    Setting(
        "purchase.longest_hold_minutes",
        "Longest hold",
        "How long a number may stay in a cart in all, however often its hold is extended.",
        60,
        unit="minutes",
        least=1,
        most=10080,
    ),
    Setting(
        "purchase.largest_cart",
        "Largest cart",
        "How many numbers a cart may hold.",
        100,
        unit="numbers",
        least=1,
        most=1000,
    ),
    Setting(
        "purchase.charge_after_minutes",
        "Charge open orders after",
        "When a card order that still has open lines is charged, counted from its placing.",
        60,
        unit="minutes",
        least=1,
        # Past that, the bank's promise to pay could lapse before it is taken up.
        most=4320,
    ),
    Setting(
        "purchase.free_number",
        "One number is free",
        "Whether a tenant's first order holds one number free of setup and monthly charge.",
        1,
        Shape.SWITCH,
    ),
    Setting(
        "purchase.free_periods",
        "Free for",
        "How many billing periods the free number stays free. 0 means as long as it is held.",
        0,
        unit="periods",
        zero="As long as it is held",
        most=120,
    ),
    *_amounts(
        "purchase.least_balance",
        "Least balance",
        "What must be in the balance before anything can be ordered from it.",
        5000,
        most=1_000_000,
    ),
    *_amounts(
        "purchase.top_up_least",
        "Smallest top-up",
        "The least a tenant can add to its balance at once.",
        1000,
        most=1_000_000,
        not_above="purchase.top_up_most",
    ),
    *_amounts(
        "purchase.top_up_most",
        "Largest top-up",
        "The most a tenant can add to its balance at once.",
        500_000,
        most=10_000_000,
    ),
    Setting(
        "stock.low_below",
        "Stock is low below",
        "Countries and types with fewer numbers to sell are shown on the overview.",
        100,
        unit="numbers",
        most=1_000_000,
    ),
    Setting(
        "tax.seller_country",
        "Seller's country",
        "Where the platform's own company is. It decides which value-added tax is charged.",
        "IE",
        Shape.COUNTRY,
    ),
]
SETTINGS = {setting.key: setting for setting in ALL}
ORDERED = [(setting, SETTINGS[setting.not_above]) for setting in ALL if setting.not_above]


def read_setting(key: str) -> int:
    """Return the value of a setting that is a number. Raises KeyError if there is none."""
    return int(_read(SETTINGS[key]))


def read_text(key: str) -> str:
    """Return the value of a setting that is a word. Raises KeyError if there is none."""
    return str(_read(SETTINGS[key]))


def read_all() -> dict[str, Value]:
    """Return the present value of every setting, by its key."""
    changed = dict(PlatformSetting.objects.values_list("key", "value"))
    return {setting.key: changed.get(setting.key, setting.default) for setting in ALL}


@transaction.atomic
def change_setting(key: str, value: Value) -> Value:
    """Set a key of SETTINGS, and return what it was. Raises KeyError, OutOfBounds."""
    setting = SETTINGS[key]
    if not setting.allows(value):
        raise OutOfBounds(f"“{setting.title}” may not be {value}.")
    _lock()
    _check_order(setting, value)
    before = _read(setting)
    PlatformSetting.objects.update_or_create(key=key, defaults={"value": value})
    return before


@transaction.atomic
def reset_setting(key: str) -> Value:
    """Let a key of SETTINGS follow its default again, and return what it was.

    Raises KeyError, OutOfBounds.
    """
    setting = SETTINGS[key]
    _lock()
    _check_order(setting, setting.default)
    before = _read(setting)
    PlatformSetting.objects.filter(key=key).delete()
    return before


def _read(setting: Setting) -> Value:
    changed = PlatformSetting.objects.filter(key=setting.key).first()
    return changed.value if changed else setting.default


def _lock() -> None:
    """Let one at a time change settings; whoever reads them does not wait."""
    with connection.cursor() as cursor:
        cursor.execute("lock table public.tenants_platformsetting in share row exclusive mode")


def _check_order(setting: Setting, value: Value) -> None:
    for low, high in ORDERED:
        if setting not in (low, high):
            continue
        values = {one.key: value if one is setting else _read(one) for one in (low, high)}
        if int(values[low.key]) > int(values[high.key]):
            raise OutOfBounds(f"“{low.title}” may not be more than “{high.title}”.")
