"""Postmark's search of messages, spoken with a real HTTP server on this machine that answers as Postmark does."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from anymail.signals import AnymailTrackingEvent
from pytest_django import Settings

from commitments.digests import events, providers, traces
from commitments.digests.traces import Source, SourceError, Trace
from commitments.models import Dispatch, Finding
from tests.digests import returned
from tests.digests.rows import subscribed
from tests.factories import AT
from tests.ports import free_port
from tracker.mail_evidence import Evidence

TOKEN = "0a1b2c3d-token-of-the-server"
Answer = tuple[int, dict[str, str], bytes]


class Service:
    """What Postmark knows, and what it was asked."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.asked: list[dict[str, list[str]]] = []
        self.answer: Callable[[dict[str, list[str]]], Answer] = self.usual
        self.url = ""

    def took(self, dispatch: Dispatch, status: str = "Sent") -> None:
        name = providers.name_of(dispatch.message_id)
        self.messages.append(
            {"MessageID": f"id-{len(self.messages)}", "Status": status, "Metadata": {providers.MESSAGE: name}}
        )

    def usual(self, query: dict[str, list[str]]) -> Answer:
        (name,) = query[f"metadata_{providers.MESSAGE}"]
        return self.found([one for one in self.messages if one["Metadata"][providers.MESSAGE] == name])

    def found(self, messages: list[Any]) -> Answer:
        return 200, {}, json.dumps({"TotalCount": len(messages), "Messages": messages}).encode()

    def of(self, request: BaseHTTPRequestHandler) -> Answer:
        parts = urlsplit(request.path)
        self.asked.append(parse_qs(parts.query))
        if parts.path != "/messages/outbound":
            return 404, {}, b""
        if request.headers["X-Postmark-Server-Token"] != TOKEN:
            return 401, {}, b'{"ErrorCode": 10, "Message": "The Server Token you provided is missing or invalid."}'
        return self.answer(self.asked[-1])


@pytest.fixture
def service(settings: Settings) -> Iterator[Service]:
    known = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = known.of(self)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    known.url = f"http://127.0.0.1:{server.server_port}/"
    use(settings, known.url)
    yield known
    server.shutdown()
    server.server_close()


def use(settings: Settings, url: str, **more: Any) -> None:
    settings.MAIL_PROVIDER, settings.MAIL_EVIDENCE = "postmark", Evidence("provider")
    settings.ANYMAIL = {"POSTMARK_SERVER_TOKEN": TOKEN, "POSTMARK_API_URL": url, **more}


def source() -> Source:
    found = traces.configured()
    assert found is not None
    return found


def asked(*names: str) -> list[Dispatch]:
    return [Dispatch(pk=n, message_id=f"<{name}@tracker.example.org>") for n, name in enumerate(names)]


def test_what_it_has_is_found_by_our_metadata_and_what_it_has_not_is_not(service: Service) -> None:
    once, twice, never = asked("AA.1", "AA.11", "AA.2")
    for one, status in ((once, "Queued"), (twice, "Sent"), (twice, "Sent")):
        service.took(one, status)
    found = source().look([once, twice, never])
    assert found == {0: Trace(1, "id-0 (Queued)"), 1: Trace(2, "id-1 (Sent), id-2 (Sent)"), 2: Trace(0, "")}
    assert service.asked[0] == {"count": ["500"], "offset": ["0"], "metadata_message": ["AA.1"]}


def test_a_stream_that_digests_go_by_is_named(service: Service, settings: Settings) -> None:
    use(settings, service.url, POSTMARK_SEND_DEFAULTS={"esp_extra": {"MessageStream": "broadcast"}})
    source().look(asked("AA.1"))
    assert service.asked[0]["messagestream"] == ["broadcast"]


def test_names_that_only_begin_alike_are_others(service: Service) -> None:
    service.took(asked("AA.11")[0])
    service.answer = lambda query: service.found(service.messages)  # as if it searched for the beginning
    assert source().look(asked("AA.1")) == {0: Trace(0, "")}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((200, {}, b'{"Messages": [{"MessageID": "x", "Metadata": {"message": "BB.2"}}]}'), "about other messages"),
        ((200, {}, b'{"Messages": [{"MessageID": "x"}]}'), "about other messages"),
        ((200, {}, b'{"Messages": ["x"]}'), "no list of messages"),
        ((200, {}, b'{"TotalCount": 0}'), "no list of messages"),
        ((200, {}, b"[]"), "no list of messages"),
        ((200, {}, b"<html>"), "JSONDecodeError"),
        ((200, {}, b"\xff"), "cannot be asked"),
        (
            (422, {}, b'{"ErrorCode": 701, "Message": "Bad value of a@example.org"}'),
            "422, error 701: Bad value of the",
        ),
        ((500, {}, b"<html>"), "it answers 500$"),
        ((503, {}, b"[]"), "it answers 503$"),
        ((302, {"Location": "http://127.0.0.1:1/"}, b""), "it answers 302$"),
    ],
)
def test_an_answer_that_proves_nothing_is_no_absence(service: Service, answer: Answer, said: str) -> None:
    service.answer = lambda query: answer
    with pytest.raises(SourceError, match=said):
        source().look(asked("AA.1"))
    assert len(service.asked) == 1


def test_a_wrong_token_is_said_without_it(service: Service, settings: Settings) -> None:
    use(settings, service.url)
    settings.ANYMAIL["POSTMARK_SERVER_TOKEN"] = "wrong-and-secret"
    with pytest.raises(SourceError, match="answers 401, error 10: The Server Token") as caught:
        source().look(asked("AA.1"))
    assert "wrong-and-secret" not in str(caught.value)


def test_a_service_that_is_down_is_said(settings: Settings) -> None:
    use(settings, f"http://127.0.0.1:{free_port()}")
    with pytest.raises(SourceError, match=r"Postmark cannot be asked: ConnectionError"):
        source().look(asked("AA.1"))


# --- told without being asked ---------------------------------------------------------------


def told(dispatch: Dispatch, **fields: Any) -> str:
    metadata = {providers.MESSAGE: providers.name_of(dispatch.message_id)}
    given = {"event_type": "delivered", "metadata": metadata, "recipient": returned.READER}
    return str(events.take(AnymailTrackingEvent(**{**given, **fields}), at=AT))


@pytest.mark.django_db
def test_what_a_provider_tells_as_delivered_was_sent_however_often_it_tells_so() -> None:
    one = returned.sent(subscribed(), state="uncertain", owner="worker", attempt=1, error="No answer.")
    assert told(one) == f"noted: delivered, so sent: dispatch {one.pk}"
    assert told(one) == f"noted: delivered: dispatch {one.pk}"
    one.refresh_from_db()
    assert (one.state, one.sent_at, one.owner, one.error) == ("sent", AT, "", "")
    kept = Finding.objects.get()
    assert (kept.dispatch, kept.source, kept.copies, kept.said) == (one, "provider", 1, "told as delivered")


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["pending", "sent", "failed", "parked", "stopped"])
def test_what_was_settled_stays_as_it_is(state: str) -> None:
    one = returned.sent(subscribed(), state=state)
    told(one)
    one.refresh_from_db()
    assert one.state == state
    assert not Finding.objects.exists()


@pytest.mark.django_db
def test_what_was_delivered_to_another_address_tells_nothing() -> None:
    one = returned.sent(subscribed(), state="uncertain")
    assert told(one, recipient="journal@example.org") == f"noted: about another address: dispatch {one.pk}"
    one.refresh_from_db()
    assert one.state == "uncertain"
