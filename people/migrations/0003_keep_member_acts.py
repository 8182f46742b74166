from django.db import migrations

from lifecycle.guarding import guard_append_only


class Migration(migrations.Migration):
    dependencies = [("people", "0002_add_member_acts")]

    operations = [guard_append_only("people_memberact")]
