"""Other packages' ways of sending the same letters, each run in a process of its own, in an environment of its own."""

import json
import os
import signal
import socket
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bench.peers.install import PYTHON, why_not
from bench.rounds import CannotRunError, Way

ROOT = Path(__file__).resolve().parent.parent
#: Messages of the first run, which tells how many each can send in the time.
PROBE = 100
#: A run that takes longer is ended, in seconds.
PATIENCE = 120


@dataclass(frozen=True)
class Setting:
    """Where the letters are, and which database, server and broker to use."""

    letters: Path
    database: str
    port: int
    broker: str
    processes: int

    def environ(self) -> dict[str, str]:
        """Return the environment of a process of theirs."""
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "bench.peers.settings",
            "PYTHONPATH": str(ROOT),
            "BENCH_LETTERS": str(self.letters),
            "BENCH_DATABASE": self.database,
            "BENCH_PORT": str(self.port),
            "BENCH_BROKER": self.broker,
            "BENCH_PROCESSES": str(self.processes),
        }


def broker(asked: str, folder: Path) -> str:
    """Return Redis's address where Redis answers there, else a file's."""
    url = urlsplit(asked)
    with suppress(OSError), socket.create_connection((url.hostname or "", url.port or 6379), timeout=1) as link:
        link.sendall(b"PING\r\n")
        if link.recv(16).startswith(b"+PONG"):
            return asked
    return f"sqla+sqlite:///{folder}/broker.sqlite3"


def ways(setting: Setting, *, most: int, seconds: float) -> list[Way]:
    """Return a way for each package; none of them gets more messages than it can send in the time."""
    queue = "Redis" if setting.broker.startswith("redis") else "a file as broker"
    names = {
        "celery": f"Celery, a task a message, {queue}",
        "post_office": "django-post_office",
        "newsletter": "django-newsletter, one submission",
    }
    return [_way(peer, name, setting, most, seconds) for peer, name in names.items()]


def _way(peer: str, name: str, setting: Setting, most: int, seconds: float) -> Way:
    numbers: list[int] = []

    def run() -> dict[str, tuple[int, float]]:
        if not numbers:
            took = max(_run(peer, setting, min(PROBE, most)).values())
            numbers.append(int(min(most, max(PROBE, PROBE / took * seconds))))
        found = _run(peer, setting, numbers[0])
        return {f"{name}{part and ': ' + part}": (numbers[0], took) for part, took in found.items()}

    return Way(name, run)


def _run(peer: str, setting: Setting, messages: int) -> dict[str, float]:
    """Return the seconds, by what was measured."""
    if reason := why_not():
        raise CannotRunError(reason)
    code, said, errors = _ended([str(PYTHON), "-m", "bench.peers.run", peer, str(messages)], setting)
    if code:
        raise CannotRunError((errors.strip().splitlines() or [f"it ended with {code}"])[-1][:200])
    found: dict[str, float] = json.loads(said.strip().splitlines()[-1])
    return found


def _ended(command: list[str], setting: Setting) -> tuple[int, str, str]:
    """Run a command to its end; return how it ended, and what it said. Nothing of it is left if it takes too long."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, cwd=ROOT, env=setting.environ(), stdout=pipe, stderr=pipe, text=True, start_new_session=True
    ) as process:
        try:
            said, errors = process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            raise CannotRunError(f"{command[-1]} messages took longer than {PATIENCE} s") from None
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)  # with the processes of its own
        return process.returncode, said, errors
