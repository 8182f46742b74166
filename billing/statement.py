"""What the tenant sees of its ledger: what came into and left its balance and its cards."""

from collections.abc import Iterator

from django.db.models import QuerySet

from billing.models import LedgerEntry, Pocket
from billing.money import plain_amount

HEADER = ["Date (UTC)", "What", "Note", "By", "Way", "Amount", "Currency", "Reference"]


def statement() -> QuerySet[LedgerEntry]:
    """Return the entries of the balance and of card payments; what is owed within is not news."""
    entries = LedgerEntry.objects.filter(account__pocket__in=[Pocket.WALLET, Pocket.CARD])
    return entries.select_related("transaction", "account")


def export_rows() -> Iterator[list[object]]:
    for entry in statement().order_by("-id").iterator():
        posting, currency = entry.transaction, entry.account.currency
        yield [
            f"{posting.at:%Y-%m-%d %H:%M:%S}",
            posting.get_cause_kind_display(),
            posting.note,
            posting.actor_name,
            entry.account.get_pocket_display(),
            plain_amount(entry.amount, currency),
            currency,
            str(posting.reference),
        ]
