"""The tables of figures: indicators, their dated points, and the numbers announced for sections."""

from datetime import date
from typing import Any

from commitments.exports.columns import Column, Kind, Link, Sheet, at, choice, texts
from commitments.models import Indicator, PointKind, PointPrecision
from commitments.record import archive, indicators, permanent


def _sections(indicator: Indicator) -> list[str]:
    return [str(section) for section in indicator.sections.all()]


def _targets(indicator: Indicator) -> list[str]:
    return [target.code for target in indicator.targets.all()]


def _measured(target: Any) -> list[str]:
    return [indicator.slug for indicator in target.public_indicators]


def _concerning(target: Any) -> list[str]:
    return [item.public_id for item in target.public_evidence]


def _corrected_by(point: Any) -> str | None:
    return f"P{point.undone_by}" if point.undone_by else None


def _announced(on: date) -> Any:
    return indicators.with_what_concerns(indicators.targets(on=on), on=on)


INDICATORS = Sheet(
    name="indicators",
    title="Indicators",
    doc="Series of dated figures of one kind and unit.",
    columns=(
        Column("slug", Kind.TEXT, "Its name in addresses", at("slug"), (), True, True),
        *texts("title", "Title"),
        *texts("unit", "Unit of its figures"),
        *texts("note", "What the series counts, and its traps"),
        Column("sections", Kind.LIST, "Sections that it concerns", _sections),
        Column("targets", Kind.LIST, "Announced numbers beside which it stands", _targets),
        Column("url", Kind.ADDRESS, "Its page: the permanent address", permanent.address, (), True, True),
    ),
    rows=lambda on: indicators.indicators(on=on),
    key=("slug",),
)

POINTS = Sheet(
    name="points",
    title="Points",
    doc="Every published figure, corrected ones too.",
    columns=(
        Column("id", Kind.TEXT, "P and its number in the public log", at("public_id"), (), True, True),
        Column("indicator", Kind.TEXT, "The series", at("indicator.slug"), (), True),
        Column("on", Kind.DATE, "The day it is of; of a year or month, the last", at("on"), (), True),
        choice("precision", "How exactly that is known", PointPrecision),
        Column("value", Kind.NUMBER, "The figure", at("value"), (), True),
        choice("kind", "What the figure is", PointKind),
        Column("source_url", Kind.ADDRESS, "Where it stands", at("source_url"), (), True),
        Column("publisher", Kind.TEXT, "Who published it", at("publisher"), (), True),
        Column("evidence", Kind.TEXT, "The item of evidence it was taken from, if any", at("item")),
        *texts("note", "A note on it"),
        Column("published_at", Kind.MOMENT, "Since when readers could know", at("published_at"), (), True),
        Column("corrects", Kind.TEXT, "The figure that it corrects", at("corrects.public_id")),
        *texts("why", "Why the earlier figure is corrected"),
        Column("corrected_by", Kind.TEXT, "The figure that had corrected it by the day", _corrected_by),
    ),
    rows=lambda on: archive.points(on=on),
    key=("id",),
    links=(
        Link(("indicator",), "indicators", ("slug",)),
        Link(("evidence",), "evidence", ("id",)),
        Link(("corrects",), "points", ("id",)),
        Link(("corrected_by",), "points", ("id",)),
    ),
)

TARGETS = Sheet(
    name="targets",
    title="Targets",
    doc="Numbers announced for sections. They stand beside the pledges and are not counted as pledges.",
    columns=(
        Column("code", Kind.TEXT, "Its name in addresses", at("code"), (), True, True),
        Column("document", Kind.TEXT, "The document", at("section.document.slug"), (), True),
        Column("section", Kind.TEXT, "Number of the section, a text", at("section.number"), (), True),
        Column("section_code", Kind.TEXT, "Code of the section", lambda target: str(target.section), (), True),
        *texts("title", "Title"),
        Column("quantity", Kind.NUMBER, "The number", at("quantity"), (), True),
        *texts("unit", "Its unit"),
        *texts("period", "For which time"),
        Column("baseline_on", Kind.DATE, "The day it was announced", at("baseline_on"), (), True),
        Column("source_url", Kind.ADDRESS, "Where it was announced", at("source_url"), (), True),
        Column("source_publisher", Kind.TEXT, "Who published that", at("source_publisher"), (), True),
        Column("source_published_on", Kind.DATE, "When that was published", at("source_published_on")),
        *texts("note", "A note on it"),
        Column("indicators", Kind.LIST, "Indicators that count what was announced", _measured),
        Column("evidence", Kind.LIST, "Items of evidence that concern it", _concerning),
        Column("url", Kind.ADDRESS, "Its page: the permanent address", permanent.of_target, (), True, True),
    ),
    rows=_announced,
    key=("code",),
    links=(Link(("document",), "documents", ("slug",)), Link(("section_code",), "sections", ("code",))),
)
