"""The search index: one row of tokens per pledge, in the engine that each database has for words."""

from typing import Any

from django.db import models
from django.db.models.lookups import Lookup

from commitments.models.base import Mutability


class PledgeSearch(models.Model):
    """The tokens of everything that a pledge can be found by; `rowid` is the pledge's key.

    The table is made by a migration: Django has no word for an FTS5 table.
    """

    mutability = Mutability.DERIVED

    rowid = models.BigIntegerField(primary_key=True)
    tokens = models.TextField()

    class Meta:
        managed = False
        db_table = "commitments_pledgesearch"

    def __str__(self) -> str:
        return f"tokens of pledge {self.rowid}"


@models.TextField.register_lookup
class HasTokens(Lookup):
    """`tokens__has=[(token, is_prefix), …]`: all of them occur."""

    lookup_name = "has"
    prepare_rhs = False

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """Ask FTS5."""
        column, params = self.process_lhs(compiler, connection)
        asked = " AND ".join(f'"{token}"{"*" if prefix else ""}' for token, prefix in self.rhs)
        return f"{column} MATCH %s", [*params, asked]

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """Ask the text search of PostgreSQL."""
        column, params = self.process_lhs(compiler, connection)
        asked = " & ".join(f"'{token}'{':*' if prefix else ''}" for token, prefix in self.rhs)
        return f"to_tsvector('simple', {column}) @@ to_tsquery('simple', %s)", [*params, asked]
