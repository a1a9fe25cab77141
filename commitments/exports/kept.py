"""The data package of a day, kept as a file under VAR_DIR: made once for an edition of the record, one at a time.

It takes seconds to make, and megabytes: whoever asks again gets the file. Files of editions that are over go first.
"""

import fcntl
import hashlib
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryFile
from typing import IO, cast

from django.conf import settings
from django.db import connection

from commitments.exports import package
from commitments.exports.validators import code
from commitments.record import edition
from commitments.record.snapshot import snapshot

logger = logging.getLogger(__name__)

#: Files that are kept: those asked for last. A package has some two megabytes.
KEPT = 20
_UNFINISHED = ".unfinished-"


def folder() -> Path:
    """Return where the files are."""
    return Path(settings.VAR_DIR) / "packages"


def opened(on: date) -> IO[bytes]:
    """Return the data package of a day, open for reading; the caller closes it."""
    if connection.in_atomic_block:  # what is not committed yet may never be: nobody else is to get it
        return _loose(on)
    try:
        folder().mkdir(parents=True, exist_ok=True)
        return _found(on) or _made(on)
    except OSError:
        logger.warning("The data package cannot be kept in %s; it is made for every request.", folder(), exc_info=True)
        return _loose(on)


def _loose(on: date) -> IO[bytes]:
    """Return a package in a file that is gone when it is closed."""
    stream = cast("IO[bytes]", TemporaryFile())  # noqa: SIM115
    package.write(stream, on=on)
    stream.seek(0)
    return stream


def _place(on: date) -> Path:
    """Return where the package of the newest edition stands: by all that its bytes are made from."""
    made_from = (edition.newest()[0], on.isoformat(), code()[0], settings.SITE_URL, settings.EVIDENCE_ORIGIN)
    return folder() / f"{hashlib.sha256(chr(10).join(made_from).encode()).hexdigest()[:40]}.zip"


def _found(on: date) -> IO[bytes] | None:
    """Return the file where it is there, noting that it was asked for."""
    try:
        stream = _place(on).open("rb")
    except FileNotFoundError:
        return None
    os.utime(stream.fileno())
    return stream


def _made(on: date) -> IO[bytes]:
    """Make the file, or wait for whoever is making it. Its edition is that of the moment of which its tables are."""
    with _alone(), snapshot():
        if found := _found(on):
            return found
        place = _place(on)
        with NamedTemporaryFile(dir=folder(), prefix=_UNFINISHED, delete=False) as stream:
            package.write(cast("IO[bytes]", stream), on=on)
        Path(stream.name).replace(place)
        _tidy()
        return place.open("rb")


@contextmanager
def _alone() -> Iterator[None]:
    """Let nobody else make a package meanwhile, in any process: it takes a processor for itself."""
    with (folder() / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # let go when it is closed, however the process ends
        yield


def _tidy() -> None:
    """Remove what a process left that was killed, and all but the files asked for last."""
    for left in folder().glob(f"{_UNFINISHED}*"):
        left.unlink(missing_ok=True)
    by_age = sorted(folder().glob("*.zip"), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in by_age[KEPT:]:
        old.unlink(missing_ok=True)
