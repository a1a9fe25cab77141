"""The rules of the methodology that need more than one row to tell: conditions for the triggers.

The rules of one row alone are CHECK constraints beside their fields. A row is judged when it is sealed.
"""

from collections.abc import Callable, Iterator
from typing import Any

from commitments.models import grading
from commitments.models.evidence import Evidence, SearchLog
from commitments.models.indicators import DataPoint
from commitments.models.ledger import LedgerEntry
from commitments.models.pledges import Coding, Pledge
from commitments.models.sources import Document
from commitments.models.updates import CLAIMING_A_DEED, WITHOUT_EVIDENCE, Citation, StatusUpdate

UPDATE, CITATION = StatusUpdate._meta.db_table, Citation._meta.db_table
EVIDENCE, CODING, LEDGER = Evidence._meta.db_table, Coding._meta.db_table, LedgerEntry._meta.db_table
POINT, SEARCH = DataPoint._meta.db_table, SearchLog._meta.db_table
PLEDGE, DOCUMENT = Pledge._meta.db_table, Document._meta.db_table

_CITES = f"SELECT 1 FROM {CITATION} c JOIN {EVIDENCE} e ON e.id = c.evidence_id WHERE c.update_id = NEW.id"
_BASELINE = (
    f"SELECT d.baseline_on FROM {DOCUMENT} d JOIN {PLEDGE} p ON p.document_id = d.id WHERE p.id = NEW.pledge_id"
)
_TRACKABILITY = (
    f"SELECT k.trackability FROM {CODING} k WHERE k.pledge_id = NEW.pledge_id AND k.published_at IS NOT NULL "
    "ORDER BY k.version DESC LIMIT 1"
)
#: By what seals a row: what it leaves behind when a declaratory pledge then stands as anything but not assessable.
DECLARATORY_STANDS = {
    CODING: f"{CODING}: a coding that makes a pledge declaratory publishes not_assessable with it",
    UPDATE: f"{UPDATE}: a declaratory pledge stays not assessable, and another status would stand after this: "
    "code it anew first, or begin no earlier than what stands",
}


def _in(values: Any) -> str:
    return "(" + ", ".join(f"'{value}'" for value in values) + ")"


def _update_rules() -> Iterator[tuple[str, str, str]]:
    """Yield (rule, condition that is refused, message) for a status update as it is sealed."""
    judged = "NEW.kind <> 'withdrawal'"
    yield (
        "declaratory",
        f"{judged} AND NEW.status <> 'not_assessable' AND ({_TRACKABILITY}) = 'declaratory'",
        "a declaratory pledge can only be not assessable",
    )
    yield (
        "evidence",
        f"{judged} AND NEW.status NOT IN {_in(WITHOUT_EVIDENCE)} AND NOT EXISTS ({_CITES})",
        "this status needs at least one item of evidence",
    )
    yield (
        "deed",
        f"{judged} AND NEW.status IN {_in(CLAIMING_A_DEED)} AND NOT EXISTS ({_CITES} AND c.bearing = 'supports' "
        f"AND COALESCE(e.event_on, e.published_on) >= ({_BASELINE}))",
        "a status that claims a deed needs support dated on or after the baseline",
    )
    yield (
        "grade",
        f"{judged} AND NEW.grade <> ({grading.sql('NEW', CITATION, EVIDENCE)})",
        "the grade is not the one that the evidence gives",
    )
    yield (
        "corrects",
        f"NEW.corrects_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {UPDATE} u WHERE u.id = NEW.corrects_id "
        "AND u.pledge_id = NEW.pledge_id AND u.published_at IS NOT NULL)",
        "a correction names a published update of the same pledge",
    )
    yield (
        "search",
        f"NEW.search_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {SEARCH} s WHERE s.id = NEW.search_id "
        "AND s.pledge_id = NEW.pledge_id)",
        "the search was made about another pledge",
    )
    yield (
        "log",
        f"NOT EXISTS (SELECT 1 FROM {LEDGER} l WHERE l.seq = NEW.seq AND l.public_id = 'U' || NEW.seq "
        "AND l.published_at = NEW.published_at)",
        "a published update stands in the public log, under its time",
    )


def guards(guard: Callable[..., Any]) -> Iterator[Any]:
    """Yield the triggers of these rules, made with `guard(table, event, condition, message, rule)`."""
    for rule, refused, message in _update_rules():
        for event in ("INSERT", "UPDATE"):
            yield guard(UPDATE, event, f"NEW.published_at IS NOT NULL AND {refused}", f"{UPDATE}: {message}", rule)
    newest = f"SELECT MAX(l.seq) FROM {LEDGER} l"
    yield guard(
        LEDGER,
        "INSERT",
        f"NEW.seq <> COALESCE(({newest}), 0) + 1 OR NEW.published_at < (SELECT MAX(l.published_at) FROM {LEDGER} l)",
        f"{LEDGER}: numbers have no gap and time never runs back",
        "order",
    )
    by_update = (
        f"EXISTS (SELECT 1 FROM {CITATION} c JOIN {UPDATE} u ON u.id = c.update_id "
        "WHERE c.evidence_id = OLD.id AND u.published_at IS NOT NULL)"
    )
    by_figure = f"EXISTS (SELECT 1 FROM {POINT} p WHERE p.evidence_id = OLD.id)"
    columns = [f.column for f in Evidence._meta.fields if f.name not in ("id", *Evidence.NOT_CITED)]
    changed = " OR ".join(f"NEW.{column} {{differs}} OLD.{column}" for column in ["id", *columns])
    for rule, cited, what in (("cited", by_update, "update cites it"), ("figured", by_figure, "figure rests on it")):
        message = f"{EVIDENCE}: a published {what}"
        yield guard(EVIDENCE, "UPDATE", f"({changed}) AND {cited}", message, rule)
        yield guard(EVIDENCE, "DELETE", cited, message, rule)
