"""The site as a newcomer starts it, for tests: a clean copy, `make run`, and what it left running."""

import os
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.ports import free_port

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 300  # seconds, for a machine that has to install all packages first


def get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def wait_for(done: Callable[[], bool], site: "Site") -> None:
    until = time.monotonic() + PATIENCE
    while not done():
        if site.process.poll() is not None:
            pytest.fail(f"make run ended; {site.output()}")
        if time.monotonic() > until:
            pytest.fail(f"make run did not come up; {site.output()}")
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
    process: subprocess.Popen[bytes]
    printed: Path

    def get(self, path: str) -> tuple[int, str]:
        return get(self.url + path)

    def processes(self) -> dict[int, str]:
        """Every process that make run started, and those that they started, with its line of ps."""
        listed = subprocess.run(["ps", "-A", "-ww", "-o", "pid=,ppid=,stat=,args="], capture_output=True, text=True)
        lines = {int(line.split()[0]): line for line in listed.stdout.splitlines()}
        found: dict[int, str] = {}
        wanted = {self.process.pid}
        while wanted:
            found |= {pid: lines[pid] for pid in wanted if pid in lines}
            wanted = {pid for pid, line in lines.items() if int(line.split()[1]) in wanted}
        return found

    def interrupt(self) -> None:
        os.killpg(self.process.pid, signal.SIGINT)  # what Ctrl-C in a terminal does

    def stop(self) -> None:
        """Interrupt once; all must end. Where something stays, say what, with all that the site printed."""
        known = self.processes()
        self.interrupt()
        until = time.monotonic() + 30
        while left := [line for pid, line in known.items() if alive(pid)]:
            if time.monotonic() > until:
                self.kill(known)
                pytest.fail("\n".join(["still there after 30 s:", *left, "of:", *known.values(), self.output()]))
            self.process.poll()
            time.sleep(0.1)
            known |= self.processes()  # one that was just starting may still start its own

    def kill(self, processes: dict[int, str]) -> None:
        for pid in processes:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def output(self) -> str:
        return "its output:\n" + self.printed.read_text()


def alive(pid: int) -> bool:
    stat = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout
    return stat.strip()[:1] not in ("", "Z")


def start(folder: Path, port: int, **environment: str) -> Site:
    environment |= {
        k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG", "PIP_INDEX_URL", "PIP_CONFIG_FILE")
    }
    printed = folder.parent / f"printed-{time.monotonic_ns()}"
    with printed.open("wb") as to:  # a file, as a pipe that nobody reads fills up and stops who writes into it
        process = subprocess.Popen(
            ["make", "run", f"PORT={port}"],
            cwd=folder,
            env=environment | {"PORT": str(port)},
            stdout=to,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Site(folder, f"http://127.0.0.1:{port}", process, printed)


def copied(to: Path) -> Path:
    """What a clone holds, and the packages that are installed already, to save the time of installing them."""
    folder = to / "tracker"
    tracked = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, text=True
    )
    for name in filter(None, tracked.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    return folder


@contextmanager
def started(folder: Path, **environment: str) -> Iterator[Site]:
    """Run the site, and end it as its user would."""
    running = start(folder, free_port(), **environment)
    try:
        wait_for(lambda: answers(running.url + "/readyz"), running)
        yield running
    finally:
        if running.process.poll() is None:
            running.stop()
