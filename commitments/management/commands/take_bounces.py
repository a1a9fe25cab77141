"""`manage.py take_bounces`: read what comes to the address of bounces, from a pipe or a Maildir (docs/bounces.md)."""

import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error as DatabaseAwayError
from django.utils import timezone

from commitments.digests import bounces
from commitments.digests.reports import LARGEST

#: By this a mail server knows that it shall try again later (`sysexits.h`).
EX_TEMPFAIL = 75


class Command(BaseCommand):
    """Whatever a mail is, it is done with: exit 0. Only where the database is away, it shall come again: exit 75."""

    help = "Take bounces and complaints: one mail from stdin, or with --maildir every new one of a folder."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take a Maildir."""
        folder = "handle what lies in DIR/new and move it to DIR/cur"
        parser.add_argument("--maildir", type=Path, metavar="DIR", help=folder)

    def handle(self, *args: Any, **options: Any) -> None:
        """Handle one mail or all of them, and say in a line what came of it."""
        if options["maildir"] is None:
            self._one()
        else:
            self._all(options["maildir"], each=options["verbosity"] > 1)

    def _one(self) -> None:
        raw = sys.stdin.buffer.read(LARGEST + 1)
        while sys.stdin.buffer.read(LARGEST):  # to the end, or the mail server would see a broken pipe
            pass
        try:
            self.stdout.write(str(bounces.take(raw, at=timezone.now())))
        except DatabaseAwayError as error:
            self._come_again(error, "")

    def _all(self, maildir: Path, *, each: bool) -> None:
        new, cur = maildir / "new", maildir / "cur"
        if not (new.is_dir() and cur.is_dir()):
            raise CommandError(f"{maildir} is no Maildir: it has no new/ and cur/.")
        counts: Counter[str] = Counter()
        for path in sorted(new.iterdir()):
            try:
                outcome = bounces.take(_read(path), at=timezone.now())
                path.rename(cur / f"{path.name.partition(':')[0]}:2,S")
            except OSError as error:  # not a file, not ours to read, or taken by another run
                counts["left where they are"] += 1
                self.stderr.write(f"{path.name!a}: {error.strerror}")
                continue
            except DatabaseAwayError as error:
                self._come_again(error, _summary(counts))
            counts[outcome.came] += 1
            if each:
                self.stdout.write(f"{path.name!a}: {outcome}")
        self.stdout.write(_summary(counts))

    def _come_again(self, error: Exception, done: str) -> None:
        before = f" Before that: {done}" if done else ""
        self.stderr.write(f"The database is away ({type(error).__name__}); try again later.{before}")
        sys.exit(EX_TEMPFAIL)


def _read(path: Path) -> bytes:
    """Return a mail, and of one that is too large as much as shows it. Follows no link, and waits at no pipe."""
    opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(opened, "rb") as stream:
        return stream.read(LARGEST + 1)


def _summary(counts: Counter[str]) -> str:
    said = ", ".join(f"{n} {came}" for came, n in sorted(counts.items()))
    return f"{counts.total()} mails" + (f": {said}." if said else ".")
