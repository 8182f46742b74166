"""Whether everything still is as the buyer was shown it, and if not, what is another."""

from collections.abc import Mapping

from purchase.quotes import Quote
from purchase.reckoning import Reckoning
from purchase.terms import Terms

NOTHING_CHARGED = "Nothing has been charged; look at the new total."


class Outdated(Exception):
    """Something is no longer as it was shown. The message is for the customer."""


class CartChanged(Outdated):
    """Other months or channels are wanted by now."""


class PriceChanged(Outdated):
    """A number no longer costs what was shown."""


class VatChanged(Outdated):
    """The tax is another, by its rate or by its reason."""


class RequirementChanged(Outdated):
    """A country asks something else than was shown."""


class FreeNumberChanged(Outdated):
    """The free number was given meanwhile, or has come back."""


def refuse_what_changed(quote: Quote, now: Reckoning) -> None:
    """Raises Outdated unless all is as it was shown."""
    shown, terms = quote.terms, now.terms
    if now.not_sold_because:
        raise Outdated(now.not_sold_because)
    if {one.reference for one in now.requirements.values()} != quote.requirements:
        raise RequirementChanged(
            "What is asked for these numbers has changed since this page was shown. Nothing has "
            "been charged; read it once more."
        )
    if now.vat != quote.vat:
        raise VatChanged(
            f"The VAT has changed since this page was shown (now: {now.vat.note.rstrip('.')}). "
            f"{NOTHING_CHARGED}"
        )
    if shown == terms and now.free_periods == quote.free_periods:
        return
    if any(
        (one.months, one.channels) != (shown[digits].months, shown[digits].channels)
        for digits, one in terms.items()
    ):
        raise CartChanged(
            "Periods or channels in the cart have changed since this page was shown. "
            f"{NOTHING_CHARGED}"
        )
    if why := _why_another_is_free(quote, now):
        raise FreeNumberChanged(f"{why} {NOTHING_CHARGED}")
    raise PriceChanged(f"A price has changed since this page was shown. {NOTHING_CHARGED}")


def _why_another_is_free(quote: Quote, now: Reckoning) -> str:
    """Return what became of the free number that was shown, or an empty string."""
    shown, free = _free(quote.terms), _free(now.terms)
    if shown and not free:
        return "Your free number was given with another order since this page was shown."
    if free and not shown:
        return "One of these numbers is free for you by now."
    if shown != free:
        return "Another of these numbers is the free one by now, because a price has changed."
    if quote.free_periods != now.free_periods:
        return "How long your free number stays free has changed since this page was shown."
    return ""


def _free(terms: Mapping[str, Terms]) -> str:
    return next((digits for digits, one in terms.items() if one.is_free), "")
