"""Points at which something happens to a worker: killed, its database connection cut, or held for a moment.

They stand on what a worker writes, to the database or to the mail server, never on names of its functions: SQL about
`commitments_dispatch` and `commitments_attempt`, and bytes that go into a socket.
"""

import os
import random
import re
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

_SET = re.compile(
    r"UPDATE\s+\"?commitments_dispatch\"?\s+(?:AS\s+\w+\s+)?SET\s+(.*?)(?:\bWHERE\b|\bFROM\b|$)", re.S | re.I
)
_TRIED = re.compile(r"INSERT\s+INTO\s+\"?commitments_attempt\"?", re.I)
_PLACE = re.compile(r"%s|%\((\w+)\)s|'([^']*)'")

Act = Callable[["Point", BaseDatabaseWrapper | None], None]


def die(point: "Point", connection: BaseDatabaseWrapper | None) -> None:
    """End the whole process group at once, so that nothing in it can clean up."""
    os.killpg(os.getpgrp(), signal.SIGKILL)
    time.sleep(60)  # the signal arrives first


def lose_database(point: "Point", connection: BaseDatabaseWrapper | None) -> None:
    """End the connection as a server that goes away does."""
    import psycopg

    assert connection
    with psycopg.connect(**_address(connection), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])


def _address(connection: BaseDatabaseWrapper) -> dict[str, Any]:
    found = connection.settings_dict
    return {"host": found["HOST"], "port": found["PORT"], "user": found["USER"], "dbname": found["NAME"]}


def dawdle(point: "Point", connection: BaseDatabaseWrapper | None) -> None:
    """Be slow at this point, so that what others do falls right into it."""
    time.sleep(random.uniform(0, 0.012))
    point.count = 1  # each time anew


def hold(point: "Point", connection: BaseDatabaseWrapper | None) -> None:
    """Say that the point was reached, and go on when told."""
    folder = Path(os.environ["FAULTS_HOLD"])
    (folder / "reached").touch()
    until = time.monotonic() + 60
    while not (folder / "go").exists() and time.monotonic() < until:
        time.sleep(0.002)


ACTS: dict[str, Act] = {"die": die, "lose database": lose_database, "dawdle": dawdle, "hold": hold}


@dataclass
class Point:
    """The n-th time that a moment comes, and what happens then."""

    moment: str
    act: str = "die"
    count: int = 1

    @classmethod
    def read(cls, text: str) -> "Point":
        """Read `moment`, or `moment;act`, or `moment;act;count`."""
        given = text.split(";")
        moment, act, count = (*given, *("", "die", "1")[len(given) :])
        return cls(moment, act, int(count))

    def reached(self, moment: str, connection: BaseDatabaseWrapper | None = None) -> None:
        if moment != self.moment:
            return
        self.count -= 1
        if self.count == 0:
            ACTS[self.act](self, connection)

    def install(self) -> None:
        """Watch every database connection that is opened from now on, and every socket."""
        connection_created.connect(self._watch, weak=False)
        for name in ("sendall", "send"):
            setattr(socket.socket, name, self._watched(getattr(socket.socket, name)))

    def _watch(self, connection: BaseDatabaseWrapper, **_: Any) -> None:
        if self._statement not in connection.execute_wrappers:
            connection.execute_wrappers.append(self._statement)

    def _watched(self, send: Any) -> Any:
        def watched(sock: socket.socket, data: Any, *more: Any) -> Any:
            start = bytes(data[:4000])
            if start.startswith(b".\r\n"):
                self.reached("before dot")
            if self.moment.startswith("<") and f"Message-ID: {self.moment}".encode() in start:
                self.reached(self.moment)
            return send(sock, data, *more)

        return watched

    def _statement(self, execute: Any, sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
        connection = context["connection"]
        kind = kind_of(str(sql), params)
        if kind:
            self.reached(f"before {kind}", connection)
            if not connection.in_atomic_block and kind != "fence":
                self.reached(f"{kind} executed", connection)  # executed is committed: the last moment before both
        result = execute(sql, params, many, context)
        if kind and connection.in_atomic_block:
            self.reached(f"{kind} executed", connection)
        if kind:
            transaction.on_commit(lambda: self.reached(f"{kind} committed", connection), using=connection.alias)
        return result


def kind_of(sql: str, params: Any) -> str:
    """Tell what a statement is to a message: its claim, its fence, its record, or none of these."""
    if _TRIED.search(sql):
        return "record"
    found = _SET.search(sql)
    if not found:
        return ""
    values = _values(found[1], params)
    return "fence" if "dot" in values else "claim" if {"sending", "claimed"} <= values else ""


def _values(part: str, params: Any) -> set[str]:
    """Return what the columns are set to, as far as it is text: placeholders and literals."""
    values, used = set(), 0
    for place in _PLACE.finditer(part):
        if place[0] == "%s":
            values.add(str(params[used]))
            used += 1
        else:
            values.add(str(params[place[1]]) if place[1] else place[2])
    return values
