"""The site as a newcomer starts it: a clean copy, `make run`, the pages, one Ctrl-C."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.running import Site, answers, copied, start, started, wait_for

pytestmark = pytest.mark.smoke


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied(tmp_path_factory.mktemp("clone"))


@pytest.fixture(scope="module")
def site(copy: Path) -> Iterator[Site]:
    with started(copy) as running:
        yield running


def test_both_documents_can_be_read_and_a_pledge_found_and_opened(site: Site) -> None:
    for path, words in {
        "/en/": "São Paulo Consensus",
        "/en/documents/policy-paper-2025/": "合作建立中国南极科考后勤补给基地",
        "/en/documents/sao-paulo-consensus/": "human rights possess both universality and particularity",
        "/zh-hans/pledges/?q=%E5%8D%97%E6%9E%81": "FMP-2.11.3",
        "/es/pledges/FMP-2.11.3/": "Base de abastecimiento",
        "/pt-br/methodology/": "Krippendorff",
        "/en/evidence/E0005/": "Orsi",
        "/api/v1/pledges/FMP-2.11.3/": "FMP-2.11.3",
        "/static/css/base.css": ".mark",
        "/admin/login/": "csrf",
    }.items():
        status, body = site.get(path)
        assert (status, words in body) == (200, True), path


def test_an_unknown_pledge_gets_our_page_and_no_traceback(site: Site) -> None:
    status, body = site.get("/en/pledges/FMP-9.9.9/")
    assert status == 404
    assert "FMP-9.9.9" in body
    assert "Traceback" not in body
    assert "DEBUG = True" not in body


def test_web_worker_and_beat_are_all_alive(site: Site) -> None:
    wait_for(lambda: json.loads(site.get("/readyz")[1])["queue"] == "alive", site)


def test_a_taken_port_is_one_clear_line(site: Site, copy: Path) -> None:
    port = site.url.rpartition(":")[2]
    second = start(copy, int(port))
    second.process.wait(timeout=60)
    assert f"Port {port} is taken" in second.output()
    assert "Traceback" not in second.output()


def test_one_interrupt_ends_everything_and_a_second_start_keeps_what_was_entered(site: Site, copy: Path) -> None:
    assert len(site.processes()) >= 5  # make, start.py, web, worker, beat
    shell = "from django.contrib.auth.models import User; User.objects.create_user('kept')"
    subprocess.run([".venv/bin/python", "manage.py", "shell", "-v", "0", "-c", shell], cwd=copy, check=True)
    site.stop()
    again = start(copy, free_port())
    try:
        wait_for(lambda: answers(again.url + "/readyz"), again)
        shell = "from django.contrib.auth.models import User; print(User.objects.filter(username='kept').count())"
        asked = subprocess.run(
            [".venv/bin/python", "manage.py", "shell", "-v", "0", "-c", shell],
            cwd=copy, check=True, capture_output=True, text=True,
        )  # fmt: skip
        assert asked.stdout.strip() == "1"
    finally:
        again.stop()


@pytest.fixture
def starting(copy: Path) -> Iterator[Site]:
    """A site whose processes are about to start."""
    site = start(copy, free_port())
    try:
        wait_for(lambda: "Ctrl-C ends everything" in site.output(), site)
        yield site
    finally:
        if site.process.poll() is None:
            site.kill(site.processes())


@pytest.mark.parametrize(
    "seconds", [pytest.param(0.2, marks=pytest.mark.full), 1, pytest.param(2, marks=pytest.mark.full)]
)
def test_one_interrupt_ends_everything_also_while_it_starts(starting: Site, seconds: float) -> None:
    time.sleep(seconds)
    starting.stop()


def test_a_second_interrupt_ends_everything_at_once(starting: Site) -> None:
    def workers() -> list[int]:
        return [pid for pid, line in starting.processes().items() if "celery" in line and " worker " in line]

    wait_for(lambda: bool(workers()), starting)
    os.kill(workers()[0], signal.SIGSTOP)  # it cannot end by itself now
    starting.interrupt()
    time.sleep(1)
    began = time.monotonic()
    starting.stop()
    assert time.monotonic() - began < 5
