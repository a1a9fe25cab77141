"""Exports are sent while they are read: first bytes come before the last row, memory and queries stay small."""

import tracemalloc
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from commitments.exports.columns import CHUNK, Column, Kind, Sheet
from commitments.exports.writing import AT_ONCE, csv_lines, json_lines
from commitments.models import Pledge
from tests.exports.files import body
from tests.web.test_queries import add_long_document

ONE = Sheet("one", "One", "One column.", (Column("a", Kind.TEXT, "A text", lambda row: row.a),), lambda on: (), ("a",))


def endless(taken: list[int], size: int = 1) -> Iterator[SimpleNamespace]:
    while True:
        taken.append(1)
        yield SimpleNamespace(a="x" * size)


@pytest.mark.parametrize("form", ["csv", "json"])
def test_the_first_bytes_come_before_a_row_is_read_and_more_with_every_few(form: str) -> None:
    taken: list[int] = []
    lines = csv_lines(ONE, endless(taken), mark=True) if form == "csv" else json_lines(ONE, endless(taken), {"t": 1})
    assert next(lines)
    assert taken == []
    for n in range(1, 4):
        assert next(lines)
        assert len(taken) <= n * AT_ONCE + 1


@pytest.mark.parametrize("form", ["csv", "json"])
def test_memory_does_not_grow_with_the_rows(form: str) -> None:
    rows = endless([], size=10_000)
    lines = csv_lines(ONE, rows, mark=True) if form == "csv" else json_lines(ONE, rows, {"t": 1})
    tracemalloc.start()
    try:
        sent = sum(len(next(lines)) for _ in range(60))  # some 30 MB
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert sent > 25_000_000
    assert peak < 5_000_000


@pytest.mark.django_db
def test_nothing_is_read_before_it_is_sent(client: Client) -> None:
    answer = client.get("/export/pledges.csv")
    with CaptureQueriesContext(connection) as queries:
        pieces = iter(answer.streaming_content)
        assert next(pieces).startswith(b"\xef\xbb\xbfcode")
        assert len(queries) == 0
        next(pieces)
        assert len(queries) > 0
    answer.close()


def asked(address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        body(address)
    return len(queries)


@pytest.mark.full
@pytest.mark.django_db
def test_ten_times_the_pledges_cost_as_many_queries_for_each_chunk() -> None:
    addresses = ["/export/pledges.csv", "/export/datapackage.zip"]
    few, known = {address: asked(address) for address in addresses}, Pledge.objects.count()
    assert known < CHUNK
    assert max(few.values()) < 80
    add_long_document()
    chunks = -(-Pledge.objects.count() // CHUNK)
    assert chunks > 6
    assert [address for address in addresses if asked(address) > few[address] * chunks] == []
