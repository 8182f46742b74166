from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('carriers', '0004_name_carriers_once'),
    ]

    operations = [
        migrations.AddField(
            model_name='connection',
            name='shrinking_taken_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
