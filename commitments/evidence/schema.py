"""The shape of the evidence files, as pydantic models."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from commitments.catalogue.schema import FullText, PartialText, Slug, Strict, Text

PledgeCode = Annotated[str, Field(pattern=r"^[A-Z]{2,8}-\d+(\.\d+){1,2}$")]
EvidenceId = Annotated[str, Field(pattern=r"^E\d{4,}$")]


class BearingEntry(Strict):
    """What an item does to a pledge, and which words or test it touches."""

    pledge: PledgeCode
    bearing: Literal["supports", "contradicts", "context"]
    why: PartialText


class EvidenceEntry(Strict):
    """One source record. A title or date that is not known is absent: it is never made up."""

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
    bearings: list[BearingEntry] = []


class AssessmentEntry(Strict):
    """A provisional status with its reasoning. It can never be delivered or not delivered."""

    pledge: PledgeCode
    status: Literal["announced", "in_progress", "sustained", "stalled", "partly_delivered", "not_assessable"]
    effective_on: date
    evidence: Annotated[list[EvidenceId], Field(min_length=1)]
    summary: FullText
    reasoning: FullText


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
