"""The shape of the evidence files, as pydantic models."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from commitments.catalogue.schema import FullText, PartialText, Slug, Strict, Text

PledgeCode = Annotated[str, Field(pattern=r"^[A-Z]{2,8}-\d+(\.\d+){1,2}$")]
#: Four digits: numbers from E10001 on are given out at the desk.
EvidenceId = Annotated[str, Field(pattern=r"^E\d{4}$")]


class BearingEntry(Strict):
    """What an item does to a pledge, and which words or test it touches."""

    pledge: PledgeCode
    bearing: Literal["supports", "contradicts", "context"]
    why: PartialText


class EvidenceEntry(Strict):
    """One source record. A title or date that is not known is absent: it is never made up.

    `targets` are the codes of the announced numbers that it concerns.
    """

    id: EvidenceId
    source_url: Text
    title: str = ""
    publisher: Text
    publisher_kind: Literal[
        "government", "state-media", "news", "international-organisation", "academic", "ngo", "company"
    ]
    side: Literal["china", "lac", "independent"]
    record: Literal["primary", "report"]
    origin: Slug
    countries: list[Annotated[str, Field(pattern=r"^[A-Z]{2}$")]] = []
    language: Text
    published_on: date | None = None
    event_on: date | None = None
    event_precision: Literal["day", "month"] = "day"
    accessed_on: date
    excerpt_only: bool = False
    confidence: Literal["", "high", "medium", "low"] = ""
    fact: PartialText
    targets: list[Slug] = []
    bearings: list[BearingEntry] = []


class AssessmentEntry(Strict):
    """A provisional status with its reasoning. It can never be delivered or not delivered."""

    pledge: PledgeCode
    status: Literal["announced", "in_progress", "sustained", "stalled", "partly_delivered", "not_assessable"]
    effective_on: date
    evidence: Annotated[list[EvidenceId], Field(min_length=1)]
    summary: FullText
    reasoning: FullText


class PlaceEntry(Strict):
    """A section of a document."""

    document: Slug
    section: Text


class PointEntry(Strict):
    """One dated figure with its source. Where a later release changes it, `why` says what was wrong before."""

    date: date
    precision: Literal["year", "month", "day"]
    value: Annotated[Decimal, Field(max_digits=20, decimal_places=4)]
    kind: Literal["measured", "range-low", "range-high", "inferred"]
    source_url: Text
    publisher: Text
    evidence: EvidenceId | None = None
    note: PartialText = {}
    why: PartialText = {}


class IndicatorEntry(Strict):
    """A series of figures of one kind and unit, beside the sections and announced numbers that it concerns."""

    slug: Slug
    title: FullText
    unit: FullText
    note: PartialText = {}
    sections: list[PlaceEntry] = []
    targets: list[Slug] = []
    points: list[PointEntry]


class EvidenceRelease(Strict):
    """The release of the evidence: its own date (UTC), and what every provisional status says of itself."""

    release: Slug
    released_on: date
    note: FullText


class EvidenceRecord(Strict):
    """All of it."""

    release: EvidenceRelease
    evidence: list[EvidenceEntry]
    assessments: list[AssessmentEntry]
    indicators: list[IndicatorEntry] = []
