"""The shape of the catalogue's files, as pydantic models.

They say what a file may hold; whether it agrees with the texts and with the other files is `check.py`'s part.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from commitments.models import LANGUAGES

Text = Annotated[str, Field(min_length=1)]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]


def _known_languages(value: dict[str, str]) -> dict[str, str]:
    unknown = sorted(set(value) - set(LANGUAGES))
    if unknown:
        raise ValueError(f"unknown language {', '.join(unknown)}; use {', '.join(LANGUAGES)}")
    return value


def _all_languages(value: dict[str, str]) -> dict[str, str]:
    missing = [language for language in LANGUAGES if language not in value]
    if missing:
        raise ValueError(f"no text in {', '.join(missing)}")
    return _known_languages(value)


PartialText = Annotated[dict[str, Text], AfterValidator(_known_languages)]
FullText = Annotated[dict[str, Text], AfterValidator(_all_languages)]


class Strict(BaseModel):
    """No unknown keys, no guessing of types, no later change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Release(Strict):
    """Which release of the data this is, and its own date (UTC)."""

    release: Slug
    released_on: date


class TermEntry(Strict):
    """A word of a vocabulary."""

    slug: Slug
    name: FullText
    aliases: list[Text] = []
    source: str = ""


class Vocabulary(Strict):
    """The three controlled vocabularies, in the order in which pages list them."""

    themes: list[TermEntry]
    rights: list[TermEntry]
    actors: list[TermEntry]


class ExactEntry(Strict):
    """Words of a rendition at their offsets (code points, end exclusive)."""

    rendition: Slug
    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(gt=0)]
    exact: Text


class RenditionEntry(Strict):
    """A rendition; its text lies in the same folder as `KEY.txt`."""

    key: Slug
    language: Text
    authority: Literal["authoritative", "official-translation", "unofficial-translation"]
    translator: str = ""
    source: FullText
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class SectionEntry(Strict):
    """A numbered part; its parent is the part whose number it begins with."""

    number: Annotated[str, Field(pattern=r"^\d+(\.\d+)?$")]
    kind: Literal["paragraph", "project", "section"]
    title: FullText
    aliases: list[Text] = []
    headings: list[ExactEntry] = []


class Counted(Strict):
    """What a person counted in the document as issued; `check_catalogue` must come to the same numbers."""

    sections: int
    sentences: int


class DocumentEntry(Strict):
    """A document with its renditions and sections."""

    slug: Slug
    code: Annotated[str, Field(pattern=r"^[A-Z]{2,8}$")]
    title: FullText
    short_title: FullText
    issuer: FullText
    aliases: list[Text] = []
    issued_on: date
    baseline_on: date
    counted: Counted
    renditions: list[RenditionEntry]
    headings: list[ExactEntry] = []
    sections: list[SectionEntry]


class PassageEntry(ExactEntry):
    """One sentence."""

    role: Literal["pledge", "position", "context"]


class RowEntry(Strict):
    """Sentences of the renditions that say the same; `section` is null for the document itself."""

    section: str | None
    passages: Annotated[list[PassageEntry], Field(min_length=1)]


class QuoteEntry(ExactEntry):
    """The words that make up a pledge in one rendition."""

    note: str = ""


class DifferenceEntry(Strict):
    """One point in which renditions differ in substance: the words of each, and what differs, in a sentence of ours.

    `section` is where it occurs first, null for the document itself. A difference that recurs lists all of its places.
    """

    code: Annotated[str, Field(pattern=r"^D-[A-Z]{2,8}-[1-9]\d*$")]
    section: str | None
    kind: Literal["term", "strength", "scope", "actor", "relation", "omission", "addition", "broken"]
    note: FullText
    words: Annotated[list[ExactEntry], Field(min_length=2)]


class CodingEntry(Strict):
    """How a pledge is read."""

    title: FullText
    trackability: Literal["verifiable", "directional", "continuing", "declaratory"]
    reason: FullText
    test: FullText
    actors: Annotated[list[Slug], Field(min_length=1)]
    addressees: list[Slug] = []
    themes: Annotated[list[Slug], Field(min_length=1)]
    rights: list[Slug] = []
    due_on: date | None = None
    recurrence: Literal["", "unspecified", "yearly"] = ""
    note: PartialText = {}


class PledgeEntry(Strict):
    """One pledge: its code, its words, its coding."""

    code: Annotated[str, Field(pattern=r"^[A-Z]{2,8}-[1-9]\d*(\.[1-9]\d*){1,2}$")]
    quotes: Annotated[list[QuoteEntry], Field(min_length=1)]
    coding: CodingEntry


class TargetEntry(Strict):
    """A number announced for a section, with its own source."""

    code: Slug
    document: Slug
    section: Text
    title: FullText
    quantity: Annotated[Decimal, Field(gt=0)]
    unit: FullText
    period: FullText
    baseline_on: date
    source_url: Text
    source_publisher: Text
    source_published_on: date | None = None
    note: PartialText = {}


class Frozen(Strict):
    """The codes of a release, each with the hash of its authoritative words: they stand for good."""

    release: Slug
    words: dict[str, str]


class DocumentFolder(Strict):
    """Everything of one document: the files of its folder."""

    document: DocumentEntry
    rows: list[RowEntry]
    pledges: list[PledgeEntry]
    differences: list[DifferenceEntry] = []


class Catalogue(Strict):
    """The whole catalogue."""

    release: Release
    vocabulary: Vocabulary
    documents: list[DocumentFolder]
    targets: list[TargetEntry]
    frozen: Frozen | None
    texts: dict[tuple[str, str], str]
