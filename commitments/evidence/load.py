"""Loads evidence, indicators and the first assessment: all of it or nothing, and a second time without effect.

What people have published is left alone: a pledge with an update by two people gets no provisional one any more,
and an item that a published update cites is not changed.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Q

from commitments.catalogue.check import twice
from commitments.catalogue.files import CatalogueError, read_as
from commitments.evidence import indicators
from commitments.evidence.schema import (
    AssessmentEntry,
    EvidenceEntry,
    EvidenceRecord,
    EvidenceRelease,
    IndicatorEntry,
)
from commitments.models import (
    Attachment,
    Evidence,
    FormerBearing,
    Pledge,
    Proposal,
    Publication,
    StatusUpdate,
    publish_updates,
)
from commitments.models.indexing import index_evidence

RECORD = Path(__file__).parent / "record"

_FIELDS = tuple(name for name in EvidenceEntry.model_fields if name not in ("id", "targets", "bearings"))


@dataclass
class Report:
    """What a load did; `kept` are items and pledges left alone because people published on them."""

    evidence: int = 0
    attachments: int = 0
    published: list[str] = field(default_factory=list)
    unchanged: int = 0
    kept: list[str] = field(default_factory=list)
    points: indicators.PointReport = field(default_factory=indicators.PointReport)


def read(root: Path = RECORD) -> EvidenceRecord:
    """Return the evidence that lies in `root`; raise CatalogueError naming file, line and code of what is wrong."""
    evidence = [entry for path in sorted(root.glob("evidence-*.yaml")) for entry in read_as(path, list[EvidenceEntry])]
    return EvidenceRecord(
        release=read_as(root / "release.yaml", EvidenceRelease),
        evidence=sorted(evidence, key=lambda entry: entry.id),
        assessments=read_as(root / "assessments.yaml", list[AssessmentEntry]),
        indicators=read_as(root / "indicators.yaml", list[IndicatorEntry]),
    )


def _bearings(record: EvidenceRecord) -> dict[tuple[str, str], str]:
    """Return (pledge, item) → what the item does to the pledge."""
    return {(b.pledge, entry.id): b.bearing for entry in record.evidence for b in entry.bearings}


def check(record: EvidenceRecord, codes: set[str]) -> Iterator[str]:
    """Yield what does not fit together: unknown pledges, items cited that do not bear on the pledge, doubles."""
    for identity in twice(entry.id for entry in record.evidence):
        yield f"evidence: {identity}: the id stands twice"
    for entry in record.evidence:
        for pledge in twice(b.pledge for b in entry.bearings):
            yield f"evidence: {entry.id}: it bears twice on {pledge}"
    for code in twice(entry.pledge for entry in record.assessments):
        yield f"assessments.yaml: {code}: assessed twice"
    yield from _check_references(record, codes)


def _check_references(record: EvidenceRecord, codes: set[str]) -> Iterator[str]:
    bearing = _bearings(record)
    for pledge, identity in bearing:
        if pledge not in codes:
            yield f"evidence: {identity}: there is no pledge {pledge}"
    for entry in record.assessments:
        for identity in entry.evidence:
            if (entry.pledge, identity) not in bearing:
                yield f"assessments.yaml: {entry.pledge}: {identity} does not bear on it"


def _load_evidence(entries: list[EvidenceEntry], at: datetime, report: Report) -> dict[str, Evidence]:
    stored = {item.public_id: item for item in Evidence.objects.all()}
    grounds = Q(citations__update__published_at__isnull=False) | Q(points__isnull=False)
    cited = set(Evidence.objects.filter(grounds).values_list("pk", flat=True))
    new, changed = [], []
    for entry in entries:
        values = {name: getattr(entry, name) for name in _FIELDS}
        item = stored.get(entry.id)
        if item is None:
            new.append(Evidence(public_id=entry.id, public_at=at, **values))
        elif any(getattr(item, name) != value for name, value in values.items()):
            if item.pk in cited:
                report.kept.append(entry.id)
                continue
            for name, value in values.items():
                setattr(item, name, value)
            changed.append(item)
    Evidence.objects.bulk_create(new, batch_size=100)
    Evidence.objects.bulk_update(changed, _FIELDS, batch_size=100)
    index_evidence(item for item in (*new, *changed) if item.public_at)
    report.evidence = len(new) + len(changed)
    return {item.public_id: item for item in Evidence.objects.all()}


def _load_attachments(
    entries: list[EvidenceEntry], items: dict[str, Evidence], pledges: dict[str, Pledge], at: datetime, report: Report
) -> None:
    # What two people have said an item does to a pledge stands against the release.
    by_people = StatusUpdate.objects.filter(published_at__isnull=False, provisional=False)
    settled = set(by_people.values_list("citations__evidence", "pledge"))
    rows = [
        Attachment(evidence=items[entry.id], pledge=pledges[b.pledge], bearing=b.bearing, why=b.why, public_at=at)
        for entry in entries
        for b in entry.bearings
        if (items[entry.id].pk, pledges[b.pledge].pk) not in settled
    ]
    known = {(item, pledge): pk for pk, item, pledge in Attachment.objects.values_list("pk", "evidence", "pledge")}
    report.attachments = sum((row.evidence_id, row.pledge_id) not in known for row in rows)
    said = {(row.evidence_id, row.pledge_id): row.bearing for row in rows}
    FormerBearing.remember({known[key]: bearing for key, bearing in said.items() if key in known}, at)
    Attachment.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["evidence", "pledge"], update_fields=["bearing", "why"]
    )


def _standing(pledges: Iterable[Pledge]) -> dict[int, StatusUpdate]:
    """Return the newest published update of each pledge."""
    published = StatusUpdate.objects.filter(pledge__in=pledges, published_at__isnull=False).order_by("seq")
    return {update.pledge_id: update for update in published.prefetch_related("citations__evidence")}


def _says_the_same(update: StatusUpdate, entry: AssessmentEntry, bearing: Mapping[tuple[str, str], str]) -> bool:
    cited = {(citation.evidence.public_id, citation.bearing) for citation in update.citations.all()}
    wanted = {(identity, bearing[entry.pledge, identity]) for identity in entry.evidence}
    ours: tuple[Any, ...] = (update.status, update.effective_on, update.summary, update.reasoning, cited)
    return ours == (entry.status, entry.effective_on, entry.summary, entry.reasoning, wanted)


def _proposals(
    record: EvidenceRecord, items: dict[str, Evidence], pledges: dict[str, Pledge], report: Report
) -> Iterator[Proposal]:
    bearing = _bearings(record)
    standing = _standing(pledges.values())
    for entry in record.assessments:
        pledge = pledges[entry.pledge]
        update = standing.get(pledge.pk)
        if update and not update.provisional:
            report.kept.append(entry.pledge)
        elif update and _says_the_same(update, entry, bearing):
            report.unchanged += 1
        else:
            report.published.append(entry.pledge)
            yield Proposal(
                StatusUpdate(
                    pledge=pledge,
                    status=entry.status,
                    effective_on=entry.effective_on,
                    summary=entry.summary,
                    reasoning=entry.reasoning,
                    provisional=True,
                ),
                [(items[identity], bearing[entry.pledge, identity]) for identity in entry.evidence],
            )


@transaction.atomic
def load(record: EvidenceRecord, *, at: datetime) -> Report:
    """Load the evidence at the time `at`; raise CatalogueError where it does not fit the pledges."""
    report = Report()
    pledges = {pledge.code: pledge for pledge in Pledge.objects.all()}
    problems = [*check(record, set(pledges)), *indicators.check(record)]
    if problems:
        raise CatalogueError(problems)
    turn = Publication.of_release(record.release.released_on, at)
    items = _load_evidence(record.evidence, turn.at, report)
    indicators.load_targets_of_evidence(record, items)
    _load_attachments(record.evidence, items, pledges, turn.at, report)
    publish_updates(turn, list(_proposals(record, items, pledges, report)))
    report.points = indicators.load(record, items, turn)  # after the updates, whose numbers are known by now
    return report
