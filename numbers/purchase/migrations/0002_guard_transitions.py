from django.db import migrations

from lifecycle.guarding import guard_transitions


class Migration(migrations.Migration):
    dependencies = [("purchase", "0001_cart_and_orders")]

    operations = [
        guard_transitions(
            "purchase_orderline",
            {
                "placed": ["paid", "cancelled"],
                "paid": ["ordering", "delivered"],
                "ordering": [
                    "paid",
                    "pending",
                    "needs_documents",
                    "unknown",
                    "delivered",
                    "refused",
                ],
                "unknown": ["paid", "pending", "needs_documents", "delivered", "refused"],
                "pending": ["needs_documents", "delivered", "refused"],
                "needs_documents": ["pending", "delivered", "refused"],
                "delivered": [],
                "refused": [],
                "cancelled": [],
            },
        ),
    ]
