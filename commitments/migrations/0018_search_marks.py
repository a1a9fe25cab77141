"""The tables of search tokens are emptied, to be filled again after migrating: rows hold more than they did.

Words in capitals that would only join in small letters are marked (UN, WHO). On PostgreSQL a gap ends each field, so that
no phrase reaches from one into the next: it has its place among the tokens, and is taken out once they stand together.
"""

from importlib import import_module

from django.db import migrations

searches = import_module("commitments.migrations.0012_search")

GATHER = """
CREATE OR REPLACE FUNCTION commitments_gather_tokens() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.tokens := ts_delete(
        setweight(NEW.title, 'A') || setweight(NEW.words, 'B') || setweight(NEW.tags, 'C') || setweight(NEW.rest, 'D'),
        '_'
    );
    NEW.title := ''; NEW.words := ''; NEW.tags := ''; NEW.rest := '';
    RETURN NEW;
END $$
"""


def _put(gather, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(gather)
    for table in searches.TABLES:
        schema_editor.execute(f"DELETE FROM {table}")


def forwards(apps, schema_editor):
    _put(GATHER, schema_editor)


def backwards(apps, schema_editor):
    _put(searches.GATHER, schema_editor)


class Migration(migrations.Migration):
    dependencies = [("commitments", "0016_days")]

    operations = [migrations.RunPython(forwards, backwards)]
