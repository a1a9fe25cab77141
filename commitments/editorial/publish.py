"""From an approved draft to rows of the public record, inside the approval's transaction."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.db.models import QuerySet

from commitments.catalogue.export import coding_entry
from commitments.editorial.readiness import latest_coding, proposed
from commitments.models import (
    Coding,
    CodingDraft,
    DataPoint,
    Delivery,
    Draft,
    DraftSubject,
    LedgerEntry,
    PointDraft,
    Proposal,
    Publication,
    Reply,
    ReplyDraft,
    StatusDraft,
    StatusUpdate,
    Trackability,
    UpdateKind,
    publish_codings,
    publish_points,
    publish_reply,
    publish_updates,
)
from commitments.models.indicators import Figure
from commitments.models.replies import Statement

NOW_DECLARATORY = {
    "en": "The coding now reads the pledge as declaratory: it is shown, never scored.",
    "zh-hans": "编码现将该承诺归为宣示性：予以展示，不作评分。",
    "es": "La codificación lee ahora la promesa como declarativa: se muestra, nunca se puntúa.",
    "pt-br": "A codificação agora lê a promessa como declaratória: é mostrada, nunca pontuada.",
}
NO_LONGER_DECLARATORY = {
    "en": "The coding no longer reads the pledge as declaratory; it has not been assessed since.",
    "zh-hans": "编码不再将该承诺归为宣示性；此后尚未评估。",
    "es": "La codificación ya no lee la promesa como declarativa; desde entonces no se ha evaluado.",
    "pt-br": "A codificação não lê mais a promessa como declaratória; desde então não foi avaliada.",
}


def publish(draft: Draft, *, by: Any, turn: Publication) -> LedgerEntry:
    """Publish what the draft proposes, written by its author and approved by `by`; return its entry in the log."""
    number = _PUBLISH[DraftSubject(draft.subject)](draft.content, by, turn)
    return LedgerEntry.objects.get(seq=number)


def _status(draft: StatusDraft, by: Any, turn: Publication) -> int:
    proposal = proposed(draft)
    update = proposal.update
    update.author, update.approver = draft.author, by
    number = turn.next
    publish_updates(turn, [proposal])
    return number


def _coding(draft: CodingDraft, by: Any, turn: Publication) -> int:
    before = latest_coding(draft.base.pledge)
    coding = Coding.objects.create(
        pledge=before.pledge,
        version=before.version + 1,
        author=draft.author,
        approver=by,
        **{f: getattr(draft, f) for f in ("title", "trackability", "reason", "test", "due_on", "recurrence", "note")},
    )
    for name in Coding.sealed_links:
        getattr(coding, name).set(getattr(draft, name).all())
    brought = brings(before, coding.trackability)
    # The database seals no declaratory coding before its status stands, and no other status before its coding.
    if brought and brought[0] == Delivery.NOT_ASSESSABLE:
        _follow(coding, *brought, turn)
    number = turn.next
    publish_codings(turn, [(coding, coding_entry(coding).model_dump(mode="json"))])
    if brought and brought[0] == Delivery.NOT_ASSESSED:
        _follow(coding, *brought, turn)
    return number


def _published(coding: Coding) -> QuerySet[StatusUpdate]:
    return StatusUpdate.objects.filter(pledge=coding.pledge_id, published_at__isnull=False)


def _began(coding: Coding) -> date:
    """Return since when the pledge has been what was last said of it: as of a day the latest `effective_on` counts."""
    return max((update.effective_on for update in _published(coding)), default=date.min)


def brings(before: Coding, trackability: str) -> tuple[Delivery, dict[str, str]] | None:
    """Return the status, with its reasoning, that is published together with a change of trackability.

    None where the change is not to or from declaratory, and where the pledge stands there already.
    """
    was, will_be = (value == Trackability.DECLARATORY for value in (before.trackability, trackability))
    if was == will_be:
        return None
    brought = (Delivery.NOT_ASSESSABLE, NOW_DECLARATORY) if will_be else (Delivery.NOT_ASSESSED, NO_LONGER_DECLARATORY)
    newest = _published(before).order_by("-seq").first()
    stands = newest and newest.kind != UpdateKind.WITHDRAWAL and newest.effective_on == _began(before)
    return None if newest and stands and newest.status == brought[0] else brought


def _follow(coding: Coding, status: Delivery, reasoning: dict[str, str], turn: Publication) -> None:
    """Publish the status that a change of the coding brings with it: it must not begin before the one it ends."""
    update = StatusUpdate(
        pledge=coding.pledge,
        status=status,
        effective_on=max(_began(coding), turn.at.date()),
        reasoning=reasoning,
        author=coding.author,
        approver=coding.approver,
    )
    publish_updates(turn, [Proposal(update)])


def _fields(model: Any) -> list[str]:
    return [field.name for field in model._meta.fields]


def _reply(draft: ReplyDraft, by: Any, turn: Publication) -> int:
    said = {name: getattr(draft, name) for name in _fields(Statement)}
    reply = Reply(pledge=draft.pledge, replaces=draft.replaces, author=draft.author, approver=by, **said)
    publish_reply(turn, reply)
    return reply.seq


def _point(draft: PointDraft, by: Any, turn: Publication) -> int:
    said = {name: getattr(draft, name) for name in (*_fields(Figure), "indicator", "evidence", "corrects", "why")}
    point = DataPoint(author=draft.author, approver=by, **said)
    publish_points(turn, [point])
    return point.seq


_PUBLISH: dict[DraftSubject, Callable[[Any, Any, Publication], int]] = {
    DraftSubject.STATUS: _status,
    DraftSubject.CODING: _coding,
    DraftSubject.REPLY: _reply,
    DraftSubject.POINT: _point,
}
