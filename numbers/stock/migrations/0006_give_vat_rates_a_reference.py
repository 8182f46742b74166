import uuid

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("stock", "0005_bound_validity")]

    operations = [
        # By the database, because Django would give all rows the same.
        migrations.RunSQL(
            "alter table public.stock_vatrate"
            " add column reference uuid not null default gen_random_uuid() unique;"
            "alter table public.stock_vatrate alter column reference drop default;",
            "alter table public.stock_vatrate drop column reference;",
            state_operations=[
                migrations.AddField(
                    model_name="vatrate",
                    name="reference",
                    field=models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
                ),
            ],
        ),
    ]
