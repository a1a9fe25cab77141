"""Small makers of drafts of every subject, and their way through review."""

from datetime import datetime
from itertools import count
from typing import Any

from commitments.editorial import drafts
from commitments.editorial.fingerprint import fingerprint
from commitments.models import (
    Coding,
    CodingDraft,
    Draft,
    DraftState,
    Indicator,
    LedgerEntry,
    Pledge,
    PointDraft,
    ReplyDraft,
)
from commitments.models.drafts import Content
from tests import factories
from tests.factories import AT, LATER, person, words

_numbers = count(1)
_SAID = ("title", "trackability", "reason", "test", "due_on", "recurrence", "note")


def latest(place: Pledge) -> Coding:
    return Coding.objects.filter(pledge=place, published_at__isnull=False).latest("version")


def coding_draft(place: Pledge, by: Any, **changes: Any) -> CodingDraft:
    """Return an open draft that would publish the pledge's coding again, with changes."""
    base = changes.pop("base", None) or latest(place)
    said = {name: getattr(base, name) for name in _SAID}
    content = CodingDraft(pledge=place, base=base, **said | changes)
    drafts.begin(content, by=by, at=AT)
    for name in Coding.sealed_links:
        getattr(content, name).set(getattr(base, name).all())
    return content


def reply_draft(place: Pledge, by: Any, **changes: Any) -> ReplyDraft:
    values = {"side": "china", "speaker": "A spokesperson", "stated_on": LATER, "language": "en"}
    values |= {"text": words("We see it otherwise."), "source_url": "https://example.org/reply"}
    content = ReplyDraft(pledge=place, **values | changes)
    drafts.begin(content, by=by, at=AT)
    return content


def indicator() -> Indicator:
    number = next(_numbers)
    return Indicator.objects.create(slug=f"series-{number}", position=10_000 + number, title=words("Series"))


def point_draft(by: Any, **changes: Any) -> PointDraft:
    values = {"on": LATER, "value": "12.5", "source_url": "https://example.org/figure", "publisher": "Example"}
    content = PointDraft(**{"indicator": changes.get("indicator") or indicator()} | values | changes)
    drafts.begin(content, by=by, at=AT)
    return content


def status_draft(by: Any) -> Content:
    return factories.draft(factories.pledge(), by, factories.two_good_items())


#: One ready draft of every subject, by its author.
EVERY = {
    "status": status_draft,
    "coding": lambda by: coding_draft(factories.pledge(), by, title=words("Another title")),
    "reply": lambda by: reply_draft(factories.pledge(), by),
    "point": point_draft,
}


def submitted(content: Content) -> Draft:
    """Hand a draft to review, and return it as a reviewer finds it."""
    drafts.submit(content, by=content.author, at=AT)
    return Draft.objects.get(pk=content.pk)


def approve(waiting: Draft, by: Any = None, at: datetime = AT) -> LedgerEntry:
    """Approve a draft as it stands."""
    return drafts.approve(waiting, by=by or person("reviewer"), read=fingerprint(waiting), at=at)


def approved(content: Content, by: Any = None, at: datetime = AT) -> LedgerEntry:
    """Take a draft through review."""
    return approve(submitted(content), by, at)


def brought_to(state: str, content: Content, reviewer: Any) -> Draft:
    """Take a new draft to a state by the desk's own actions."""
    by = content.author
    if state == DraftState.WITHDRAWN:
        drafts.withdraw(content, by=by, at=AT)
    elif state != DraftState.DRAFT:
        waiting = submitted(content)
        if state == DraftState.RETURNED:
            drafts.return_(waiting, by=reviewer, text="Say when.", at=AT)
        elif state == DraftState.PUBLISHED:
            approve(waiting, reviewer)
    return Draft.objects.get(pk=content.pk)
