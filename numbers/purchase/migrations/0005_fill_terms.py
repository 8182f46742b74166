from django.db import migrations

# What was bought before had one month, the channels that come with a number, and no tax.
FILL = """
update purchase_orderline set recurring_price = monthly_price, period_price = monthly_price
where recurring_price is null
"""


class Migration(migrations.Migration):
    dependencies = [("purchase", "0004_add_terms")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
