from django.db import migrations

# Built in, without the extension btree_gist: a key as the range of itself.
NOT_TWICE = """
alter table public.stock_{table} add constraint {table}_once_at_a_time exclude using gist (
    {keys}, valid with &&
);
alter table public.stock_{table} add constraint {table}_is_half_open check (
    not isempty(valid) and lower_inc(valid) and not upper_inc(valid) and not lower_inf(valid)
);
"""
AS_OFTEN_AS_THEY_LIKE = """
alter table public.stock_{table} drop constraint {table}_is_half_open;
alter table public.stock_{table} drop constraint {table}_once_at_a_time;
"""
KEYS = {
    "price": "int8range(price_list_id, price_list_id, '[]') with &&,"
    " int8range(sku_id, sku_id, '[]') with &&",
    "cost": "int8range(connection_id, connection_id, '[]') with &&,"
    " int8range(sku_id, sku_id, '[]') with &&",
    # Two letters as one number.
    "vatrate": "int4range(ascii(country) * 256 + ascii(right(country, 1)),"
    " ascii(country) * 256 + ascii(right(country, 1)), '[]') with &&",
}
NAME_PERIOD_PRICES = """
update public.stock_holding set period_price = monthly_price * period_months;
"""


class Migration(migrations.Migration):
    dependencies = [("stock", "0004_add_validity_costs_taxes_and_requirements")]

    operations = [
        *(
            migrations.RunSQL(
                NOT_TWICE.format(table=table, keys=keys), AS_OFTEN_AS_THEY_LIKE.format(table=table)
            )
            for table, keys in KEYS.items()
        ),
        migrations.RunSQL(NAME_PERIOD_PRICES, migrations.RunSQL.noop),
    ]
