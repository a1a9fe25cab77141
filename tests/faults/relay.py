"""A mail server of its own for each case, in a process of its own: what it took is the truth that the tests go by.

Run as `python -m tests.faults.relay JOURNAL`: it prints its port, notes each event in the journal at the moment it
happens, and takes orders on stdin, one JSON object a line. It can end a worker at a moment that only a server sees.

A recipient's name says what is done to its mail: `later`, `gone`, `busy`, `spam`, `silent` (takes it and never says
so), `hangup` (closes in the middle of a mail), `slow` (never answers RCPT), `closing` (421 in
place of an answer to DATA).
"""

import asyncio
import hashlib
import json
import os
import re
import signal
import sys
import time
from contextlib import suppress
from typing import Any, TextIO

AT_RCPT = {"later": "451 4.7.1 Come again later", "gone": "550 5.1.1 No such mailbox"}
AT_DATA = {"busy": "451 4.3.0 Try again", "spam": "554 5.7.1 We do not want this"}
EXTENSIONS = ["localhost", "PIPELINING", "SIZE 50000000", "8BITMIME", "ENHANCEDSTATUSCODES"]
END = b"\r\n.\r\n"
_NAMED = re.compile(rb"(?im)^Message-ID:\s*(<[^>]+>)")
_BOUNDARY = re.compile(rb'(?i)boundary="([^"]+)"')


class GoneError(Exception):
    """The other side closed the connection, or we do."""


def end(group: int) -> None:
    """Kill a process group, if it is still there; of who was only just forked, and leads none yet, the process."""
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        with suppress(ProcessLookupError):
            os.kill(group, signal.SIGKILL)


class Relay:
    """What was told to it, and what it has seen."""

    def __init__(self, journal: TextIO) -> None:
        self.journal, self.port = journal, 0
        self.server: asyncio.Server | None = None
        #: Moments at which a process group is killed: {"at", "group", "nth", "delay" in seconds}.
        self.kills: list[dict[str, Any]] = []
        self.greeting, self.pause = "220 localhost", 0.0

    def note(self, what: str, **more: Any) -> None:
        self.journal.write(json.dumps({"what": what, "at": time.time(), **more}) + "\n")
        self.journal.flush()

    def reached(self, moment: str, **more: Any) -> bool:
        """Kill all who are to be killed at this moment, also who was stopped for it; tell whether somebody was."""
        killed = False
        for kill in [kill for kill in self.kills if kill["at"] == moment]:
            kill["nth"] -= 1
            if kill["nth"] <= 0:
                self.kills.remove(kill)
                if kill.get("delay"):
                    asyncio.get_running_loop().call_later(kill["delay"], end, kill["group"])
                    continue
                self.note("kill", moment=moment, **more)
                end(kill["group"])
                killed = True
        return killed

    def stopped(self, moment: str) -> list[int]:
        """Stop, for a while, whoever is to be killed next at this moment: what is then sent, they never act upon."""
        due = [kill for kill in self.kills if kill["at"] == moment and kill["nth"] <= 1]
        groups = [kill["group"] for kill in due if not kill.get("delay")]
        for group in groups:
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGSTOP)
        return groups

    async def listen(self) -> None:
        self.server = await asyncio.start_server(lambda r, w: Conversation(self, r, w).run(), "127.0.0.1", self.port)
        self.port = self.server.sockets[0].getsockname()[1]

    async def obey(self, order: dict[str, Any]) -> None:
        if "kill" in order:
            self.kills.append({"nth": 1, **order["kill"]})
        self.kills = [kill for kill in self.kills if kill["group"] != order.get("forget")]
        self.greeting = order.get("greeting", self.greeting)
        self.pause = order.get("pause", self.pause)
        if order.get("listen") is False and self.server:
            self.server.close()
            self.server = None
        if order.get("listen") and not self.server:
            await self.listen()


class Conversation:
    """One connection."""

    def __init__(self, relay: Relay, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.relay, self.reader, self.writer = relay, reader, writer
        self.unread = b""
        self.recipients: list[str] = []

    async def run(self) -> None:
        try:
            await self.say(self.relay.greeting)
            while await self.command((await self.line()).decode("utf-8", "replace")):
                pass
        except (GoneError, ConnectionError):
            pass
        finally:
            self.writer.close()

    async def more(self) -> None:
        chunk = await self.reader.read(1 << 18)
        if not chunk:
            raise GoneError
        self.unread += chunk

    async def line(self) -> bytes:
        while b"\r\n" not in self.unread:
            await self.more()
        line, _, self.unread = self.unread.partition(b"\r\n")
        return line

    async def say(self, *lines: str) -> None:
        text = "".join(
            f"{line[:3]}{' ' if n == len(lines) - 1 else '-'}{line[4:]}\r\n" for n, line in enumerate(lines)
        )
        self.writer.write(text.encode())
        await self.writer.drain()

    async def command(self, line: str) -> bool:
        verb, name = line[:4].upper(), _name_in(line)
        self.relay.reached({"MAIL": "mail", "RCPT": "rcpt", "DATA": "data"}.get(verb, ""))
        if verb == "RCPT":
            await self.recipient(line, name)
        elif verb == "DATA":
            await self.data()
        elif verb == "EHLO":
            await self.say(*(f"250 {word}" for word in EXTENSIONS))
        elif verb == "QUIT":
            await self.say("221 Bye")
            return False
        else:
            self.recipients = [] if verb in ("MAIL", "RSET") else self.recipients
            await self.say("250 OK")
        return True

    async def recipient(self, line: str, name: str) -> None:
        if name == "slow":
            await asyncio.sleep(3600)
        if name not in AT_RCPT:
            self.recipients.append(line.partition("<")[2].partition(">")[0])
        await self.say(AT_RCPT.get(name, "250 OK"))

    async def data(self) -> None:
        if not self.recipients:
            return await self.say("503 Nobody to give it to")
        names = [address.partition("@")[0] for address in self.recipients]
        if "closing" in names:
            await self.say("421 4.3.2 Going away")
            raise GoneError
        await self.say("354 Go on")
        content = await self.content("hangup" in names)
        named = _NAMED.search(content)
        message_id = named[1].decode() if named else ""
        answer = next((AT_DATA[name] for name in names if name in AT_DATA), "250 2.0.0 Taken")
        if answer.startswith("250"):
            digest = hashlib.sha256(content).hexdigest()
            self.relay.note("taken", message_id=message_id, to=self.recipients, sha256=digest)
        await asyncio.sleep(3600 if "silent" in names else self.relay.pause)
        self.recipients = []
        if not self.relay.reached("dot", message_id=message_id):
            self.relay.stopped("answered")
            await self.say(answer)
            self.relay.reached("answered", message_id=message_id)
        return None

    async def content(self, hangs_up: bool) -> bytes:
        """Read a mail up to its dot. What ends before it is noted as dropped."""
        begun, looked = False, 0
        try:
            while (end := self.unread.find(END, max(0, looked - len(END)))) < 0:
                looked = len(self.unread)
                if not begun and _NAMED.search(self.unread):
                    begun = self.begins()
                if hangs_up and begun:
                    raise GoneError
                if _whole(self.unread):
                    self.relay.reached("body")
                await self.more()
        except (GoneError, ConnectionError):
            named = _NAMED.search(self.unread)
            self.relay.note("dropped", message_id=named[1].decode() if named else "", whole=_whole(self.unread))
            raise
        if not begun:
            self.begins()
        content, self.unread = self.unread[: end + 2], self.unread[end + len(END) :]
        return content

    def begins(self) -> bool:
        named = _NAMED.search(self.unread)
        self.relay.note("begun", message_id=named[1].decode() if named else "")
        return True


def _name_in(line: str) -> str:
    return line.partition("<")[2].partition("@")[0]


def _whole(content: bytes) -> bool:
    """Whether everything but the dot is there: the end of the outer boundary."""
    found = _BOUNDARY.search(content[:4000])
    return bool(found) and content.rstrip().endswith(b"--" + found[1] + b"--")  # type: ignore[index]


async def serve(journal: str) -> None:
    with open(journal, "a") as stream:
        relay = Relay(stream)
        await relay.listen()
        print(relay.port, flush=True)
        orders = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
        while order := await orders.readline():
            await relay.obey(json.loads(order))
            print("done", flush=True)
    os._exit(0)


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
