"""Counting and listing pledges as of a day. Floor: the naked SQL of the same count, over the same periods.

.venv/bin/python -m bench.as_of --pledges 10000 --updates 100 --database postgres://postgres@127.0.0.1:5432
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable
from datetime import date
from typing import Any

from bench.throwaway import database

DAY = date(2027, 6, 30)
_SERIES = {
    "postgresql": "SELECT n FROM generate_series(1, {last}) n",
    "sqlite": "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {last}) SELECT n FROM s",
}
#: Every ninth day of two and a half years an update is published, in the words of each database.
_NINTH = {
    "postgresql": "(TIMESTAMPTZ '2026-01-01 12:00Z' + (u.n * 9) * INTERVAL '1 day')",
    "sqlite": "strftime('%Y-%m-%d 12:00:00', '2026-01-01', '+' || (u.n * 9) || ' days')",
}
_HISTORY = """
SELECT status, COUNT(*) FROM (
    SELECT a.status, ROW_NUMBER() OVER (PARTITION BY a.pledge_id ORDER BY a.effective_on DESC, a.seq DESC) AS place
    FROM commitments_statusupdate a
    WHERE a.published_at < %s AND a.effective_on <= %s AND a.kind <> 'withdrawal' AND NOT EXISTS (
        SELECT 1 FROM commitments_statusupdate b WHERE b.corrects_id = a.id AND b.published_at < %s)
) newest WHERE place = 1 GROUP BY status
"""


def fill(pledges: int, updates: int) -> None:
    """Write pledges with a coding and a history each, past the triggers: a benchmark's database holds nothing real."""
    from django.db import connection

    from commitments.models import Coding, Pledge, Section, StatusUpdate, triggers

    section = Section.objects.exclude(kind="project").select_related("document").latest("pk")
    Pledge.objects.all().update(position=0)
    made = Pledge.objects.bulk_create(
        (
            Pledge(code=f"B-{n}", document=section.document, section=section, ordinal=100 + n, position=n)
            for n in range(1, pledges + 1)
        ),
        batch_size=5000,
    )
    first = made[0].pk
    vendor = connection.vendor
    with triggers.lifted(connection):
        Coding.objects.bulk_create(
            (
                Coding(pledge=p, version=1, title={"en": p.code}, trackability="verifiable", release="bench")
                for p in made
            ),
            batch_size=5000,
        )
        Coding.objects.filter(release="bench").update(published_at="2026-01-01T00:00:00Z")
        columns = [f.column for f in StatusUpdate._meta.concrete_fields if f.column != "id"]
        values = dict.fromkeys(columns, "NULL") | {
            "pledge_id": f"{first} + p.n - 1",
            "seq": f"1000000 + p.n * {updates + 1} + u.n",
            "kind": "'status'",
            "status": "CASE (p.n + u.n) % 3 WHEN 0 THEN 'sustained' WHEN 1 THEN 'announced' ELSE 'stalled' END",
            "effective_on": f"date({_NINTH[vendor]})",
            "summary": "'{}'",
            "reasoning": "'{}'",
            "grade": "''",
            "provisional": "TRUE",
            "reported_delivered": "FALSE",
            "published_at": _NINTH[vendor],
        }
        select = ", ".join(values[name] for name in columns)
        many, each = (_SERIES[vendor].format(last=last) for last in (pledges, updates))
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO commitments_statusupdate ({', '.join(columns)}) "
                f"SELECT {select} FROM ({many}) p CROSS JOIN ({each}) u"
            )


def median(ask: Callable[[], Any], runs: int) -> float:
    """Return the median time of a question in milliseconds."""
    took = []
    for _ in range(runs):
        began = time.perf_counter()
        ask()
        took.append(1000 * (time.perf_counter() - began))
    return statistics.median(took)


def _sql(statement: str, *params: Any) -> Callable[[], Any]:
    from django.db import connection

    def ask() -> Any:
        with connection.cursor() as cursor:
            cursor.execute(statement, params)
            return dict(cursor.fetchall())

    return ask


def measure(runs: int) -> None:
    """Print what each way takes, and its ratio to the floor."""
    from django.db import connection

    from commitments.models import periods
    from commitments.record import published, tallies
    from commitments.record.days import end_of

    began = time.perf_counter()
    periods.rebuild(connection)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    print(f"rebuilding all periods: {time.perf_counter() - began:.1f} s")
    floor = _sql(
        "SELECT status, COUNT(*) FROM commitments_period WHERE since <= %s AND until > %s GROUP BY status", DAY, DAY
    )
    history = _sql(_HISTORY, end_of(DAY), DAY, end_of(DAY))
    listed = published.with_place(published.pledges(on=DAY))
    counted = dict(tallies.tally(tallies.cells(on=DAY)).counts)
    told = floor()
    assert counted == told, "the ways disagree"
    assert all(told.get(status, 0) >= n for status, n in history().items()), "the history says otherwise"
    ways = {
        "floor: naked SQL over the periods": floor,
        "counts by section, trackability, status, grade": lambda: tallies.cells(on=DAY),
        "naked SQL over the whole history": history,
        "how many pledges there are": lambda: published.pledges(on=DAY).count(),
        "the first fifty of them, as the list shows them": lambda: list(listed[:50]),
    }
    base = median(floor, runs)
    for name, ask in ways.items():
        took = median(ask, runs)
        print(f"{name:<50} {took:8.2f} ms {took / base:7.1f} x")


def main() -> None:
    """Run on a database of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pledges", type=int, default=10_000)
    parser.add_argument("--updates", type=int, default=100)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--database", default=os.environ.get("BENCH_DATABASE", ""))
    options = parser.parse_args()
    with database(options.database):
        fill(options.pledges, options.updates)
        print(f"{options.pledges:,} pledges, {options.updates} updates each")
        measure(options.runs)


if __name__ == "__main__":
    main()
