"""What people do to drafts: each action is one transaction, under the draft's lock, with its audit row inside."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from commitments.editorial import policies
from commitments.editorial.fingerprint import fingerprint
from commitments.editorial.policies import RefusedError
from commitments.editorial.publish import publish
from commitments.editorial.readiness import problems
from commitments.models import (
    Attachment,
    Audit,
    Draft,
    DraftCitation,
    Evidence,
    LedgerEntry,
    Publication,
    Review,
    SearchLog,
    StatusDraft,
    Verdict,
)
from commitments.models.drafts import Content
from commitments.models.transitions import target


def locked(draft: Draft) -> Draft:
    """Return the draft as it stands now, under lock until the transaction ends.

    On SQLite every transaction that writes is IMMEDIATE, so it already excludes every other.
    """
    rows = Draft.objects.select_related("pledge__document", "author").select_for_update(of=("self",))
    return rows.get(pk=draft.pk)


def _move(draft: Draft, action: str, *, by: Any, at: datetime, **detail: Any) -> None:
    draft.state, draft.changed_at = target(action, draft.state) or draft.state, at
    draft.save()
    Audit.write(f"draft.{action}", draft, by=by, at=at, revision=draft.revision, **detail)


@transaction.atomic
def begin(content: Content, *, by: Any, at: datetime) -> None:
    """Save a new draft by its author; raise RefusedError where they may not write about the pledge."""
    policies.check_can_propose(by, content.pledge)
    content.author, content.created_at, content.changed_at = by, at, at
    content.save()
    Audit.write("draft.begin", content, by=by, at=at)


@transaction.atomic
def open_edit(content: Content, *, by: Any, revision: int, at: datetime) -> None:
    """Open the draft for the changes that follow in this transaction: raises the revision, voids a submission.

    `revision` is the one that was on the screen; raises RefusedError where the draft has another by now. The content
    that the caller holds takes over the new state, so that saving it keeps it.
    """
    draft = locked(content)
    policies.check_can_edit(by, draft)
    if draft.revision != revision:
        raise RefusedError("The draft was changed meanwhile (in another window?). Look at it again before you save.")
    draft.revision += 1
    _move(draft, "edit", by=by, at=at)
    content.state, content.revision, content.changed_at = draft.state, draft.revision, at
    content.submitted_at, content.entry = draft.submitted_at, draft.entry


@transaction.atomic
def cite(content: StatusDraft, cited: Iterable[tuple[Evidence, str]], *, by: Any, at: datetime) -> None:
    """Let the draft cite exactly these items, each with its bearing; the audit trail keeps what each revision cited.

    Call it in the transaction in which the draft was begun or opened.
    """
    policies.check_can_edit(by, content)
    cited = list(cited)
    content.citations.all().delete()
    DraftCitation.objects.bulk_create(DraftCitation(draft=content, evidence=e, bearing=b) for e, b in cited)
    items = {item.public_id: bearing for item, bearing in cited}
    Audit.write("draft.cite", content, by=by, at=at, draft=content.pk, revision=content.revision, cited=items)


def cited_in(content: StatusDraft, revision: int) -> dict[str, str] | None:
    """Return the numbers of the items that a revision cited, each with its bearing; None where nobody noted it."""
    noted = Audit.objects.filter(action="draft.cite", detail__draft=content.pk, detail__revision=revision).first()
    return noted.detail["cited"] if noted else None


@transaction.atomic
def submit(draft: Draft, *, by: Any, at: datetime) -> None:
    """Hand the draft to review; raise RefusedError with every problem that keeps it from there."""
    draft = locked(draft)
    policies.check_can_submit(by, draft)
    found = problems(draft, on=at.date())
    if found:
        raise RefusedError(" ".join(found))
    draft.submitted_at = at
    _move(draft, "submit", by=by, at=at)


@transaction.atomic
def return_(draft: Draft, *, by: Any, text: str, at: datetime) -> None:
    """Send the draft back to its author with a word on what is wrong."""
    draft = locked(draft)
    policies.check_can_return(by, draft)
    if not text.strip():
        raise RefusedError("Say what has to change: a draft is not returned without a word.")
    Review.objects.create(draft=draft, by=by, at=at, revision=draft.revision, verdict=Verdict.RETURNED, text=text)
    _move(draft, "return", by=by, at=at)


@transaction.atomic
def comment(draft: Draft, *, by: Any, text: str, at: datetime) -> None:
    """Leave a word beside the draft; its state stays."""
    policies.check_can_comment(by, draft)
    if not text.strip():
        raise RefusedError("The comment is empty.")
    Review.objects.create(draft=draft, by=by, at=at, revision=draft.revision, verdict=Verdict.COMMENT, text=text)
    Audit.write("draft.comment", draft, by=by, at=at)


@transaction.atomic
def withdraw(draft: Draft, *, by: Any, at: datetime) -> None:
    """Take the draft out of the desk. It can be taken up again."""
    draft = locked(draft)
    policies.check_can_withdraw(by, draft)
    _move(draft, "withdraw", by=by, at=at)


@transaction.atomic
def reopen(draft: Draft, *, by: Any, at: datetime) -> None:
    """Take a withdrawn draft up again."""
    draft = locked(draft)
    policies.check_can_reopen(by, draft)
    _move(draft, "reopen", by=by, at=at)


def _lock_grounds(draft: Draft) -> None:
    """Hold what the draft rests on, so that nobody rewrites it between the comparison and the publication."""
    items = list(draft.cited_items().order_by("pk").select_for_update(of=("self",)))
    beside = Attachment.objects.filter(pledge=draft.pledge_id, evidence__in=items)
    list(beside.order_by("pk").select_for_update())
    list(SearchLog.objects.filter(drafts=draft.pk).select_for_update(of=("self",)))


@transaction.atomic
def approve(draft: Draft, *, by: Any, read: str, at: datetime, text: str = "") -> LedgerEntry:
    """Publish the draft; return its entry in the public log.

    `read` is the fingerprint of what the reviewer was shown; raises RefusedError where the draft, its evidence or the
    pledge's record is another by now, and where a rule keeps this person or this draft from publication.
    """
    draft = locked(draft)
    policies.check_can_approve(by, draft)
    turn = Publication.begin(at)  # before the evidence: everybody takes the two locks in this order
    _lock_grounds(draft)
    if fingerprint(draft) != read:
        raise RefusedError(
            "This is no longer what you read: the draft, its evidence or the pledge's record has changed."
        )
    found = problems(draft, on=at.date())
    if found:
        raise RefusedError(" ".join(found))
    draft.entry = publish(draft, by=by, turn=turn)
    Review.objects.create(draft=draft, by=by, at=turn.at, revision=draft.revision, verdict=Verdict.APPROVED, text=text)
    _move(draft, "approve", by=by, at=turn.at, entry=draft.entry.public_id)
    return draft.entry
