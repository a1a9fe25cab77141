"""The disk is full: a clear error, nothing lost, nothing half-written, and it goes on when there is room again."""

import resource
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import override_settings

from commitments.models import Digest
from tests.faults.databases import Sqlite
from tests.faults.stand import Stand

Note = Callable[[str, object], None]

MAILS = 40


def at_most(size: int) -> Callable[[], None]:
    """Let no file of a process grow beyond a size: what it writes then fails, as on a full disk."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit


@pytest.mark.parametrize("pages", [8, 20, 40])
def test_a_database_that_cannot_grow_loses_and_doubles_nothing(alone: Stand, pages: int, note: Note) -> None:
    if not isinstance(alone.database, Sqlite):
        pytest.skip("the server's disk is not ours to fill")
    alone.waits(count=MAILS)
    connection.close()  # the log is written from its beginning again
    process = alone.sender(before=at_most(pages * 4096))
    assert process.wait() != 0
    assert "full" in process.output() or "disk I/O error" in process.output(), process.output()
    there = alone.at_the_dot()
    alone.settles()
    verdict = alone.verdict()
    note("disk full: the database", verdict)
    assert (verdict.lost, verdict.doubled) == (0, 0)
    assert alone.in_state("uncertain") == there
    assert len(alone.in_state("sent")) == MAILS - len(there)


def test_an_outbox_that_is_full_says_so_and_leaves_no_half_mail(alone: Stand, note: Note) -> None:
    outbox = alone.folder / "outbox"
    with override_settings(EMAIL_BACKEND="commitments.digests.outbox.EmlBackend", EMAIL_FILE_PATH=str(outbox)):
        alone.waits(count=3)
        long = "It went on. " * 400_000  # one mail is larger than anything else that is written
        Digest.objects.update(text=long)
        connection.close()
        process = alone.sender(before=at_most(4_000_000))
        assert process.wait() == 0, process.output()
        assert "the mail server cannot be used: OSError" in process.output()
        assert not list(outbox.glob("*.eml"))
        assert set(alone.states().values()) == {"pending"}
        alone.settles()
        mails = [path.read_text() for path in outbox.glob("*.eml")]
    assert len(mails) == 3
    assert all(mail.rstrip().endswith("--") for mail in mails)
    assert set(alone.states().values()) == {"sent"}
    note("disk full: the outbox", "3 messages wait, and are written whole when there is room")
