from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("work", "0001_due_work_and_webhooks")]

    operations = [
        migrations.AlterField(
            model_name="duework",
            name="tenant",
            field=models.UUIDField(blank=True, null=True),
        ),
    ]
