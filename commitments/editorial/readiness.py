"""What still keeps a draft from review, in plain words. The database holds the same rules; this says them sooner."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from django.conf import settings

from commitments.editorial.begun import SAYS
from commitments.models import (
    Bearing,
    Citation,
    Coding,
    CodingDraft,
    Delivery,
    Draft,
    DraftSubject,
    Pledge,
    PointDraft,
    Proposal,
    ReplyDraft,
    StatusDraft,
    StatusUpdate,
    Trackability,
    UpdateKind,
)
from commitments.models.updates import CLAIMING_A_DEED, FINAL, WITHOUT_EVIDENCE


def proposed(draft: StatusDraft) -> Proposal:
    """Return the update that the draft would publish, by nobody yet."""
    says = {name: getattr(draft, name) for name in SAYS}
    update = StatusUpdate(pledge=draft.pledge, kind=draft.kind, corrects=draft.corrects, **says)
    cited = draft.citations.select_related("evidence").order_by("evidence__public_id")
    return Proposal(update, [(citation.evidence, citation.bearing) for citation in cited])


def latest_coding(pledge: Pledge) -> Coding:
    """Return the newest published coding of a pledge."""
    return Coding.objects.filter(pledge=pledge, published_at__isnull=False).latest("version")


def problems(draft: Draft, *, on: date) -> list[str]:
    """Return what has to be mended before the draft can go to review on the day `on`, each in one sentence."""
    content = draft.content
    return list(_CHECKS[DraftSubject(draft.subject)](content, on))


def _status(draft: StatusDraft, on: date) -> Iterator[str]:
    if not draft.summary:
        yield "Summary: say in at least one language what happened."
    if draft.effective_on > on:
        yield "Effective on: this day has not come yet."
    if draft.status == Delivery.NO_EVIDENCE and draft.search is None:
        yield "Search: “no evidence found” needs a logged search, with date, languages, places and queries."
    if draft.search and draft.search.pledge_id != draft.pledge_id:
        yield f"Search: it was made about {draft.search.pledge}. Log one about this pledge."
    if draft.reported_delivered and draft.status != Delivery.IN_PROGRESS:
        yield "Reported as delivered: this flag belongs to “in progress” only."
    if draft.kind != UpdateKind.STATUS:
        yield from _correction(draft)
    if draft.kind != UpdateKind.WITHDRAWAL:
        yield from _judged(draft)
    yield from _stays_not_assessable(draft)


def _correction(draft: StatusDraft) -> Iterator[str]:
    if draft.corrects is None:
        yield "Corrects: name the update that this corrects or withdraws."
    elif draft.corrects.pledge_id != draft.pledge_id:
        yield f"Corrects: {draft.corrects} is about another pledge."
    elif StatusUpdate.objects.filter(corrects=draft.corrects).exists():
        yield f"Corrects: {draft.corrects} is corrected or withdrawn already."
    if not draft.reasoning:
        yield "Reasoning: say what was wrong, and why."


def _judged(draft: StatusDraft) -> Iterator[str]:
    status, proposal = Delivery(draft.status), proposed(draft)
    if _declaratory(draft) and status != Delivery.NOT_ASSESSABLE:
        yield "Status: a declaratory pledge can only be not assessable."
    if status not in WITHOUT_EVIDENCE:
        yield from _evidenced(draft, status, proposal)


def _declaratory(draft: StatusDraft) -> bool:
    return latest_coding(draft.about).trackability == Trackability.DECLARATORY


def _stays_not_assessable(draft: StatusDraft) -> Iterator[str]:
    """Yield that a declaratory pledge would stand as something else. Source of the rule: the methodology, rule 5."""
    if not _declaratory(draft):
        return
    said = StatusUpdate.objects.filter(pledge=draft.pledge, published_at__isnull=False).exclude(
        pk=draft.corrects_id or 0
    )
    standing = said.exclude(kind=UpdateKind.WITHDRAWAL).filter(corrected_by__published_at__isnull=True)
    left = standing.order_by("effective_on", "seq").last()
    if draft.kind == UpdateKind.WITHDRAWAL:
        if left is None or left.status != Delivery.NOT_ASSESSABLE:
            status = left.delivery.label if left else Delivery.NOT_ASSESSED.label
            yield (
                f"Withdrawal: without {draft.corrects} this declaratory pledge would stand as “{status}”, and it can "
                "only be not assessable. Publish a coding that makes it trackable first, then withdraw."
            )
    elif left and left.status != Delivery.NOT_ASSESSABLE and left.effective_on > draft.effective_on:
        yield (
            f"Effective on: {left} (“{left.delivery.label}”) would stand again, as it is effective since "
            f"{left.effective_on:%Y-%m-%d}, and a declaratory pledge can only be not assessable. Choose that day or a "
            f"later one, or withdraw {left} first."
        )


def _evidenced(draft: StatusDraft, status: Delivery, proposal: Proposal) -> Iterator[str]:
    if not proposal.evidence:
        yield f"Evidence: “{status.label}” needs at least one item of evidence."
        return
    baseline = draft.about.document.baseline_on
    dated = any(
        bearing == Bearing.SUPPORTS and item.happened_on and item.happened_on >= baseline
        for item, bearing in proposal.evidence
    )
    if status in CLAIMING_A_DEED and not dated:
        yield (
            f"Evidence: “{status.label}” claims a deed, so it needs a supporting item whose event is on or after "
            f"{baseline:%Y-%m-%d}, the document's baseline."
        )
    grade = proposal.graded()
    if status in FINAL and grade not in ("A", "B"):
        yield (
            f"Evidence: “{status.label}” needs evidence grade A or B, and this gives {grade or 'none'}. With less, "
            "choose “in progress” and mark it as reported delivered."
        )


def _coding(draft: CodingDraft, on: date) -> Iterator[str]:
    if draft.base != latest_coding(draft.about):
        yield f"Version: a newer coding than {draft.base} was published meanwhile. Start again from that one."
    for field in ("title", "reason", "test"):
        missing = [name for language, name in settings.LANGUAGES if language not in getattr(draft, field)]
        if missing:  # the catalogue, in which the coding is exported, has them in every language
            yield f"{field.title()}: write it in {', '.join(missing)} too."
    for field in ("actors", "themes"):
        if not getattr(draft, field).exists():
            yield f"{field.title()}: choose at least one."
    yield from _test_is_its_own(draft)


def _test_is_its_own(draft: CodingDraft) -> Iterator[str]:
    newest = Coding.objects.exclude(pledge=draft.pledge).filter(published_at__isnull=False)
    for language, text in draft.test.items():
        other = newest.filter(**{f"test__{language}": text}).select_related("pledge").first()
        if other:
            yield f"Test: {other.pledge} has the same. No two pledges share a test."
            return


def _reply(draft: ReplyDraft, on: date) -> Iterator[str]:
    if not draft.text:
        yield "Text: the words of the statement are missing."
    if not draft.source_url and not draft.received:
        yield "Source: give the address where it was published, or say how it reached us."
    if draft.stated_on > on:
        yield "Stated on: this day has not come yet."
    if draft.replaces and draft.replaces.pledge_id != draft.pledge_id:
        yield f"Replaces: {draft.replaces} is about another pledge."
    if draft.replaces and type(draft.replaces).objects.filter(replaces=draft.replaces).exists():
        yield f"Replaces: {draft.replaces} is replaced already."


def _point(draft: PointDraft, on: date) -> Iterator[str]:
    if draft.on > on:
        yield "On: this day has not come yet."
    if draft.corrects and draft.corrects.indicator_id != draft.indicator_id:
        yield f"Corrects: {draft.corrects} belongs to another indicator."
    if draft.corrects and not draft.why:
        yield "Why: say what was wrong with the earlier figure."
    if draft.corrects and type(draft.corrects).objects.filter(corrects=draft.corrects).exists():
        yield f"Corrects: {draft.corrects} is corrected already."


_CHECKS: dict[DraftSubject, Callable[[Any, date], Iterator[str]]] = {
    DraftSubject.STATUS: _status,
    DraftSubject.CODING: _coding,
    DraftSubject.REPLY: _reply,
    DraftSubject.POINT: _point,
}


def newest_number(pledge: Pledge) -> int:
    """Return the number in the log of the newest update on the pledge, 0 where there is none."""
    newest = StatusUpdate.objects.filter(pledge=pledge, published_at__isnull=False).order_by("-seq").first()
    return newest.seq or 0 if newest else 0


def cited_in_public(evidence_id: int) -> bool:
    """Tell whether a published update cites the item."""
    return Citation.objects.filter(evidence=evidence_id, update__published_at__isnull=False).exists()
