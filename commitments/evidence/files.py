"""Kept files: where they are served from, and the keys that open those which readers do not see yet.

What people uploaded is served as an attachment from an origin of its own (`EVIDENCE_ORIGIN`), where no cookie of the
site is sent: a file that turns out to be a page cannot act in anybody's name.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Info
from django.core.signing import BadSignature, TimestampSigner
from django.db import transaction
from django.urls import reverse

from commitments.models import Evidence
from commitments.models.evidence import kept_files

#: Seconds for which a key opens its file.
KEY_LASTS = 5 * 60
_SALT = "commitments.evidence.files"


def files_host() -> str:
    """Return the host, with its port, that serves files and nothing else; empty where the site serves them itself."""
    return urlsplit(settings.EVIDENCE_ORIGIN).netloc.casefold()


def address(item: Evidence) -> str:
    """Return the address of an item's file, for everybody once the item is public."""
    return f"{settings.EVIDENCE_ORIGIN or settings.SITE_URL}{reverse('evidence-file', args=[item.public_id])}"


def keyed_address(item: Evidence) -> str:
    """Return an address that opens the item's file for five minutes, whoever asks."""
    return f"{address(item)}?key={TimestampSigner(salt=_SALT).sign(item.public_id)}"


def opened_by(key: str) -> str:
    """Return the number of the one item whose file a key opens; empty where it opens none, or no longer."""
    try:
        return TimestampSigner(salt=_SALT).unsign(key, max_age=KEY_LASTS)
    except BadSignature:
        return ""


def drop_after_commit(name: str) -> None:
    """Delete a file that an item had until now, once that is sure; one that another item has too stays."""

    def drop() -> None:
        if name and not Evidence.objects.filter(file=name).exists():
            kept_files().delete(name)

    transaction.on_commit(drop)


@contextmanager
def dropped_on_failure(names: list[str]) -> Iterator[None]:
    """Delete the files that were written inside if what is done inside fails; `names` grows as they are written."""
    try:
        yield
    except BaseException:
        for name in names:
            kept_files().delete(name)
        raise


def check_origin(**kwargs: Any) -> list[CheckMessage]:
    """Recommend an origin of their own for files, with `check --deploy`."""
    if settings.EVIDENCE_ORIGIN:
        return []
    return [
        Info(
            "Uploaded sources are served by the site itself.",
            hint="Set EVIDENCE_ORIGIN to another host name that leads to this site (README.md, Environment).",
            id="commitments.I001",
        )
    ]
