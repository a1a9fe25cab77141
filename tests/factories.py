"""Small makers of what tests publish: items of evidence, status updates, and two ways to seal them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import IntegrityError, connection, transaction

from commitments.editorial import drafts
from commitments.models import (
    LANGUAGES,
    Citation,
    Coding,
    Draft,
    DraftCitation,
    Evidence,
    LedgerKind,
    Pledge,
    Proposal,
    Publication,
    SearchLog,
    StatusDraft,
    StatusUpdate,
    Trackability,
    publish_updates,
)
from commitments.models.indexing import index_evidence

#: When the tests publish: later than the release of the record.
AT = datetime(2026, 11, 22, tzinfo=UTC)
#: A day after the baseline of both documents.
LATER = date(2026, 1, 15)

Cited = Sequence[tuple[Evidence, str]]
Way = Callable[..., StatusUpdate]

only_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's own syntax")
only_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's own syntax")

_numbers = count(900_000)


def words(text: str) -> dict[str, str]:
    return dict.fromkeys(LANGUAGES, text)


def sql(statement: str, *params: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall() if cursor.description else []


def clock(at: datetime) -> Any:
    """Return a time as the database takes it from raw SQL."""
    return connection.ops.adapt_datetimefield_value(at)


@contextmanager
def refused(match: str) -> Iterator[None]:
    """Expect that the database refuses what is done inside."""
    with pytest.raises(IntegrityError, match=match), transaction.atomic():
        yield


def pledge(trackability: str = Trackability.VERIFIABLE, n: int = 0) -> Pledge:
    """Return the n-th pledge of the record that is coded so, with its document."""
    coded = Coding.objects.filter(trackability=trackability).values("pledge")
    return Pledge.objects.filter(pk__in=coded).select_related("document")[n]


def evidence(**fields: Any) -> Evidence:
    """Return a new item, by default an independent report of an origin of its own, dated after the baselines."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "public_id": f"E{number}",
        "source_url": f"https://example.org/{number}",
        "publisher": "Example",
        "publisher_kind": "news",
        "side": "independent",
        "record": "report",
        "origin": f"origin-{number}",
        "language": "en",
        "event_on": LATER,
        "accessed_on": LATER,
        "fact": words("It happened."),
        "public_at": AT,
    }
    item = Evidence.objects.create(**values | fields)
    if item.public_at:
        index_evidence([item])
    return item


def two_good_items(bearing: str = "supports") -> list[tuple[Evidence, str]]:
    """Return evidence of grade A."""
    return [(evidence(record="primary", side="china"), bearing), (evidence(), bearing)]


def people() -> dict[str, Any]:
    """Return an author and another person who approves, as an update's fields."""
    users = get_user_model().objects
    author, approver = (users.create_user(f"person-{next(_numbers)}") for _ in range(2))
    return {"provisional": False, "author": author, "approver": approver}


def person(role: str = "curator", name: str = "") -> Any:
    """Return somebody with a role at the desk; the name is made up and stays in the tests."""
    name = name or f"{role}-{next(_numbers)}"
    user = get_user_model().objects.create_user(name, f"{name}@example.org", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return user


def draft(pledge: Pledge, by: Any, cited: Cited = (), **fields: Any) -> StatusDraft:
    """Return an open draft, by default of the status "in progress"."""
    values = {"status": "in_progress", "effective_on": LATER, "summary": words("So."), "reasoning": words("Because.")}
    content = StatusDraft(pledge=pledge, **values | fields)
    drafts.begin(content, by=by, at=AT)
    for item, bearing in cited:
        DraftCitation.objects.create(draft=content, evidence=item, bearing=bearing)
    return content


def submitted(content: StatusDraft) -> Draft:
    """Hand a draft to review, and return it as a reviewer finds it."""
    drafts.submit(content, by=content.author, at=AT)
    return Draft.objects.get(pk=content.pk)


def search(pledge: Pledge) -> SearchLog:
    return SearchLog.objects.create(
        pledge=pledge, searched_on=LATER, languages=["en"], places=["a catalogue"], queries=["a query"]
    )


def update(pledge: Pledge, status: str, **fields: Any) -> StatusUpdate:
    """Return an update not yet in the database, by default a provisional one."""
    values = {
        "effective_on": LATER,
        "summary": words("So it is."),
        "reasoning": words("Because."),
        "provisional": True,
    }
    return StatusUpdate(pledge=pledge, status=status, **values | fields)


@transaction.atomic
def published(update: StatusUpdate, cited: Cited = (), at: datetime = AT) -> StatusUpdate:
    """Publish as the site does, and return the row as it stands."""
    publish_updates(Publication.begin(at), [Proposal(update, list(cited))])
    return StatusUpdate.objects.get(pk=update.pk)


@transaction.atomic
def sealed_by_sql(update: StatusUpdate, cited: Cited = (), at: datetime = AT, **columns: Any) -> StatusUpdate:
    """Write a harmless draft with its citations, then type the real values in by SQL while sealing it."""
    turn = Publication.begin(at)
    draft = StatusUpdate.objects.create(
        pledge=update.pledge, status="not_assessed", effective_on=LATER, provisional=True, seq=turn.next
    )
    Citation.objects.bulk_create(Citation(update=draft, evidence=item, bearing=bearing) for item, bearing in cited)
    turn.record(LedgerKind.STATUS, draft.public_id, {})
    turn.flush()
    names = ("kind", "status", "provisional", "author_id", "approver_id", "search_id", "corrects_id")
    values = {name: getattr(update, name) for name in names}
    values["grade"] = "" if update.kind == "withdrawal" else Proposal(update, list(cited)).graded()
    values |= {"published_at": clock(turn.at), **columns}
    assignments = ", ".join(f"{name} = %s" for name in values)
    sql(f"UPDATE {StatusUpdate._meta.db_table} SET {assignments} WHERE id = %s", *values.values(), draft.pk)
    return StatusUpdate.objects.get(pk=draft.pk)


#: Every rule is tried both ways: through the site's own door, and by somebody who types SQL.
each_way = pytest.mark.parametrize("publish", [published, sealed_by_sql])
