"""Against Postfix's own SMTP parser, stricter than a library written for tests. Left out where it is missing."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from commitments.digests import sending
from commitments.digests.compose import compose
from commitments.models import Dispatch
from tests import factories
from tests.digests.rows import subscribed
from tests.factories import AT, people, published, two_good_items, update
from tests.ports import free_port

SINK = shutil.which("smtp-sink") or shutil.which("smtp-sink", path="/usr/sbin")
pytestmark = [pytest.mark.django_db, pytest.mark.skipif(not SINK, reason="no smtp-sink (Debian's postfix)")]

DUE = AT + timedelta(days=8)


@pytest.fixture
def sink(settings: Settings) -> Iterator[Path]:
    """Run it; what it takes lies in one file for each mail. Started by root it works as nobody."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    user = ["-u", "nobody"] if os.getuid() == 0 else []
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        command = [str(SINK), *user, "-d", f"{folder}/%H%M%S.", f"127.0.0.1:{settings.EMAIL_PORT}", "20"]
        process = subprocess.Popen(command)
        try:
            wait_until_it_listens(settings.EMAIL_PORT)
            yield Path(folder)
        finally:
            process.terminate()
            process.wait()


def wait_until_it_listens(port: int) -> None:
    for _ in range(100):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    pytest.fail("smtp-sink did not start")


def test_every_message_arrives_once_over_one_connection(sink: Path) -> None:
    for n in range(25):
        subscribed(address=f"reader{n}@example.org", language=("en", "zh-hans", "es", "pt-br")[n % 4])
    published(update(factories.pledge(), "in_progress", **people()), two_good_items())
    compose(at=DUE)
    assert str(sending.send_waiting(clock=lambda: DUE)) == "25 sent"
    taken = [path.read_bytes().decode() for path in sink.iterdir()]
    assert len(taken) == 25
    wanted = set(Dispatch.objects.values_list("message_id", flat=True))
    assert {line for mail in taken for line in wanted if line in mail} == wanted
    assert all("X-Mail-Args" in mail and "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in mail for mail in taken)
