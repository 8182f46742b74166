from django.db import migrations

from lifecycle.guarding import guard_transitions


class Migration(migrations.Migration):
    dependencies = [("carriers", "0001_connections_and_operations")]

    operations = [
        guard_transitions(
            "carriers_operation",
            {
                "planned": ["sent", "refused"],
                "sent": ["planned", "unknown", "accepted", "done", "refused"],
                "unknown": ["planned", "accepted", "done", "refused"],
                "accepted": ["done", "refused"],
                "done": [],
                "refused": [],
            },
        ),
    ]
