"""One and the same record for everything that is read, however many queries it takes, whoever publishes meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction


@contextmanager
def snapshot() -> Iterator[None]:
    """Read the record as it stands at the first query inside, to the end; nothing can be written on PostgreSQL.

    Writers are not held up. Inside another transaction that one decides what is seen.
    """
    if connection.in_atomic_block:
        yield
        return
    with _deferred(), transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


@contextmanager
def _deferred() -> Iterator[None]:
    """Take no lock for writing on SQLite, which transactions here take when they begin."""
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    database: Any = connection
    usual, database.transaction_mode = database.transaction_mode, "DEFERRED"
    try:
        yield
    finally:
        database.transaction_mode = usual
