"""What goes over a connection, and what can become of it.

A server has a mail from the moment it has read the final dot. Until then the mail is ours, and the fence is asked;
from then on, what the server does not answer is not known.
"""

import re
from dataclasses import dataclass
from typing import Protocol

from django.core.mail import EmailMultiAlternatives

from commitments.digests.addresses import without_addresses

_LINE_ENDS = re.compile(rb"\r\n|\r|\n")
_LEADING_DOT = re.compile(rb"(?m)^\.")


class ServerError(Exception):
    """The server cannot be used at all just now: nothing was handed over, and no mail is to blame."""


class LostError(ServerError):
    """The connection broke in the middle of a mail, before the server had it."""


class NotTakenError(Exception):
    """The server did not take this mail. `code` as in RFC 5321, `status` as in RFC 3463 where the server gave one."""

    def __init__(self, code: int, said: str) -> None:
        """Keep the server's answer."""
        super().__init__(f"{code} {said}")
        self.code, self.said = code, said
        found = re.match(r"([245]\.\d{1,3}\.\d{1,3})\b", said)
        self.status = found[1] if found else ""

    @property
    def for_good(self) -> bool:
        """Whether the same mail would be refused again."""
        return 500 <= self.code < 600


class UnknownError(Exception):
    """The server may have the mail or not: it was handed over, and no answer came."""


class FencedError(Exception):
    """The fence was closed: the mail was taken back before the server had it."""


class Outgoing(Protocol):
    """A mail on its way: as bytes for SMTP, as Django's object for backends."""

    def recipients(self) -> list[str]:
        """Return to whom it goes: one reader, and after that only mailboxes of our own."""
        ...

    def wire(self) -> bytes:
        """Return it as it goes over the wire before the final dot (`wire`)."""
        ...

    def mail(self) -> EmailMultiAlternatives:
        """Return it as Django's backends take it."""
        ...


@dataclass(frozen=True)
class Single:
    """A mail that is written for one reader only."""

    written: EmailMultiAlternatives

    def recipients(self) -> list[str]:
        """Return its one reader."""
        return list(self.written.to)

    def wire(self) -> bytes:
        """Write it."""
        return wire(self.written)

    def mail(self) -> EmailMultiAlternatives:
        """Return it as it is."""
        return self.written


class Lane(Protocol):
    """One way on which one mail at a time is handed over: offered, and then ended or taken back."""

    def offer(self, outgoing: Outgoing) -> None:
        """Hand over everything but the final dot. Raises NotTakenError, LostError, ServerError."""
        ...

    def take_back(self) -> None:
        """Let the server throw away what was offered."""
        ...

    def end(self) -> None:
        """Send the final dot. Whether that succeeds, `answer` tells."""
        ...

    def answer(self, *, answered: bool = True) -> str:
        """Return what the server says to the dot; where it has not `answered` in time, wait no longer.

        Raises NotTakenError, UnknownError, ServerError.
        """
        ...

    def close(self) -> None:
        """Disconnect; nothing depends on whether it is heard."""
        ...


def wire(mail: EmailMultiAlternatives) -> bytes:
    """Return a mail as it goes over the wire before the final dot: CRLF, dots at the start of a line doubled."""
    lines = _LINE_ENDS.sub(b"\r\n", mail.message().as_bytes())
    return _LEADING_DOT.sub(b"..", lines if lines.endswith(b"\r\n") else lines + b"\r\n")


def said_of(error: BaseException) -> str:
    """Return what went wrong, without any address."""
    return without_addresses(f"{type(error).__name__}: {error}")[:300]
