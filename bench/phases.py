"""Where the time of sending goes: the stack is looked at every millisecond, and each look counts for the time since.

Looking costs a hundredth or two, where a tracing profiler would make Python's own work look twice as long as it is.
"""

import signal
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any

from bench.send import Waiting, plain, worker

EVERY = 0.001
READING, WRITING, SPEAKING = "SMTP: waiting and reading", "SMTP: writing", "SMTP: the rest"
MAKING, FENCE, RECORD, CLAIM, REST = "making the mail", "fence (SQL)", "record (SQL)", "claim (SQL)", "rest"
PHASES = [READING, WRITING, SPEAKING, MAKING, FENCE, RECORD, CLAIM, REST]
#: What names of functions of ours tell, the first that fits; and files that tell by themselves.
NAMES = [
    ("send_waiting", REST),
    ("fence", FENCE),
    ("record", RECORD),
    ("claim", CLAIM),
    ("give_back", CLAIM),
    ("waiting", CLAIM),
    ("busy", CLAIM),
    ("shared_out", CLAIM),
    ("wire", MAKING),
]
FILES = [
    ("/email/", MAKING),
    ("/django/core/mail/message.py", MAKING),
    ("/digests/message.py", MAKING),
    ("/smtplib.py", SPEAKING),
    ("/digests/claims", CLAIM),
    ("/digests/transport", SPEAKING),
]
READERS = ("read", "recv", "reply", "answer", "select", "poll", "wait")
WRITERS = ("send", "write", "putcmd")


def _name(frame: FrameType) -> str:
    """Return a function's name; of what only decorates one, as a transaction does, that one's."""
    if frame.f_code.co_name == "inner" and frame.f_code.co_filename.endswith("/contextlib.py"):
        return str(getattr(frame.f_locals.get("func"), "__name__", "inner"))
    return frame.f_code.co_name


def _of_one(frame: FrameType) -> str:
    """Return the phase that a frame alone tells; empty where it tells none."""
    file, decorates = frame.f_code.co_filename, frame.f_code.co_filename.endswith("/contextlib.py")
    if "/commitments/digests/" in file or decorates:
        found = next((phase for part, phase in NAMES if part in _name(frame)), "")
        if found:
            return found
    return next((phase for part, phase in FILES if part in file), "")


def phase_of(frame: FrameType | None) -> str:
    """Return the phase of a moment, from the innermost frame outwards."""
    inner: list[str] = []
    while frame:
        inner.append(frame.f_code.co_name)
        if found := _of_one(frame):
            return _direction(inner) if found == SPEAKING else found
        frame = frame.f_back
    return REST


def _direction(inner: list[str]) -> str:
    """Tell reading from writing by the innermost functions."""
    for name in inner:
        if any(part in name for part in READERS):
            return READING
        if any(part in name for part in WRITERS):
            return WRITING
    return SPEAKING


class Looking:
    """Looks at the stack of this process now and then, and adds up the seconds of each phase."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.seconds: dict[str, float] = defaultdict(float)

    def __enter__(self) -> "Looking":
        """Start to look."""
        self._last = time.perf_counter()
        signal.signal(signal.SIGALRM, self._look)
        signal.setitimer(signal.ITIMER_REAL, EVERY, EVERY)
        return self

    def _look(self, number: int, frame: FrameType | None) -> None:
        now = time.perf_counter()
        self.seconds[phase_of(frame)] += now - self._last
        self._last = now

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        """Look no more."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)


def looked_at(work: Callable[[], object]) -> dict[str, float]:
    """Return the seconds of each phase of some work."""
    with Looking() as looking:
        work()
    return looking.seconds


def statements(work: Callable[[], object]) -> Counter[str]:
    """Return the SQL statements of each phase of some work; commits are not among them."""
    from django.db import connection

    found: Counter[str] = Counter()

    def wrapper(execute: Any, *about: Any) -> Any:
        found[phase_of(sys._getframe())] += 1
        return execute(*about)

    with connection.execute_wrapper(wrapper):
        work()
    return found


def main(mails: Waiting, port: int, lanes: int) -> None:
    """Print where the time goes, in one process, next to the floor's."""
    floor = looked_at(lambda: plain(port, mails.mails))
    at = mails.again()
    ours = looked_at(lambda: worker(at))
    later = mails.again()
    asked = statements(lambda: worker(later))
    n, whole = len(mails.mails), sum(ours.values())
    print(f"\n{n:,} messages of {mails.size / 1000:.1f} kB, one process; microseconds a message")
    print(f"the floor over one connection, ours over {lanes}; statements without commits\n")
    print("| phase | ours | share | floor | SQL statements |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for phase in PHASES:
        mine, theirs = ours[phase] / n * 1e6, floor[phase] / n * 1e6
        print(f"| {phase} | {mine:,.0f} | {ours[phase] / whole:.0%} | {theirs:,.0f} | {asked[phase] / n:.2f} |")
    least, total = sum(floor.values()), sum(asked.values()) / n
    print(f"| together | {whole / n * 1e6:,.0f} | 100% | {least / n * 1e6:,.0f} | {total:.2f} |")
    print(f"\nof the floor's rate: {least / whole:.2f}")
