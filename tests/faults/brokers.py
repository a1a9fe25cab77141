"""Brokers of the cases' own, which can be wiped, and be away for a while."""

import os
import secrets
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from tests.faults.helper import Proxy
from tests.ports import free_port

RABBITMQ = os.environ.get("FAULTS_RABBITMQ") or "amqp://guest:guest@127.0.0.1:5672//"


class Broker(Protocol):
    """What carries the wake-ups."""

    url: str
    queue: str

    def wipe(self) -> None:
        """Lose everything that it holds."""

    def down(self) -> None:
        """Be away."""

    def up(self) -> None:
        """Be there again."""

    def close(self) -> None:
        """Leave nothing behind."""


def _queue() -> str:
    return f"faults-{secrets.token_hex(6)}"


class File:
    """The embedded default: a file of SQLite."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "broker.sqlite3"
        self.url, self.queue = f"sqla+sqlite:///{self.path}", _queue()
        self._held: sqlite3.Connection | None = None
        self._declare()

    def _declare(self) -> None:
        """Make the queue before anybody starts.

        Where worker and beat make it at one moment, kombu 5.7 leaves beat without a queue until it is started anew.
        """
        make = "import sys, kombu; kombu.Connection(sys.argv[1]).SimpleQueue(sys.argv[2]).close()"
        subprocess.run([sys.executable, "-c", make, self.url, self.queue], check=True, timeout=60)

    def wipe(self) -> None:
        with closing(sqlite3.connect(self.path, timeout=20)) as file, file:
            file.execute("DELETE FROM kombu_message")

    def down(self) -> None:
        self._held = sqlite3.connect(self.path, timeout=20, isolation_level=None, check_same_thread=False)
        self._held.execute("BEGIN EXCLUSIVE")

    def up(self) -> None:
        if self._held:
            self._held.close()

    def close(self) -> None:
        self.up()


class RabbitMQ:
    """A queue of our own on a server that others use too, behind a proxy that can be cut."""

    def __init__(self) -> None:
        there = urlsplit(RABBITMQ)
        self._proxy = Proxy(str(there.port or 5672))
        login = f"{there.username}:{there.password}@" if there.username else ""
        self.url, self.queue = f"amqp://{login}127.0.0.1:{self._proxy.port}/{there.path[1:]}", _queue()

    def wipe(self) -> None:
        with self._server() as server:
            server.default_channel.queue_delete(self.queue)

    def _server(self) -> Any:
        return import_module("kombu").Connection(RABBITMQ)

    def down(self) -> None:
        self._proxy.cut()

    def up(self) -> None:
        self._proxy.mend()

    def close(self) -> None:
        self._proxy.__exit__(None, None, None)
        with self._server() as server:
            server.default_channel.queue_delete(self.queue)
            server.default_channel.exchange_delete(self.queue)


class Redis:
    """A server of our own."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._port = folder, free_port()
        self.url, self.queue = f"redis://127.0.0.1:{self._port}/0", _queue()
        self._process: subprocess.Popen[bytes] | None = None
        self.up()

    def up(self) -> None:
        program = shutil.which("redis-server")
        assert program
        options = ["--port", str(self._port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(
            [program, *options, "--dir", str(self._folder)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until = time.monotonic() + 20
        while time.monotonic() < until:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self._port), timeout=1):
                return
            time.sleep(0.02)
        raise AssertionError("redis-server does not come up")

    def wipe(self) -> None:
        import redis

        with redis.Redis(port=self._port) as server:
            server.flushdb()

    def down(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()

    def close(self) -> None:
        self.down()


def missing_rabbitmq() -> str:
    """Say what is missing; nothing where RabbitMQ answers."""
    there = urlsplit(RABBITMQ)
    try:
        socket.create_connection((there.hostname or "", there.port or 5672), timeout=3).close()
    except OSError as error:
        return f"no RabbitMQ at {there.hostname}:{there.port or 5672} ({error})"
    return ""


def missing_redis() -> str:
    """Say what is missing; nothing where a Redis of our own can be started and Celery can speak to it."""
    try:
        import redis  # noqa: F401
    except ImportError:
        return "the package redis is not installed"
    return "" if shutil.which("redis-server") else "no redis-server to start: apt-get install redis-server"
