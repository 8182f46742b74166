import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('carriers', '0003_index_operations_by_number'),
    ]

    operations = [
        migrations.AlterField(
            model_name='connection',
            name='name',
            field=models.CharField(max_length=60),
        ),
        migrations.AddConstraint(
            model_name='connection',
            constraint=models.UniqueConstraint(django.db.models.functions.text.Lower('name'), name='connection_name_once'),
        ),
    ]
