"""Sending digests to Postfix's smtp-sink. Floor: smtplib handing over the same bytes, with as many processes.

.venv/bin/python -m bench.send --messages 4000 --processes 2
"""

import argparse
import os
import shutil
import smtplib
import subprocess
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bench.throwaway import database

SINK = shutil.which("smtp-sink") or shutil.which("smtp-sink", path="/usr/sbin")


def sink(port: int) -> subprocess.Popen[bytes]:
    """Start a server that takes everything and keeps nothing."""
    user = ["-u", "nobody"] if os.getuid() == 0 else []
    process = subprocess.Popen([str(SINK), *user, f"127.0.0.1:{port}", "100"])
    time.sleep(0.5)
    return process


def together(works: list[Callable[[], None]]) -> float:
    """Run each in a process of its own; return the seconds until the last is done."""
    begun = time.monotonic()
    children = []
    for work in works:
        if (child := os.fork()) == 0:
            from django.db import connection

            connection.close()
            work()
            os._exit(0)
        children.append(child)
    if any(os.waitpid(child, 0)[1] for child in children):
        raise SystemExit("a process failed")
    return time.monotonic() - begun


def plain(port: int, mails: list[tuple[str, bytes]]) -> None:
    """Hand mails over by smtplib, over one connection."""
    with smtplib.SMTP("127.0.0.1", port, timeout=30) as smtp:
        for address, content in mails:
            smtp.sendmail("digests@example.org", [address], content)


def compose_for(readers: int) -> Any:
    """Let a message of some changes wait for each of many readers; return the moment."""
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
    compose(at=AT + timedelta(days=1))
    return AT + timedelta(days=1)


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=4000)
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args()
    if not SINK:
        raise SystemExit("smtp-sink is missing: apt-get install postfix")
    with database():
        from django.conf import settings

        from commitments.digests import message, sending
        from commitments.digests.transport import wire
        from commitments.models import Dispatch
        from tests.ports import free_port

        at = compose_for(asked.messages)
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
        settings.MAIL_PER_DOMAIN_A_MINUTE = 10**9
        mails = [(row.merge["address"], wire(message.of(row))) for row in Dispatch.objects.select_related("digest")]
        size = sum(len(content) for _, content in mails) / len(mails)
        server = sink(settings.EMAIL_PORT)
        try:
            parts = [mails[n :: asked.processes] for n in range(asked.processes)]
            floor = together([lambda part=part: plain(settings.EMAIL_PORT, part) for part in parts])
            ours = together([lambda: sending.send_waiting(clock=lambda: at)] * asked.processes)
        finally:
            server.terminate()
            server.wait()
        sent = Dispatch.objects.filter(state="sent").count()
    print(f"{asked.messages} messages of {size / 1000:.1f} kB, {asked.processes} processes; sent {sent}")
    print(f"{'floor: smtplib, nothing recorded':<40}{asked.messages / floor:8.0f} /s")
    print(f"{'ours: claim, make, fence, send, record':<40}{asked.messages / ours:8.0f} /s   ratio {floor / ours:.2f}")


if __name__ == "__main__":
    main()
