"""Where the site asks whether a mail was taken, and who gets a copy for that: judged before the site starts."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn
from urllib.parse import SplitResult, unquote, urlsplit

#: Ends the start with one line: what is not set, and what to do.
Stop = Callable[[str, str], NoReturn]

ADVICE = (
    "Set it to imaps://user:password@host/INBOX, postfix-log:///var/log/mail.log or postmark:, "
    "or to nothing where a person decides."
)
#: Over these no password leaves the machine.
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_PRINTABLE = re.compile(r"[ -~]+")
_ADDRESS = re.compile(r"[!-?A-~]{1,64}@[A-Za-z0-9.-]{1,255}")


@dataclass(frozen=True)
class Evidence:
    """Who on the mail side is asked: `kind` is "journal", "relay_log" or "provider"; the rest belongs to one kind."""

    kind: str
    host: str = ""
    port: int = 0
    tls: bool = True
    user: str = ""
    password: str = field(default="", repr=False)
    mailbox: str = ""
    path: str = ""


def evidence_of(url: str, provider: str, anymail: Mapping[str, Any], stop: Stop) -> Evidence | None:
    """Return whom to ask; None where nobody. Stop at what could not work. Nothing of the text is repeated.

    `provider` and `anymail` are the settings of the mail provider, where one sends.
    """
    if not url:
        return None
    try:
        parts = urlsplit(url)
        made = _READ.get(parts.scheme, _unknown)(parts)
    except ValueError:  # also of a port that is none
        made = None
    if made is None:
        stop("A usable MAIL_EVIDENCE", ADVICE)
    if made.kind == "provider" and (provider != "postmark" or not anymail.get("POSTMARK_SERVER_TOKEN")):
        stop("A usable MAIL_EVIDENCE", "For postmark: set MAIL_PROVIDER=postmark, and its server token in ANYMAIL.")
    if made.kind != "provider" and provider:
        stop("A usable MAIL_EVIDENCE", f"What {provider} sends passes no journal and no log of yours: leave it empty.")
    return made


def journal_of(address: str, evidence: Evidence | None, stop: Stop) -> str:
    """Return the address that gets a copy of each digest; "" without a journal mailbox, which needs one."""
    wanted = evidence is not None and evidence.kind == "journal"
    if wanted and not _ADDRESS.fullmatch(address):
        stop("A usable MAIL_JOURNAL", "Set it to the address whose mail comes into the mailbox of MAIL_EVIDENCE.")
    if address and not wanted:
        stop("MAIL_EVIDENCE", "MAIL_JOURNAL needs the mailbox, as imaps://…; without it copies would only pile up.")
    return address


def _unknown(parts: SplitResult) -> Evidence | None:
    return None


def _imap(parts: SplitResult) -> Evidence | None:
    """Read a mailbox. What IMAP would need encoded (RFC 3501, 5.1.3) is refused; a password may hold anything."""
    tls = parts.scheme == "imaps"
    user, mailbox = unquote(parts.username or ""), unquote(parts.path.strip("/")) or "INBOX"
    named = parts.hostname and _PRINTABLE.fullmatch(user) and _PRINTABLE.fullmatch(mailbox)
    if not (named and parts.password) or not (tls or parts.hostname in _LOOPBACK):
        return None
    return Evidence(
        "journal",
        host=str(parts.hostname),
        port=parts.port or (993 if tls else 143),
        tls=tls,
        user=user,
        password=unquote(parts.password),
        mailbox=mailbox,
    )


def _log(parts: SplitResult) -> Evidence | None:
    path = unquote(parts.path)
    return Evidence("relay_log", path=path) if path.strip("/") and not parts.netloc else None


def _postmark(parts: SplitResult) -> Evidence | None:
    return None if parts.netloc or parts.path else Evidence("provider")


_READ: dict[str, Callable[[SplitResult], Evidence | None]] = {
    "imaps": _imap,
    "imap": _imap,
    "postfix-log": _log,
    "postmark": _postmark,
}
