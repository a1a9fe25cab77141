"""The public log: one entry for everything that became public, in the order in which it did.

An entry holds no content, only its hash with a salt that stands apart: where the law asks for content to be
erased, content and salt can go and the entry stays. Design: RFC 6962 leaves over canonical JSON.
"""

import hashlib
import json
import secrets
import unicodedata
from datetime import UTC, date, datetime, time
from typing import Any

from django.db import connection, models, transaction

from commitments.models.base import Mutability, SealedAtOnce


def canonical(value: Any) -> str:
    """Return `value` as canonical JSON: sorted keys, no blanks, NFC, so that a hash of it can be recomputed."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return unicodedata.normalize("NFC", text)


def content_hash(salt: str, content: Any) -> str:
    """Return the SHA-256 (hex) of a salt and canonical content."""
    return hashlib.sha256(bytes.fromhex(salt) + canonical(content).encode()).hexdigest()


def leaf_hash(payload: str) -> str:
    """Return the RFC 6962 leaf hash (hex) of an entry's canonical JSON."""
    return hashlib.sha256(b"\x00" + payload.encode()).hexdigest()


class LedgerHead(models.Model):
    """The one row whose lock orders all publications; it repeats the newest entry's number and time."""

    mutability = Mutability.DERIVED

    seq = models.PositiveIntegerField(default=0)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="ledger_one_head")]

    def __str__(self) -> str:
        return f"head {self.seq}"

    @classmethod
    def locked(cls) -> "LedgerHead":
        """Return the head under lock until the transaction ends.

        On SQLite every transaction that writes is IMMEDIATE, so it already excludes every other.
        """
        if not connection.in_atomic_block:
            raise transaction.TransactionManagementError("The log is only written inside a transaction.")
        cls.objects.get_or_create(pk=1)
        return cls.objects.select_for_update().get(pk=1)


class LedgerKind(models.TextChoices):
    """What became public."""

    CODING = "coding", "coding"
    STATUS = "status", "status"
    PROVISIONAL = "provisional", "provisional status"
    CORRECTION = "correction", "correction"
    WITHDRAWAL = "withdrawal", "withdrawal"
    REPLY = "reply", "reply"
    POINT = "point", "figure"


class LedgerEntry(SealedAtOnce):
    """One entry of the public log. `seq` runs from 1 without a gap, `published_at` never decreases."""

    seq = models.PositiveIntegerField(unique=True)
    kind = models.CharField(max_length=16, choices=LedgerKind)
    public_id = models.CharField(max_length=32)
    payload = models.TextField(help_text="Canonical JSON.")
    leaf = models.CharField(max_length=64)

    class Meta:
        ordering = ["seq"]
        verbose_name_plural = "ledger entries"

    def __str__(self) -> str:
        return f"{self.seq} {self.kind} {self.public_id}"


class LedgerSalt(models.Model):
    """The salt of an entry's content: erased together with the content, never changed."""

    mutability = Mutability.WORKING

    entry = models.OneToOneField(LedgerEntry, models.PROTECT, related_name="salt")
    salt = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"salt of {self.entry_id}"


class Publication:
    """A turn at the public log: holds the lock, gives out numbers and times, and writes the entries.

    Use inside one transaction: `turn = Publication.begin(at)`; then for each row `turn.number()`, fill and seal the
    row with `turn.at`, and `turn.record(…)`.
    """

    def __init__(self, head: LedgerHead, at: datetime) -> None:
        """Take the head, locked; `at` never lies before what is published already."""
        self._head = head
        self.at = max(at, head.published_at) if head.published_at else at
        self._entries: list[tuple[LedgerEntry, str]] = []

    @classmethod
    def begin(cls, at: datetime) -> "Publication":
        """Take the lock of the log; `at` is the caller's clock (UTC), or the date of a release."""
        return cls(LedgerHead.locked(), at)

    @classmethod
    def of_release(cls, released_on: date, at: datetime) -> "Publication":
        """Take the lock for rows that come with a release of the data.

        They bear the release's own date (UTC), so that two fresh installations answer alike; the time of loading
        (`at`) where the log holds something later, because the public clock never runs backwards.
        """
        head, released = LedgerHead.locked(), datetime.combine(released_on, time.min, tzinfo=UTC)
        return cls(head, at if head.published_at and head.published_at > released else released)

    @property
    def next(self) -> int:
        """The number that the next recorded entry will have."""
        return self._head.seq + len(self._entries) + 1

    def record(self, kind: LedgerKind, public_id: str, content: dict[str, Any]) -> int:
        """Add an entry about content that becomes public now; return its number. `flush` writes it."""
        seq, salt = self.next, secrets.token_hex(32)
        payload = canonical(
            {
                "at": self.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
                "content": content_hash(salt, content),
                "id": public_id,
                "kind": kind.value,
                "seq": seq,
            }
        )
        entry = LedgerEntry(
            seq=seq,
            kind=kind,
            public_id=public_id,
            payload=payload,
            leaf=leaf_hash(payload),
            published_at=self.at,
        )
        self._entries.append((entry, salt))
        return seq

    def flush(self) -> None:
        """Write the entries and move the head. Nothing is public before the transaction commits."""
        if not self._entries:
            return
        LedgerEntry.objects.bulk_create(entry for entry, _ in self._entries)
        LedgerSalt.objects.bulk_create(LedgerSalt(entry=entry, salt=salt) for entry, salt in self._entries)
        self._head.seq += len(self._entries)
        self._head.published_at = self.at
        self._head.save()
        self._entries = []
