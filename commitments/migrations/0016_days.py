"""Asking for a day: on PostgreSQL by the range that a period lasts, in both databases for the newest update of a pledge.

PostgreSQL gets a column that it makes itself from `since` and `until`, and two indexes that hold all that is counted and
listed, so that the rows themselves are not read (once they are vacuumed). They stand in for the index on the two days,
of which each alone leaves half of all periods, and for the one on the coding. SQLite keeps both as they were.
"""

from django.db import migrations, models

DAYS = ("commitments_until_e05e89_idx", "(until, since)")
CODING = ("commitments_period_coding_id_822bc0e4", "(coding_id)")
ON_POSTGRESQL = [
    "ALTER TABLE commitments_period ADD COLUMN held daterange GENERATED ALWAYS AS (daterange(since, until)) STORED",
    "CREATE INDEX period_by_day ON commitments_period USING gist (held)"
    " INCLUDE (pledge_id, coding_id, update_id, trackability, status, grade, provisional)",
    "CREATE INDEX period_by_coding ON commitments_period (coding_id) INCLUDE (held, pledge_id)",
]


def forwards(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for statement in (*ON_POSTGRESQL, *(f"DROP INDEX {name}" for name, _ in (DAYS, CODING))):
            schema_editor.execute(statement)


def backwards(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for name, columns in (DAYS, CODING):
            schema_editor.execute(f"CREATE INDEX {name} ON commitments_period {columns}")
        schema_editor.execute("ALTER TABLE commitments_period DROP COLUMN held")  # and the indexes that hold it


class Migration(migrations.Migration):

    dependencies = [
        ('commitments', '0015_editions'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='statusupdate',
            index=models.Index(fields=['pledge', 'published_at'], name='update_by_publication'),
        ),
        migrations.RunPython(forwards, backwards),
    ]
