"""What must hold of the selected tenant's money; the numbers are those of the invariants' list.

Each check returns one line for each violation. They only read, and take nothing from caches.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import F, Q, Sum

from billing import periods
from billing.models import (
    NEVER_NEGATIVE,
    BillingPeriod,
    Cause,
    LedgerAccount,
    LedgerEntry,
    LedgerTransaction,
    Payment,
    PaymentPurpose,
    PaymentState,
    Pocket,
    Refund,
    RefundState,
)
from work.models import DueWork

UNKNOWN_FOR = timedelta(minutes=15)
AUTHORISED_FOR = timedelta(hours=24)

# Joined from the transactions, so that one without entries is found as well.
UNBALANCED = """
select t.reference::text, coalesce(a.currency, '')
from billing_ledgertransaction t
left join billing_ledgerentry e on e.transaction_id = t.id
left join billing_ledgeraccount a on a.id = e.account_id
group by t.reference, a.currency having coalesce(sum(e.amount), 0) <> 0
union
select t.reference::text, 'fewer than two entries'
from billing_ledgertransaction t
left join billing_ledgerentry e on e.transaction_id = t.id
group by t.reference having count(e.id) < 2
"""
WRONG_BALANCES = """
select a.pocket, a.currency, a.balance, coalesce(sum(e.amount), 0)
from billing_ledgeraccount a left join billing_ledgerentry e on e.account_id = a.id
group by a.id having a.balance <> coalesce(sum(e.amount), 0)
"""
UNGUARDED = """
select c.relname || ' may be changed by app'
from pg_class c
where c.relnamespace = current_schema()::regnamespace
    and c.relname in ('billing_ledgertransaction', 'billing_ledgerentry')
    and exists (select from pg_roles where rolname = 'app')
    and (has_table_privilege('app', c.oid, 'update') or has_table_privilege('app', c.oid, 'delete')
        or has_table_privilege('app', c.oid, 'truncate'))
union all
select wanted.name || ' is missing or off'
from (values
    ('billing_ledgertransaction_append_only'), ('billing_ledgertransaction_never_emptied'),
    ('billing_ledgerentry_append_only'), ('billing_ledgerentry_never_emptied'),
    ('billing_ledgertransaction_signed'), ('billing_ledgerentry_in_time'),
    ('billing_ledgertransaction_sums_to_zero'), ('billing_ledgerentry_sums_to_zero'),
    ('billing_ledgerentry_moves_balance'), ('billing_ledgeraccount_balance_follows')
) wanted (name)
where not exists (
    select from pg_trigger g join pg_class c on c.oid = g.tgrelid
    where c.relnamespace = current_schema()::regnamespace
        and g.tgname = wanted.name and g.tgenabled in ('O', 'A')
)
"""
OVERLAPPING = """
select a.holding_reference::text, a.period::text, b.period::text
from billing_billingperiod a join billing_billingperiod b
    on a.holding_id = b.holding_id and a.id < b.id and a.period && b.period
"""


def violations(*, at: datetime) -> list[str]:
    """Return one line for each thing that is wrong at the moment `at`."""
    timeless = [violation for check in CHECKS for violation in check()]
    return [*timeless, *i20_no_payment_is_left_open(at)]


def rows_of(query: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


def i9_transactions_sum_to_zero() -> list[str]:
    return [
        f"ledger transaction {row[0]} does not balance: {row[1]}" for row in rows_of(UNBALANCED)
    ]


def i10_entries_sum_to_zero() -> list[str]:
    totals = LedgerEntry.objects.values("account__currency").annotate(total=Sum("amount"))
    return [
        f"all entries in {row['account__currency']} sum to {row['total']}"
        for row in totals.exclude(total=0)
    ]


def i11_ledger_is_never_changed() -> list[str]:
    return [str(row[0]) for row in rows_of(UNGUARDED)]


def i12_each_cause_has_its_record() -> list[str]:
    """Holds, orders and lines belong to purchases; here are payments and refunds, both ways."""
    captured = _captured(PaymentPurpose.ORDER)
    topped_up = _captured(PaymentPurpose.TOP_UP)
    refunded = dict(
        Refund.objects.filter(state=RefundState.SUCCEEDED).values_list("line", "amount")
    )
    credited = dict(Refund.objects.filter(state=RefundState.FAILED).values_list("line", "amount"))
    return [
        *_differing("captured payment", captured, _posted(Cause.CAPTURED, Pocket.CARD, sign=-1)),
        *_differing("top-up", topped_up, _posted(Cause.TOPPED_UP, Pocket.WALLET, sign=1)),
        *_differing("refund", refunded, _uncorrected_refunds()),
        *_differing("failed refund", credited, _posted(Cause.REFUND_FAILED, Pocket.WALLET, sign=1)),
        *_ended_without_hold(),
    ]


def _captured(purpose: PaymentPurpose) -> dict[UUID, int]:
    captured = Payment.objects.filter(purpose=purpose, state=PaymentState.CAPTURED)
    return dict(captured.values_list("order", "captured"))


def _posted(cause: Cause, pocket: Pocket, *, sign: int) -> dict[UUID, int]:
    entries = LedgerEntry.objects.filter(transaction__cause_kind=cause, account__pocket=pocket)
    amounts = entries.values_list("transaction__cause_reference", "amount")
    return {reference: sign * amount for reference, amount in amounts}


def _uncorrected_refunds() -> dict[UUID, int]:
    failed = LedgerTransaction.objects.filter(cause_kind=Cause.REFUND_FAILED)
    corrected = set(failed.values_list("cause_reference", flat=True))
    posted = _posted(Cause.REFUNDED, Pocket.CARD, sign=1)
    return {line: amount for line, amount in posted.items() if line not in corrected}


def _differing(name: str, recorded: dict[UUID, int], posted: dict[UUID, int]) -> list[str]:
    return [
        f"{name} {reference}: {recorded.get(reference)} recorded, {posted.get(reference)} posted"
        for reference in sorted(recorded.keys() | posted.keys(), key=str)
        if recorded.get(reference) != posted.get(reference)
    ]


def _ended_without_hold() -> list[str]:
    ended = LedgerTransaction.objects.filter(cause_kind__in=[Cause.TAKEN, Cause.GIVEN_BACK])
    held = LedgerTransaction.objects.filter(cause_kind=Cause.HELD).values("cause_reference")
    return [f"{posting} without a hold" for posting in ended.exclude(cause_reference__in=held)]


def i13_no_day_is_billed_twice() -> list[str]:
    return [f"holding {row[0]}: {row[1]} overlaps {row[2]}" for row in rows_of(OVERLAPPING)]


def i15_periods_follow_their_anchor() -> list[str]:
    return [
        f"period {period} does not end on the day of {period.anchor}"
        for period in BillingPeriod.objects.iterator()
        if not _is_counted_from_anchor(period)
    ]


def _is_counted_from_anchor(period: BillingPeriod) -> bool:
    begin: date = period.period.lower
    end: date = period.period.upper
    passed = (begin.year - period.anchor.year) * 12 + begin.month - period.anchor.month
    return begin == periods.period_end(period.anchor, passed) and end == periods.period_end(
        period.anchor, passed + period.months
    )


def i16_nothing_is_overdrawn() -> list[str]:
    overdrawn = LedgerAccount.objects.filter(pocket__in=NEVER_NEGATIVE, balance__lt=0)
    return [f"{account} stands at {account.balance}" for account in overdrawn]


def i17_balances_are_the_sums_of_their_entries() -> list[str]:
    return [
        f"{pocket} {currency} says {balance}, its entries {total}"
        for pocket, currency, balance, total in rows_of(WRONG_BALANCES)
    ]


def i18_refunds_stay_within_their_payment() -> list[str]:
    payments = Payment.objects.annotate(given_back=Sum("refunds__amount", default=0))
    wrong = payments.filter(~Q(refunded=F("given_back")) | Q(refunded__gt=F("captured")))
    return [
        f"{payment}: {payment.given_back} in refunds, {payment.refunded} counted, "
        f"{payment.captured} captured"
        for payment in wrong
    ]


def i19_payments_name_their_intent() -> list[str]:
    """The lists of the provider itself are compared where it can be asked."""
    paid = [PaymentState.AUTHORISED, PaymentState.CAPTURING, PaymentState.CAPTURED]
    nameless = Payment.objects.filter(state__in=paid, intent_id="")
    unknown = Refund.objects.filter(state=RefundState.SUCCEEDED, refund_id="")
    return [f"{record} has no counterpart at the provider" for record in [*nameless, *unknown]]


def i20_no_payment_is_left_open(at: datetime) -> list[str]:
    """What is under way for long is due work that staff see; a hold ends within a day."""
    due = DueWork.objects.filter(kind__in=["settle payment", "settle refund"]).values("subject")
    open_states = [
        PaymentState.AUTHORISING,
        PaymentState.UNKNOWN,
        PaymentState.CAPTURING,
        PaymentState.VOIDING,
    ]
    is_open = Q(state__in=open_states) | Q(
        purpose=PaymentPurpose.TOP_UP, state=PaymentState.AUTHORISED
    )
    forgotten = Payment.objects.filter(is_open, state_changed_at__lt=at - UNKNOWN_FOR).exclude(
        reference__in=due
    )
    held = Payment.objects.filter(
        state=PaymentState.AUTHORISED, state_changed_at__lt=at - AUTHORISED_FOR
    )
    refunds = Refund.objects.filter(
        state__in=[RefundState.PLANNED, RefundState.SENDING],
        state_changed_at__lt=at - UNKNOWN_FOR,
    ).exclude(reference__in=due)
    return [f"{record} is still {record.state}" for record in [*forgotten, *held, *refunds]]


def i22_what_is_delivered_is_paid() -> list[str]:
    """With no payment under way, no delivery waits for its money; the reverse may last longer."""
    ended = [state for state, targets in Payment.TRANSITIONS.items() if not targets]
    if Payment.objects.exclude(state__in=ended).exists():
        return []
    owing = LedgerAccount.objects.filter(pocket=Pocket.OWED, balance__lt=0)
    return [f"{account} stands at {account.balance}" for account in owing]


# Those that ask for no time.
CHECKS: list[Callable[[], list[str]]] = [
    i9_transactions_sum_to_zero,
    i10_entries_sum_to_zero,
    i11_ledger_is_never_changed,
    i12_each_cause_has_its_record,
    i13_no_day_is_billed_twice,
    i15_periods_follow_their_anchor,
    i16_nothing_is_overdrawn,
    i17_balances_are_the_sums_of_their_entries,
    i18_refunds_stay_within_their_payment,
    i19_payments_name_their_intent,
    i22_what_is_delivered_is_paid,
]
