from django.db import migrations

from lifecycle.guarding import guard_transitions

# Built in, without the extension btree_gist: a key as the range of itself.
PERIODS_DO_NOT_OVERLAP = """
alter table billing_billingperiod add constraint billing_period_once exclude using gist (
    int8range(holding_id, holding_id, '[]') with &&, period with &&
);
alter table billing_billingperiod add constraint billing_period_is_half_open check (
    not isempty(period) and lower_inc(period) and not upper_inc(period)
    and not lower_inf(period) and not upper_inf(period)
);
"""
PERIODS_MAY_OVERLAP = """
alter table billing_billingperiod drop constraint billing_period_is_half_open;
alter table billing_billingperiod drop constraint billing_period_once;
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0002_keep_the_ledger")]

    operations = [
        guard_transitions(
            "billing_payment",
            {
                "planned": ["authorising", "voided"],
                "authorising": [
                    "unknown",
                    "needs_authentication",
                    "authorised",
                    "declined",
                    "voided",
                ],
                "unknown": ["needs_authentication", "authorised", "declined", "voided"],
                "needs_authentication": ["authorised", "declined", "voiding", "voided"],
                "authorised": ["capturing", "voiding", "voided"],
                "capturing": ["captured", "voided"],
                "voiding": ["voided"],
                "declined": [],
                "captured": [],
                "voided": [],
            },
        ),
        guard_transitions(
            "billing_refund",
            {
                "planned": ["sending"],
                "sending": ["succeeded", "failed"],
                "succeeded": ["failed"],
                "failed": [],
            },
        ),
        migrations.RunSQL(PERIODS_DO_NOT_OVERLAP, PERIODS_MAY_OVERLAP),
    ]
