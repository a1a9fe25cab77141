"""The data package is made once for an edition of the record, and who has a file is told so."""

import os
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection, connections
from django.test import Client

from commitments.exports import kept
from commitments.models import Theme
from tests.exports.files import body, members
from tests.factories import AT
from tests.faults.databases import used

DAY = AT.date()
PACKAGE = f"/export/datapackage.zip?as_of={DAY}"


@pytest.fixture(autouse=True)
def _unthrottled(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    cache.clear()


@pytest.fixture
def _in_a_file(transactional_db: None, tmp_path: Path) -> Iterator[None]:
    """Several connections, and no transaction around the test."""
    if connection.vendor != "sqlite":
        yield
        return
    with closing(sqlite3.connect(tmp_path / "record.sqlite3")) as file:
        connection.connection.backup(file)
    with used(f"sqlite:///{tmp_path / 'record.sqlite3'}"):
        yield


in_a_file = pytest.mark.usefixtures("_in_a_file")


def files() -> list[Path]:
    return sorted(kept.folder().glob("*.zip"))


@in_a_file
def test_it_is_made_once_for_an_edition_and_anew_for_the_next() -> None:
    answer = Client().get(PACKAGE)
    first = b"".join(answer.streaming_content)
    assert answer["Content-Disposition"] == f'attachment; filename="pledge-tracker-{DAY}.zip"'
    assert int(answer["Content-Length"]) == len(first)
    (file,) = files()
    inode = file.stat().st_ino
    assert body(PACKAGE) == first
    assert [(one, one.stat().st_ino) for one in files()] == [(file, inode)]
    Theme.objects.filter(slug="digital").update(name={"en": "Changed"})
    assert "Changed" in members(body(PACKAGE))["data/themes.csv"].decode()
    assert len(files()) == 2


@in_a_file
def test_who_asks_at_once_waits_for_the_one_that_is_made() -> None:
    def ask(n: int) -> bytes:
        try:
            return body(PACKAGE)
        finally:
            connections["default"].close()

    with ThreadPoolExecutor(4) as several:
        found = set(several.map(ask, range(4)))
    assert len(found) == 1
    assert len(files()) == 1
    assert [path.name for path in kept.folder().iterdir() if path.name != ".lock"] == [files()[0].name]


@in_a_file
def test_only_those_asked_for_last_are_kept_and_no_rest_of_a_killed_process() -> None:
    kept.folder().mkdir(parents=True)
    (kept.folder() / ".unfinished-x").write_bytes(b"half")
    for n in range(kept.KEPT + 5):
        old = kept.folder() / f"{n}.zip"
        old.write_bytes(b"old")
        os.utime(old, (time.time() - 1000 + n, time.time() - 1000 + n))
    body(PACKAGE)
    names = {path.name for path in kept.folder().iterdir()}
    assert len(files()) == kept.KEPT
    assert "0.zip" not in names
    assert f"{kept.KEPT + 4}.zip" in names
    assert ".unfinished-x" not in names


@in_a_file
def test_where_no_file_can_be_kept_it_is_made_all_the_same(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path / "file"
    settings.VAR_DIR.write_text("no folder")
    assert "datapackage.json" in members(body(PACKAGE))


@pytest.mark.django_db
def test_what_is_not_committed_is_kept_for_nobody() -> None:
    Theme.objects.filter(slug="digital").update(name={"en": "Never said"})
    assert "Never said" in members(body(PACKAGE))["data/themes.csv"].decode()
    assert not kept.folder().exists()


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["datapackage.zip", "pledges.csv", "updates.json", "evidence.xlsx"])
def test_who_has_a_file_is_told_so(client: Client, name: str) -> None:
    address = f"/export/{name}?as_of={DAY}"
    first = client.head(address)
    assert (first.status_code, first["Cache-Control"]) == (200, "public, max-age=300")
    for ask in (client.get, client.head):
        again = ask(address, headers={"if-none-match": first["ETag"]})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    other = client.head(f"/export/{name}?as_of={date.fromisoformat(str(DAY)) - timedelta(days=1)}")
    assert other["ETag"] != first["ETag"]
    wrong = client.get(f"{address}&nope=1", headers={"if-none-match": first["ETag"]})
    assert (wrong.status_code, "ETag" in wrong) == (400, False)
