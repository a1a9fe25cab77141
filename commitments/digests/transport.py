"""Ways to hand over a mail: our own SMTP, which can hold back the final dot, and any backend of Django's.

A server has a mail from the moment it has read the final dot. Until then the mail is ours, and the fence is asked;
from then on, what the server does not answer is not known.
"""

import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from typing import Any, Protocol, Self

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.smtp import EmailBackend as DjangoSmtp
from django.core.mail.message import sanitize_address
from django.core.mail.utils import DNS_NAME

from commitments.digests.addresses import without_addresses

#: Asked when the mail could be taken back for the last time; False: take it back.
Fence = Callable[[], bool]
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


class Transport(Protocol):
    """One connection over which mails go, one after the other."""

    def __enter__(self) -> "Transport":
        """Connect. Raises ServerError."""
        ...

    def __exit__(self, *raised: object) -> None:
        """Disconnect."""
        ...

    def send(self, mail: EmailMultiAlternatives, fence: Fence) -> str:
        """Hand one mail over to its one recipient; return what the server said.

        Raises NotTakenError, UnknownError, FencedError, or ServerError where the connection is of no more use.
        """
        ...


def configured() -> Transport:
    """Return the way that the settings name: SMTP is spoken by ourselves, everything else by its backend."""
    backend = get_connection()
    return Smtp() if type(backend) is DjangoSmtp else Backend(backend)


class Smtp:
    """SMTP with the final dot in our hands (RFC 5321, 4.1.1.4)."""

    _smtp: smtplib.SMTP

    def __enter__(self) -> Self:
        """Connect and sign in as EMAIL_URL says."""
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
            raise ServerError(_said(error)) from error
        return self

    def __exit__(self, *raised: object) -> None:
        """Say goodbye; nothing depends on whether it is heard."""
        try:
            self._smtp.quit()
        except (OSError, smtplib.SMTPException):
            self._smtp.close()

    def send(self, mail: EmailMultiAlternatives, fence: Fence) -> str:
        """Hand over the body, ask the fence, and only then end it with the dot."""
        body = wire(mail)
        if self._smtp.sock is None:  # closed to take a mail back, or by the server
            self.__enter__()
        try:
            self._envelope(mail)
            self._smtp.send(body)
        except (OSError, smtplib.SMTPServerDisconnected) as error:
            self._smtp.close()
            raise LostError(_said(error)) from error
        if not fence():
            self._smtp.close()  # without the dot the server throws away what it has
            raise FencedError
        try:
            self._smtp.send(b".\r\n")
            code, said = self._smtp.getreply()
        except (OSError, smtplib.SMTPServerDisconnected) as error:
            self._smtp.close()
            raise UnknownError(_said(error)) from error
        return self._taken(code, said, 250)

    def _envelope(self, mail: EmailMultiAlternatives) -> None:
        (recipient,) = mail.to
        eight_bits = ["BODY=8BITMIME"] if self._smtp.has_extn("8bitmime") else []
        sender = settings.MAIL_RETURN_PATH or mail.from_email
        self._taken(*self._smtp.mail(sanitize_address(sender, "utf-8"), eight_bits), 250)
        self._taken(*self._smtp.rcpt(sanitize_address(recipient, "utf-8")), 250)
        self._taken(*self._smtp.docmd("DATA"), 354)

    def _taken(self, code: int, said: bytes, good: int) -> str:
        text = said.decode("utf-8", "replace")
        if code == good or (good == 250 and code == 251):
            return f"{code} {text}"
        if code == 421 or code < 400:
            self._smtp.close()
            raise ServerError(without_addresses(f"{code} {text}"))
        try:
            self._smtp.rset()
        except (OSError, smtplib.SMTPException):
            self._smtp.close()
        raise NotTakenError(code, text)


def wire(mail: EmailMultiAlternatives) -> bytes:
    """Return a mail as it goes over the wire before the final dot: CRLF, dots at the start of a line doubled."""
    lines = _LINE_ENDS.sub(b"\r\n", mail.message().as_bytes())
    return _LEADING_DOT.sub(b"..", lines if lines.endswith(b"\r\n") else lines + b"\r\n")


def _said(error: BaseException) -> str:
    return without_addresses(f"{type(error).__name__}: {error}")[:300]


class Backend:
    """Any other backend of Django's: files, or a provider's API through django-anymail. It has no dot to hold back."""

    def __init__(self, connection: Any) -> None:
        """Send over a backend's connection."""
        self._connection = connection

    def __enter__(self) -> Self:
        """Connect, where the backend knows how."""
        try:
            self._connection.open()
        except Exception as error:  # each provider's package has exceptions of its own
            raise ServerError(_said(error)) from error
        return self

    def __exit__(self, *raised: object) -> None:
        """Disconnect."""
        self._connection.close()

    def send(self, mail: EmailMultiAlternatives, fence: Fence) -> str:
        """Ask the fence, and hand over."""
        mail.message()  # what cannot be written is the mail's fault, and known before it counts as handed over
        if not fence():
            raise FencedError
        try:
            self._connection.send_messages([mail])
        except OSError as error:
            raise _of_the_machine(error) from error
        except Exception as error:
            raise _of_the_provider(error) from error
        return "handed over"


def _of_the_machine(error: OSError) -> Exception:
    """Return what an error of files or of the network means. Providers' packages derive theirs from it, too."""
    if hasattr(error, "request"):  # `requests` talked to a server already
        return UnknownError(_said(error))
    return ServerError(_said(error))


def _of_the_provider(error: Exception) -> Exception:
    """Return what a provider's answer means. What has no status was never answered."""
    status = getattr(error, "status_code", None)
    if status is None:
        refused = type(error).__name__ in ("AnymailRecipientsRefused", "AnymailInvalidAddress")
        return NotTakenError(550, _said(error)) if refused else UnknownError(_said(error))
    if status in (401, 402, 403, 429):  # our account, not this mail
        return ServerError(_said(error))
    return NotTakenError(554, _said(error)) if status < 500 else UnknownError(_said(error))
