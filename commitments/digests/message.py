"""The mail of a dispatch: what its digest says, and what is its reader's own: address, links, headers.

A digest goes to many, so its mail is written once, with marks where a reader's own stands, and filled in for each.
"""

import hashlib
import re
from dataclasses import asdict, dataclass
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from commitments.digests.providers import provider_fields
from commitments.digests.transport import ascii_of, wire
from commitments.models import Digest, Dispatch

#: Digests whose mails are kept written at once.
KEPT = 50


@dataclass(frozen=True)
class Own:
    """What is one reader's own in a mail."""

    address: str
    token: str
    message_id: str
    date: str


def own_of(dispatch: Dispatch) -> Own:
    """Return what is its reader's own in a dispatch. KeyError where its merge fields were erased."""
    merge = dispatch.merge
    return Own(merge["address"], merge["token"], dispatch.message_id, format_datetime(dispatch.created_at))


def unsubscribe_url(token: str) -> str:
    """Return the address for the one click of RFC 8058: no language, no cookie."""
    return f"{settings.SITE_URL}/unsubscribe/{token}/"


def list_id() -> str:
    """Return the List-Id (RFC 2919) of all digests of this site."""
    return f"Pledge Tracker digests <digests.{urlsplit(settings.SITE_URL).hostname}>"


class _Mail(EmailMultiAlternatives):
    """A mail that is the same to the last byte whenever it is written: its boundary comes from its digest."""

    boundary: str

    def message(self, *, policy: object = None) -> Any:
        made = super().message()
        made.set_boundary(self.boundary)
        return made


def of(dispatch: Dispatch) -> EmailMultiAlternatives:
    """Return the mail of a dispatch. KeyError where its merge fields were erased."""
    return _written(dispatch.digest, own_of(dispatch))


def _written(digest: Digest, own: Own) -> EmailMultiAlternatives:
    mail = _Mail(
        subject=digest.subject,
        body=digest.text.replace(digest.placeholder, own.token),
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[own.address],
        headers={
            "Message-ID": own.message_id,
            "Date": own.date,
            "List-Id": list_id(),
            "List-Unsubscribe": f"<{unsubscribe_url(own.token)}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Content-Language": digest.language,
            "Auto-Submitted": "auto-generated",
        },
    )
    mail.boundary = f"=_{hashlib.sha256(digest.placeholder.encode()).hexdigest()[:32]}"
    mail.attach_alternative(digest.html.replace(digest.placeholder, own.token), "text/html")
    for name, value in provider_fields(own.message_id).items():
        setattr(mail, name, value)
    return mail


#: The mark of the token is longer than any token, so that no line grows, and longer than a line of quoted-printable
#: (76 characters: RFC 2045, 6.7), so that it is broken there, and nowhere else.
_MARK_LENGTH = 100
_PIECE = 70
_BREAK = b"=\r\n"


class Form:
    """A digest's mail as it goes over the wire, with gaps for what is a reader's own."""

    def __init__(self, digest: Digest) -> None:
        """Write it once, with marks in the gaps. No text holds them: the placeholder is random."""
        mark = digest.placeholder
        marks = Own(
            f"{mark}.to@reader.example", mark.ljust(_MARK_LENGTH, "t"), f"<{mark}.id@site.example>", f"{mark}.on"
        )
        names = {value.encode(): name for name, value in asdict(marks).items()}
        token = (b"(?:" + _BREAK + b")?").join(bytes([character]) for character in marks.token.encode())
        gaps = b"|".join([token, *(re.escape(value) for value in names)])
        self._parts = re.split(b"(" + gaps + b")", wire(_written(digest, marks)))
        self._gaps = [
            (n, names[self._parts[n].replace(_BREAK, b"")], _BREAK in self._parts[n])
            for n in range(1, len(self._parts), 2)
        ]
        if {name for _, name, _ in self._gaps} != set(names.values()):
            raise ValueError("The mail of a digest lacks a place for what is its reader's own.")
        for n, _, broken in self._gaps:
            if broken and self._parts[n + 1].startswith(b"."):  # it begins a line then
                self._parts[n + 1] = b"." + self._parts[n + 1]

    def filled(self, own: Own) -> bytes:
        """Return the mail to one reader."""
        token = own.token.encode()
        values = {
            "address": ascii_of(own.address).encode(),
            "token": token,
            "message_id": own.message_id.encode(),
            "date": own.date.encode(),
        }
        parts = self._parts.copy()
        for n, name, broken in self._gaps:
            parts[n] = _on_lines_of_its_own(token) if broken else values[name]
        return b"".join(parts)


def _on_lines_of_its_own(token: bytes) -> bytes:
    """Return a token within quoted-printable, soft breaks around and in it; none of its pieces begins with a dot."""
    pieces = [token[at : at + _PIECE] for at in range(0, len(token), _PIECE)]
    return _BREAK + _BREAK.join(pieces) + _BREAK


class Letter:
    """The mail of a dispatch, ready to be handed over either way (`transport.Outgoing`)."""

    def __init__(self, dispatch: Dispatch, digest: Digest, form: Form) -> None:
        """Take what is its reader's own. KeyError where that was erased."""
        self._own, self._digest, self._form = own_of(dispatch), digest, form

    def recipients(self) -> list[str]:
        """Return its reader, and the journal mailbox where there is one."""
        return [self._own.address, *filter(None, [settings.MAIL_JOURNAL])]

    def wire(self) -> bytes:
        """Return its bytes for SMTP."""
        return self._form.filled(self._own)

    def mail(self) -> EmailMultiAlternatives:
        """Return it as Django's backends take it."""
        return _written(self._digest, self._own)


class Writer:
    """Writes letters; keeps what was written of a digest, as the next dispatch is most likely of the same."""

    def __init__(self) -> None:
        """Know no digest yet."""
        self._known: dict[int, tuple[Digest, Form]] = {}

    def letter(self, dispatch: Dispatch) -> Letter:
        """Return the letter of a dispatch. KeyError where its merge fields were erased."""
        if dispatch.digest_id not in self._known:
            if len(self._known) >= KEPT:
                self._known.clear()
            digest = dispatch.digest
            self._known[dispatch.digest_id] = digest, Form(digest)
        return Letter(dispatch, *self._known[dispatch.digest_id])
