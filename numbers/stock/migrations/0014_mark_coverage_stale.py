from django.db import migrations

WATCH = """
drop trigger stock_stocknumber_stale on public.stock_stocknumber;
create trigger stock_stocknumber_stale
    after update of state, {columns}
    on public.stock_stocknumber for each row
    when ((old.state = 'available') <> (new.state = 'available')
          or new.state = 'available' and ({old}) is distinct from ({new}))
    execute function public.stock_stocknumber_mark_stale();
"""
BEFORE = ["has_sms", "region", "city", "rate_center", "number_type"]
SINCE = [
    *BEFORE,
    *("country", "npa", "has_voice", "has_fax", "has_emergency", "sku_id", "connection_id"),
    *("setup_cost", "monthly_cost", "cost_currency", "ours_since"),
]
MARK_ALL = """
insert into public.stock_stalecount (prefix)
select distinct public.stock_prefix(digits, nxx) from public.stock_stocknumber
where state = 'available';
"""


def watch(columns: list[str]) -> str:
    return WATCH.format(
        columns=", ".join(columns),
        old=", ".join(f"old.{name}" for name in columns),
        new=", ".join(f"new.{name}" for name in columns),
    )


class Migration(migrations.Migration):
    dependencies = [("stock", "0013_count_coverage")]

    operations = [
        migrations.RunSQL(watch(SINCE), watch(BEFORE)),
        migrations.RunSQL(MARK_ALL, MARK_ALL),
    ]
