"""Small servers beside the tests, in processes of their own, that take orders: the relay, and the proxy."""

import json
import os
import select
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).absolute().parents[2]
#: Seconds in which a helper must answer.
PATIENCE = 30


class Helper:
    """A module that prints its port, and then answers each order with one line."""

    module = ""

    def __init__(self, *arguments: str, environment: dict[str, str] | None = None) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", f"tests.faults.{self.module}", *arguments],
            cwd=ROOT,
            env=environment or {"PATH": os.environ["PATH"]},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.port = int(self._answer())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()

    def ask(self, **order: Any) -> str:
        """Give an order; return what it answers."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def tell(self, **order: Any) -> None:
        """Give an order; return when it is done."""
        assert self.ask(**order) == "done"

    def _answer(self) -> str:
        assert self._process.stdout
        if not select.select([self._process.stdout], [], [], PATIENCE)[0]:
            raise AssertionError(f"{self.module} does not answer")
        return self._process.stdout.readline().strip()


class Nursery(Helper):
    """Starts programs of the project (`tests.faults.dying`)."""

    module = "dying"


class Proxy(Helper):
    """A port before a server, that can be cut and mended."""

    module = "proxy"

    def cut(self) -> None:
        self.tell(cut=True)

    def mend(self) -> None:
        self.tell(cut=False)


class Post(Helper):
    """The relay, and what it knows."""

    module = "relay"

    def __init__(self, folder: Path) -> None:
        self.journal = folder / "relay.jsonl"
        self.journal.touch()
        self._read = 0
        self._events: list[dict[str, Any]] = []
        super().__init__(str(self.journal))

    def kill(self, group: int, at: str, nth: int = 1, delay: float = 0) -> None:
        """Kill a process group at a moment of the conversation, or so many seconds after."""
        self.tell(kill={"group": group, "at": at, "nth": nth, "delay": delay})

    def forget(self, group: int) -> None:
        """Kill a group no more that has ended by itself."""
        self.tell(forget=group)

    def events(self, *kinds: str) -> list[dict[str, Any]]:
        """Return what the relay has noted so far."""
        with self.journal.open() as stream:
            stream.seek(self._read)
            while (line := stream.readline()).endswith("\n"):
                self._events.append(json.loads(line))
                self._read = stream.tell()
        return [event for event in self._events if not kinds or event["what"] in kinds]

    def taken(self) -> Counter[str]:
        """How often each Message-ID was taken."""
        return Counter(event["message_id"] for event in self.events("taken"))

    def last_begun(self) -> str:
        """The Message-ID of the mail that was handed over last, as far as it came."""
        return str(self.events("begun")[-1]["message_id"])

    def bytes_differ(self) -> set[str]:
        """The Message-IDs that were taken with different bytes."""
        seen: dict[str, set[str]] = {}
        for event in self.events("taken"):
            seen.setdefault(event["message_id"], set()).add(event["sha256"])
        return {message_id for message_id, sums in seen.items() if len(sums) > 1}
