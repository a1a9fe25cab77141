"""Sends as many letters as asked the way of one package; prints the seconds as JSON. Runs in .venv-bench.

python -m bench.peers.run post_office 500
"""

import json
import logging
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import django

PROCESSES = int(os.environ["BENCH_PROCESSES"])
LETTERS = Path(os.environ["BENCH_LETTERS"])


def post_office(messages: int) -> dict[str, float]:
    """Queue with send_many, deliver with send_queued."""
    from django.db import connection
    from post_office import mail
    from post_office.models import STATUS, Email

    from bench.peers.letters import Letters

    Email.objects.all().delete()
    letters, begun = Letters(LETTERS), time.monotonic()
    for first in range(0, messages, 500):
        parts = [letters.fields(n) for n in range(first, min(messages, first + 500))]
        mail.send_many(
            [
                {
                    "recipients": part["address"],
                    "sender": part["sender"],
                    "subject": part["subject"],
                    "message": part["text"],
                    "html_message": part["html"],
                    "headers": part["headers"],
                }
                for part in parts
            ]
        )
    queued = time.monotonic()
    while Email.objects.filter(status=STATUS.queued).exists():
        mail.send_queued(processes=PROCESSES)
        connection.close()  # its processes have ended the connection that they inherited
    ended = time.monotonic()
    sent = Email.objects.filter(status=STATUS.sent).count()
    if sent != messages:
        raise SystemExit(f"django-post_office sent {sent} of {messages}")
    return {"send_queued": ended - queued, "send_many and send_queued": ended - begun}


def newsletter(messages: int) -> dict[str, float]:
    """Submit one issue to as many subscribers: one digest for all, as the package knows no reader's own part."""
    from django.contrib.sites.models import Site
    from newsletter.models import Article, Message, Newsletter, Submission, Subscription

    from bench.peers.letters import Letters

    Newsletter.objects.all().delete()
    letters = Letters(LETTERS)
    digest = letters.fields(0)
    letter = Newsletter.objects.create(title="Digest", slug="digest", email="digests@example.org", sender="Digests")
    letter.site.add(Site.objects.get_or_create(pk=1, defaults={"domain": "example.org", "name": "example"})[0])
    issue = Message.objects.create(newsletter=letter, title=digest["subject"], slug="issue")
    for order, part in enumerate(("text", "html")):
        Article.objects.create(post=issue, title=part, text=digest[part], sortorder=order)
    Subscription.objects.bulk_create(
        Subscription(newsletter=letter, email_field=letters.fields(n)["address"], subscribed=True)
        for n in range(messages)
    )
    submission = Submission.from_message(issue)
    trouble = Errors()
    logging.getLogger("newsletter").addHandler(trouble)  # it goes on after a failure, and only says so
    begun = time.monotonic()
    submission.submit()
    seconds = time.monotonic() - begun
    if trouble.said:
        raise SystemExit(f"django-newsletter: {len(trouble.said)} failed: {trouble.said[0]}")
    return {"": seconds}


class Errors(logging.Handler):
    """Keeps what goes wrong."""

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__(logging.ERROR)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one message."""
        self.said.append(record.getMessage())


def celery(messages: int) -> dict[str, float]:
    """Queue a task for each message while a worker sends; time from the first task until the last message is out."""
    os.environ["BENCH_QUEUE"] = f"bench-{secrets.token_hex(4)}"
    from bench.peers import celery_app as own

    log = Path(f"{LETTERS}.worker.log")
    command = [sys.executable, "-m", "celery", "-A", "bench.peers.celery_app", "worker", "-c", str(PROCESSES)]
    quiet = ["-P", "prefork", "--without-gossip", "--without-mingle", "-l", "ERROR"]
    with log.open("wb") as said:
        worker = subprocess.Popen([*command, *quiet], stdout=said, stderr=said)
        try:
            wait(own.READY.exists, worker, log)
            begun = time.monotonic()
            for number in range(messages):
                own.send.delay(number)
            wait(lambda: own.COUNT.stat().st_size >= messages, worker, log)
            return {"": time.monotonic() - begun}
        finally:
            worker.terminate()
            worker.wait()
            forget(own.BROKER, own.OWN)


def wait(ready: Callable[[], bool], worker: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait until something is so."""
    until = time.monotonic() + 100
    while not ready():
        if worker.poll() is not None or time.monotonic() > until:
            raise SystemExit(f"Celery's worker: {(log.read_text().strip().splitlines() or ['says nothing'])[-1]}")
        time.sleep(0.005)


def forget(broker: str, prefix: str) -> None:
    """Leave no key of ours in a Redis that is not ours."""
    if broker.startswith("redis"):
        import redis

        store = redis.Redis.from_url(broker)
        for key in store.scan_iter(f"{prefix}:*"):
            store.delete(key)


def main() -> None:
    """Run what the command line names."""
    peer, messages = sys.argv[1], int(sys.argv[2])
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    ways = {"post_office": post_office, "newsletter": newsletter, "celery": celery}
    print(json.dumps(ways[peer](messages)))


if __name__ == "__main__":
    main()
