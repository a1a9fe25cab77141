"""The machine under a benchmark: a server that takes mail, processes side by side, and what others use of the CPU."""

import os
import resource
import shutil
import socket
import subprocess
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.ports import free_port

SMTP_SINK = shutil.which("smtp-sink") or shutil.which("smtp-sink", path="/usr/sbin")
#: Servers that were running before and work for us meanwhile: what they use is not what others use.
SERVERS = ("postgres", "redis-server")
TICKS = os.sysconf("SC_CLK_TCK")


@contextmanager
def sink() -> Iterator[tuple[int, int]]:
    """Run Postfix's smtp-sink, which takes everything and keeps nothing; yield its port and its process."""
    if not SMTP_SINK:
        raise SystemExit("smtp-sink is missing: apt-get install postfix")
    port, user = free_port(), ["-u", "nobody"] if os.getuid() == 0 else []
    process = subprocess.Popen([SMTP_SINK, *user, f"127.0.0.1:{port}", "100"])
    try:
        _listens(port)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait()


def _listens(port: int) -> None:
    for _ in range(100):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as link:
            link.recv(100)  # its greeting
            return
        time.sleep(0.05)
    raise SystemExit("smtp-sink does not answer")


def together(works: Sequence[Callable[[], object]]) -> float:
    """Run each in a process of its own; return the seconds until the last is done."""
    from django.db import connections

    connections.close_all()  # a connection must not be shared with a child
    begun = time.monotonic()
    children = [_child(work) for work in works]
    ended = [os.waitpid(child, 0)[1] for child in children]
    if any(ended):
        raise RuntimeError("a process failed")
    return time.monotonic() - begun


def _child(work: Callable[[], object]) -> int:
    if child := os.fork():
        return child
    try:
        work()
    except BaseException:
        traceback.print_exc()
        os._exit(1)  # not through the parent's clean-up
    os._exit(0)


@dataclass(frozen=True)
class Cpu:
    """Seconds of CPU that the machine has spent so far, and those of them spent for us."""

    busy: float
    ours: float

    @classmethod
    def now(cls, sink: int) -> "Cpu | None":
        """Read the counters; none where there is no /proc. Children count once they have been waited for."""
        if not Path("/proc/stat").exists():
            return None
        ticks = [int(n) for n in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
        busy = sum(ticks) - ticks[3] - ticks[4]  # idle, and waiting for a disk
        spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return cls(busy / TICKS, sum(used.ru_utime + used.ru_stime for used in spent) + _of_servers(sink))

    def others(self, before: "Cpu", seconds: float) -> float:
        """Return the share of the whole machine that others used since."""
        others = (self.busy - before.busy) - (self.ours - before.ours)
        return max(0.0, others) / (seconds * (os.cpu_count() or 1))


def wait_for_quiet(sink: int, most: float = 3, share: float = 0.15) -> None:
    """Wait while others use much of the machine; not for long, as it may never be quiet."""
    until = time.monotonic() + most
    while time.monotonic() < until and (before := Cpu.now(sink)):
        time.sleep(0.25)
        now = Cpu.now(sink)
        if now and now.others(before, 0.25) < share:
            return


def _of_servers(sink: int) -> float:
    total = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended
            name, _, rest = path.read_text().partition("(")[2].rpartition(")")
            fields = rest.split()
            if name in SERVERS:  # with what ended processes left to it, as each connection has one
                total += sum(int(n) for n in fields[11:15])
            elif path.parent.name == str(sink):
                total += sum(int(n) for n in fields[11:13])
    return total / TICKS
