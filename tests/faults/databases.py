"""Databases of the cases' own: a copy of a prepared one each, on SQLite and on PostgreSQL; dropped afterwards."""

import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

from django.core.management import call_command
from django.db import connections
from django.utils import timezone

SERVER = os.environ.get("FAULTS_POSTGRES") or "postgres://postgres@127.0.0.1:5432"
#: Statuses that are public in a prepared database: what the readers of the cases have not been told of yet.
PUBLISHED = 3


class Database(Protocol):
    """Where one case's rows are."""

    url: str
    vendor: str

    def drop(self) -> None: ...

    def back_up(self) -> None: ...

    def restore(self) -> None: ...


@contextmanager
def used(url: str) -> Iterator[None]:
    """Let Django's default connection lead to another database for a while. The one before is left as it is."""
    from django.contrib.contenttypes.models import ContentType

    kept, config = connections["default"], connections.settings["default"]
    connections.settings["default"] = config_of(url)
    connections["default"] = connections.create_connection("default")
    ContentType.objects.clear_cache()
    try:
        yield
    finally:
        connections["default"].close()
        connections.settings["default"], connections["default"] = config, kept
        ContentType.objects.clear_cache()


def config_of(url: str) -> dict[str, Any]:
    """Return what the settings make of a DATABASE_URL."""
    from tracker import settings

    before = os.environ.get("DATABASE_URL")
    os.environ["DATABASE_URL"] = url
    try:
        made: dict[str, Any] = connections.configure_settings({"default": settings._database()})["default"]
    finally:
        os.environ.pop("DATABASE_URL")
        if before is not None:
            os.environ["DATABASE_URL"] = before
    return made


def anew() -> None:
    """In a process that was just forked: leave the connections to the parent, and open others when needed."""
    _inherited.append(connections["default"])
    connections["default"] = connections.create_connection("default")


#: What is forgotten is closed, and would end the parent's connection with it.
_inherited: list[Any] = []


def fill(with_record: bool) -> None:
    """Prepare the database in use: the record, and a few statuses that have just become public."""
    from commitments.models import Pledge
    from tests import factories

    if not with_record:
        call_command("migrate", verbosity=0)
        with Path(os.devnull).open("w") as nowhere:
            call_command("load_catalogue", stdout=nowhere)
    two = factories.people()
    pledges = Pledge.objects.filter(codings__trackability="verifiable").order_by("code").distinct()
    for pledge in pledges[:PUBLISHED]:
        update = factories.update(pledge, "in_progress", **two)
        factories.published(update, factories.two_good_items(), at=timezone.now() - timedelta(hours=1))


class Sqlite:
    """A file."""

    vendor = "sqlite"

    def __init__(self, path: Path, template: Path | None = None) -> None:
        self.path, self.url = path, f"sqlite:///{path}"
        if template:
            shutil.copyfile(template, path)

    def drop(self) -> None:
        for path in self.path.parent.glob(self.path.name + "*"):
            path.unlink()

    def back_up(self) -> None:
        with closing(sqlite3.connect(self.path)) as file:
            file.execute("VACUUM INTO ?", [str(self.path.with_suffix(".backup"))])

    def restore(self) -> None:
        """Put the backup back, as an operator does who has stopped the workers."""
        connections["default"].close()
        self.drop()
        self.path.with_suffix(".backup").rename(self.path)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the only lock for writing, as a backup or a long transaction does."""
        with closing(sqlite3.connect(self.path, isolation_level=None)) as other:
            other.execute("PRAGMA busy_timeout = 20000")
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")


def prepared_sqlite(path: Path, with_record: bool = False) -> Path:
    """Make the file of which each case gets a copy, of one that holds the record already or of none."""
    with used(f"sqlite:///{path}"):
        fill(with_record)
    with closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


class Postgres:
    """A database on a server, that no other case knows."""

    vendor = "postgresql"

    def __init__(self, name: str = "", template: str = "") -> None:
        self.name = name or f"faults_{secrets.token_hex(6)}"
        self.url = f"{SERVER}/{self.name}"
        command = f'CREATE DATABASE "{self.name}"' + (f' TEMPLATE "{template}"' if template else "")
        with suppress_existing(), admin() as server:
            server.execute(command)

    def drop(self) -> None:
        with admin() as server:
            server.execute(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')

    def back_up(self) -> None:
        connections["default"].close()
        self.end_connections()
        with admin() as server:
            server.execute(f'CREATE DATABASE "{self.name}_backup" TEMPLATE "{self.name}"')

    def restore(self) -> None:
        """Put the backup back, as an operator does who has stopped the workers."""
        connections["default"].close()
        self.drop()
        with admin() as server:
            server.execute(f'ALTER DATABASE "{self.name}_backup" RENAME TO "{self.name}"')

    def end_connections(self) -> int:
        """End all connections to it; return how many."""
        with admin() as server:
            said = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
            return len(server.execute(said, [self.name]).fetchall())

    @contextmanager
    def refused(self) -> Iterator[None]:
        """Let nobody connect for a while, and end who is connected."""
        with admin() as server:
            server.execute(f'ALTER DATABASE "{self.name}" ALLOW_CONNECTIONS false')
            self.end_connections()
            yield
            server.execute(f'ALTER DATABASE "{self.name}" ALLOW_CONNECTIONS true')


@contextmanager
def suppress_existing() -> Iterator[None]:
    import psycopg

    with suppress(psycopg.errors.DuplicateDatabase):
        yield


def admin(name: str = "postgres") -> Any:
    """Connect to the server itself. A short time-out: this also finds out whether there is one."""
    import psycopg

    return psycopg.connect(
        f"{SERVER}/{name}".replace("postgres://", "postgresql://"), autocommit=True, connect_timeout=3
    )


class Template:
    """The prepared database on the server, shared by all processes of one run; the last one drops it."""

    def __init__(self, run: str) -> None:
        self.key = int.from_bytes(run.encode()[-7:].rjust(7), "big")
        self.name = f"faults_template_{self.key:x}"
        self.lock = admin()
        self.lock.execute("SELECT pg_advisory_lock_shared(%s)", [self.key])
        self._prepare()

    def _prepare(self) -> None:
        with admin() as server:
            server.execute("SELECT pg_advisory_lock(%s)", [-self.key])
            if not server.execute("SELECT FROM pg_database WHERE datname = %s", [self.name]).fetchall():
                half = Postgres(f"{self.name}_half")
                with used(half.url):
                    fill(with_record=False)
                server.execute(f'ALTER DATABASE "{half.name}" RENAME TO "{self.name}"')

    def close(self) -> None:
        """Drop it, unless another process needs it."""
        self.lock.execute("SELECT pg_advisory_unlock_shared(%s)", [self.key])
        (alone,) = self.lock.execute("SELECT pg_try_advisory_lock(%s)", [self.key]).fetchone()
        if alone:
            self.lock.execute(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')
        self.lock.close()
