"""What the mail side is asked, whoever there is asked: which of our messages it knows of."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from commitments.models import Dispatch, MailSource


class SourceError(Exception):
    """A source cannot be asked, or its answer cannot be read. The text says why, without addresses and passwords."""


@dataclass(frozen=True)
class Trace:
    """What a source knows of a message: how many copies were taken, and where that stands, without any address."""

    copies: int
    said: str = ""


class Source(Protocol):
    """Somebody on the mail side who knows what was taken."""

    kind: MailSource

    def look(self, asked: Collection[Dispatch]) -> dict[int, Trace]:
        """Return what it knows, by primary key.

        All that could be asked about is in the answer, with 0 copies where it knows of none; what could not be asked
        about is not. Raises SourceError.
        """
        ...

    def forget(self, before: datetime) -> int:
        """Delete what it keeps for this site alone and got before a time; return how many. Raises SourceError."""
        ...
