"""SMTP with the final dot in our hands (RFC 5321, 4.1.1.4)."""

import re
import smtplib
import socket
import ssl
from contextlib import suppress
from email.utils import parseaddr
from functools import lru_cache

from django.conf import settings
from django.core.mail.message import sanitize_address
from django.core.mail.utils import DNS_NAME

from commitments.digests.addresses import without_addresses
from commitments.digests.transport.lanes import (
    LostError,
    NotTakenError,
    Outgoing,
    ServerError,
    UnknownError,
    said_of,
)

#: Addresses that are the same wherever they are written.
_PLAIN = re.compile(r"[A-Za-z0-9_+-]+(\.[A-Za-z0-9_+-]+)*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", re.ASCII)


@lru_cache(1000)
def ascii_of(address: str) -> str:
    """Return an address, of `Name <address>` only that, as headers and envelope carry it."""
    if _PLAIN.fullmatch(address):
        return address
    bare = parseaddr(address)[1]
    return bare if _PLAIN.fullmatch(bare) else str(sanitize_address(bare, "utf-8"))


class SmtpLane:
    """One SMTP connection, with the final dot in our hands (RFC 5321, 4.1.1.4)."""

    def __init__(self) -> None:
        """Connect later."""
        self._smtp: smtplib.SMTP | None = None
        self._in_mail = False
        self._broken = ""

    @property
    def sock(self) -> socket.socket | None:
        """Return the connection's socket, while it stands."""
        return self._smtp.sock if self._smtp else None

    def offer(self, outgoing: Outgoing) -> None:
        """Send envelope and body. A server that hangs up in a mail may do so because of it: that is LostError."""
        body, recipients = outgoing.wire(), outgoing.recipients()
        smtp, self._broken = self._connected(), ""
        try:
            self._envelope(smtp, recipients)
            self._in_mail = True
            smtp.send(body)
        except (OSError, smtplib.SMTPServerDisconnected) as error:
            self._drop()
            raise LostError(said_of(error)) from error

    def take_back(self) -> None:
        """Hang up: without the dot the server throws away what it has."""
        self._drop()

    def end(self) -> None:
        """Send the dot."""
        try:
            self._within().send(b".\r\n")
        except (OSError, smtplib.SMTPServerDisconnected) as error:
            self._drop()
            self._broken = said_of(error)

    def answer(self, *, answered: bool = True) -> str:
        """Read what the server says."""
        if self._broken:
            raise UnknownError(self._broken)
        try:
            if not answered:
                raise TimeoutError(f"no answer within {settings.EMAIL_TIMEOUT} s")
            code, said = self._within().getreply()
        except (OSError, smtplib.SMTPServerDisconnected) as error:
            self._drop()
            raise UnknownError(said_of(error)) from error
        self._in_mail = False
        if 200 <= code < 300:  # by its first digit: RFC 5321, 4.2
            return _text(code, said)
        if code < 400:  # it answered, and nobody knows what
            self._drop()
            raise UnknownError(without_addresses(_text(code, said)))
        raise self._refusal(code, said)

    def close(self) -> None:
        """Say goodbye; in the middle of a mail, just hang up."""
        if self._smtp and not self._in_mail:
            with suppress(OSError, smtplib.SMTPException):
                self._smtp.quit()
        self._drop()

    def _within(self) -> smtplib.SMTP:
        """Return the connection on which something was offered."""
        if self._smtp is None:
            raise smtplib.SMTPServerDisconnected("the connection is gone")
        return self._smtp

    def _drop(self) -> None:
        if self._smtp:
            self._smtp.close()
        self._smtp, self._in_mail = None, False

    def _connected(self) -> smtplib.SMTP:
        """Return the connection; connect and sign in as EMAIL_URL says, where there is none."""
        if self._smtp and self._smtp.sock:
            return self._smtp
        kind = smtplib.SMTP_SSL if settings.EMAIL_USE_SSL else smtplib.SMTP
        try:
            self._smtp = kind(
                settings.EMAIL_HOST,
                settings.EMAIL_PORT,
                local_hostname=DNS_NAME.get_fqdn(),
                timeout=settings.EMAIL_TIMEOUT,
            )
            if settings.EMAIL_USE_TLS:
                self._smtp.starttls(context=ssl.create_default_context())
            if settings.EMAIL_HOST_USER:
                self._smtp.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
            self._smtp.ehlo_or_helo_if_needed()
            # The dot follows the body without an answer between: together with delayed ACKs, Nagle holds it 40 ms.
            assert self._smtp.sock  # noqa: S101 (connected a moment ago)
            self._smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            raise ServerError(said_of(error)) from error
        return self._smtp

    def _envelope(self, smtp: smtplib.SMTP, recipients: list[str]) -> None:
        """Say from whom and to whom. Where the server lets us, without waiting for each answer (RFC 2920)."""
        sender = ascii_of(settings.MAIL_RETURN_PATH or settings.DEFAULT_FROM_EMAIL)
        eight_bits = " BODY=8BITMIME" if smtp.has_extn("8bitmime") else ""
        rcpts = [f"RCPT TO:<{ascii_of(recipient)}>" for recipient in recipients]
        commands = [f"MAIL FROM:<{sender}>{eight_bits}", *rcpts, "DATA"]
        if any(not command.isprintable() for command in commands):
            raise ValueError("An address holds a line break.")
        at_once = smtp.has_extn("pipelining")
        if at_once:
            smtp.send("\r\n".join([*commands, ""]))
        said = []
        for command in commands:
            said.append(smtp.getreply() if at_once else smtp.docmd(command))
            if not at_once and said[-1][0] >= 400:
                break
        self._accepted(said, len(recipients))

    def _accepted(self, said: list[tuple[int, bytes]], recipients: int) -> None:
        """Raise where the server refused something of the envelope: sender, reader, own mailboxes, DATA."""
        refused = next((n for n, (code, _) in enumerate(said) if code not in (250, 251, 354)), None)
        if refused is None:
            return
        code, text = said[refused]
        if said[-1][0] == 354:  # it expects a mail all the same, and would take an end for one
            self._drop()
        if refused == 0 or 2 <= refused <= recipients:  # our own address, and no fault of the reader's
            self._drop()
            whose = "the journal mailbox" if refused else "our sender"
            raise ServerError(f"{whose} was refused: {without_addresses(_text(code, text))}")
        raise self._refusal(code, text)

    def _refusal(self, code: int, said: bytes) -> Exception:
        text = _text(code, said)
        if code == 421 or code < 400:  # it hangs up at this mail, and may do so because of it
            self._drop()
            return LostError(without_addresses(text))
        if self._smtp:
            try:
                self._smtp.rset()
            except (OSError, smtplib.SMTPException):
                self._drop()
        return NotTakenError(code, text.partition(" ")[2])


def _text(code: int, said: bytes) -> str:
    return f"{code} {said.decode('utf-8', 'replace')}"
