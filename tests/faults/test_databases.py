"""The database goes away in the middle: what had not come to its dot is sent later, what had is uncertain."""

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

import pytest
from django.db import connection

from commitments.models import Dispatch
from tests.faults.databases import Postgres, Sqlite
from tests.faults.stand import Process, Stand, awaited

Note = Callable[[str, object], None]

MAILS = 24
#: Where a connection is lost, and whether messages were at their dots by then.
LOST = {
    "claim executed": False,
    "before fence": False,
    "fence committed": True,
    "before record": True,
    "record executed": True,
    "record committed": True,
}


def postgres(stand: Stand) -> Postgres:
    if not isinstance(stand.database, Postgres):
        pytest.skip("SQLite has no connection that could be ended")
    return stand.database


def closed() -> None:
    """Close the tests' own connection, which may have been ended from outside."""
    connection.close()


@pytest.mark.parametrize("moment", LOST)
def test_whose_connection_to_the_database_is_ended_loses_and_doubles_nothing(
    alone: Stand, moment: str, note: Note
) -> None:
    postgres(alone)
    alone.waits(count=MAILS)
    alone.sends(f"{moment};lose database;2" if "claim" not in moment else f"{moment};lose database")
    there = alone.at_the_dot()
    assert bool(there) <= LOST[moment]
    alone.settles()
    verdict = alone.verdict()
    note(f"database connection ended: {moment}", verdict)
    assert (verdict.lost, verdict.doubled) == (0, 0)
    assert alone.in_state("uncertain") == there
    assert len(alone.in_state("sent")) == MAILS - len(there)


def test_a_database_that_ends_all_connections_again_and_again_loses_and_doubles_nothing(
    alone: Stand, note: Note
) -> None:
    database = postgres(alone)
    alone.waits(count=60)
    alone.post.tell(pause=0.02)
    there: set[str] = set()
    for _ in range(6):
        process, before = alone.sender(), len(alone.post.taken())
        awaited(partial(_some_more, alone, process, before), alone.outputs)
        closed()
        database.end_connections()
        process.wait()
        there |= alone.at_the_dot()
        alone.time_passes()
    alone.post.tell(pause=0)
    alone.settles()
    verdict = alone.verdict()
    note("all connections to the database ended, six times", verdict)
    assert (verdict.lost, verdict.doubled) == (0, 0)
    assert alone.in_state("uncertain") == there


def _some_more(stand: Stand, process: Process, before: int) -> bool:
    return process.poll() is not None or len(stand.post.taken()) > before + 2


def test_workers_go_on_when_the_database_is_back(site: Stand, note: Note) -> None:
    database = postgres(site)
    site.waits(count=30)
    site.post.tell(pause=0.02)
    site.celery("worker")
    site.celery("beat")
    awaited(lambda: len(site.post.taken()) > 3, site.outputs)
    closed()
    with database.refused():
        worker = site.processes[0]
        awaited(lambda: "OperationalError" in worker.output() or "AdminShutdown" in worker.output(), site.outputs)
    site.post.tell(pause=0)
    there = site.at_the_dot()
    site.time_passes()
    site.wakes()
    verdict = site.verdict()
    note("the database away for a while", verdict)
    assert (verdict.lost, verdict.doubled) == (0, 0)
    assert site.in_state("uncertain") <= there
    assert [process.poll() for process in site.processes] == [None, None], site.outputs()


#: Where a sender is held until another process has the lock, and whether messages are at their dots by then.
LOCKED = {"its start": False, "before fence": False, "before dot": True}


@pytest.mark.parametrize("moment", LOCKED)
def test_a_database_that_is_locked_for_longer_than_anybody_waits_loses_and_doubles_nothing(
    alone: Stand, moment: str, note: Note, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process holds the lock for writing; the sender's patience is made short."""
    if not isinstance(alone.database, Sqlite):
        pytest.skip("PostgreSQL has no lock for all writing")
    alone.waits(count=MAILS)
    monkeypatch.setenv("FAULTS_HOLD", str(alone.folder))
    with ExitStack() as stack:
        if moment == "its start":
            connection.close()
            stack.enter_context(alone.database.held())
        process = alone.sender(f"{moment};hold;2", before=impatient)
        if moment != "its start":
            awaited((alone.folder / "reached").exists, alone.outputs)
            stack.enter_context(alone.database.held())
            (alone.folder / "go").touch()
        process.wait()
    assert "locked" in process.output()
    there = alone.at_the_dot()
    assert bool(there) == LOCKED[moment]
    alone.settles()
    verdict = alone.verdict()
    note(f"database locked for too long: {moment}", verdict)
    assert (verdict.lost, verdict.doubled) == (0, 0)
    assert alone.in_state("uncertain") == there
    assert Dispatch.objects.filter(state="sent").count() == MAILS - len(there)


def impatient() -> None:
    """Wait for a lock no longer than a moment."""
    connection.settings_dict["OPTIONS"]["timeout"] = 0.2  # seconds
