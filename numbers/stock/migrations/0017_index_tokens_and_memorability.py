from django.contrib.postgres.indexes import GinIndex
from django.db import migrations, models

from stock.models import Tokens

# A loop, because it takes a fifth of what the same takes as one statement.
TOKENS = """
create function public.stock_tokens(digits text) returns int[]
    language plpgsql immutable strict parallel safe as $$
declare
    tokens int[];
begin
    for place in 1..length(digits) - 2 loop
        tokens[place] := place * 1000 + substr(digits, place, 3)::int;
    end loop;
    return tokens;
end $$;
"""
NO_TOKENS = "drop function public.stock_tokens(text);"


class Migration(migrations.Migration):
    dependencies = [("stock", "0016_score_known_numbers")]

    operations = [
        migrations.RunSQL(TOKENS, NO_TOKENS),
        migrations.CreateModel(
            name="TokenCount",
            fields=[
                ("token", models.IntegerField(primary_key=True, serialize=False)),
                ("available", models.PositiveIntegerField()),
            ],
        ),
        migrations.AddIndex(
            model_name="stocknumber",
            index=models.Index(
                condition=models.Q(("state", "available")),
                fields=["country", "number_type", "memorability", "digits"],
                name="stock_av_memorable",
            ),
        ),
        migrations.AddIndex(
            model_name="stocknumber",
            index=GinIndex(
                Tokens(models.F("digits")),
                condition=models.Q(("state", "available")),
                name="stock_av_tokens",
            ),
        ),
    ]
