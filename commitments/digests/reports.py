"""What servers write back about a mail: delivery status notifications and abuse reports, taken apart.

Read are multipart/report (RFC 6522) with message/delivery-status (RFC 3464; RFC 6533 for addresses beyond ASCII) or
message/feedback-report (RFC 5965), and the headers of our own mail that come with it. Anybody can send such a mail:
nothing here is believed, and whatever cannot be read is said, never raised.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, message_from_string
from email.message import Message

from commitments.digests.addresses import normal

#: Bytes of a mail that are read. A digest that comes back whole is far smaller.
LARGEST = 1_000_000
#: How deep a report may lie in what a list or a virus scanner wraps around it.
DEEPEST = 3
#: Parts, and blocks of fields, that are looked at.
MOST = 50

_HEADERS_ONLY = ("text/rfc822-headers", "message/rfc822-headers", "message/global-headers")
_WHOLE = ("message/rfc822", "message/global")
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?!\d|\.\d)")
#: A Message-ID in printable ASCII; ours are always so.
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,248}>")
#: The link to leave, as `message.unsubscribe_url` writes it.
_TOKEN = re.compile(r"/unsubscribe/([A-Za-z0-9_:.=-]{1,300})/?>")


@dataclass(frozen=True)
class Recipient:
    """What a notification says of one recipient. `addresses` as given: the final one, the original one."""

    addresses: tuple[str, ...]
    action: str
    status: str


@dataclass(frozen=True)
class Report:
    """What a mail says about one of ours. An abuse report has a `feedback` and recipients without action."""

    message_id: str
    token: str
    recipients: tuple[Recipient, ...]
    feedback: str = ""


class UnreadableError(ValueError):
    """It is no report that we can read; the text says why, without a word from the mail."""


def read(raw: bytes) -> Report:
    """Return what a mail reports. Raises UnreadableError, and nothing else, whatever the bytes are."""
    if len(raw) > LARGEST:
        raise UnreadableError(f"larger than {LARGEST:,} bytes")
    try:
        return _read(message_from_bytes(raw))
    except UnreadableError:
        raise
    except Exception as error:  # the parser has no list of what it raises on mails made to break it
        raise UnreadableError(f"broken: {type(error).__name__}") from error


def _read(mail: Message) -> Report:
    for report in _reports(mail, DEEPEST):
        parts = _children(report)
        original = next(filter(None, map(_original, parts)), None)
        for part in parts:
            if part.get_content_type() in ("message/delivery-status", "message/global-delivery-status"):
                recipients = tuple(recipient for block in _blocks(part) if (recipient := _recipient(block)))
                return Report(*ours(original), recipients)
            if part.get_content_type() == "message/feedback-report":
                return _complaint(next(_blocks(part)), original)
    raise UnreadableError("no delivery status notification and no abuse report")


def _reports(mail: Message, depth: int) -> Iterator[Message]:
    """Yield the parts that are reports, from the outside to the inside."""
    if mail.get_content_type() == "multipart/report":
        yield mail
    elif depth:
        for part in _children(mail):
            yield from _reports(part, depth - 1)


def _children(mail: Message) -> list[Message]:
    """Return the parts of a multipart, not what lies in an attached mail: that is another mail's."""
    return _messages(mail)[:MOST] if mail.get_content_maintype() == "multipart" else []


def _messages(part: Message) -> list[Message]:
    """Return what a part is divided into by the parser, if anything."""
    payload = part.get_payload()
    return [each for each in payload if isinstance(each, Message)] if isinstance(payload, list) else []


def _original(part: Message) -> Message | None:
    """Return our own mail, or its headers, where a part holds them."""
    if part.get_content_type() in _HEADERS_ONLY:
        return next(_blocks(part), None)
    return next(iter(_messages(part)), None) if part.get_content_type() in _WHOLE else None


def _blocks(part: Message) -> Iterator[Message]:
    """Yield the blocks of fields of a part, which blank lines divide.

    Python's parser divides message/delivery-status by itself; of every other message/… it makes one message, so that
    all blocks but the first are its text; and text/… is left as it is.
    """
    for block in _messages(part)[:MOST]:
        yield block
        rest = block.get_payload()
        yield from _split(rest if isinstance(rest, str) else "")
    decoded = part.get_payload(decode=True)  # None where the parser has divided it
    yield from _split(decoded.decode("utf-8", "replace") if isinstance(decoded, bytes) else "")


def _split(text: str) -> Iterator[Message]:
    for block in re.split(r"(?:\r?\n){2,}", text.strip(), maxsplit=MOST)[:MOST]:
        if block:
            yield message_from_string(block)


def _field(block: Message, name: str) -> str:
    """Return a field as one line, cut to a length that no honest one has."""
    return " ".join(str(block.get(name, "")).split())[:2_000]


def _recipient(block: Message) -> Recipient | None:
    """Return what a block says of a recipient; None for the block about the whole mail, which names none."""
    action = _field(block, "Action").partition(" ")[0].lower()
    if not action:
        return None
    given = (_field(block, name) for name in ("Final-Recipient", "Original-Recipient"))
    return Recipient(tuple(_address(value) for value in given if value), action, _status(block))


def _address(value: str) -> str:
    """Return the address of a typed one, as "rfc822; reader@example.org"; "" of a type other than mail's."""
    kind, found, address = value.rpartition(";")
    if found and kind.strip().lower() not in ("rfc822", "utf-8"):
        return ""
    return normal(address.strip().strip("<>"))


def _status(block: Message) -> str:
    """Return the status code; where it says no more than "other", the one in the server's own words, if any.

    Exim and Postfix write 5.0.0 where the server gave a code only in its text.
    """
    found = _STATUS.match(_field(block, "Status"))
    status = found[1] if found else ""
    if status.endswith(".0.0") or not status:
        return status_in(_field(block, "Diagnostic-Code")) or status
    return status


def status_in(text: str) -> str:
    """Return the enhanced status code (RFC 3463) of a failure in what a server said; "" where there is none."""
    return next((found for found in _STATUS.findall(text[:2_000]) if not found.startswith("2")), "")


def _complaint(block: Message, original: Message | None) -> Report:
    addresses = tuple(_address(" ".join(str(value).split())[:400]) for value in block.get_all("Original-Rcpt-To", []))
    recipients = (Recipient(addresses[:MOST], "", ""),)
    return Report(*ours(original), recipients, _field(block, "Feedback-Type").lower() or "unknown")


def ours(original: Message | None) -> tuple[str, str]:
    """Return Message-ID and token of our mail; raise where the report brings no headers of it."""
    if original is None:
        raise UnreadableError("it does not say about which mail")
    message_id = _MESSAGE_ID.search(_field(original, "Message-ID"))
    token = _TOKEN.search(_field(original, "List-Unsubscribe"))
    return message_id[0] if message_id else "", token[1] if token else ""
