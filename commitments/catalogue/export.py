"""The way back: the database's record as a catalogue, so that there is one truth."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from commitments.catalogue import differences
from commitments.catalogue.schema import (
    Catalogue,
    CodingEntry,
    DocumentEntry,
    DocumentFolder,
    Frozen,
    PassageEntry,
    PledgeEntry,
    QuoteEntry,
    Release,
    RowEntry,
    TargetEntry,
    TermEntry,
    Vocabulary,
)
from commitments.models import (
    Actor,
    Coding,
    Document,
    Heading,
    Passage,
    Pledge,
    Rendition,
    Right,
    Section,
    Target,
    Theme,
)


def _words(row: Any) -> dict[str, Any]:
    return {"rendition": row.rendition.key, "start": row.start, "end": row.end, "exact": row.exact}


def _fields(row: Any, *names: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _terms(model: type[Theme] | type[Right] | type[Actor]) -> list[TermEntry]:
    return [
        TermEntry(slug=term.slug, name=term.name, aliases=term.aliases, source=getattr(term, "source", ""))
        for term in model.objects.all()
    ]


def vocabulary() -> Vocabulary:
    """Return the three vocabularies."""
    return Vocabulary(themes=_terms(Theme), rights=_terms(Right), actors=_terms(Actor))


def _rendition(rendition: Rendition) -> dict[str, Any]:
    return _fields(rendition, "key", "language", "authority", "translator", "source", "sha256")


def _document(document: Document) -> DocumentEntry:
    headings: dict[int | None, list[dict[str, Any]]] = defaultdict(list)
    for heading in (
        Heading.objects.filter(rendition__document=document)
        .select_related("rendition")
        .order_by("rendition__position", "start")
    ):
        headings[heading.section_id].append(_words(heading))
    sections = [
        {**_fields(section, "number", "kind", "title", "aliases"), "headings": headings[section.pk]}
        for section in Section.objects.filter(document=document)
    ]
    names = ("slug", "code", "title", "short_title", "issuer", "aliases", "issued_on", "baseline_on", "counted")
    return DocumentEntry.model_validate(
        {
            **_fields(document, *names),
            "renditions": [_rendition(rendition) for rendition in document.renditions.all()],
            "headings": headings[None],
            "sections": sections,
        }
    )


def _rows(document: Document) -> list[RowEntry]:
    rows: dict[int, list[Passage]] = defaultdict(list)
    passages = Passage.objects.filter(rendition__document=document).select_related("rendition", "section")
    for passage in passages.order_by("row", "rendition__position", "ordinal"):
        rows[passage.row].append(passage)
    return [
        RowEntry(
            section=row[0].section.number if row[0].section else None,
            passages=[PassageEntry.model_validate({**_words(passage), "role": passage.role}) for passage in row],
        )
        for _, row in sorted(rows.items())
    ]


def coding_entry(coding: Coding) -> CodingEntry:
    """Return a coding as the catalogue writes it. Its tags must be prefetched."""
    tags = {name: [term.slug for term in getattr(coding, name).all()] for name in Coding.sealed_links}
    names = ("title", "trackability", "reason", "test", "due_on", "recurrence", "note")
    return CodingEntry.model_validate({**_fields(coding, *names), **tags})


def latest_codings(pledges: Iterable[Pledge]) -> dict[int, Coding]:
    """Return the newest published coding of each pledge, by the pledge's key."""
    published = Coding.objects.filter(pledge__in=pledges, published_at__isnull=False).order_by("version")
    return {coding.pledge_id: coding for coding in published.prefetch_related(*Coding.sealed_links)}


def _pledges(document: Document) -> list[PledgeEntry]:
    pledges = Pledge.objects.filter(document=document).prefetch_related("quotes__rendition")
    codings = latest_codings(pledges)
    return [
        PledgeEntry(
            code=pledge.code,
            quotes=[
                QuoteEntry(**_words(quote), note=quote.note)
                for quote in sorted(pledge.quotes.all(), key=lambda q: (q.rendition.position, q.start))
            ],
            coding=coding_entry(codings[pledge.pk]),
        )
        for pledge in pledges
    ]


def targets() -> list[TargetEntry]:
    """Return the announced numbers."""
    names = ("code", "title", "quantity", "unit", "period", "baseline_on", "source_url", "source_publisher")
    return [
        TargetEntry(
            **_fields(target, *names, "source_published_on", "note"),
            document=target.section.document.slug,
            section=target.section.number,
        )
        for target in Target.objects.select_related("section__document")
    ]


def folder(document: Document) -> DocumentFolder:
    """Return one document with its sentences, its pledges, and where its renditions differ."""
    return DocumentFolder(
        document=_document(document),
        rows=_rows(document),
        pledges=_pledges(document),
        differences=differences.export(document),
    )


def export(release: Release, frozen: Frozen | None) -> Catalogue:
    """Return the database's record; release and frozen codes are the catalogue's own and pass through."""
    documents = Document.objects.prefetch_related("renditions")
    return Catalogue(
        release=release,
        vocabulary=vocabulary(),
        documents=[folder(document) for document in documents],
        targets=targets(),
        frozen=frozen,
        texts={(d.slug, rendition.key): rendition.text for d in documents for rendition in d.renditions.all()},
    )
