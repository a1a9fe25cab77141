"""How rows become public: numbered by the log, filled, sealed, all in one transaction."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from commitments.models.evidence import Attachment, Evidence, FormerBearing
from commitments.models.grading import Item, direction, grade
from commitments.models.indexing import index_codings, index_evidence, index_updates
from commitments.models.indicators import DataPoint
from commitments.models.ledger import LedgerKind, Publication
from commitments.models.pledges import Coding
from commitments.models.replies import Reply
from commitments.models.updates import Citation, StatusUpdate, UpdateKind


@dataclass
class Proposal:
    """An update that is to become public, with the items it cites and what each does to the pledge."""

    update: StatusUpdate
    evidence: list[tuple[Evidence, str]] = field(default_factory=list)

    def graded(self) -> str:
        """Return the grade of the proposal."""
        bearing = direction(self.update.status)
        return grade(self.update.status, (Item(e.side, e.record, e.origin) for e, b in self.evidence if b == bearing))

    def kind(self) -> LedgerKind:
        """Return under which kind it stands in the log."""
        if self.update.kind == UpdateKind.STATUS:
            return LedgerKind.PROVISIONAL if self.update.provisional else LedgerKind.STATUS
        return LedgerKind(self.update.kind)

    def content(self) -> dict[str, Any]:
        """Return what the log's entry vouches for."""
        update = self.update
        return {
            "corrects": update.corrects.public_id if update.corrects else None,
            "effective_on": update.effective_on.isoformat(),
            "evidence": [{"bearing": bearing, "id": item.public_id} for item, bearing in self.evidence],
            "grade": update.grade,
            "pledge": update.pledge.code,
            "provisional": update.provisional,
            "reasoning": update.reasoning,
            "reported_delivered": update.reported_delivered,
            "status": update.status,
            "summary": update.summary,
        }


def publish_updates(turn: Publication, proposals: Iterable[Proposal]) -> None:
    """Publish status updates in the order given. The database refuses what breaks a rule of the methodology."""
    proposals = list(proposals)
    for proposal in proposals:
        update = proposal.update
        update.grade = "" if update.kind == UpdateKind.WITHDRAWAL else proposal.graded()
        update.seq = turn.next
        turn.record(proposal.kind(), update.public_id, proposal.content())
    StatusUpdate.objects.bulk_create(proposal.update for proposal in proposals)
    Citation.objects.bulk_create(
        Citation(update=proposal.update, evidence=item, bearing=bearing)
        for proposal in proposals
        for item, bearing in proposal.evidence
    )
    turn.flush()
    StatusUpdate.objects.filter(pk__in=[proposal.update.pk for proposal in proposals]).update(published_at=turn.at)
    index_updates(proposal.update for proposal in proposals)
    _open_evidence(turn, proposals)


def _open_evidence(turn: Publication, proposals: list[Proposal]) -> None:
    """Let readers see what is cited from now on, beside the pledge, with the bearing that was approved."""
    cited = {(item.pk, p.update.pledge_id): bearing for p in proposals for item, bearing in p.evidence}
    _show(turn, (item for item, _ in cited))
    pledges = {pledge for _, pledge in cited}
    stored = Attachment.objects.filter(pledge__in=pledges, evidence__in=[item for item, _ in cited])
    beside = {(row.evidence_id, row.pledge_id): row for row in stored}
    Attachment.objects.bulk_create(
        Attachment(evidence_id=item, pledge_id=pledge, bearing=bearing, public_at=turn.at)
        for (item, pledge), bearing in cited.items()
        if (item, pledge) not in beside
    )
    FormerBearing.remember({row.pk: cited[key] for key, row in beside.items() if key in cited}, turn.at)
    changed = []
    for key, row in beside.items():
        if key in cited and (row.bearing != cited[key] or row.public_at is None):
            row.bearing, row.public_at = cited[key], row.public_at or turn.at
            changed.append(row)
    Attachment.objects.bulk_update(changed, ["bearing", "public_at"], batch_size=100)


def _show(turn: Publication, items: Iterable[int]) -> None:
    """Let readers see items of evidence from now on."""
    shown = list(Evidence.objects.filter(pk__in=set(items), public_at__isnull=True))
    Evidence.objects.filter(pk__in=[item.pk for item in shown]).update(public_at=turn.at)
    index_evidence(shown)


def publish_codings(turn: Publication, codings: Iterable[tuple[Coding, dict[str, Any]]]) -> None:
    """Seal codings whose links are written; each comes with its content as the catalogue writes it."""
    codings = list(codings)
    for coding, content in codings:
        turn.record(LedgerKind.CODING, f"{coding.pledge.code}/v{coding.version}", content)
    turn.flush()
    Coding.objects.filter(pk__in=[coding.pk for coding, _ in codings]).update(published_at=turn.at)
    index_codings(coding for coding, _ in codings)


def publish_points(turn: Publication, points: Iterable[DataPoint]) -> None:
    """Publish figures in the order given."""
    points = list(points)
    for point in points:
        point.seq, point.published_at = turn.next, turn.at
        turn.record(LedgerKind.POINT, point.public_id, _figure(point))
    turn.flush()
    DataPoint.objects.bulk_create(points)
    _show(turn, (point.evidence_id for point in points if point.evidence_id))


def _figure(point: DataPoint) -> dict[str, Any]:
    return {
        "corrects": point.corrects.public_id if point.corrects else None,
        "evidence": point.evidence.public_id if point.evidence else None,
        "indicator": point.indicator.slug,
        "kind": point.kind,
        "note": point.note,
        "on": point.on.isoformat(),
        "precision": point.precision,
        "publisher": point.publisher,
        "source_url": point.source_url,
        "value": f"{point.value:.4f}",
        "why": point.why,
    }


def publish_reply(turn: Publication, reply: Reply) -> None:
    """Publish a reply beside its pledge. It changes no status."""
    reply.seq, reply.published_at = turn.next, turn.at
    content = {
        "language": reply.language,
        "pledge": reply.pledge.code,
        "received": reply.received,
        "replaces": reply.replaces.public_id if reply.replaces else None,
        "side": reply.side,
        "source_url": reply.source_url,
        "speaker": reply.speaker,
        "stated_on": reply.stated_on.isoformat(),
        "text": reply.text,
    }
    turn.record(LedgerKind.REPLY, reply.public_id, content)
    turn.flush()
    reply.save(force_insert=True)
