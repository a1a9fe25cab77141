"""Any backend of Django's as a lane: files, or a provider's API through django-anymail."""

from typing import Any

from django.core.mail import EmailMultiAlternatives

from commitments.digests.outbox import EmlBackend
from commitments.digests.transport.lanes import NotTakenError, Outgoing, ServerError, UnknownError, said_of


class BackendLane:
    """Any other backend of Django's: files, or a provider's API through django-anymail. It has no dot to hold back."""

    def __init__(self, connection: Any) -> None:
        """Send over a backend's connection."""
        self._connection, self._open = connection, False
        self._offered: EmailMultiAlternatives | None = None

    def offer(self, outgoing: Outgoing) -> None:
        """Connect, and write the mail: what cannot be written is its own fault, and known before it is handed over."""
        mail = outgoing.mail()
        mail.message()
        if not self._open:
            try:
                self._connection.open()
            except Exception as error:  # each provider's package has exceptions of its own
                raise ServerError(said_of(error)) from error
            self._open = True
        self._offered = mail

    def take_back(self) -> None:
        """Forget it: nothing was handed over yet."""
        self._offered = None

    def end(self) -> None:
        """Leave it to `answer`: a call and its answer are one."""

    def answer(self, *, answered: bool = True) -> str:
        """Hand it over."""
        try:
            self._connection.send_messages([self._offered])
        except Exception as error:
            own = isinstance(error, OSError) and isinstance(self._connection, EmlBackend)
            raise (ServerError(said_of(error)) if own else _of_the_provider(error)) from error
        return "handed over"

    def close(self) -> None:
        """Disconnect, where it was connected."""
        if self._open:
            self._connection.close()
        self._open = False


def _of_the_provider(error: Exception) -> Exception:
    """Return what a provider's answer means. What has no status, as a broken connection, was never answered."""
    status = getattr(error, "status_code", None)
    if status is None:
        refused = type(error).__name__ in ("AnymailRecipientsRefused", "AnymailInvalidAddress")
        return NotTakenError(550, said_of(error)) if refused else UnknownError(said_of(error))
    if status in (401, 402, 403, 429):  # our account, not this mail
        return ServerError(said_of(error))
    return NotTakenError(554, said_of(error)) if status < 500 else UnknownError(said_of(error))
