"""How each pledge stood, day by day: the history of codings and updates laid out as periods that do not overlap.

The rule is the methodology's ("Two clocks"): as of day D the coding is the newest version published by the end of D
(UTC); the status is, of the updates published by the end of D, less those corrected or withdrawn by then, with
`effective_on` on or before D, the one with the greatest (`effective_on`, number in the log). It is written here once,
in SQL, because the database itself keeps the periods: a trigger lays a pledge out anew whenever a coding or an update
of it is sealed, whoever seals it (`triggers.py`). `rebuild` does the same for all of them.
"""

from datetime import date
from typing import Any

from django.db import models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.lookups import FieldGetDbPrepValueMixin, Lookup

from commitments.models.base import Mutability
from commitments.models.ledger import LedgerHead
from commitments.models.pledges import Coding, Pledge, Trackability
from commitments.models.updates import Delivery, Grade, StatusUpdate

#: `until` of what still holds: no day that can be asked for lies on or after it.
OPEN = date.max
#: The column that PostgreSQL has besides, made by migration 0016 from `since` and `until`: the range of the days.
RANGE = "held"

#: The day (UTC) of a moment, in the words of each database.
_DAY = {"sqlite": "date({})", "postgresql": "({} AT TIME ZONE 'UTC')::date"}

_SELECT = """
SELECT s.pledge_id, s.since, COALESCE(LEAD(s.since) OVER (PARTITION BY s.pledge_id ORDER BY s.since), '{open}'),
    k.id, k.trackability, u.id, COALESCE(u.status, '{nothing}'), COALESCE(u.grade, ''), COALESCE(u.provisional, FALSE)
FROM (
    SELECT d.pledge_id, d.since,
        (SELECT c.id FROM {coding} c
          WHERE c.pledge_id = d.pledge_id AND {c_day} <= d.since
          ORDER BY c.version DESC LIMIT 1) AS coding_id,
        (SELECT a.id FROM {update} a
          WHERE a.pledge_id = d.pledge_id AND {a_day} <= d.since AND a.effective_on <= d.since
            AND a.kind <> 'withdrawal'
            AND NOT EXISTS (SELECT 1 FROM {update} b WHERE b.corrects_id = a.id AND {b_day} <= d.since)
          ORDER BY a.effective_on DESC, a.seq DESC LIMIT 1) AS update_id
    FROM (
        SELECT c.pledge_id, {c_day} AS since FROM {coding} c WHERE c.published_at IS NOT NULL {of_c}
        UNION SELECT a.pledge_id, {a_day} FROM {update} a WHERE a.published_at IS NOT NULL {of_a}
        UNION SELECT a.pledge_id, a.effective_on FROM {update} a
            WHERE a.published_at IS NOT NULL AND a.effective_on > {a_day} AND a.effective_on < '{open}' {of_a}
    ) d
) s
JOIN {coding} k ON k.id = s.coding_id
LEFT JOIN {update} u ON u.id = s.update_id
"""

_COLUMNS = "pledge_id, since, until, coding_id, trackability, update_id, status, grade, provisional"


class Period(models.Model):
    """How a pledge stood from `since` up to, and without, `until`: one row, its coding and its status.

    A pledge without a coding is not public, and has no period. `update` is None where nothing says how it stands.
    """

    mutability = Mutability.DERIVED

    pledge = models.ForeignKey(Pledge, models.CASCADE, related_name="periods")
    since = models.DateField()
    until = models.DateField()
    coding = models.ForeignKey(Coding, models.CASCADE, related_name="periods")
    trackability = models.CharField(max_length=16, choices=Trackability)
    update = models.ForeignKey(StatusUpdate, models.CASCADE, null=True, related_name="periods")
    status = models.CharField(max_length=20, choices=Delivery)
    grade = models.CharField(max_length=1, blank=True, choices=Grade)
    provisional = models.BooleanField()

    class Meta:
        ordering = ["pledge", "since"]
        constraints = [
            models.UniqueConstraint(fields=["pledge", "since"], name="period_begins_once_a_day"),
            models.CheckConstraint(condition=models.Q(since__lt=models.F("until")), name="period_lasts"),
        ]
        # PostgreSQL has one on the range of the days in its place: migration 0016.
        indexes = [models.Index(fields=["until", "since"])]

    def __str__(self) -> str:
        return f"{self.pledge} {self.since}–{self.until}: {self.status}"


@Period._meta.get_field("since").register_lookup
class Holds(FieldGetDbPrepValueMixin, Lookup):
    """`since__holds=day`: the period holds the day. One condition, asked of `since`, on both of its edges.

    PostgreSQL is asked for the range of the days, which its index is on (migration 0016): it leads to a day at once,
    where since and until, each for itself, leave half of all periods.
    """

    lookup_name = "holds"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """Ask for both edges."""
        since, _ = self.process_lhs(compiler, connection)
        until, _ = compiler.compile(Period._meta.get_field("until").get_col(self.lhs.alias))
        day, params = self.process_rhs(compiler, connection)
        return f"({since} <= {day} AND {until} > {day})", (*params, *params)

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """Ask for the range."""
        day, params = self.process_rhs(compiler, connection)
        return f'{compiler.quote_name_unless_alias(self.lhs.alias)}."{RANGE}" @> ({day})::date', tuple(params)


def holding(on: date, path: str = "") -> models.Q:
    """Return the condition that a period holds a day; `path` leads to the periods from the rows that are asked."""
    return models.Q(**{f"{path}since__holds": on})


def laid_out(vendor: str, pledge: str = "") -> str:
    """Return the SELECT of all periods, in the order of the columns of `_COLUMNS`; `pledge` (SQL) keeps to one."""
    days = {f"{row}_day": _DAY[vendor].format(f"{row}.published_at") for row in "abc"}
    of = {f"of_{row}": f"AND {row}.pledge_id = {pledge}" if pledge else "" for row in "ac"}
    tables = {"coding": Coding._meta.db_table, "update": StatusUpdate._meta.db_table}
    return _SELECT.format(open=OPEN.isoformat(), nothing=Delivery.NOT_ASSESSED.value, **days, **of, **tables)


def lay_out(vendor: str, pledge: str = "") -> list[str]:
    """Return the statements that lay out all pledges anew, or that one whose key `pledge` (SQL) is."""
    table = Period._meta.db_table
    condition = f" WHERE pledge_id = {pledge}" if pledge else ""
    return [f"DELETE FROM {table}{condition}", f"INSERT INTO {table} ({_COLUMNS}) {laid_out(vendor, pledge)}"]


def stands_otherwise(pledge: str) -> str:
    """Return the condition that a pledge (its key in SQL), laid out, is declaratory and stands as anything else."""
    return (
        f"EXISTS (SELECT 1 FROM {Period._meta.db_table} p WHERE p.pledge_id = {pledge} AND p.until = '{OPEN}' "
        f"AND p.trackability = '{Trackability.DECLARATORY.value}' AND p.status <> '{Delivery.NOT_ASSESSABLE.value}')"
    )


def rebuild(connection: BaseDatabaseWrapper) -> None:
    """Lay out every pledge anew, in one transaction; who publishes meanwhile waits, as for other publications."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        # The lock of who publishes, where anybody ever has.
        list(LedgerHead.objects.using(connection.alias).select_for_update())
        for statement in lay_out(connection.vendor):
            cursor.execute(statement)


def differing(connection: BaseDatabaseWrapper) -> int:
    """Return how many periods the table holds that the history does not give, or lacks."""
    stored = f"SELECT {_COLUMNS} FROM {Period._meta.db_table}"
    due = f"SELECT * FROM ({laid_out(connection.vendor)}) due"
    with connection.cursor() as cursor:
        counts = []
        for one, other in ((stored, due), (due, stored)):
            cursor.execute(f"SELECT COUNT(*) FROM ({one} EXCEPT {other}) differing")
            counts.append(cursor.fetchone()[0])
    return sum(counts)
