from typing import Any

from django.db import migrations

ROWS_PER_BATCH = 20_000
LAST = "select coalesce(max(id), 0) from public.stock_stocknumber"
# The trigger puts the right score in.
SCORE = """
update public.stock_stocknumber set memorability = 0 where id between %(first)s and %(last)s
"""


def score_known(apps: Any, schema_editor: Any) -> None:
    """Score batch after batch, so that no sale waits for all of them. May be repeated."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(LAST)
        [last] = cursor.fetchone()
        for first in range(1, last + 1, ROWS_PER_BATCH):
            cursor.execute(SCORE, {"first": first, "last": first + ROWS_PER_BATCH - 1})


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("stock", "0015_add_memorability")]

    operations = [migrations.RunPython(score_known, migrations.RunPython.noop)]
