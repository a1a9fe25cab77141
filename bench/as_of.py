"""Counting and listing pledges as of a day, long past or today. Floor: the naked SQL of the count, over the periods.

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

#: Updates go from the first days of 2026 to the middle of 2028.
DAYS = {"a day in the middle": date(2027, 6, 30), "today": date(2028, 12, 31)}
_SERIES = {
    "postgresql": "SELECT n FROM generate_series(1, {last}) n",
    "sqlite": "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {last}) SELECT n FROM s",
}
#: Every ninth day of two and a half years an update is published, in the words of each database.
_NINTH = {
    "postgresql": "(TIMESTAMPTZ '2026-01-01 12:00Z' + (u.n * 9) * INTERVAL '1 day')",
    "sqlite": "strftime('%Y-%m-%d 12:00:00', '2026-01-01', '+' || (u.n * 9) || ' days')",
}
#: That a period holds a day, in the words of each database, and how often the day stands in them.
_HELD = {"postgresql": ("held @> %s::date", 1), "sqlite": ("since <= %s AND until > %s", 2)}
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
    Pledge.objects.all().update(position=pledges + 1)  # what has no history stands last
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


def _ways(on: date) -> dict[str, Callable[[], Any]]:
    """Return what is asked of a day, the floor first; all that count must agree."""
    from django.db import connection

    from commitments.record import published, tallies
    from commitments.record.days import end_of

    held, days = _HELD[connection.vendor]
    floor = _sql(f"SELECT status, COUNT(*) FROM commitments_period WHERE {held} GROUP BY status", *[on] * days)
    history = _sql(_HISTORY, end_of(on), on, end_of(on))
    listed = published.with_place(published.pledges(on=on))
    told = floor()
    middle = sum(told.values()) // 2
    assert dict(tallies.tally(tallies.cells(on=on)).counts) == told, "the ways disagree"
    assert all(told.get(status, 0) >= n for status, n in history().items()), "the history says otherwise"
    return {
        "floor: pledges by status, naked SQL over the periods": floor,
        "the same over the whole history": history,
        "by section, trackability, status, grade": lambda: tallies.cells(on=on),
        "how many pledges there are": lambda: published.pledges(on=on).count(),
        "the first fifty, as the list shows them": lambda: list(listed[:50]),
        "the fifty in the middle of the list": lambda: list(listed[middle : middle + 50]),
    }


def _laid_out(pledge: int) -> Callable[[], None]:
    """Return what a trigger does when something of a pledge is sealed; it is not kept."""
    from django.db import connection, transaction

    from commitments.models import periods

    def lay_out() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in periods.lay_out(connection.vendor, str(pledge)):
                cursor.execute(statement)
            transaction.set_rollback(True)

    return lay_out


def measure(runs: int) -> None:
    """Print what each way takes on each day, and its ratio to the floor of that day."""
    from django.db import connection

    from commitments.models import Pledge, periods

    began = time.perf_counter()
    periods.rebuild(connection)
    print(f"all periods laid out in {time.perf_counter() - began:.1f} s")
    with connection.cursor() as cursor:  # an index is read alone only where the rows are vacuumed
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    print("milliseconds, the median; in brackets, how many times the floor\n")
    print(f"| asked | {' | '.join(DAYS)} |\n| --- | {' | '.join('---:' for _ in DAYS)} |")
    took = {on: {name: median(ask, runs) for name, ask in _ways(on).items()} for on in DAYS.values()}
    for name in next(iter(took.values())):
        cells = (f"{times[name]:.1f} ({times[name] / next(iter(times.values())):.1f})" for times in took.values())
        print(f"| {name} | {' | '.join(cells)} |")
    one = Pledge.objects.order_by("position")[0].pk
    print(f"\none pledge laid out anew, as when something of it is sealed: {median(_laid_out(one), runs):.1f} ms")


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
