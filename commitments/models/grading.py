"""The evidence grade: one rule, in Python for publishing and in SQL for the trigger that checks it.

Items count by origin: ten papers with one agency's report are one origin. Of the items that bear in the status's
direction, the first that fits: A, a primary record and an independent item of another origin; B, two origins that
are not of one and the same side (two independent ones are two voices); C, one side only; D, one independent origin.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import permutations

from commitments.models.evidence import Bearing, Directness, Side
from commitments.models.updates import RESTING_ON_CONTRADICTION, WITHOUT_EVIDENCE, Grade


@dataclass(frozen=True)
class Item:
    """What of an item of evidence counts for the grade."""

    side: str
    record: str
    origin: str


def direction(status: str) -> Bearing:
    """Return which evidence a status rests on."""
    return Bearing.CONTRADICTS if status in RESTING_ON_CONTRADICTION else Bearing.SUPPORTS


def _primary_and_independent(a: Item, b: Item) -> bool:
    return a.origin != b.origin and a.record == Directness.PRIMARY and b.side == Side.INDEPENDENT


def _two_voices(a: Item, b: Item) -> bool:
    return a.origin != b.origin and (a.side != b.side or a.side == Side.INDEPENDENT)


def grade(status: str, items: Iterable[Item]) -> str:
    """Return the grade of a status on the items that bear in its direction; empty where it needs or has none."""
    found = list(items)
    if status in WITHOUT_EVIDENCE or not found:
        return ""
    pairs = list(permutations(found, 2))
    if any(_primary_and_independent(a, b) for a, b in pairs):
        return Grade.A
    if any(_two_voices(a, b) for a, b in pairs):
        return Grade.B
    return Grade.C if any(item.side != Side.INDEPENDENT for item in found) else Grade.D


def _quoted(values: Iterable[str]) -> str:
    return ", ".join(f"'{value}'" for value in values)


def sql(update: str, citation: str, evidence: str) -> str:
    """Return the same rule as an SQL expression over `update` (NEW in a trigger) and the two tables' names."""
    bearing = (
        f"CASE WHEN {update}.status IN ({_quoted(RESTING_ON_CONTRADICTION)}) THEN 'contradicts' ELSE 'supports' END"
    )

    def item(n: int) -> str:
        return f"{citation} c{n}, {evidence} e{n}"

    def bears(n: int) -> str:
        return f"e{n}.id = c{n}.evidence_id AND c{n}.update_id = {update}.id AND c{n}.bearing = ({bearing})"

    # Plain lists of tables: SQLite and PostgreSQL read nested joins differently inside triggers.
    one = f"SELECT 1 FROM {item(1)} WHERE {bears(1)}"
    two = f"SELECT 1 FROM {item(1)}, {item(2)} WHERE {bears(1)} AND {bears(2)} AND e1.origin <> e2.origin"
    return (
        f"CASE WHEN {update}.status IN ({_quoted(WITHOUT_EVIDENCE)}) THEN '' "
        f"WHEN EXISTS ({two} AND e1.record = 'primary' AND e2.side = 'independent') THEN 'A' "
        f"WHEN EXISTS ({two} AND (e1.side <> e2.side OR e1.side = 'independent')) THEN 'B' "
        f"WHEN EXISTS ({one} AND e1.side <> 'independent') THEN 'C' "
        f"WHEN EXISTS ({one}) THEN 'D' ELSE '' END"
    )
