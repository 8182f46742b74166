from django.db import migrations

from lifecycle.guarding import guard_append_only


class Migration(migrations.Migration):
    dependencies = [("tenants", "0003_add_staff_acts")]

    operations = [guard_append_only("tenants_staffact")]
