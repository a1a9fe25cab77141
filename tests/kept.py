"""Databases that hold what every run begins with, made once: kept as files for all processes and for the next run.

All that goes into them is in the name of their folder: where a migration, a model, a file of the record or a version
changes, others are made. With `pytest --create-db` they are made anew in any case.
"""

import fcntl
import hashlib
import os
import shutil
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections

from commitments.catalogue import files as catalogue
from commitments.catalogue.load import load
from commitments.evidence import load as evidence
from tests.faults.databases import used

ROOT = Path(__file__).resolve().parent.parent
#: The layers above the loaders (pyproject.toml, importlinter): what is loaded imports none of them.
ABOVE = {"admin", "api", "desk", "digests", "editorial", "entrance", "exports", "management", "templatetags", "web"}


def _migrate() -> None:
    call_command("migrate", verbosity=0)


def _load_record() -> None:
    load(catalogue.read(), at=datetime.now(UTC))


def _load_evidence() -> None:
    evidence.load(evidence.read(), at=datetime.now(UTC))


#: Each is made from a copy of the one before.
STEPS: dict[str, Callable[[], None]] = {"migrated": _migrate, "record": _load_record, "assessed": _load_evidence}


def sources() -> Iterator[Path]:
    """Yield every file that has a say in what the databases hold."""
    yield from (ROOT / "requirements.txt", ROOT / "tests" / "kept.py")
    for folder in (ROOT / "commitments", ROOT / "tracker"):
        for path in sorted(folder.rglob("*")):
            parts = path.relative_to(folder).parts
            if path.is_file() and "__pycache__" not in parts and parts[0] not in ABOVE:
                yield path


def key() -> str:
    """Return the name of what the sources make, on this Python, this SQLite and this day."""
    made = hashlib.sha256(f"{sys.version} {sqlite3.sqlite_version} {datetime.now(UTC).date()}".encode())
    for path in sources():
        content = path.read_bytes()
        made.update(f"{path.relative_to(ROOT)} {len(content)} ".encode() + content)
    return made.hexdigest()[:20]


#: The key when this process began: its code is of then, whatever is edited meanwhile.
KEY = key()
#: Seconds after which a folder that nobody asked for is in nobody's way.
OLD = 600


@contextmanager
def _alone() -> Iterator[Path]:
    """Give one process at a time the folder of the files."""
    folder = Path(settings.VAR_DIR) / "tests"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


def forget(age: float = 0) -> None:
    """Throw away what nobody asked for since so many seconds."""
    with _alone() as folder:
        for old in folder.iterdir():
            if old.is_dir() and old.stat().st_mtime <= time.time() - age:
                shutil.rmtree(old)


def _home(folder: Path) -> Path:
    """Return where the files of this process lie: its own place where the sources were edited since it began."""
    return folder / (KEY if key() == KEY else f"{KEY}-{os.getpid()}")


def _make(path: Path, before: Path | None, step: Callable[[], None]) -> None:
    half = path.with_name(f"half-{path.name}")
    for left in path.parent.glob(f"{half.name}*"):
        left.unlink()
    if before:
        shutil.copyfile(before, half)
    with used(f"sqlite:///{half}"):
        step()
    with closing(sqlite3.connect(half)) as file:
        file.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
    half.rename(path)


def _ready(folder: Path, name: str) -> Path:
    """Return the file of a name in `STEPS`: make it, and those before it, where it is not there."""
    home, before = _home(folder), None
    home.mkdir(exist_ok=True)
    os.utime(home)
    for step, make in STEPS.items():
        path = home / f"{step}.sqlite3"
        if not path.exists():
            _make(path, before, make)
        if step == name:
            break
        before = path
    if (now := _home(folder)) != home:  # edited while it was made: it may be of both
        path = home.rename(now) / path.name
    return path


@contextmanager
def _database(name: str) -> Iterator[Path]:
    """Give the file of that name; nobody throws it away meanwhile."""
    forget(OLD)
    with _alone() as folder:
        yield _ready(folder, name)


def copied(name: str, to: Path) -> Path:
    """Write the database of that name into a file, and return its path."""
    with _database(name) as path:
        return Path(shutil.copyfile(path, to))


def lay_down(name: str, over: Any) -> None:
    """Let an open SQLite database hold what that of a name holds."""
    with _database(name) as path, closing(sqlite3.connect(path)) as file:
        file.backup(over)


class Copy(Protocol):
    """The tests' database as it is now, to be laid over what a test leaves behind."""

    def put_back(self) -> None:
        """Undo whatever was done to the database since."""

    def drop(self) -> None:
        """Do without it from now on."""


class InMemory:
    """Of a SQLite database that lies in memory: another one."""

    def __init__(self) -> None:
        self._kept = sqlite3.connect(":memory:", check_same_thread=False)
        connection.ensure_connection()
        connection.connection.backup(self._kept)

    def put_back(self) -> None:
        connection.ensure_connection()
        self._kept.backup(connection.connection)

    def drop(self) -> None:
        self._kept.close()


class OnServer:
    """Of a PostgreSQL database: another one on the server, of which the tests' own is made again."""

    def __init__(self) -> None:
        self._own = connection.settings_dict["NAME"]
        self._kept = f"{self._own}_kept"
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # as the server does by itself, some time later
        self._copy(self._own, to=self._kept)

    def _copy(self, template: str, to: str) -> None:
        """Drop a database and make it of another; nobody may be connected to either."""
        connections.close_all()
        self._drop(to)
        with connection._nodb_cursor() as server:
            server.execute(f'CREATE DATABASE "{to}" TEMPLATE "{template}"')

    def _drop(self, name: str) -> None:
        with connection._nodb_cursor() as server:
            server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def put_back(self) -> None:
        self._copy(self._kept, to=self._own)

    def drop(self) -> None:
        self._drop(self._kept)


def copy() -> Copy:
    """Copy the tests' database."""
    return InMemory() if connection.vendor == "sqlite" else OnServer()
