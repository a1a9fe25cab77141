"""Postmark's search of sent messages, by the metadata that our mails carry (`commitments.digests.providers`).

Source: postmarkapp.com/developer/api/messages-api, and "How do I search for messages using metadata?" in Postmark's
support pages: `metadata_NAME=VALUE`, by one field at a time. Messages are kept for 45 days, or as its settings say.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Self

import requests
from anymail.utils import get_anymail_setting

from commitments.digests.addresses import without_addresses
from commitments.digests.providers import MESSAGE, name_of
from commitments.digests.traces.source import SourceError, Trace
from commitments.models import Dispatch, MailSource

#: Seconds to connect, and to wait for an answer.
PATIENCE = (10, 30)
#: Messages that one answer holds at most, by Postmark's rule.
MOST = 500


class Postmark:
    """The server of Postmark by which the site sends."""

    kind = MailSource.PROVIDER

    def __init__(self, url: str, token: str, *, stream: str = "") -> None:
        """Ask at `url` with a server's token; `stream` is the message stream by which digests go, "" for the usual."""
        self._url, self._token, self._stream = url.rstrip("/") + "/", token, stream

    @classmethod
    def configured(cls) -> Self:
        """Return it as the settings for sending name it (ANYMAIL), so that both speak with one server."""
        url = get_anymail_setting("api_url", esp_name="Postmark", default="https://api.postmarkapp.com/")
        token = get_anymail_setting("server_token", esp_name="Postmark")
        defaults = get_anymail_setting("send_defaults", esp_name="Postmark", default={})
        more = defaults.get("esp_extra") or {}
        return cls(str(url), str(token), stream=str(more.get("MessageStream", "")))

    def look(self, asked: Collection[Dispatch]) -> dict[int, Trace]:
        """Return how many messages carry the name of each; one question for each."""
        try:
            with requests.Session() as session:
                session.headers.update({"Accept": "application/json", "X-Postmark-Server-Token": self._token})
                return {one.pk: self._of(session, name_of(one.message_id)) for one in asked}
        except (requests.RequestException, ValueError) as error:
            said = without_addresses(f"{type(error).__name__}: {error}".replace(self._token, "…"))[:300]
            raise SourceError(f"Postmark cannot be asked: {said}") from error

    def forget(self, before: datetime) -> int:
        """Delete nothing: how long Postmark keeps messages is set there."""
        return 0

    def _of(self, session: requests.Session, name: str) -> Trace:
        asked = {"count": str(MOST), "offset": "0", f"metadata_{MESSAGE}": name}
        if self._stream:
            asked["messagestream"] = self._stream
        # A redirect would carry the token elsewhere.
        url = f"{self._url}messages/outbound"
        answer = session.get(url, params=asked, timeout=PATIENCE, allow_redirects=False)
        if answer.status_code != 200:
            raise SourceError(f"Postmark cannot be asked: it answers {answer.status_code}{_reason(answer)}")
        said = [f"{one.get('MessageID', '?')} ({one.get('Status', '?')})" for one in _named(answer.json(), name)]
        return Trace(len(said), without_addresses(", ".join(said[:10])))


def _named(answer: Any, name: str) -> list[dict[str, Any]]:
    """Return the messages of a name in an answer. Each must say so itself: an answer about others proves nothing.

    Raises SourceError where it is no such answer, as one that leaves the question for metadata aside.
    """
    found = answer.get("Messages") if isinstance(answer, dict) else None
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise SourceError("Postmark cannot be asked: its answer is no list of messages")
    if not all(_name(one).startswith(name) for one in found):
        raise SourceError("Postmark cannot be asked: it answers about other messages than those that were asked for")
    return [one for one in found if _name(one) == name]


def _name(found: dict[str, Any]) -> str:
    metadata = found.get("Metadata")
    return str(metadata.get(MESSAGE, "")) if isinstance(metadata, dict) else ""


def _reason(answer: requests.Response) -> str:
    """Return what an error says of itself, as `ErrorCode` 10 for a wrong token; "" where it says nothing."""
    try:
        said = answer.json()
    except ValueError:
        return ""
    if not isinstance(said, dict):
        return ""
    return without_addresses(f", error {said.get('ErrorCode', '?')}: {said.get('Message', '')}")[:300]
