from django.db import migrations

from lifecycle.guarding import guard_append_only, guard_transitions


class Migration(migrations.Migration):
    dependencies = [("stock", "0001_numbers_prices_and_holdings")]

    operations = [
        guard_transitions(
            "stock_stocknumber",
            {
                "available": ["reserved", "locked", "assigned", "deleted"],
                "reserved": ["available", "assigned"],
                "locked": ["available", "deleted"],
                "assigned": ["reserved"],
                "deleted": ["available"],
            },
        ),
        guard_transitions(
            "stock_holding",
            {
                "pending": ["active", "awaiting_registration", "closed"],
                "porting": ["active", "closed"],
                "awaiting_registration": ["active", "closed"],
                "active": ["suspended", "cancelling", "delayed_removal", "aging", "closed"],
                "suspended": ["active", "aging", "closed"],
                "cancelling": ["active", "aging"],
                "delayed_removal": ["active", "aging"],
                "aging": ["active", "closed"],
                "closed": [],
            },
        ),
        guard_append_only("stock_stockmove"),
    ]
