"""The table of search tokens: FTS5 on SQLite, a GIN index on PostgreSQL."""

from django.db import migrations

TABLE = "commitments_pledgesearch"
CREATE = {
    "sqlite": [f"CREATE VIRTUAL TABLE {TABLE} USING fts5(tokens, tokenize='unicode61')"],
    "postgresql": [
        f"CREATE TABLE {TABLE} (rowid bigint PRIMARY KEY, tokens text NOT NULL)",
        f"CREATE INDEX {TABLE}_tokens ON {TABLE} USING gin (to_tsvector('simple', tokens))",
    ],
}


def create(apps, schema_editor):
    for statement in CREATE[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def drop(apps, schema_editor):
    schema_editor.execute(f"DROP TABLE {TABLE}")


class Migration(migrations.Migration):
    dependencies = [("commitments", "0001_initial")]

    operations = [migrations.RunPython(create, drop)]
