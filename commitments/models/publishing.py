"""How rows become public: numbered by the log, filled, sealed, all in one transaction."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from commitments.models.evidence import Evidence
from commitments.models.grading import Item, direction, grade
from commitments.models.ledger import LedgerKind, Publication
from commitments.models.pledges import Coding
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


def publish_codings(turn: Publication, codings: Iterable[tuple[Coding, dict[str, Any]]]) -> None:
    """Seal codings whose links are written; each comes with its content as the catalogue writes it."""
    codings = list(codings)
    for coding, content in codings:
        turn.record(LedgerKind.CODING, f"{coding.pledge.code}/v{coding.version}", content)
    turn.flush()
    Coding.objects.filter(pk__in=[coding.pk for coding, _ in codings]).update(published_at=turn.at)
