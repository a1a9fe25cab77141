"""The embedded default: mails as files, a page that shows them, a command for who has no worker."""

from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from commitments import tasks
from commitments.digests import sending, subscriptions
from commitments.digests.requests import send_requests
from commitments.models import Digest, Dispatch, Subscription
from tests import factories
from tests.digests.rows import subscribed, wish
from tests.factories import AT, people, published, two_good_items, update
from tracker.celery import app as celery

pytestmark = pytest.mark.django_db

DUE = AT + timedelta(days=8)


@pytest.fixture(autouse=True)
def at_once() -> Iterator[None]:
    """A task that wakes another runs it on the spot: no broker."""
    celery.conf.task_always_eager = True
    yield
    celery.conf.task_always_eager = False


@pytest.fixture(autouse=True)
def outbox(settings: Settings, tmp_path: Path) -> Path:
    settings.EMAIL_BACKEND = "commitments.digests.outbox.EmlBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "outbox")
    return tmp_path / "outbox"


def happens() -> None:
    published(update(factories.pledge(), "in_progress", **people()), two_good_items())


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_digest_becomes_one_file_named_by_its_message_id(outbox: Path) -> None:
    subscribed(language="en")
    happens()
    with time_machine.travel(DUE, tick=False):
        tasks.compose_digests()
        tasks.send_mail()
    one = Dispatch.objects.get()
    assert one.state == "sent"
    assert files(outbox) == [f"{one.message_id.strip('<>')}.eml"]


def test_written_again_it_is_the_same_file_to_the_last_byte(outbox: Path) -> None:
    subscribed()
    happens()
    contents = []
    for _ in range(2):
        call_send()
        contents.append([(path.name, path.read_bytes()) for path in outbox.iterdir()])
        Dispatch.objects.update(state="pending", sent_at=None)
    assert contents[0] == contents[1]
    assert len(contents[0]) == 1


def call_send() -> str:
    out = StringIO()
    with time_machine.travel(DUE, tick=False):
        call_command("send_digests", stdout=out)
    return out.getvalue()


def test_a_folder_that_cannot_be_written_loses_nothing_and_says_so(outbox: Path) -> None:
    subscribed()
    happens()
    outbox.write_text("in the way")
    with pytest.raises(CommandError, match="cannot be used"):
        call_send()
    waiting = Dispatch.objects.get()
    assert (waiting.state, waiting.attempt) == ("pending", 0)
    outbox.unlink()
    assert "1 sent" in call_send()


def test_the_command_does_all_that_a_worker_would_and_is_harmless_twice(outbox: Path) -> None:
    subscribed()
    subscriptions.ask("new@example.org", wish(), at=DUE)
    happens()
    assert call_send() == "1 composed, 1 asked to confirm; 1 sent\n"
    assert call_send() == "0 composed, 0 asked to confirm; nothing to send\n"
    assert len(files(outbox)) == 2


def test_a_dry_run_shows_who_would_get_what_and_writes_nothing(outbox: Path) -> None:
    subscribed(language="en")
    subscribed("theme:oceans", kinds=["reply"], address="quiet@example.org")
    happens()
    before = list(Subscription.objects.order_by("pk").values())
    out = StringIO()
    with time_machine.travel(DUE, tick=False):
        call_command("send_digests", "--dry-run", stdout=out)
    said = out.getvalue()
    assert "r•••@example.org" in said
    assert "in progress" in said
    assert "1 × nothing: no change" in said
    assert "reader@" not in said
    assert list(Subscription.objects.order_by("pk").values()) == before
    assert (Digest.objects.count(), Dispatch.objects.count(), outbox.exists()) == (0, 0, False)


def test_old_addresses_are_forgotten_by_the_nightly_task(outbox: Path) -> None:
    subscribed()
    happens()
    call_send()
    with time_machine.travel(DUE + sending.MERGE_KEPT, tick=False):
        tasks.forget_addresses()
    assert Dispatch.objects.get().merge == {}


# --- the page -------------------------------------------------------------------------------


def test_a_development_copy_shows_its_mails_and_their_links(client: Client, settings: Settings, outbox: Path) -> None:
    settings.DEBUG = True
    assert "No mail yet" in client.get("/outbox/").content.decode()
    subscriptions.ask("new@example.org", wish("theme:oceans"), at=AT)
    send_requests(clock=lambda: AT)
    (name,) = (path.stem for path in outbox.iterdir())
    assert name in client.get("/outbox/").content.decode()
    page = client.get(f"/outbox/{name}/").content.decode()
    assert "new@example.org" in page
    assert '<a href="http://127.0.0.1:8000/es/subscriptions/' in page
    html = client.get(f"/outbox/{name}/html/")
    assert "sandbox" in html["Content-Security-Policy"]
    assert "default-src 'none'" in html["Content-Security-Policy"]


@pytest.mark.parametrize("address", ["", "confirm.20261122.1@127.0.0.1/", "x/html/"])
def test_nobody_else_shows_any(client: Client, settings: Settings, outbox: Path, address: str) -> None:
    settings.DEBUG = False
    subscriptions.ask("new@example.org", wish(), at=AT)
    send_requests(clock=lambda: AT)
    assert client.get(f"/outbox/{address}").status_code == 404


@pytest.mark.parametrize("name", ["..%2F..%2Fsecret-key", "%2e%2e", "x%00", "nothing"])
def test_a_name_leads_to_no_other_file(client: Client, settings: Settings, outbox: Path, name: str) -> None:
    settings.DEBUG = True
    outbox.mkdir()
    (outbox.parent / "secret-key.eml").write_text("secret")
    assert client.get(f"/outbox/{name}/").status_code in (400, 404)
