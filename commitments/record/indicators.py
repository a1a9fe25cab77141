"""Indicators and announced numbers as they stood on a day: which figures were public, and which had been corrected."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Case, F, Prefetch, QuerySet, When
from django.db.models.functions import Coalesce

from commitments.models import DataPoint, Evidence, Indicator, Section, Target
from commitments.record import published
from commitments.record.charts import Chart, draw
from commitments.record.days import end_of


def figures(*, on: date) -> QuerySet[DataPoint]:
    """Return every figure published by the day, corrected ones too, oldest first.

    Each comes with the number of the figure that corrected it by then, and of its item of evidence if that was public.
    """
    end = end_of(on)
    corrected = Case(When(corrected_by__published_at__lt=end, then=F("corrected_by__seq")), default=None)
    item = Case(When(evidence__public_at__lt=end, then=F("evidence__public_id")), default=None)
    found = DataPoint.objects.filter(published_at__lt=end).select_related("corrects")
    return found.annotate(undone_by=corrected, item=item).order_by("on", "seq")


def _public(*, on: date) -> QuerySet[Indicator]:
    points = DataPoint.objects.filter(published_at__lt=end_of(on))
    return Indicator.objects.filter(pk__in=points.values("indicator")).order_by("position")


def indicators(*, on: date) -> QuerySet[Indicator]:
    """Return the indicators that had a figure by the day, each with its figures, sections and announced numbers."""
    return _public(on=on).prefetch_related(
        Prefetch("points", queryset=figures(on=on), to_attr="public_points"),
        Prefetch("sections", queryset=published.sections()),
        Prefetch("targets", queryset=targets(on=on)),
    )


def standing(indicator: Indicator) -> list[DataPoint]:
    """Return the figures of an indicator that stood on the day for which `indicators` fetched it, oldest first."""
    points: list[DataPoint] = indicator.public_points  # type: ignore[attr-defined]
    return [point for point in points if point.undone_by is None]  # type: ignore[attr-defined]


def undone(indicator: Indicator) -> list[DataPoint]:
    """Return the figures that had been corrected by then, oldest first."""
    points: list[DataPoint] = indicator.public_points  # type: ignore[attr-defined]
    return [point for point in points if point.undone_by is not None]  # type: ignore[attr-defined]


def corrections_of(indicator: Indicator) -> list[tuple[DataPoint, DataPoint]]:
    """Return (corrected figure, the one that corrects it) as of that day, newest correction first."""
    points: list[DataPoint] = indicator.public_points  # type: ignore[attr-defined]
    by_key = {point.pk: point for point in points}
    found = [(by_key[point.corrects_id], point) for point in points if point.corrects_id]
    return sorted(found, key=lambda pair: -pair[1].seq)


def beside(section: Section, *, on: date) -> QuerySet[Indicator]:
    """Return the indicators that concern a section, without their figures."""
    return _public(on=on).filter(sections=section)


def with_figures(sections: QuerySet[Section], *, on: date) -> QuerySet[Section]:
    """Return the same sections with the numbers announced for them and the indicators that concern them."""
    concerning = Prefetch("indicators", queryset=_public(on=on), to_attr="public_indicators")
    return sections.prefetch_related(Prefetch("targets", queryset=targets(on=on)), concerning)


def drawn_from(item: Evidence, *, on: date) -> QuerySet[Indicator]:
    """Return the indicators with a figure that was taken from an item of evidence and stood on the day."""
    points = figures(on=on).filter(evidence=item, undone_by__isnull=True).values("indicator")  # type: ignore[misc]
    return Indicator.objects.filter(pk__in=points).order_by("position")


def targets(*, on: date) -> QuerySet[Target]:
    """Return the numbers announced by the day with their sections. They stand beside pledges and are none themselves.

    They come with a release and have no date of publication here: a day before the announcement does not know them.
    """
    known = Target.objects.filter(baseline_on__lte=on)
    return known.select_related("section__document", "section__parent").order_by("position")


def with_what_concerns(found: QuerySet[Target], *, on: date) -> QuerySet[Target]:
    """Return the same numbers with their public indicators and items of evidence."""
    return found.prefetch_related(
        Prefetch("indicators", queryset=_public(on=on), to_attr="public_indicators"),
        Prefetch("evidence", queryset=published.evidence(on=on), to_attr="public_evidence"),
    )


def evidence_on(target: Target, *, on: date) -> QuerySet[Evidence]:
    """Return the public items that concern an announced number, newest event first."""
    happened = Coalesce("event_on", "published_on").desc(nulls_last=True)
    return published.evidence(on=on).filter(targets=target).order_by(happened, "public_id")


@dataclass(frozen=True)
class Measured:
    """An indicator beside an announced number: its figures up to the day of the announcement, and from after it."""

    target: Target
    indicator: Indicator
    before: list[DataPoint]
    after: list[DataPoint]

    @property
    def chart(self) -> Chart | None:
        """All of its figures, and the number as a line across them where both count the same thing."""
        comparable = self.target.unit == self.indicator.unit
        return draw([*self.before, *self.after], beside=self.target.quantity if comparable else None)


def _measured(target: Target, indicator: Indicator) -> Measured:
    points = standing(indicator)
    after = [point for point in points if point.on > target.baseline_on]
    return Measured(target, indicator, [p for p in points if p.on <= target.baseline_on], after)


def against(target: Target, *, on: date) -> list[Measured]:
    """Return what is measured beside an announced number. The announcement itself is no figure of what followed."""
    return against_each([target], on=on)[0][1]


def against_each(announced: list[Target], *, on: date) -> list[tuple[Target, list[Measured]]]:
    """Return every one of some announced numbers with what is measured beside it; queries do not grow with them."""
    found = list(indicators(on=on).filter(targets__in=announced).distinct())
    beside = {series.pk: {target.pk for target in series.targets.all()} for series in found}
    return [
        (target, [_measured(target, series) for series in found if target.pk in beside[series.pk]])
        for target in announced
    ]
