"""Loads indicators and their figures: what is public stays, and a changed figure is a new one that corrects it.

A figure is known again by its indicator, date, kind and source, or, where only its date was changed, by the others.
Figures that people published are left alone, and so are those that the files no longer have.
"""

import calendar
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from commitments.catalogue.check import twice
from commitments.evidence.schema import EvidenceRecord, IndicatorEntry, PointEntry
from commitments.models import DataPoint, Evidence, Indicator, Publication, Section, Target, publish_points

#: What a corrected figure says of itself where the file says nothing.
CORRECTED = {
    "en": "Release “{release}” of the data gives this figure otherwise.",
    "zh-hans": "数据版本“{release}”对该数字作了更改。",
    "es": "La versión «{release}» de los datos da esta cifra de otro modo.",
    "pt-br": "A versão “{release}” dos dados apresenta este número de outra forma.",
}

_SAID = ("precision", "value", "publisher", "note")

Key = tuple[str, Any, str, str]


@dataclass
class PointReport:
    """What a load did to the figures: numbers of the log that are new, corrected or left to people."""

    published: list[str] = field(default_factory=list)
    corrected: list[str] = field(default_factory=list)
    unchanged: int = 0
    kept: list[str] = field(default_factory=list)


def _key(slug: str, point: PointEntry) -> Key:
    return slug, point.date, point.kind, point.source_url


def _key_of(point: DataPoint) -> Key:
    return point.indicator.slug, point.on, point.kind, point.source_url


def check(record: EvidenceRecord) -> Iterator[str]:
    """Yield what does not fit together: doubles, and sections, numbers or items that are not there."""
    codes = set(Target.objects.values_list("code", flat=True))
    for item in record.evidence:
        for code in sorted({*item.targets} - codes):
            yield f"evidence: {item.id}: there is no announced number {code}"
    for slug in twice(entry.slug for entry in record.indicators):
        yield f"indicators.yaml: {slug}: the indicator stands twice"
    sections = set(Section.objects.values_list("document__slug", "number"))
    items = {item.id for item in record.evidence}
    for entry in record.indicators:
        for problem in _check_indicator(entry, codes, sections, items):
            yield f"indicators.yaml: {entry.slug}: {problem}"


def _check_indicator(
    entry: IndicatorEntry, codes: set[str], sections: set[tuple[str, str]], items: set[str]
) -> Iterator[str]:
    for place in entry.sections:
        if (place.document, place.section) not in sections:
            yield f"there is no section {place.section} of {place.document}"
    for code in sorted({*entry.targets} - codes):
        yield f"there is no announced number {code}"
    for key in twice(_key(entry.slug, point) for point in entry.points):
        yield f"the figure of {key[1]} from {key[3]} stands twice"
    for point in entry.points:
        if point.evidence and point.evidence not in items:
            yield f"{point.date}: there is no item {point.evidence}"
        if _last_day(point) != point.date.day:
            yield f"{point.date}: a {point.precision} is dated by its last day"


def _last_day(point: PointEntry) -> int:
    """Return the day of the month that a figure of this precision bears; 0 where the month is wrong already."""
    if point.precision == "day":
        return point.date.day
    if point.precision == "year" and point.date.month != 12:
        return 0
    return calendar.monthrange(point.date.year, point.date.month)[1]


def load_targets_of_evidence(record: EvidenceRecord, items: dict[str, Evidence]) -> None:
    """Link each item of the files to the announced numbers that it concerns."""
    keys = dict(Target.objects.values_list("code", "pk"))
    link = Evidence.targets.through
    ours = {items[item.id].pk for item in record.evidence}
    wanted = {(items[item.id].pk, keys[code]) for item in record.evidence for code in item.targets}
    rows = link.objects.filter(evidence_id__in=ours).values_list("pk", "evidence_id", "target_id")
    stored = {(item, target): pk for pk, item, target in rows}
    link.objects.filter(pk__in=[pk for pair, pk in stored.items() if pair not in wanted]).delete()
    link.objects.bulk_create(link(evidence_id=e, target_id=t) for e, t in sorted(wanted - stored.keys()))


def _load_indicators(entries: list[IndicatorEntry]) -> dict[str, Indicator]:
    Indicator.objects.bulk_create(
        [
            Indicator(slug=entry.slug, position=n, title=entry.title, unit=entry.unit, note=entry.note)
            for n, entry in enumerate(entries, 1)
        ],
        update_conflicts=True,
        unique_fields=["slug"],
        update_fields=["position", "title", "unit", "note"],
    )
    indicators = {indicator.slug: indicator for indicator in Indicator.objects.all()}
    sections = {(s.document.slug, s.number): s for s in Section.objects.select_related("document")}
    targets = {target.code: target for target in Target.objects.all()}
    for entry in entries:
        indicators[entry.slug].sections.set([sections[p.document, p.section] for p in entry.sections])
        indicators[entry.slug].targets.set([targets[code] for code in entry.targets])
    return indicators


def _standing() -> dict[Key, DataPoint]:
    """Return each published figure's key → the figure that stands in its place now, after all corrections."""
    points = list(DataPoint.objects.select_related("indicator", "evidence").order_by("seq"))
    stands: dict[int, DataPoint] = {point.pk: point for point in points}
    for point in reversed(points):  # a correction has the higher number: it is settled before what it corrects
        if point.corrects_id:
            stands[point.corrects_id] = stands[point.pk]
    return {_key_of(point): stands[point.pk] for point in points}


def _left_over(record: EvidenceRecord, standing: dict[Key, DataPoint]) -> dict[int, DataPoint]:
    """Return the standing figures that came with a release and that the files no longer have as they stand."""
    files = {_key(entry.slug, point) for entry in record.indicators for point in entry.points}
    found = {point.pk: point for key, point in standing.items() if point.release and key not in files}
    return {pk: point for pk, point in found.items() if _key_of(point) not in files}


def _redated(slug: str, entry: PointEntry, left_over: dict[int, DataPoint]) -> DataPoint | None:
    """Return the figure that an entry gives with another date: the only one left over of its kind and source."""
    wanted = (slug, entry.kind, entry.source_url)
    found = [p for p in left_over.values() if (p.indicator.slug, p.kind, p.source_url) == wanted]
    return left_over.pop(found[0].pk) if len(found) == 1 else None


def _says_the_same(point: DataPoint, entry: PointEntry) -> bool:
    said = all(getattr(point, name) == getattr(entry, name) for name in _SAID) and point.on == entry.date
    return said and (point.evidence.public_id if point.evidence else None) == entry.evidence


def _why(entry: PointEntry, release: str) -> dict[str, str]:
    return entry.why or {language: text.format(release=release) for language, text in CORRECTED.items()}


def _points(
    record: EvidenceRecord, indicators: dict[str, Indicator], items: dict[str, Evidence], report: PointReport
) -> Iterator[DataPoint]:
    """Yield the figures that are to be published."""
    standing, release = _standing(), record.release.release
    left_over = _left_over(record, standing)
    for slug, point in ((entry.slug, point) for entry in record.indicators for point in entry.points):
        old = standing.get(_key(slug, point)) or _redated(slug, point, left_over)
        if old and old.author_id:
            report.kept.append(old.public_id)
        elif old and _says_the_same(old, point):
            report.unchanged += 1
        else:
            if old:
                report.corrected.append(old.public_id)
            item = items[point.evidence] if point.evidence else None
            why = _why(point, release) if old else {}
            said = {name: getattr(point, name) for name in (*_SAID, "kind", "source_url")}
            yield DataPoint(
                indicator=indicators[slug],
                on=point.date,
                evidence=item,
                corrects=old,
                why=why,
                release=release,
                **said,
            )
    report.kept += [point.public_id for point in left_over.values()]


def load(record: EvidenceRecord, items: dict[str, Evidence], turn: Publication) -> PointReport:
    """Load the indicators and publish their new and changed figures in `turn`; `check` has found nothing wrong."""
    report = PointReport()
    indicators = _load_indicators(record.indicators)
    points: Iterable[DataPoint] = list(_points(record, indicators, items, report))
    publish_points(turn, points)
    report.published = [point.public_id for point in points]
    return report
