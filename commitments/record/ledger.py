"""The public log as readers see it: its entries by a day, and a checkpoint that vouches for all of them at once.

The hash over the entries is the Merkle tree hash of RFC 6962, section 2.1: whoever keeps a checkpoint can later prove
that no entry before it was changed.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet

from commitments.models import LedgerEntry
from commitments.record.days import end_of


@dataclass(frozen=True)
class Checkpoint:
    """How far the log had come: the number and time (UTC) of its newest entry, and the root (hex) over all leaves."""

    size: int
    at: datetime | None
    root: str


def entries(*, on: date) -> QuerySet[LedgerEntry]:
    """Return the entries written by the end of the day, in their order."""
    return LedgerEntry.objects.filter(published_at__lt=end_of(on)).order_by("seq")


def size(*, on: date) -> int:
    """Return how many entries the log had at the end of the day."""
    return entries(on=on).count()


def checkpoint(*, on: date) -> Checkpoint:
    """Return the checkpoint of the end of the day."""
    found = entries(on=on)
    last = found.order_by("-seq").first()
    root = merkle_root(found.values_list("leaf", flat=True).iterator(chunk_size=2000))
    return Checkpoint(last.seq if last else 0, last.published_at if last else None, root)


def merkle_root(leaves: Iterable[str]) -> str:
    """Return the RFC 6962 tree hash (hex) over leaf hashes (hex), in memory that grows with the tree's height only."""
    peaks: list[tuple[int, bytes]] = []  # of the full subtrees so far: (height, hash), the highest first
    for leaf in leaves:
        height, node = 0, bytes.fromhex(leaf)
        while peaks and peaks[-1][0] == height:
            node = _parent(peaks.pop()[1], node)
            height += 1
        peaks.append((height, node))
    if not peaks:
        return hashlib.sha256(b"").hexdigest()
    root = peaks.pop()[1]
    while peaks:
        root = _parent(peaks.pop()[1], root)
    return root.hex()


def _parent(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
