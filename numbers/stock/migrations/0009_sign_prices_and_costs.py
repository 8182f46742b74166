import uuid
from typing import Any

from django.db import migrations, models

KINDS = [('member', 'Member'), ('staff', 'Staff'), ('support', 'Support session'), ('system', 'Numberyard'), ('carrier', 'Carrier'), ('api_key', 'API key')]
# Those there are came with the first offers, by nobody's hand, and none was set after it began.
SIGN = """
-- First, because a table that was rewritten here may not be changed after its rows have been.
alter table public.stock_{table} add column set_at timestamptz;
update public.stock_{table} set set_at = lower(valid);
alter table public.stock_{table}
    alter column set_at set not null,
    add column actor_kind varchar(8) not null default 'system',
    add column actor_reference uuid not null default '00000000-0000-0000-0000-000000000000',
    add column actor_name varchar(200) not null default 'Numberyard',
    add column reference uuid not null default gen_random_uuid() unique;
alter table public.stock_{table}
    alter column actor_kind drop default,
    alter column actor_reference drop default,
    alter column actor_name drop default,
    alter column reference drop default;
"""
FORGET = """
alter table public.stock_{table}
    drop column actor_kind, drop column actor_reference, drop column actor_name,
    drop column reference, drop column set_at;
"""


def sign(table: str) -> migrations.RunSQL:
    fields: dict[str, models.Field[Any, Any]] = {
        "actor_kind": models.CharField(choices=KINDS, max_length=8),
        "actor_reference": models.UUIDField(),
        "actor_name": models.CharField(max_length=200),
        "reference": models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
        "set_at": models.DateTimeField(),
    }
    return migrations.RunSQL(
        SIGN.format(table=table),
        FORGET.format(table=table),
        state_operations=[
            migrations.AddField(model_name=table, name=name, field=field)
            for name, field in fields.items()
        ],
    )


class Migration(migrations.Migration):
    dependencies = [("stock", "0008_keep_requirement_versions")]

    operations = [
        sign("price"),
        sign("cost"),
        migrations.AddConstraint(
            model_name='cost',
            constraint=models.CheckConstraint(condition=models.Q(('monthly_cost__gte', 0), ('setup_cost__gte', 0)), name='cost_is_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='price',
            constraint=models.CheckConstraint(condition=models.Q(('connect_rate__gte', 0), ('inbound_minute_rate__gte', 0)), name='price_rates_are_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='price',
            constraint=models.CheckConstraint(condition=models.Q(('first_increment_seconds__gte', 1), ('next_increment_seconds__gte', 1)), name='price_increments_have_a_length'),
        ),
    ]
