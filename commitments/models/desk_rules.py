"""The rules of the desk that need more than one row to tell: ways between states, conflicts of interest, the log."""

from collections.abc import Callable, Iterator
from typing import Any

from commitments.models.desk import Adjudication, BlindCoding, Conflict
from commitments.models.drafts import Content, Draft, DraftCitation, DraftSubject
from commitments.models.evidence import SearchLog
from commitments.models.indicators import DataPoint
from commitments.models.ledger import LedgerEntry
from commitments.models.pledges import Coding, Pledge
from commitments.models.replies import Reply
from commitments.models.transitions import TRANSITIONS
from commitments.models.updates import StatusUpdate

DRAFT, SEARCH, CONFLICT = Draft._meta.db_table, SearchLog._meta.db_table, Conflict._meta.db_table
UPDATE, LEDGER = StatusUpdate._meta.db_table, LedgerEntry._meta.db_table
BLIND, SETTLED = BlindCoding._meta.db_table, Adjudication._meta.db_table
CODING, PLEDGE = Coding._meta.db_table, Pledge._meta.db_table
REPLY, POINT = Reply._meta.db_table, DataPoint._meta.db_table

_TOO_CLOSE = f"EXISTS (SELECT 1 FROM {CONFLICT} o WHERE o.pledge_id = NEW.pledge_id AND o.ended_at IS NULL AND "


def _states(guard: Callable[..., Any]) -> Iterator[Any]:
    ways = " OR ".join(
        f"(OLD.state = '{source}' AND NEW.state = '{target}')"
        for source, target in sorted({(t.source.value, t.target.value) for t in TRANSITIONS})
    )
    yield guard(DRAFT, "UPDATE", f"NOT ({ways})", f"{DRAFT}: the table of transitions has no such way", "ways")
    yield guard(DRAFT, "INSERT", "NEW.state <> 'draft'", f"{DRAFT}: a draft begins as a draft", "begins")
    yield guard(
        DRAFT,
        "UPDATE",
        "NEW.id <> OLD.id OR NEW.author_id <> OLD.author_id OR NEW.subject <> OLD.subject "
        "OR NEW.pledge_id {differs} OLD.pledge_id",
        f"{DRAFT}: a draft keeps its author and what it is about",
        "stays",
    )
    reviewed = "NEW.state = 'published' AND OLD.revision <> NEW.revision"
    yield guard(DRAFT, "UPDATE", reviewed, f"{DRAFT}: what is approved is what was read", "read")
    reused = (
        "NEW.revision < OLD.revision "
        "OR (OLD.state = 'in_review' AND NEW.state = 'draft' AND NEW.revision = OLD.revision)"
    )
    yield guard(DRAFT, "UPDATE", reused, f"{DRAFT}: an edit of what was submitted is a new revision", "revision")
    yield guard(DRAFT, "DELETE", "1 = 1", f"{DRAFT}: a draft is withdrawn, never deleted", "kept")


def _own_entry(guard: Callable[..., Any]) -> Iterator[Any]:
    """Yield the guard of the last step: the entry that published a draft is that of its own author's words."""
    theirs = "p.author_id = NEW.author_id AND p.published_at = l.published_at"
    numbered, about = f"p.seq = l.seq AND {theirs}", "p.pledge_id = NEW.pledge_id"
    version = f"q.id = p.pledge_id AND l.public_id = q.code || '/v' || p.version AND {theirs}"
    rows = {
        DraftSubject.STATUS: f"SELECT 1 FROM {UPDATE} p WHERE {numbered} AND {about}",
        DraftSubject.CODING: f"SELECT 1 FROM {CODING} p, {PLEDGE} q WHERE {version} AND {about}",
        DraftSubject.REPLY: f"SELECT 1 FROM {REPLY} p WHERE {numbered} AND {about}",
        DraftSubject.POINT: f"SELECT 1 FROM {POINT} p WHERE {numbered}",
    }
    its = " OR ".join(f"(NEW.subject = '{subject.value}' AND EXISTS ({row}))" for subject, row in rows.items())
    foreign = (
        f"NEW.state = 'published' AND NOT EXISTS (SELECT 1 FROM {LEDGER} l WHERE l.id = NEW.entry_id AND ({its}))"
    )
    yield guard(DRAFT, "UPDATE", foreign, f"{DRAFT}: an entry of the log publishes the draft it came from", "entry")


def _content(guard: Callable[..., Any]) -> Iterator[Any]:
    """Yield the guards of what a draft says: it changes only while the draft is open."""
    columns = [(DraftCitation._meta.db_table, "draft_id")]
    for model in Content.__subclasses__():
        columns.append((model._meta.db_table, "draft_ptr_id"))
        links: list[Any] = [field.remote_field.through for field in model._meta.local_many_to_many]
        columns += [(link._meta.db_table, f"{model._meta.model_name}_id") for link in links]
    for table, column in columns:
        for event, rows in (("INSERT", ("NEW",)), ("UPDATE", ("OLD", "NEW")), ("DELETE", ("OLD",))):
            of = ", ".join(f"{row}.{column}" for row in rows)
            closed = f"d.id IN ({of}) AND d.state NOT IN ('draft', 'returned')"
            closed = f"EXISTS (SELECT 1 FROM {DRAFT} d WHERE {closed})"
            yield guard(table, event, closed, f"{table}: the draft is not open for editing", "open")


def _conflicts(guard: Callable[..., Any]) -> Iterator[Any]:
    message = "somebody with a conflict of interest neither writes nor approves here"
    yield guard(DRAFT, "INSERT", f"{_TOO_CLOSE}o.person_id = NEW.author_id)", f"{DRAFT}: {message}", "conflict")
    for model in (StatusUpdate, Coding, Reply):
        table = model._meta.db_table
        for event in ("INSERT", "UPDATE"):
            yield guard(
                table,
                event,
                f"NEW.published_at IS NOT NULL AND {_TOO_CLOSE}o.person_id IN (NEW.author_id, NEW.approver_id))",
                f"{table}: {message}",
                "conflict",
            )


def _logged(guard: Callable[..., Any]) -> Iterator[Any]:
    for model, letter in ((DataPoint, "P"), (Reply, "R")):
        table = model._meta.db_table
        entry = (
            f"SELECT 1 FROM {LEDGER} l WHERE l.seq = NEW.seq AND l.public_id = '{letter}' || NEW.seq "
            "AND l.published_at = NEW.published_at"
        )
        yield guard(
            table, "INSERT", f"NOT EXISTS ({entry})", f"{table}: stands in the public log, under its time", "log"
        )


def _second_codings(guard: Callable[..., Any]) -> Iterator[Any]:
    hands = "NEW.by_id IN (j.author_id, j.approver_id)"
    yield guard(
        BLIND,
        "INSERT",
        f"EXISTS (SELECT 1 FROM {CODING} j WHERE j.id = NEW.coding_id AND {hands}) "
        f"OR EXISTS (SELECT 1 FROM {UPDATE} j WHERE j.id = NEW.update_id AND {hands})",
        f"{BLIND}: the second code is by somebody who had no hand in the first",
        "blind",
    )
    coders = " OR ".join(
        f"EXISTS (SELECT 1 FROM {BLIND} b, {table} j WHERE b.id = NEW.blind_coding_id AND j.id = b.{column} "
        "AND NEW.by_id IN (b.by_id, j.author_id))"
        for table, column in ((CODING, "coding_id"), (UPDATE, "update_id"))
    )
    yield guard(SETTLED, "INSERT", coders, f"{SETTLED}: a third person settles a difference", "third")


def guards(guard: Callable[..., Any]) -> Iterator[Any]:
    """Yield the triggers of these rules, made with `guard(table, event, condition, message, rule)`."""
    yield from _states(guard)
    yield from _own_entry(guard)
    yield from _content(guard)
    yield from _conflicts(guard)
    yield from _logged(guard)
    yield from _second_codings(guard)
    cited = f"EXISTS (SELECT 1 FROM {UPDATE} u WHERE u.search_id = OLD.id AND u.published_at IS NOT NULL)"
    for event in ("UPDATE", "DELETE"):
        yield guard(SEARCH, event, cited, f"{SEARCH}: a published update rests on it", "cited")
