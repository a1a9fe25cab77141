"""The site as a newcomer starts it: a clean copy, `make run`, the pages, one Ctrl-C."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 300  # seconds, for a machine that has to install all packages first

pytestmark = pytest.mark.smoke


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def wait_for(done: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    until = time.monotonic() + PATIENCE
    while not done():
        if process.poll() is not None:
            pytest.fail(f"make run ended:\n{process.communicate()[0]}")
        if time.monotonic() > until:
            pytest.fail("make run did not come up")
        time.sleep(0.3)


def answers(url: str) -> bool:
    try:
        return get(url)[0] == 200
    except (urllib.error.URLError, ConnectionError):
        return False


@dataclass
class Site:
    folder: Path
    url: str
    process: subprocess.Popen[str]

    def get(self, path: str) -> tuple[int, str]:
        return get(self.url + path)

    def children(self) -> list[int]:
        """The processes of the group that make run started."""
        listed = subprocess.run(["ps", "-o", "pid=", "-g", str(self.process.pid)], capture_output=True, text=True)
        return [int(pid) for pid in listed.stdout.split()]

    def stop(self) -> None:
        os.killpg(self.process.pid, signal.SIGINT)  # what Ctrl-C in a terminal does
        self.process.wait(timeout=30)


def start(folder: Path, port: int) -> Site:
    environment = {
        k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG", "PIP_INDEX_URL", "PIP_CONFIG_FILE")
    }
    process = subprocess.Popen(
        ["make", "run", f"PORT={port}"],
        cwd=folder,
        env=environment | {"PORT": str(port)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    return Site(folder, f"http://127.0.0.1:{port}", process)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a clone holds, and the packages that are installed already, to save the time of installing them."""
    folder = tmp_path_factory.mktemp("clone") / "tracker"
    tracked = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, text=True
    )
    for name in filter(None, tracked.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    return folder


@pytest.fixture(scope="module")
def site(copy: Path) -> Iterator[Site]:
    running = start(copy, free_port())
    try:
        wait_for(lambda: answers(running.url + "/readyz"), running.process)
        yield running
    finally:
        if running.process.poll() is None:
            running.stop()


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
    wait_for(lambda: json.loads(site.get("/readyz")[1])["queue"] == "alive", site.process)


def test_a_taken_port_is_one_clear_line(site: Site, copy: Path) -> None:
    port = site.url.rpartition(":")[2]
    second = start(copy, int(port))
    output = second.process.communicate(timeout=60)[0]
    assert f"Port {port} is taken" in output
    assert "Traceback" not in output


def test_one_interrupt_ends_everything_and_a_second_start_keeps_what_was_entered(site: Site, copy: Path) -> None:
    assert len(site.children()) >= 4  # honcho, web, worker, beat
    shell = "from django.contrib.auth.models import User; User.objects.create_user('kept')"
    subprocess.run([".venv/bin/python", "manage.py", "shell", "-v", "0", "-c", shell], cwd=copy, check=True)
    site.stop()
    assert site.children() == []
    again = start(copy, free_port())
    try:
        wait_for(lambda: answers(again.url + "/readyz"), again.process)
        shell = "from django.contrib.auth.models import User; print(User.objects.filter(username='kept').count())"
        asked = subprocess.run(
            [".venv/bin/python", "manage.py", "shell", "-v", "0", "-c", shell],
            cwd=copy, check=True, capture_output=True, text=True,
        )  # fmt: skip
        assert asked.stdout.strip() == "1"
    finally:
        again.stop()
