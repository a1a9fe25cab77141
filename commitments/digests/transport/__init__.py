"""Ways to hand over a mail: our own SMTP, which can hold back the final dot, and any backend of Django's."""

import selectors
import ssl
import time
from collections.abc import Callable, Sequence
from typing import Self

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.smtp import EmailBackend as DjangoSmtp

from commitments.digests.transport.backend import BackendLane
from commitments.digests.transport.lanes import (
    FencedError,
    Lane,
    LostError,
    NotTakenError,
    Outgoing,
    ServerError,
    Single,
    UnknownError,
    said_of,
    wire,
)
from commitments.digests.transport.smtp import SmtpLane, ascii_of

__all__ = [
    "FencedError",
    "Lane",
    "LostError",
    "NotTakenError",
    "Outgoing",
    "ServerError",
    "Transport",
    "UnknownError",
    "answering",
    "ascii_of",
    "configured",
    "said_of",
    "wire",
]

#: Seconds for which what is heard may wait for more.
MOMENT = 0.005
#: Asked when a mail could be taken back for the last time; False: take it back.
Fence = Callable[[], bool]


class Transport:
    """Lanes to one server, connected when they are first needed and closed together."""

    def __init__(self, lanes: Sequence[Lane]) -> None:
        """Use these lanes."""
        self.lanes = lanes

    def __enter__(self) -> Self:
        """Connect nothing yet."""
        return self

    def __exit__(self, *raised: object) -> None:
        """Disconnect."""
        for lane in self.lanes:
            lane.close()

    def send(self, mail: EmailMultiAlternatives, fence: Fence) -> str:
        """Hand over a single mail, the fence asked before the dot; return what the server said.

        Raises NotTakenError, UnknownError, FencedError, or ServerError where the server is of no more use.
        """
        lane = self.lanes[0]
        lane.offer(Single(mail))
        if not fence():
            lane.take_back()
            raise FencedError
        lane.end()
        return lane.answer()


def configured() -> Transport:
    """Return the way that the settings name: SMTP is spoken by ourselves, everything else by its backend."""
    backend = get_connection()
    if type(backend) is DjangoSmtp:
        return Transport([SmtpLane() for _ in range(settings.MAIL_CONNECTIONS)])
    return Transport([BackendLane(backend)])


def answering(lanes: Sequence[Lane]) -> list[Lane]:
    """Return the lanes on which there is something to hear: wait for the first for EMAIL_TIMEOUT, a moment for others.

    What is heard together is recorded together.
    """
    by_socket = {lane.sock: lane for lane in lanes if isinstance(lane, SmtpLane) and lane.sock}
    heard = [lane for lane in lanes if lane not in by_socket.values()]
    heard += [by_socket.pop(sock) for sock in list(by_socket) if isinstance(sock, ssl.SSLSocket) and sock.pending()]
    with selectors.DefaultSelector() as selector:
        for sock, lane in by_socket.items():
            selector.register(sock, selectors.EVENT_READ, lane)
        until = time.monotonic() + (MOMENT if heard else settings.EMAIL_TIMEOUT)
        while selector.get_map() and (found := selector.select(max(until - time.monotonic(), 0))):
            until = min(until, time.monotonic() + MOMENT)
            for key, _ in found:
                selector.unregister(key.fileobj)
                heard.append(key.data)
    return heard
