"""The log of our own Postfix: what it took, as it says itself.

Three lines tell of a mail under one queue id. `cleanup` writes the Message-ID while the headers still arrive, so also
where the client hangs up before the final dot. Only the line of `qmgr` that ends in `(queue active)` says that the
mail was taken. A queue id is used again once its mail is gone (`enable_long_queue_ids = no`), so lines are paired in
their order. A mail that waits in the queue becomes active again and again: that is one copy.
"""

import gzip
import os
import re
from collections.abc import Collection, Iterator
from contextlib import ExitStack, nullcontext
from datetime import datetime
from pathlib import Path
from typing import IO

from commitments.digests.traces.source import SourceError, Trace
from commitments.models import Dispatch, MailSource

#: Bytes of a line that are read; Postfix writes about 2,000 at most.
LONGEST = 64_000
#: The time as syslog or as ISO 8601 writes it; the host; the name under which an instance of Postfix logs.
_HEAD = (
    rb"(?:<\d{1,3}>)?(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d+)?|\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d))"
    rb" \S+ [^\s\[]*\b"
)
_NAMED = re.compile(_HEAD + rb"cleanup\[\d+\]: ([0-9A-Za-z]+): message-id=(.*)")
_TAKEN = re.compile(_HEAD + rb"qmgr\[\d+\]: ([0-9A-Za-z]+): from=<.*>, size=\d+, nrcpt=\d+ \(queue active\)\s*")
#: What `logrotate` and `postfix logrotate` append to the name of the file before: .1, -20261122, .20261122-000000, .gz
_ROTATED = re.compile(r"[.-]\d[\d-]*(\.gz)?")
_GZIP = b"\x1f\x8b"


class RelayLog:
    """The file into which Postfix logs, and the one before it."""

    kind = MailSource.RELAY_LOG

    def __init__(self, path: Path) -> None:
        """Read `path`, and what was rotated away from there last."""
        self._path = path

    def look(self, asked: Collection[Dispatch]) -> dict[int, Trace]:
        """Return how often each was taken: read line by line, in one pass, however large the files are."""
        keys = {one.message_id.encode(): one.pk for one in asked}
        found: dict[int, list[str]] = {pk: [] for pk in keys.values()}
        try:
            for queue_id, message_id in taken(self._lines(), keys.keys()):
                found[keys[message_id]].append(queue_id)
        except (OSError, EOFError) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise SourceError(f"the mail server's log cannot be read: {self._path}: {reason}") from error
        return {pk: Trace(len(ids), _said(ids)) for pk, ids in found.items()}

    def forget(self, before: datetime) -> int:
        """Delete nothing: the log is the server's."""
        return 0

    def _lines(self) -> Iterator[bytes]:
        """Yield the lines of both files, the older first; raise OSError where they were changed meanwhile."""
        with ExitStack() as stack:
            now = stack.enter_context(self._path.open("rb"))
            older = _rotated(self._path)
            if older is not None:
                before = stack.enter_context(older.open("rb"))
                if not os.path.samestat(os.fstat(before.fileno()), os.fstat(now.fileno())):  # rotated just now
                    yield from _read(before)
            yield from _read(now)
            # Between two looks lines can move from the one file to the other, and would be missed.
            same = os.path.samestat(os.stat(self._path), os.fstat(now.fileno())) and _rotated(self._path) == older
            if not same or os.fstat(now.fileno()).st_size < now.tell():
                raise OSError(0, "rotated while it was read, to be read again")


def taken(lines: Iterator[bytes], wanted: Collection[bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield queue id and Message-ID of each of the wanted messages, once for each time that the server took it."""
    named: dict[bytes, bytes] = {}
    for line in lines:
        if b"message-id=" in line and (found := _NAMED.match(line)):
            queue_id, message_id = found[1], found[2].strip()
            named.pop(queue_id, None)  # used again: what it stood for before is over
            if message_id in wanted:
                named[queue_id] = message_id
        elif named and b"(queue active)" in line and (found := _TAKEN.fullmatch(line)) and found[1] in named:
            yield found[1].decode(), named.pop(found[1])


def _rotated(path: Path) -> Path | None:
    """Return the newest of the files that were this one before; of one in two forms that which is not packed."""
    found = [each for each in path.parent.iterdir() if _is_of(each.name, path.name)]
    return max(found, key=lambda each: (each.stat().st_mtime, each.suffix != ".gz"), default=None)


def _is_of(name: str, path: str) -> bool:
    return name.startswith(path) and _ROTATED.fullmatch(name.removeprefix(path)) is not None


def _read(stream: IO[bytes]) -> Iterator[bytes]:
    packed = stream.read(2) == _GZIP
    stream.seek(0)
    with gzip.GzipFile(fileobj=stream) if packed else nullcontext(stream) as lines:
        while line := lines.readline(LONGEST):
            yield line


def _said(queue_ids: list[str]) -> str:
    return f"queue id {', '.join(queue_ids[:10])}" if queue_ids else ""
