"""By what an answer of the API, or a file, is known again: the edition, the day, the code, the whole question."""

import hashlib
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request

import commitments
from commitments.clock import now
from commitments.conditional import Validator
from commitments.record import edition

#: A minute of rest for us, then they ask whether it still holds. As of a past day too: texts that are derived from the
#: record can be put right, and a cited answer must not be an old one for long.
CACHING = "public, max-age=60"
#: Two changes can fall into one second, which is all that Last-Modified tells: of so young a change it tells nothing.
SETTLED = timedelta(seconds=60)

Asked = HttpRequest | Request


@lru_cache(maxsize=1)
def code() -> tuple[str, datetime]:
    """Return a hash of the code that writes answers, and when it was laid down (UTC): nobody has to count versions."""
    paths = sorted(Path(commitments.__file__).parent.rglob("*.py"))
    read = hashlib.sha256(version("djangorestframework").encode())
    for path in paths:
        read.update(path.read_bytes())
    newest = max(path.stat().st_mtime for path in paths)
    return read.hexdigest(), datetime.fromtimestamp(newest, tz=UTC)


def _tag(*parts: str) -> str:
    """Return a weak tag: the same answer can be written in more ways than one, compressed for instance."""
    return f'W/"{hashlib.sha256(chr(10).join(parts).encode()).hexdigest()[:32]}"'


def _asked(request: Asked) -> tuple[str, ...]:
    """Return what was asked for, where, in which form; and where the addresses in the answer lead."""
    accepted = request.headers.get("Accept", "")
    return request.build_absolute_uri(), accepted, settings.SITE_URL, settings.EVIDENCE_ORIGIN


def of_edition(request: Asked, *, on: date, caching: str = CACHING) -> Validator:
    """Return by what the answer about the day `on` is known again. One query."""
    stamp, at = edition.newest()
    written, laid_down = code()
    etag = _tag(stamp, on.isoformat(), written, *_asked(request))
    # Without `as_of` the next day is another answer though nothing was written: since midnight.
    midnight = datetime.combine(on, time.min, tzinfo=UTC)
    modified = max(at or midnight, midnight, laid_down)
    return Validator(etag, modified if modified < now() - SETTLED else None, caching)


def of_code(request: Asked) -> Validator:
    """Return by what an answer is known again that the code alone makes."""
    written, laid_down = code()
    return Validator(_tag(written, *_asked(request)), laid_down, CACHING)
