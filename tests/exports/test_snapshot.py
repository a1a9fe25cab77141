"""Whoever publishes while a package or a release is written does not tear it: all of it is of one moment."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from io import BytesIO
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.db import connection, connections

from commitments.exports import freezing, package
from commitments.models import StatusUpdate
from commitments.record.snapshot import snapshot
from tests import factories
from tests.exports.files import table
from tests.factories import AT, published, two_good_items, update
from tests.faults.databases import used

pytestmark = pytest.mark.django_db(transaction=True)
DAY = AT.date()


@pytest.fixture
def _several_connections(tmp_path: Path) -> Iterator[None]:
    """SQLite's database of the tests lies in memory, where a writer waits for all readers: ask a file instead."""
    if connection.vendor != "sqlite":
        yield
        return
    path = tmp_path / "record.sqlite3"
    with closing(sqlite3.connect(path)) as file:
        connection.connection.backup(file)
    with used(f"sqlite:///{path}"):
        yield


several_connections = pytest.mark.usefixtures("_several_connections")


def publish_elsewhere(n: int) -> None:
    """Publish on a connection of its own, and come back when it is committed."""
    failed: list[BaseException] = []

    def work() -> None:
        try:
            published(update(factories.pledge(n=n), "in_progress", **factories.people()), two_good_items())
        except BaseException as error:  # told to the test
            failed.append(error)
        finally:
            connections["default"].close()

    writer = Thread(target=work)
    writer.start()
    writer.join()
    assert failed == []


class Interrupted(BytesIO):
    """A file at which something happens once its first tables stand in it."""

    FIRST = 20_000

    def __init__(self, act: Callable[[], Any]) -> None:
        super().__init__()
        self._act: Callable[[], Any] | None = act

    def write(self, content: Any) -> int:
        if self._act and self.tell() > self.FIRST:
            act, self._act = self._act, None
            act()
        return super().write(content)


@several_connections
def test_a_package_is_of_one_moment() -> None:
    public = StatusUpdate.objects.count()
    before, torn, after = BytesIO(), Interrupted(lambda: publish_elsewhere(1)), BytesIO()
    package.write(before, on=DAY)
    package.write(torn, on=DAY)
    assert StatusUpdate.objects.count() == public + 1
    assert torn.getvalue() == before.getvalue()
    package.write(after, on=DAY)
    assert after.getvalue() != before.getvalue()


@several_connections
def test_a_release_is_of_one_moment(tmp_path: Path) -> None:
    public, numbers = StatusUpdate.objects.count(), iter((1, 2, 3))

    def told(name: str) -> None:
        if name in ("datapackage.zip", "pledges.json", "CODEBOOK.md"):
            publish_elsewhere(next(numbers))

    frozen = freezing.freeze(tmp_path / "out", "1", on=DAY, previous=None, told=told)
    assert StatusUpdate.objects.count() == public + 3
    assert len(table((tmp_path / "out" / "1" / "updates.csv").read_bytes())) == public
    other = freezing.freeze(tmp_path / "other", "1", on=DAY, previous=None)
    assert other.log_size == frozen.log_size + 3


@several_connections
def test_nobody_who_writes_has_to_wait_for_it() -> None:
    with snapshot():
        public = StatusUpdate.objects.count()
        publish_elsewhere(1)  # on SQLite it would wait for 20 seconds, and fail, were the lock for writing taken
        assert StatusUpdate.objects.count() == public
    assert StatusUpdate.objects.count() == public + 1
