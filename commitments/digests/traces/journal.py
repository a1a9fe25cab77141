"""A mailbox that gets a copy of every digest in the same SMTP transaction: who took the copy took the mail.

Read by IMAP (RFC 3501). Anybody can write to the address of the mailbox, and a forged copy would end the search for a
mail that was lost. So a copy counts only where it brings the Message-ID and, beside it, its reader's own signed link
to leave, as with bounces (`commitments.digests.bounces`).
"""

import imaplib
import re
import ssl
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from email import message_from_bytes
from email.utils import format_datetime
from typing import Any

from commitments.digests import addresses, message, reports
from commitments.digests.addresses import without_addresses
from commitments.digests.traces.source import SourceError, Trace
from commitments.models import Dispatch, MailSource

#: Seconds for which an answer of the server is waited for.
PATIENCE = 30
#: Messages that one command asks about: its line stays far below 8,000 characters, which every server reads.
AT_ONCE = 20
#: Mails that one command may find or delete, for the same reason. More copies of so few are an attack or a mistake.
MOST = 500
_ASKABLE = re.compile(r"[!-~]{1,250}")
_HEADERS = "(BODY.PEEK[HEADER.FIELDS (MESSAGE-ID LIST-UNSUBSCRIBE)])"


class Journal:
    """The mailbox, asked over a connection of its own each time."""

    kind = MailSource.JOURNAL

    def __init__(
        self, host: str, port: int, user: str, password: str, *, mailbox: str = "INBOX", tls: bool = True
    ) -> None:
        """Ask `mailbox` of `user`; without TLS only on this machine (`tracker.mail_evidence`)."""
        self._host, self._port, self._user, self._password = host, port, user, password
        self._mailbox, self._tls = mailbox, tls

    def look(self, asked: Collection[Dispatch]) -> dict[int, Trace]:
        """Return how many copies of each are there; the mailbox is opened so that nothing in it can change."""
        askable = {one.message_id: one for one in asked if _ASKABLE.fullmatch(one.message_id)}
        found: dict[int, list[str]] = {one.pk: [] for one in askable.values()}
        names = list(askable)
        with self._opened(readonly=True) as imap:
            for start in range(0, len(names), AT_ONCE):
                for uid, headers in _headers(imap, names[start : start + AT_ONCE]):
                    one = _whose(headers, askable)
                    if one is not None:
                        found[one.pk].append(uid)
        return {pk: Trace(len(uids), _said(uids)) for pk, uids in found.items()}

    def forget(self, before: datetime) -> int:
        """Delete the copies that came before a day: they hold addresses and links. Other mail is left alone."""
        day = "-".join(format_datetime(before).split()[1:4])  # as "23-Oct-2026", in English whatever the locale
        ours = f"BEFORE {day} HEADER List-Id {quoted(message.list_id().partition(' <')[0])}"
        with self._opened(readonly=False) as imap:
            uids = _search(imap, ours)
            for start in range(0, len(uids), MOST):
                some = ",".join(uids[start : start + MOST])
                _answer(imap.uid("STORE", some, "+FLAGS.SILENT", r"(\Deleted)"))
                _answer(imap.uid("EXPUNGE", some) if "UIDPLUS" in imap.capabilities else imap.expunge())
        return len(uids)

    @contextmanager
    def _opened(self, *, readonly: bool) -> Iterator[imaplib.IMAP4]:
        """Connect, sign in, and open the mailbox; raise SourceError for whatever fails, then and later."""
        try:
            imap = self._connected()
            try:
                self._sign_in(imap)
                _answer(imap.select(quoted(self._mailbox), readonly=readonly))
                yield imap
            finally:
                with suppress(OSError, imaplib.IMAP4.error):
                    imap.logout()
        except (OSError, imaplib.IMAP4.error, ValueError) as error:
            said = without_addresses(f"{type(error).__name__}: {error}")[:300]
            raise SourceError(f"the journal mailbox cannot be asked: {said}") from error

    def _connected(self) -> imaplib.IMAP4:
        if self._tls:
            context = ssl.create_default_context()
            return imaplib.IMAP4_SSL(self._host, self._port, ssl_context=context, timeout=PATIENCE)
        return imaplib.IMAP4(self._host, self._port, timeout=PATIENCE)

    def _sign_in(self, imap: imaplib.IMAP4) -> None:
        """Sign in by SASL PLAIN (RFC 4616), which takes every password, or by LOGIN where that is not offered."""
        if "AUTH=PLAIN" in imap.capabilities:
            imap.authenticate("PLAIN", lambda _: f"\0{self._user}\0{self._password}".encode())
        else:
            imap.login(quoted(self._user), self._password)  # imaplib quotes the password, and not the name
        with suppress(imaplib.IMAP4.error):  # many servers tell more of themselves after it
            imap.capabilities = tuple(_answer(imap.capability())[-1].decode("ascii", "replace").upper().split())


def quoted(text: str) -> str:
    r"""Return a text as a quoted string of IMAP (RFC 3501, 9): `"` and `\` escaped, so that nothing ends it early.

    Raises ValueError where it holds what no quoted string can hold, as the end of a line.
    """
    if not re.fullmatch(r"[ -~]*", text):
        raise ValueError("not to be said to a server in quotes")
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'


def _headers(imap: imaplib.IMAP4, message_ids: list[str]) -> Iterator[tuple[str, bytes]]:
    """Yield UID and headers of what may be copies: servers search for a part of a header, so each is compared."""
    each = " ".join(f"HEADER Message-ID {quoted(one)}" for one in message_ids)
    uids = _search(imap, "OR " * (len(message_ids) - 1) + each)
    if len(uids) > MOST:
        raise imaplib.IMAP4.error(f"more than {MOST:,} mails are copies of {len(message_ids)} messages")
    if not uids:
        return
    parts = _answer(imap.uid("FETCH", ",".join(uids), _HEADERS))
    for part, after in zip(parts, [*parts[1:], b""], strict=True):
        if isinstance(part, tuple):  # the UID stands before the headers or after them, as each server likes
            uid = re.search(rb"UID (\d+)", part[0] + (after if isinstance(after, bytes) else b""))
            yield uid[1].decode() if uid else "?", part[1]


def _search(imap: imaplib.IMAP4, criteria: str) -> list[str]:
    return [uid.decode("ascii") for line in _answer(imap.uid("SEARCH", criteria)) if line for uid in line.split()]


def _answer(answer: tuple[str, list[Any]]) -> list[Any]:
    """Return what a server answered; raise where it said no."""
    kind, data = answer
    if kind != "OK":
        raise imaplib.IMAP4.error(" ".join(part.decode("utf-8", "replace") for part in data if part))
    return data


def _whose(headers: bytes, asked: dict[str, Dispatch]) -> Dispatch | None:
    """Return of which message the headers are; None where they lack its reader's own link, or cannot be read."""
    try:
        message_id, token = reports.ours(message_from_bytes(headers))
    except Exception:  # the parser has no list of what it raises on mails made to break it
        return None
    one, owner = asked.get(message_id), addresses.by_token(token)
    return one if one is not None and owner is not None and owner.pk == one.subscription_id else None


def _said(uids: list[str]) -> str:
    return f"UID {', '.join(uids[:10])}" if uids else ""
