"""The tables of search tokens, four of one shape: FTS5 on SQLite, GIN over text vectors on PostgreSQL.

They are derived, and empty at first: loading the catalogue and the evidence fills them, as does `rebuild_search`.
"""

from django.db import migrations, models

import commitments.models.search

FIELDS = ("title", "words", "tags", "rest")
TABLES = [f"commitments_{kind}search" for kind in ("pledge", "passage", "evidence", "update")]


def _create(vendor, table):
    if vendor == "sqlite":
        # Tokens come folded: what is not ASCII is part of them as it stands, and `_` marks stems and gaps.
        tokenizer = "tokenize=\"ascii tokenchars '_'\""
        return [f"CREATE VIRTUAL TABLE {table} USING fts5({', '.join(FIELDS)}, {tokenizer})"]
    columns = ", ".join(f"{name} tsvector NOT NULL" for name in FIELDS)
    # Vectors stay in their rows: set apart, the planner would take reading all of them for cheap.
    return [
        f"CREATE TABLE {table} (rowid bigint PRIMARY KEY, {columns}, tokens tsvector NOT NULL)"
        " WITH (toast_tuple_target = 8160)",
        f"CREATE INDEX {table}_tokens ON {table} USING gin (tokens) WITH (fastupdate = off)",
        f"CREATE TRIGGER gather BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION commitments_gather_tokens()",
    ]


GATHER = """
CREATE OR REPLACE FUNCTION commitments_gather_tokens() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.tokens := setweight(NEW.title, 'A') || setweight(NEW.words, 'B') || setweight(NEW.tags, 'C') || setweight(NEW.rest, 'D');
    NEW.title := ''; NEW.words := ''; NEW.tags := ''; NEW.rest := '';
    RETURN NEW;
END $$
"""


def create(apps, schema_editor):
    schema_editor.execute(f"DROP TABLE {TABLES[0]}")
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(GATHER)
    for table in TABLES:
        for statement in _create(schema_editor.connection.vendor, table):
            schema_editor.execute(statement)


def drop(apps, schema_editor):
    for table in TABLES:
        schema_editor.execute(f"DROP TABLE {table}")
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(f"CREATE VIRTUAL TABLE {TABLES[0]} USING fts5(tokens, tokenize='unicode61')")
    else:
        schema_editor.execute("DROP FUNCTION commitments_gather_tokens()")
        schema_editor.execute(f"CREATE TABLE {TABLES[0]} (rowid bigint PRIMARY KEY, tokens text NOT NULL)")


def _state(kind):
    fields = [(name, commitments.models.search.Tokens()) for name in FIELDS]
    return migrations.CreateModel(
        name=f"{kind}Search",
        fields=[("rowid", models.BigIntegerField(primary_key=True, serialize=False)), *fields],
        options={"abstract": False, "managed": False, "db_table": f"commitments_{kind.lower()}search"},
    )


class Migration(migrations.Migration):
    dependencies = [("commitments", "0011_periods")]

    operations = [
        migrations.DeleteModel(name="PledgeSearch"),
        *(_state(kind) for kind in ("Pledge", "Passage", "Evidence", "Update")),
        migrations.RunPython(create, drop),
    ]
