"""A real SMTP server on this machine, which does to each mail what its recipient's name says."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pytest_django import Settings

from tests.ports import free_port

#: What the server says to RCPT, by the name before the @.
AT_RCPT = {
    "later": "451 4.7.1 Come again later",
    "gone": "550 5.1.1 No such mailbox",
    "full": "552 5.2.2 Mailbox full",
}
AT_DATA = {"spam": "554 5.7.1 We do not want this", "busy": "451 4.3.0 Try again"}

#: Seconds for which the server says nothing to `silent@`.
SILENCE = 5


class Handler:
    """Keeps what it takes."""

    def __init__(self, *, pipelining: bool) -> None:
        self.pipelining, self.answer = pipelining, "250 2.0.0 Taken"
        self.taken: list[tuple[str, bytes]] = []
        self.copies: list[str] = []
        self.senders: list[str] = []
        self.sessions: set[int] = set()

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [responses[0], *(["250-PIPELINING"] if self.pipelining else []), *responses[1:]]

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("refused"):
            return "550 5.7.1 Not from you"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        name = address.partition("@")[0]
        if name in AT_RCPT:
            return AT_RCPT[name]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        address, *copies = envelope.rcpt_tos
        name = address.partition("@")[0]
        if name in AT_DATA:
            return AT_DATA[name]
        self.senders.append(str(envelope.mail_from))
        assert isinstance(envelope.content, bytes)
        self.taken.append((address, envelope.content))
        self.copies += copies
        self.sessions.add(id(session))
        if name == "silent":  # has it, and never says so
            await asyncio.sleep(SILENCE)
        return self.answer

    def mails(self) -> list[EmailMessage]:
        """What was taken, parsed."""
        return [message_from_bytes(content, policy=default) for _, content in self.taken]  # type: ignore[misc]

    def to(self) -> list[str]:
        """To whom."""
        return [address for address, _ in self.taken]


@contextmanager
def smtp(settings: Settings, *, pipelining: bool = False, **options: Any) -> Iterator[Handler]:
    """Run the server, and let the site send by it."""
    handler = Handler(pipelining=pipelining)
    controller = Controller(handler, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", controller.port
    settings.EMAIL_TIMEOUT = 20
    try:
        yield handler
    finally:
        controller.stop()
