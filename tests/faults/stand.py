"""One case: a database, a relay, a broker, workers that are started and die, and the verdict."""

import os
import shlex
import signal
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import pytest
from django.conf import settings
from django.db import connections
from django.db.models import F
from django.test import override_settings
from django.utils import timezone

from commitments.digests import addresses
from commitments.digests.compose import compose
from commitments.digests.scope import EVERYTHING, Scope
from commitments.models import Change, Dispatch, Subscription
from commitments.record import changes
from tests.faults import databases
from tests.faults.brokers import Broker
from tests.faults.databases import PUBLISHED, Database
from tests.faults.helper import Nursery, Post
from tests.faults.points import Point

#: Seconds after which whatever was awaited counts as never happening.
PATIENCE = 60
#: Longer than either lease.
LEASES = timedelta(minutes=12)


def _end(group: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


@dataclass
class Process:
    """A process that was started, leader of a group of its own, and where it prints."""

    pid: int
    printed: Path
    #: Whether it was forked here; else somebody else waits for it.
    ours: bool = True
    ended: int | None = None

    def poll(self) -> int | None:
        """Return how it ended: 0, or minus the signal; None while it runs. Of others' processes only that it ended."""
        if self.ended is None and self.ours:
            found, status = os.waitpid(self.pid, os.WNOHANG)
            self.ended = os.waitstatus_to_exitcode(status) if found else None
        elif self.ended is None:
            try:
                os.kill(self.pid, 0)
            except ProcessLookupError:
                self.ended = 0
                _end(self.pid)  # what it left behind, at once: later the number may be somebody else's
        return self.ended

    def wait(self) -> int:
        """Wait until it has ended; fail with what it printed where it does not."""
        awaited(lambda: self.poll() is not None, lambda: f"its end\n{self.output()}")
        assert self.ended is not None
        return self.ended

    def kill(self) -> None:
        """End it, and whatever it started and left behind."""
        if self.poll() is None:
            _end(self.pid)
        self.wait()

    def output(self) -> str:
        return self.printed.read_text(errors="replace")[-6000:] if self.printed.exists() else ""


def awaited(done: Callable[[], Any], what: Callable[[], str], patience: float = PATIENCE) -> Any:
    """Wait until something is true, and return it; fail after a while."""
    until = time.monotonic() + patience
    while not (found := done()):
        if time.monotonic() > until:
            pytest.fail(f"waited {patience} s for {what()}")
        time.sleep(0.02)
    return found


@dataclass
class Verdict:
    """What became of the messages, by what the relay took and what the rows say."""

    messages: int
    once: int
    lost: int
    doubled: int
    unflagged: int
    uncertain: int
    parked: int

    @property
    def whole(self) -> tuple[int, int, int]:
        return self.lost, self.doubled, self.uncertain

    def __str__(self) -> str:
        parts = [f"{self.once} taken once", f"{self.lost} lost", f"{self.doubled} doubled"]
        parts.append(f"{self.uncertain} uncertain")
        parts += [f"{self.parked} parked"] if self.parked else []
        return f"{self.messages} messages: {', '.join(parts)}"


class Stand:
    """Everything of one case."""

    def __init__(self, folder: Path, database: Database, broker: Broker | None = None) -> None:
        self.folder, self.database, self.broker = folder, database, broker
        self.post = Post(folder)
        self.processes: list[Process] = []
        #: How far ahead the clock of the forked senders is: for many rounds that is quicker than to change the rows.
        self.ahead = timedelta()
        self._nursery: Nursery | None = None
        self._readers = self.runs = 0

    # --- rows -------------------------------------------------------------------------------

    def readers(self, *names: str, count: int = 0) -> None:
        """Let people have subscribed, who are due now; each at a domain of its own."""
        everything = Scope(frozenset([EVERYTHING]), frozenset(Change))
        listed = [*names, *(f"reader{n}" for n in range(count))]
        now, head = timezone.now(), changes.head()
        made = []
        for name in listed:
            self._readers += 1
            address = f"{name}@host{self._readers}.example"
            made.append(
                Subscription(
                    address=address,
                    address_key=addresses.key_of(address),
                    nonce=f"{self._readers:022d}",
                    state="active",
                    language="en",
                    cadence="weekly",
                    scope=everything.stored(),
                    scope_key=everything.key,
                    sent_through=head - PUBLISHED,
                    next_due=now - timedelta(minutes=1),
                    created_at=now - timedelta(days=1),
                    confirmed_at=now - timedelta(days=1),
                )
            )
        Subscription.objects.bulk_create(made)

    def waits(self, *names: str, count: int = 0) -> None:
        """Let a message wait for each of some readers."""
        self.readers(*names, count=count)
        compose(at=timezone.now() - timedelta(seconds=1))
        without = Subscription.objects.filter(state="active", dispatches__isnull=True)
        awaited(lambda: not without.exists(), lambda: f"what a worker composes just now; {self.outputs()}")

    def of(self, name: str) -> Dispatch:
        """Return the message of a reader."""
        return Dispatch.objects.get(subscription__address__startswith=f"{name}@")

    def time_passes(self, by: timedelta = LEASES) -> None:
        """Let leases and pauses be over that are shorter than this."""
        leased = Dispatch.objects.filter(lease_until__isnull=False)
        leased.update(lease_until=F("lease_until") - by)
        Dispatch.objects.filter(state="pending").update(next_try=F("next_try") - by)

    def states(self) -> dict[str, str]:
        """The state of each message by its Message-ID."""
        return dict(Dispatch.objects.values_list("message_id", "state"))

    def in_state(self, state: str) -> set[str]:
        return {message_id for message_id, found in self.states().items() if found == state}

    def at_the_dot(self) -> set[str]:
        """The messages that somebody was about to end, or has ended, and of which nothing is recorded yet."""
        return set(Dispatch.objects.filter(state="sending", stage="dot").values_list("message_id", flat=True))

    def clock(self) -> datetime:
        return timezone.now() + self.ahead

    # --- senders: this process, forked ------------------------------------------------------

    def sender(
        self,
        point: str = "",
        before: Callable[[], None] = lambda: None,
        kill: str = "",
        aim: Callable[[int], None] = lambda group: None,
    ) -> Process:
        """Fork a process that sends what waits. With `kill`, the relay ends it at that moment: `dot`, `rcpt;3`."""
        connections["default"].close()
        self.runs += 1
        printed = self.folder / f"sender-{len(self.processes)}"
        ready, go = os.pipe()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns of threads, and uses none of them
            pid = os.fork()
        if pid == 0:
            os.close(go)
            _send_in_child(printed, ready, point, before, self.clock)
        os.close(ready)
        if kill:
            self._kill(pid, kill)
        aim(pid)
        os.close(go)  # the child goes on
        self.processes.append(Process(pid, printed))
        return self.processes[-1]

    def _kill(self, group: int, kill: str) -> None:
        moment, _, nth = kill.partition(";")
        self.post.kill(group, moment, int(nth or 1))

    def sends(self, point: str = "", **options: Any) -> int:
        """The same, to its end; return how it ended."""
        return self.sender(point, **options).wait()

    def settles(self) -> None:
        """Let time pass and fresh workers send, until nothing waits any more."""
        for _ in range(6):
            self.ahead += timedelta(hours=5)
            process = self.sender()
            assert process.wait() == 0, process.output()
            if not Dispatch.objects.filter(state__in=("pending", "sending")).exists():
                return

    # --- Celery: as the Procfile starts it --------------------------------------------------

    def celery(self, what: str, point: str = "", kill: str = "", file_size: int = 0) -> Process:
        """Start a worker or a beat, that may die at a point of its own, or at a moment that the relay sees."""
        name = f"{what}-{len(self.processes)}"
        folder = self.folder / name
        folder.mkdir()
        if not self._nursery:
            self._nursery = Nursery(environment=self._environment())
        procfile = import_module("tracker.start").read_procfile(settings.BASE_DIR / "Procfile")
        command = procfile[what].removeprefix("exec ")
        program = shlex.split(command.replace("$VAR_DIR", str(folder)))
        program += ["-n", f"{self.broker.queue}-{name}@%h"] if self.broker and what == "worker" else []
        printed = folder / "printed"
        asked = {"program": program, "point": point, "printed": str(printed), "file_size": file_size}
        process = Process(int(self._nursery.ask(**asked)), printed, ours=False)
        self.processes.append(process)
        if kill:
            self._kill(process.pid, kill)
        return process

    def _environment(self) -> dict[str, str]:
        assert self.broker
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "DEBUG": "1",
            "C_FORCE_ROOT": "1",
            "SECRET_KEY": settings.SECRET_KEY,
            "SITE_URL": settings.SITE_URL,
            "VAR_DIR": str(self.folder),
            "DATABASE_URL": self.database.url,
            "CELERY_BROKER_URL": self.broker.url,
            "EMAIL_URL": f"smtp://127.0.0.1:{self.post.port}",
            "MAIL_PER_DOMAIN_A_MINUTE": "1000000",
            "SWEEP_SECONDS": "1",
            "FAULTS_QUEUE": self.broker.queue,
        }

    def dies(self, process: Process) -> None:
        """Wait until a process has ended."""
        awaited(lambda: process.poll() is not None, lambda: f"a death; {self.outputs()}")

    def wakes(self, patience: float = PATIENCE) -> None:
        """Wait until nothing waits any more, while workers run."""
        waiting = Dispatch.objects.filter(state__in=("pending", "sending"))
        awaited(lambda: not waiting.exists(), lambda: f"the queue to be empty; {self.outputs()}", patience)

    def outputs(self) -> str:
        return "\n".join(f"--- {process.printed}\n{process.output()}" for process in self.processes)

    # --- the verdict ------------------------------------------------------------------------

    def verdict(self) -> Verdict:
        """Compare the rows with what was taken."""
        rows = Dispatch.objects.filter(subscription__state="active")
        flagged = set(rows.filter(perhaps_twice=True).values_list("message_id", flat=True))
        flagged |= set(rows.filter(attempts__outcome="uncertain").values_list("message_id", flat=True))
        flagged |= set(rows.filter(decisions__was="uncertain").values_list("message_id", flat=True))
        taken, states = self.post.taken(), dict(rows.values_list("message_id", "state"))
        doubled = {message_id for message_id, times in taken.items() if times > 1}
        known = ("uncertain", "failed", "parked")
        assert not self.post.bytes_differ()
        return Verdict(
            messages=len(states),
            once=sum(taken[message_id] == 1 for message_id in states),
            lost=sum(not taken[message_id] and state not in known for message_id, state in states.items()),
            doubled=len(doubled),
            unflagged=len(doubled - flagged),
            uncertain=sum(state == "uncertain" for state in states.values()),
            parked=sum(state == "parked" for state in states.values()),
        )

    def close(self) -> None:
        for process in self.processes:
            process.kill()
        for helper in filter(None, (self._nursery, self.post)):
            helper.__exit__(None, None, None)


def _send_in_child(
    printed: Path, ready: int, point: str, before: Callable[[], None], clock: Callable[[], datetime]
) -> NoReturn:
    """Send, in a process that was just forked, and end without what Python does at its end."""
    code = 1
    try:
        os.setsid()
        to = os.open(printed, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(to, 1)
        os.dup2(to, 2)
        databases.anew()
        if point:
            Point.read(point).install()
        before()
        os.read(ready, 1)
        from commitments.digests.sending import send_waiting

        os.write(1, f"{send_waiting(clock=clock)}\n".encode())
        code = 0
    except BaseException:
        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(code)


@contextmanager
def standing(folder: Path, database: Database, broker: Broker | None = None) -> Iterator[Stand]:
    """Set a case up, and take it down with every process that it started."""
    with ExitStack() as stack:
        if broker:
            stack.callback(broker.close)
        stack.callback(database.drop)
        stack.enter_context(databases.used(database.url))
        stand = Stand(folder, database, broker)
        stack.callback(stand.close)
        stack.enter_context(
            override_settings(
                EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
                EMAIL_HOST="127.0.0.1",
                EMAIL_PORT=stand.post.port,
                EMAIL_HOST_USER="",
                EMAIL_TIMEOUT=20,
                MAIL_PER_DOMAIN_A_MINUTE=10**6,
            )
        )
        yield stand
