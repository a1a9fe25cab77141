"""Postfix's log: what was taken, and what only began; as a real Postfix wrote it, and against one that runs here."""

import gzip
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from commitments.digests import traces
from commitments.digests.traces import SourceError, Trace
from commitments.digests.traces.relay_log import LONGEST, RelayLog
from commitments.models import Dispatch
from tests.digests.postfix import needs_postfix, postfix
from tracker.mail_evidence import Evidence

#: Written by Postfix 3.7.11 in one run: two mails taken under short queue ids, one under a long one, and after each
#: kind one whose client hung up before the final dot.
WRITTEN = Path(__file__).with_name("postfix-3.7.log.txt").read_text()
HEAD = "Nov 22 10:40:24 relay postfix"


def asked(*names: str) -> list[Dispatch]:
    return [Dispatch(pk=n, message_id=f"<{name}@tracker.example.net>") for n, name in enumerate(names)]


def copies(log: Path, *names: str) -> list[int]:
    found = RelayLog(log).look(asked(*names))
    return [found[n].copies for n in range(len(names))]


def named(queue_id: str, name: str, head: str = HEAD) -> str:
    return f"{head}/cleanup[7]: {queue_id}: message-id=<{name}@tracker.example.net>\n"


def active(queue_id: str, head: str = HEAD) -> str:
    return f"{head}/qmgr[8]: {queue_id}: from=<digests@example.net>, size=9, nrcpt=1 (queue active)\n"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "mail.log"


# --- what a real Postfix wrote --------------------------------------------------------------


def test_what_was_taken_is_found_and_what_was_dropped_before_the_dot_is_not(log: Path) -> None:
    log.write_text(WRITTEN)
    names = ["taken.1", "dropped.2", "journal.3", "long.4", "dropped.5", "never.6"]
    assert copies(log, *names) == [1, 0, 1, 1, 0, 0]
    assert all(f"message-id=<{name}@" in WRITTEN for name in names[:5])
    found = RelayLog(log).look(asked("taken.1", "never.6"))
    assert found == {0: Trace(1, "queue id CAAAF20E927"), 1: Trace(0, "")}


@needs_postfix
@pytest.mark.parametrize("long", [False, True], ids=["short queue ids", "long queue ids"])
def test_a_postfix_that_runs_here_is_read_right(long: bool) -> None:
    with postfix(long=long) as relay:
        relay.send("<taken@tracker.example.net>")
        relay.send("<dropped@tracker.example.net>", dot=False)
        relay.send("<twice@tracker.example.net>")
        relay.send("<twice@tracker.example.net>")
        relay.send("<last@tracker.example.net>")
        relay.until_it_logs("message-id=<last@tracker.example.net>")
        relay.until_it_logs("status=sent")
        for _ in range(4):
            queue_id = relay.log.read_text().rpartition("message-id=<last@")[0].split()[-1].rstrip(":")
            relay.until_it_logs(f"{queue_id}: removed")
        assert copies(relay.log, "taken", "dropped", "twice", "last", "never") == [1, 0, 2, 1, 0]


# --- pairs of lines -------------------------------------------------------------------------


def test_a_queue_id_that_is_used_again_stands_for_the_later_mail(log: Path) -> None:
    log.write_text(named("ABC12", "dropped") + named("ABC12", "taken") + active("ABC12"))
    assert copies(log, "dropped", "taken") == [0, 1]
    log.write_text(named("ABC12", "dropped") + named("ABC12", "another") + active("ABC12"))
    assert copies(log, "dropped") == [0]


def test_a_mail_that_waits_in_the_queue_is_one_copy_however_often_it_is_tried(log: Path) -> None:
    log.write_text(named("ABC12", "slow") + active("ABC12") * 3)
    assert copies(log, "slow") == [1]
    log.write_text(named("ABC12", "twice") + active("ABC12") + named("DEF34", "twice") + active("DEF34"))
    assert copies(log, "twice") == [2]


@pytest.mark.parametrize(
    "head",
    [
        "2026-11-22T10:40:24.123456+01:00 relay postfix",
        "2026-11-22T10:40:24Z relay postfix",
        "Nov  2 10:40:24 relay postfix-out",
        "<22>Nov  2 10:40:24 2001:db8::1 postfix/submission",
    ],
)
def test_the_time_may_be_written_as_syslog_or_as_iso_and_the_instance_may_have_a_name(log: Path, head: str) -> None:
    log.write_text(named("4jXQZj4MKDzJDfY", "taken", head) + active("4jXQZj4MKDzJDfY", head))
    assert copies(log, "taken") == [1]


@pytest.mark.parametrize(
    "line",
    [
        f"{HEAD}/smtpd[7]: ABC12: message-id=<x@tracker.example.net>\n",
        f"{HEAD}/smtpd[7]: warning: relay postfix/cleanup[7]: ABC12: message-id=<x@tracker.example.net>\n",
        f"{HEAD}/smtpd[7]: warning: {HEAD}/cleanup[7]: ABC12: message-id=<x@tracker.example.net>\n",
        f"{HEAD}/cleanup[7]: ABC12: resent-message-id=<x@tracker.example.net>\n",
        f"{HEAD}/cleanup[7]: ABC12: message-id=<y@tracker.example.net> message-id=<x@tracker.example.net>\n",
        f"{HEAD}/cleanup[7]: ABC12: warning: header X: message-id=<x@tracker.example.net>\n",
    ],
)
def test_what_only_looks_like_a_name_is_none(log: Path, line: str) -> None:
    log.write_text(line + active("ABC12"))
    assert copies(log, "x") == [0]


@pytest.mark.parametrize("rest", ["removed", "from=<a>, size=1, nrcpt=1 (queue active) not", "x (queue active)"])
def test_what_only_looks_like_taken_is_not(log: Path, rest: str) -> None:
    log.write_text(
        named("ABC12", "x") + f"{HEAD}/qmgr[8]: ABC12: {rest}\n" + f"{HEAD}/smtpd[8]: ABC12: (queue active)\n"
    )
    assert copies(log, "x") == [0]


# --- files ----------------------------------------------------------------------------------


def test_bytes_that_are_no_text_and_lines_without_end_stop_nothing(log: Path) -> None:
    rubbish = b"\xff\xfe\x00 message-id= (queue active)\n" + b"x" * (3 * LONGEST) + b"\n"
    log.write_bytes(rubbish + named("ABC12", "x").encode() + rubbish + active("ABC12").encode() + rubbish[:-1])
    assert copies(log, "x") == [1]


@pytest.mark.parametrize("name", ["mail.log.1", "mail.log.1.gz", "mail.log-20261121", "mail.log.20261121-000000.gz"])
def test_the_file_before_is_read_first_however_it_was_rotated(log: Path, name: str) -> None:
    before = (named("AAA11", "older") + active("AAA11") + named("ABC12", "between")).encode()
    (log.parent / name).write_bytes(gzip.compress(before) if name.endswith(".gz") else before)
    log.write_text(active("ABC12") + named("BBB22", "newer") + active("BBB22"))
    assert copies(log, "older", "between", "newer") == [1, 1, 1]


def test_only_the_newest_of_the_files_before_is_read_and_no_other_file(log: Path) -> None:
    log.write_text("")
    for n, name in enumerate(
        ("mail.log.2", "mail.log.1", "mail.log.1.gz", "mail.login", "mail.log.bak", "mail.log.1~")
    ):
        path = log.parent / name
        path.write_text(named("AAA11", name) + active("AAA11"))
        when = 1_000 + min(n, 1) if n < 3 else 5_000
        os.utime(path, (when, when))  # .1 and .1.gz are of one time while one is made of the other
    assert copies(log, "mail.log.1", "mail.log.2", "mail.log.1.gz", "mail.login") == [1, 0, 0, 0]


def rotate(log: Path) -> None:
    log.rename(log.parent / "mail.log.1")
    log.write_text("")


def truncate(log: Path) -> None:
    os.truncate(log, 0)


@pytest.mark.parametrize("change", [rotate, truncate])
def test_a_log_that_is_rotated_while_it_is_read_says_nothing(
    log: Path, change: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.write_text(WRITTEN)
    from commitments.digests.traces import relay_log

    read = relay_log._read

    def read_and_then(stream: object) -> Iterator[bytes]:
        yield from read(stream)  # type: ignore[arg-type]
        change(log)  # type: ignore[operator]

    monkeypatch.setattr(relay_log, "_read", read_and_then)
    with pytest.raises(SourceError, match="rotated while it was read"):
        RelayLog(log).look(asked("never"))


def test_a_log_that_is_not_there_or_cannot_be_read_is_said(log: Path) -> None:
    with pytest.raises(SourceError, match=r"cannot be read: .*mail\.log: No such file"):
        RelayLog(log).look(asked("x"))
    log.mkdir()
    with pytest.raises(SourceError, match="Is a directory"):
        RelayLog(log).look(asked("x"))


def test_a_packed_file_that_is_still_being_written_is_said(log: Path) -> None:
    log.write_text("")
    (log.parent / "mail.log.1.gz").write_bytes(gzip.compress(WRITTEN.encode())[:-20])
    with pytest.raises(SourceError, match="cannot be read"):
        RelayLog(log).look(asked("x"))


def test_the_settings_lead_to_it(log: Path, settings: Settings) -> None:
    log.write_text(WRITTEN)
    settings.MAIL_EVIDENCE = Evidence("relay_log", path=str(log))
    source = traces.configured()
    assert source is not None
    assert source.look(asked("taken.1"))[0].copies == 1
    assert source.kind.label == "log of the mail server"
