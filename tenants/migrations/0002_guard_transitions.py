from django.db import migrations

from lifecycle.guarding import guard_transitions


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_tenants_and_staff")]

    operations = [
        guard_transitions(
            "tenants_tenant",
            {
                "preparing": ["ready"],
                "ready": ["suspended", "closed"],
                "suspended": ["ready", "closed"],
                "closed": [],
            },
        ),
        guard_transitions(
            "tenants_signup",
            {
                "unconfirmed": ["confirmed", "lapsed"],
                "confirmed": ["opened"],
                "opened": [],
                "lapsed": [],
            },
        ),
    ]
