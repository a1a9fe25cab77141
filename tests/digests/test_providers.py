"""Providers: what our mails carry, what is told of them through anymail's own webhooks, what is asked at the start."""

import base64
import json
import re
from collections.abc import Iterator
from importlib import import_module, reload
from pathlib import Path
from typing import Any

import pytest
import requests
from anymail.exceptions import AnymailRequestsAPIError
from anymail.signals import AnymailTrackingEvent
from django.core.mail import EmailMessage, get_connection
from django.test import Client
from django.urls import clear_url_caches, get_resolver
from pytest_django import Settings

from commitments.digests import events, letter, providers, transport
from commitments.digests.transport.backend import BackendLane
from commitments.models import Dispatch, Subscription, Suppression
from tests import test_settings
from tests.digests.returned import READER, sent
from tests.digests.rows import dispatch, subscribed
from tests.factories import AT
from tests.test_settings import SERVER, WSGI, ask, start

pytestmark = pytest.mark.django_db
project = test_settings.project

SECRET = "events:drawn-at-random-0123456789"
KEYS = ["API_KEY", "API_TOKEN", "SERVER_TOKEN", "SECRET_KEY", "PROJECT_ID", "API_URL", "WEBHOOK_SIGNING_KEY"]
#: All but Amazon's, whose package is not installed.
NAMES = ["brevo", "mailersend", "mailgun", "mailjet", "mailtrap", "mandrill", "postal", "postmark", "resend"]
NAMES += ["scaleway", "sendgrid", "sparkpost", "unisender_go"]


def use(settings: Settings, name: str) -> None:
    """Let a provider send, as at the start of the site."""
    settings.MAIL_PROVIDER = name
    keys = {f"{name.upper()}_{key}": f"https://api.example.org/{key}" for key in KEYS}
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET, **keys}
    reload(import_module("commitments.web.mail_events"))
    reload(import_module("tracker.urls"))
    clear_url_caches()


@pytest.fixture
def provider(settings: Settings) -> Iterator[Any]:
    yield lambda name: use(settings, name)
    use(settings, "")


@pytest.fixture
def digest() -> Dispatch:
    return sent(subscribed(address="Reader@example.org"))


def post(client: Client, name: str, told: Any, secret: str = SECRET) -> int:
    sender = f"Basic {base64.b64encode(secret.encode()).decode()}" if secret else ""
    response = client.post(
        f"/mail/events/{name}/tracking/",
        json.dumps(told),
        content_type="application/json",
        headers={"Authorization": sender} if sender else {},
    )
    return response.status_code


def state(dispatch: Dispatch) -> str:
    return Subscription.objects.get(pk=dispatch.subscription_id).state


def bounce(dispatch: Dispatch, **fields: Any) -> dict[str, Any]:
    """What Postmark tells of a mailbox that is not there."""
    return {
        "RecordType": "Bounce",
        "Type": "HardBounce",
        "ID": 42,
        "MessageID": "00000000-0000-0000-0000-000000000042",
        "Metadata": {providers.MESSAGE: providers.name_of(dispatch.message_id)},
        "Email": READER,
        "Details": "smtp;550 5.1.1 User unknown",
        "BouncedAt": "2026-11-23T08:00:05Z",
    } | fields


# --- what is told ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "stands", "reason"),
    [
        ({}, "left", "bounced"),
        ({"Details": "smtp;552 5.2.2 over quota", "Type": "SoftBounce"}, "active", None),
        ({"Details": ""}, "active", None),
        ({"Type": "BadEmailAddress", "Details": ""}, "left", "bounced"),
        ({"Type": "Transient"}, "active", None),
        ({"Type": "SpamNotification"}, "left", "complained"),
        ({"RecordType": "SpamComplaint", "Type": "SpamComplaint"}, "left", "complained"),
        ({"RecordType": "SubscriptionChange", "SuppressSending": True}, "left", "complained"),
        ({"RecordType": "SubscriptionChange", "SuppressSending": False}, "active", None),
        ({"RecordType": "Delivery"}, "active", None),
        ({"RecordType": "Open"}, "active", None),
        ({"Email": "journal@tracker.example.org"}, "active", None),
        ({"Email": None}, "left", "bounced"),
        ({"Metadata": {}}, "active", None),
        ({"Metadata": {"message": None}}, "active", None),
        ({"Metadata": {"message": ["%.1"]}}, "active", None),
        ({"Metadata": {"message": "%.1"}}, "active", None),
        ({"Metadata": {"message": "\x00.1"}}, "active", None),
        ({"Metadata": {"message": "A." + "9" * 40}}, "active", None),
    ],
)
def test_what_postmark_tells(
    client: Client, provider: Any, digest: Dispatch, fields: dict[str, Any], stands: str, reason: str | None
) -> None:
    provider("postmark")
    for _ in range(2):  # providers tell things twice
        assert post(client, "postmark", bounce(digest, **fields)) == 200
    assert state(digest) == stands
    assert Suppression.objects.values_list("reason", flat=True).first() == reason


def test_three_refusals_in_a_row_are_counted(client: Client, provider: Any, digest: Dispatch) -> None:
    provider("postmark")
    for each in (digest, sent(digest.subscription, 1), sent(digest.subscription, 2)):
        assert state(digest) == "active"
        assert post(client, "postmark", bounce(each, Details="550 5.7.1 blocked")) == 200
    assert state(digest) == "left"


def test_a_tag_leads_back_where_a_provider_knows_no_metadata(client: Client, provider: Any, digest: Dispatch) -> None:
    provider("mailersend")
    (tag,) = providers.provider_fields(digest.message_id)["tags"]
    found = events.take(
        AnymailTrackingEvent(event_type="bounced", tags=["other", tag], recipient=READER, mta_response="550 5.1.1 no"),
        at=AT,
    )
    assert found.came == "suppressed"


def test_our_message_id_leads_back_where_a_provider_keeps_it(digest: Dispatch) -> None:
    event = AnymailTrackingEvent(event_type="complained", message_id=digest.message_id, metadata=None, tags=[None])
    assert events.take(event, at=AT).came == "suppressed"


def test_a_provider_that_could_not_send_is_no_refusal_but_postals_is(digest: Dispatch) -> None:
    told = {"event_type": "failed", "message_id": digest.message_id}
    assert events.take(AnymailTrackingEvent(**told, description="template broken"), at=AT).came == "noted"
    assert events.take(AnymailTrackingEvent(**told, mta_response="550 5.1.1 unknown"), at=AT).came == "suppressed"


def test_the_message_ids_that_we_make_are_found() -> None:
    reader = subscribed()
    made = dispatch(reader, state="sent", sent_at=AT)
    Dispatch.objects.filter(pk=made.pk).update(message_id=letter.message_id(made.digest, reader))
    name = providers.name_of(letter.message_id(made.digest, reader))
    assert len(name) <= 80  # Postmark takes no more
    event = AnymailTrackingEvent(event_type="complained", metadata={providers.MESSAGE: name})
    assert events.take(event, at=AT).came == "suppressed"


def test_nothing_that_is_logged_names_a_reader(
    client: Client, provider: Any, digest: Dispatch, caplog: pytest.LogCaptureFixture
) -> None:
    provider("postmark")
    caplog.set_level("INFO")
    post(client, "postmark", bounce(digest))
    said = [record.getMessage() for record in caplog.records if record.name.startswith("commitments")]
    assert said == [f"Postmark tells of a mail, bounced: suppressed: refused, 5.1.1: dispatch {digest.pk}"]


# --- who may tell it ------------------------------------------------------------------------


@pytest.mark.parametrize("secret", ["", "events:wrong", SECRET.upper()])
def test_whoever_lacks_the_secret_is_refused(client: Client, provider: Any, digest: Dispatch, secret: str) -> None:
    provider("postmark")
    assert post(client, "postmark", bounce(digest), secret=secret) == 400
    assert state(digest) == "active"


def test_no_form_token_is_asked_for_and_no_language(provider: Any, digest: Dispatch) -> None:
    provider("postmark")
    client = Client(enforce_csrf_checks=True)
    assert post(client, "postmark", bounce(digest)) == 200
    assert client.get("/mail/events/postmark/tracking/").status_code == 405
    missing = client.get("/mail/events/nothing/")
    assert (missing.status_code, missing.headers.get("Location")) == (404, None)


@pytest.mark.parametrize("name", NAMES)
def test_only_the_webhook_of_the_provider_that_is_used_exists(client: Client, provider: Any, name: str) -> None:
    provider(name)
    routes = [route for route in get_resolver().url_patterns if str(route.pattern) == "mail/events/"]
    assert [str(each.pattern) for each in routes[0].url_patterns] == (
        [] if name == "scaleway" else [f"{name}/tracking/"]  # which has none
    )
    assert client.post("/mail/events/amazon_ses/tracking/").status_code == 404
    assert client.post(f"/mail/events/{name}/inbound/").status_code == 404


def test_without_a_provider_there_is_no_webhook(client: Client, provider: Any) -> None:
    provider("")
    assert post(client, "postmark", {}) == 404


# --- what our mails carry -------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_every_provider_takes_what_our_mails_carry(provider: Any, digest: Dispatch, name: str) -> None:
    provider(name)
    fields = providers.provider_fields(digest.message_id)
    mail = EmailMessage("Subject", "Text", "digests@tracker.example.org", [READER])
    for field, value in fields.items():
        setattr(mail, field, value)
    backend = get_connection(f"anymail.backends.{name}.EmailBackend")
    payload = backend.build_message_payload(mail, backend.send_defaults)  # raises where a field is not supported
    carried = str(payload.data) if name == "mailgun" else payload.serialize_data()  # a form, with the others JSON
    assert providers.name_of(digest.message_id) in carried
    # Whoever can be asked not to count readers is asked.
    assert ("set_track_opens" in vars(type(payload))) == ("track_opens" in fields)


def test_without_a_provider_mails_carry_nothing_more(settings: Settings) -> None:
    settings.MAIL_PROVIDER = ""
    assert providers.provider_fields("<A.1@example.org>") == {}


# --- at the start ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"MAIL_PROVIDER": "pigeon"}, r"A usable MAIL_PROVIDER is not set\. Set it to one of amazon_ses, brevo, .*"),
        ({"MAIL_PROVIDER": "console"}, r"A usable MAIL_PROVIDER is not set\. .*"),
        ({"MAIL_PROVIDER": "amazon_ses"}, r"A usable MAIL_PROVIDER is not set\. .*boto3.*"),
        ({"MAIL_PROVIDER": "postmark"}, r"WEBHOOK_SECRET in ANYMAIL is not set\. .*"),
        ({"MAIL_PROVIDER": "postmark", "ANYMAIL": '{"WEBHOOK_SECRET": ["a:b"]}'}, r"WEBHOOK_SECRET in .*"),
        ({"MAIL_PROVIDER": "postmark", "ANYMAIL": '{"WEBHOOK_SECRET": []}'}, r"WEBHOOK_SECRET in ANYMAIL .*"),
        ({"MAIL_PROVIDER": "postmark", "ANYMAIL": "key-1234"}, r"A usable ANYMAIL is not set\. .*"),
        ({"ANYMAIL": '["key-1234"]'}, r"A usable ANYMAIL is not set\. .*"),
    ],
)
def test_what_could_not_work_is_one_line_that_tells_no_key(
    project: Path,
    environment: dict[str, str],
    said: str,
) -> None:
    done = start(project, WSGI, **SERVER, **environment)
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(rf"{said}\(README\.md, Environment\)\n", done.stderr)
    assert "key-1234" not in done.stderr


def test_a_provider_with_a_secret_sends_and_passes_djangos_deployment_checks(project: Path) -> None:
    chosen = {"MAIL_PROVIDER": "postmark", "ANYMAIL": json.dumps({"WEBHOOK_SECRET": [SECRET, f"{SECRET}2"]})}
    done = start(project, ["manage.py", "check", "--deploy", "--fail-level", "WARNING"], **SERVER, **chosen)
    assert (done.returncode, done.stderr) == (0, "")
    found = ask(project, 'found["BACKEND"] = settings.EMAIL_BACKEND\n', **SERVER, **chosen)
    assert found["BACKEND"] == "anymail.backends.postmark.EmailBackend"


class Answers:
    """A connection to a provider whose answer is known."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def open(self) -> None: ...

    def close(self) -> None: ...

    def send_messages(self, mails: list[EmailMessage]) -> None:
        raise self.error


def api_error(status: int) -> AnymailRequestsAPIError:
    response = requests.Response()
    response.status_code = status
    return AnymailRequestsAPIError("refused", response=response)


@pytest.mark.parametrize(
    ("error", "becomes"),
    [
        (api_error(401), transport.ServerError),
        (api_error(429), transport.ServerError),
        (api_error(422), transport.NotTakenError),
        (api_error(500), transport.UnknownError),
        (requests.ConnectionError("broken"), transport.UnknownError),
        (TimeoutError("no answer"), transport.UnknownError),
    ],
)
def test_what_a_provider_answers_means_what_it_says(error: Exception, becomes: type[Exception]) -> None:
    way = transport.Transport([BackendLane(Answers(error))])
    with pytest.raises(becomes):
        way.send(EmailMessage(to=[READER]), lambda: True)  # type: ignore[arg-type]
