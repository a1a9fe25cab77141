"""A database of its own for a benchmark, that goes away afterwards: in a folder, or on a PostgreSQL server."""

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def database(server: str = "") -> Iterator[Path]:
    """Set Django up on an empty database that holds the record; call it before anything imports models.

    On SQLite, or on a PostgreSQL server: postgres://user@host:port. Yields a folder that goes away, too.
    """
    with tempfile.TemporaryDirectory(prefix="tracker-bench-") as folder, empty(server, Path(folder), "bench") as url:
        os.environ |= {"VAR_DIR": folder, "DEBUG": "1", "DATABASE_URL": url}
        os.environ["DJANGO_SETTINGS_MODULE"] = "tracker.settings"
        import django

        django.setup()
        from django.conf import settings
        from django.core.management import call_command
        from django.db import connections

        settings.DEBUG = False  # else Django keeps every query in memory
        try:
            call_command("migrate", verbosity=0)
            with Path(os.devnull).open("w") as nowhere:
                call_command("load_catalogue", stdout=nowhere)
            yield Path(folder)
        finally:
            connections.close_all()


@contextmanager
def empty(server: str, folder: Path, name: str) -> Iterator[str]:
    """Make an empty database; yield its URL. PostgreSQL drops it in the end, SQLite's goes with its folder."""
    if not server:
        yield f"sqlite:///{folder}/{name}.sqlite3"
        return
    import psycopg
    from psycopg.sql import SQL, Identifier

    server, own = server.rstrip("/"), f"tracker_{name}_{secrets.token_hex(4)}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(own)))
    try:
        yield f"{server}/{own}"
    finally:
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(own)))
