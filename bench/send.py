"""Sending digests to Postfix's smtp-sink. Floor: smtplib handing over the same bytes, with as many processes.

.venv/bin/python -m bench.send --messages 2000 --processes 2 --rounds 3
.venv/bin/python -m bench.send --database postgres://postgres@127.0.0.1:5432
.venv/bin/python -m bench.send --profile
"""

import argparse
import json
import smtplib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from bench import outside
from bench.machine import sink, together
from bench.rounds import Way, in_turns, table
from bench.throwaway import database, empty

#: What each message brings besides the digest's own text, in every way that makes its messages itself.
HEADERS = {"List-Unsubscribe-Post": "List-Unsubscribe=One-Click", "Auto-Submitted": "auto-generated"}


def compose_for(readers: int) -> tuple[Any, float]:
    """Let a message of some changes wait for each of many readers; return the moment, and the seconds it took."""
    from bench.compose import publish
    from commitments.digests import addresses
    from commitments.digests.compose import compose
    from commitments.digests.scope import EVERYTHING, Scope
    from commitments.models import Change, Subscription
    from commitments.record import changes
    from tests.factories import AT

    scope = Scope(frozenset([EVERYTHING]), frozenset(Change))
    Subscription.objects.bulk_create(
        Subscription(
            address=f"reader{n}@host{n % 50}.example",
            address_key=addresses.key_of(f"reader{n}@host{n % 50}.example"),
            nonce=f"{n:022d}",
            state="active",
            language=("en", "zh-hans", "es", "pt-br")[n % 4],
            cadence="weekly",
            scope=scope.stored(),
            scope_key=scope.key,
            sent_through=changes.head(),
            next_due=AT,
            created_at=AT,
            confirmed_at=AT,
        )
        for n in range(readers)
    )
    publish(10)
    begun = time.monotonic()
    compose(at=AT + timedelta(days=1))
    return AT + timedelta(days=1), time.monotonic() - begun


@dataclass
class Waiting:
    """The messages that wait in our own database, and the same ones as bytes and as letters in a file."""

    mails: list[tuple[str, bytes]]
    letters: Path
    at: datetime

    def __post_init__(self) -> None:
        """Begin before the first run; each is an hour after the one before, so that none counts another's tries."""
        self._hours = count()

    @property
    def size(self) -> float:
        """Return the mean size of a message, in bytes."""
        return sum(len(content) for _, content in self.mails) / len(self.mails)

    def again(self) -> datetime:
        """Let all messages wait as if none had been sent; return the moment of the next run."""
        from django.db import connection

        from commitments.models import Dispatch

        at = self.at + timedelta(hours=next(self._hours))
        gone = {"stage": "", "owner": "", "lease_until": None, "sent_at": None, "error": ""}
        Dispatch.objects.update(state="pending", next_try=at, **gone)
        with connection.cursor() as cursor:  # what a running site has had done by and by
            postgresql = connection.vendor == "postgresql"
            cursor.execute("VACUUM ANALYZE" if postgresql else "PRAGMA wal_checkpoint(TRUNCATE)")
        return at


def waiting(folder: Path, at: datetime) -> Waiting:
    """Read what waits. The other ways get the letters only: subject, text, HTML, and who gets which."""
    from django.conf import settings

    from commitments.digests import message
    from commitments.digests.transport import wire
    from commitments.models import Dispatch

    rows = list(Dispatch.objects.select_related("digest").order_by("pk"))
    digests = {row.digest_id: row.digest for row in rows}
    places = {key: place for place, key in enumerate(digests)}
    content = {
        "from": settings.DEFAULT_FROM_EMAIL,
        "site": settings.SITE_URL,
        "headers": HEADERS,
        "letters": [
            {"subject": d.subject, "text": d.text, "html": d.html, "placeholder": d.placeholder}
            for d in digests.values()
        ],
        "readers": [[row.merge["address"], row.merge["token"], places[row.digest_id]] for row in rows],
    }
    letters = folder / "letters.json"
    letters.write_text(json.dumps(content))
    return Waiting([(row.merge["address"], wire(message.of(row))) for row in rows], letters, at)


def plain(port: int, mails: list[tuple[str, bytes]]) -> None:
    """Hand mails over by smtplib, over one connection."""
    with smtplib.SMTP("127.0.0.1", port, timeout=30) as smtp:
        for address, content in mails:
            smtp.sendmail("digests@example.org", [address], content)


def floor(mails: Waiting, port: int, processes: int) -> float:
    """Hand over the bytes, and nothing else; return seconds."""
    parts = [mails.mails[n::processes] for n in range(processes)]
    return together([partial(plain, port, part) for part in parts])


def worker(at: datetime) -> None:
    """Send what waits, as the site's worker does; the clock runs from a given moment on."""
    from commitments.digests import sending

    begun = time.monotonic()
    sending.send_waiting(clock=lambda: at + timedelta(seconds=time.monotonic() - begun))


def ours(mails: Waiting, processes: int) -> float:
    """Let workers send what waits; return seconds."""
    from commitments.models import Attempt, Dispatch

    at, before = mails.again(), Attempt.objects.count()
    seconds = together([partial(worker, at)] * processes)
    sent, recorded = Dispatch.objects.filter(state="sent").count(), Attempt.objects.count() - before
    if not sent == recorded == len(mails.mails):
        raise RuntimeError(f"of {len(mails.mails)} messages {sent} were sent and {recorded} recorded")
    return seconds


def djangos_own(mails: Waiting, processes: int) -> float:
    """Make the messages and send them by Django, over one connection a process, recording nothing."""
    from django.core.mail import get_connection

    from bench.peers.letters import Letters

    letters = Letters(mails.letters)

    def part(first: int) -> None:
        numbers = range(first, len(letters), processes)
        with get_connection() as connection:
            for start in range(0, len(numbers), 500):
                connection.send_messages([letters.mail(n) for n in numbers[start : start + 500]])

    return together([partial(part, first) for first in range(processes)])


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--database", default="", metavar="URL", help="of a PostgreSQL server; else SQLite is used")
    parser.add_argument("--seconds", type=float, default=4, help="at most for a round of each other package")
    parser.add_argument("--broker", default="redis://127.0.0.1:6379/0", help="of Celery; else a file is used")
    parser.add_argument("--no-peers", action="store_true", help="none of the other packages")
    parser.add_argument("--profile", action="store_true", help="say where our time goes, in one process")
    return parser.parse_args()


def connections(processes: int) -> int:
    """Return to how many connections our workers come."""
    from django.conf import settings

    return processes * int(getattr(settings, "MAIL_CONNECTIONS", 1))


def own_ways(asked: argparse.Namespace, mails: Waiting, port: int) -> list[Way]:
    """Return the floor, our own way, and what the same environment has: more of smtplib, and Django's own."""
    n, many = asked.processes, connections(asked.processes)
    store = "PostgreSQL" if asked.database else "SQLite"

    def one(name: str, work: Callable[[], float]) -> Way:
        return Way(name, lambda: {name: (len(mails.mails), work())})

    ways = [one(f"floor: smtplib, the same bytes, {n} processes", lambda: floor(mails, port, n))]
    if many > n:
        name = f"smtplib, {many} processes, as many connections as ours"
        ways.append(one(name, lambda: floor(mails, port, many)))
    ways.append(one(f"ours: claim, make, fence, send, record; {store}", lambda: ours(mails, n)))
    ways.append(one("Django: send_messages, nothing recorded", lambda: djangos_own(mails, n)))
    return ways


def compare(asked: argparse.Namespace, mails: Waiting, folder: Path, port: int, server: int) -> None:
    """Measure all ways in turns, and print their table."""
    ways = own_ways(asked, mails, port)
    with empty(asked.database, folder, "peers") as url:
        if not asked.no_peers:
            setting = outside.Setting(mails.letters, url, port, outside.broker(asked.broker, folder), asked.processes)
            ways += outside.ways(setting, most=asked.messages, seconds=asked.seconds)
        in_turns(ways, asked.rounds, server)
    print(f"\n{asked.messages:,} messages of {mails.size / 1000:.1f} kB, {asked.processes} processes\n")
    print(table(ways))


def main() -> None:
    """Measure, and print."""
    asked = arguments()
    with database(asked.database) as folder, sink() as (port, server):
        from django.conf import settings

        at, took = compose_for(asked.messages)
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        settings.MAIL_PER_DOMAIN_A_MINUTE = 10**9
        mails = waiting(folder, at)
        print(f"composing these {asked.messages:,} messages took {took:.1f} s", flush=True)
        if asked.profile:
            from bench import phases

            phases.main(mails, port, connections(1))
        else:
            compare(asked, mails, folder, port, server)


if __name__ == "__main__":
    main()
