"""Loads a proved catalogue into the database: all of it or nothing, and a second time without effect.

Words, offsets and codes follow the catalogue. Codings are append-only: the catalogue adds a version where its
reading changed, and leaves a pledge alone on which curators have published a later one.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Model

from commitments.catalogue import differences, export
from commitments.catalogue.files import CatalogueError
from commitments.catalogue.schema import Catalogue, CodingEntry, DocumentFolder, ExactEntry, TermEntry
from commitments.models import (
    Actor,
    Coding,
    Delivery,
    Document,
    Heading,
    Passage,
    Period,
    Pledge,
    Proposal,
    Publication,
    Quote,
    Rendition,
    Right,
    Section,
    StatusUpdate,
    Target,
    Theme,
    Trackability,
    Wording,
    publish_codings,
    publish_updates,
)
from commitments.models.indexing import reindex_catalogue
from commitments.models.periods import OPEN

Step = Callable[[str], None]

#: Why a declaratory pledge has the status that it has.
DECLARATORY = {
    "en": "The words are declaratory: a stance, which is shown and never scored.",
    "zh-hans": "文字属宣示性：表明立场，只展示，不评分。",
    "es": "Las palabras son declarativas: una postura, que se muestra y nunca se puntúa.",
    "pt-br": "As palavras são declaratórias: uma postura, que é mostrada e nunca pontuada.",
}


@dataclass
class Report:
    """What a load did. `kept` are codes whose coding curators have changed: those were left alone."""

    new: list[str] = field(default_factory=list)
    recoded: list[str] = field(default_factory=list)
    unchanged: int = 0
    kept: list[str] = field(default_factory=list)


def _upsert(model: type[Model], rows: Iterable[Model], key: tuple[str, ...], fields: tuple[str, ...]) -> list[Any]:
    return model._default_manager.bulk_create(
        rows, update_conflicts=True, unique_fields=key, update_fields=fields, batch_size=200
    )


def _load_terms(model: type[Theme] | type[Right] | type[Actor], entries: list[TermEntry]) -> None:
    extra = ("source",) if model is Right else ()
    rows = [
        model(position=n, **entry.model_dump(include={"slug", "name", "aliases", *extra}))
        for n, entry in enumerate(entries, 1)
    ]
    _upsert(model, rows, ("slug",), ("position", "name", "aliases", *extra))
    gone = model.objects.exclude(slug__in=[entry.slug for entry in entries])
    used = gone.filter(codings__isnull=False).distinct()
    if used:
        raise CatalogueError([f"vocabulary.yaml: {term}: gone, but published codings use it" for term in used])
    gone.delete()


def _load_document(folder: DocumentFolder, position: int) -> Document:
    entry = folder.document
    fields = ("code", "title", "short_title", "issuer", "aliases", "issued_on", "baseline_on")
    document, _ = Document.objects.update_or_create(
        slug=entry.slug,
        defaults={
            **{name: getattr(entry, name) for name in fields},
            "position": position,
            "counted": entry.counted.model_dump(),
        },
    )
    return document


def _load_renditions(document: Document, folder: DocumentFolder, texts: dict[tuple[str, str], str]) -> None:
    fields = ("position", "language", "authority", "translator", "source", "text", "sha256")
    rows = [
        Rendition(
            document=document,
            position=n,
            text=texts[document.slug, entry.key],
            **entry.model_dump(include={"key", *fields}),
        )
        for n, entry in enumerate(folder.document.renditions, 1)
    ]
    # One at most is authoritative at any moment: the one that gives it up comes first.
    rows.sort(key=lambda row: row.authority == "authoritative")
    _upsert(Rendition, rows, ("document", "key"), fields)
    document.renditions.exclude(key__in=[row.key for row in rows]).delete()


def _load_sections(document: Document, folder: DocumentFolder) -> None:
    fields = ("position", "kind", "title", "aliases", "parent")
    entries = list(enumerate(folder.document.sections, 1))
    for with_parent in (False, True):  # a parent must be there before its sections
        parents = {section.number: section for section in document.sections.all()}
        rows = [
            Section(
                document=document,
                position=n,
                parent=parents.get(entry.number.rpartition(".")[0]),
                **entry.model_dump(include={"number", "kind", "title", "aliases"}),
            )
            for n, entry in entries
            if (entry.kind == "section") is with_parent
        ]
        _upsert(Section, rows, ("document", "number"), fields)
    document.sections.exclude(number__in=[entry.number for _, entry in entries]).delete()


def _forget_words(document: Document) -> None:
    """Delete everything that quotes the document's texts: a text may only change when nothing quotes it."""
    for model in (Quote, Passage, Heading, Wording):
        model.objects.filter(rendition__document=document).delete()


def _place(entry: ExactEntry, renditions: dict[str, Rendition]) -> dict[str, Any]:
    return {"rendition": renditions[entry.rendition], "start": entry.start, "end": entry.end, "exact": entry.exact}


def _load_words(document: Document, folder: DocumentFolder) -> None:
    """Headings, sentences, pledges and their quotes."""
    renditions = {rendition.key: rendition for rendition in document.renditions.all()}
    sections = {section.number: section for section in document.sections.all()}
    headed = [(None, folder.document.headings), *((sections[s.number], s.headings) for s in folder.document.sections)]
    Heading.objects.bulk_create(
        Heading(section=section, **_place(entry, renditions)) for section, entries in headed for entry in entries
    )
    passages, ordinals = [], dict.fromkeys(renditions, 0)
    for number, row in enumerate(folder.rows, 1):
        for entry in row.passages:
            ordinals[entry.rendition] += 1
            passages.append(
                Passage(
                    section=sections[row.section] if row.section else None,
                    row=number,
                    ordinal=ordinals[entry.rendition],
                    role=entry.role,
                    **_place(entry, renditions),
                )
            )
    Passage.objects.bulk_create(passages)
    _load_quotes(document, folder, renditions, passages)


def _load_quotes(
    document: Document, folder: DocumentFolder, renditions: dict[str, Rendition], passages: list[Passage]
) -> None:
    pledges = {pledge.code: pledge for pledge in document.pledges.all()}
    quotes = [
        Quote(pledge=pledges[entry.code], note=quote.note, **_place(quote, renditions))
        for entry in folder.pledges
        for quote in entry.quotes
    ]
    Quote.objects.bulk_create(quotes)
    link = Quote.passages.through
    link.objects.bulk_create(
        link(quote=quote, passage=passage)
        for quote in quotes
        for passage in passages
        if passage.rendition_id == quote.rendition_id and passage.start < quote.end and passage.end > quote.start
    )


def _refuse_vanished(document: Document, folder: DocumentFolder) -> None:
    gone = document.pledges.exclude(code__in=[entry.code for entry in folder.pledges])
    if gone.exists():
        codes = ", ".join(gone.values_list("code", flat=True))
        raise CatalogueError([f"{document.slug}: {codes}: in the database, but no longer in the catalogue"])


def _load_pledges(document: Document, folder: DocumentFolder, first: int) -> None:
    sections = {section.number: section for section in document.sections.all()}
    rows = []
    for n, entry in enumerate(folder.pledges):
        section, _, ordinal = entry.code.partition("-")[2].rpartition(".")
        rows.append(
            Pledge(
                code=entry.code,
                document=document,
                section=sections[section],
                ordinal=int(ordinal),
                position=first + n,
            )
        )
    _upsert(Pledge, rows, ("code",), ("section", "ordinal", "position"))


def _publish(codings: list[tuple[Coding, CodingEntry]], catalogue: Catalogue, at: datetime) -> None:
    """Insert codings with their tags, and publish them: with them the status of what is declaratory."""
    Coding.objects.bulk_create(coding for coding, _ in codings)
    terms: dict[str, dict[str, int]] = {
        "themes": dict(Theme.objects.values_list("slug", "pk")),
        "rights": dict(Right.objects.values_list("slug", "pk")),
        "actors": dict(Actor.objects.values_list("slug", "pk")),
    }
    terms["addressees"] = terms["actors"]
    for name in Coding.sealed_links:
        relation = getattr(Coding, name)
        link, column = relation.through, f"{relation.rel.model._meta.model_name}_id"
        link.objects.bulk_create(
            link(coding_id=coding.pk, **{column: terms[name][slug]})
            for coding, entry in codings
            for slug in getattr(entry, name)
        )
    turn = Publication.of_release(catalogue.release.released_on, at)
    declaratory = [coding.pledge for coding, _ in codings if coding.trackability == Trackability.DECLARATORY]
    publish_updates(turn, _not_assessable(declaratory, catalogue))
    publish_codings(turn, ((coding, entry.model_dump(mode="json")) for coding, entry in codings))


def _not_assessable(pledges: list[Pledge], catalogue: Catalogue) -> Iterator[Proposal]:
    """Yield the provisional status of pledges that a coding makes declaratory, unless they have it already."""
    baseline = {folder.document.slug: folder.document.baseline_on for folder in catalogue.documents}
    stands = dict(Period.objects.filter(pledge__in=pledges, until=OPEN).values_list("pledge", "status"))
    said = StatusUpdate.objects.filter(pledge__in=pledges, published_at__isnull=False)
    # As of a day the latest `effective_on` counts: the new status must not begin before the one it ends.
    began = dict(said.order_by("effective_on").values_list("pledge", "effective_on"))
    for pledge in pledges:
        if stands.get(pledge.pk) != Delivery.NOT_ASSESSABLE:
            yield Proposal(
                StatusUpdate(
                    pledge=pledge,
                    status=Delivery.NOT_ASSESSABLE,
                    effective_on=max(began.get(pledge.pk, date.min), baseline[pledge.document.slug]),
                    reasoning=DECLARATORY,
                    provisional=True,
                )
            )


def _load_codings(catalogue: Catalogue, at: datetime) -> Report:
    report, wanted = Report(), []
    entries = {entry.code: entry.coding for folder in catalogue.documents for entry in folder.pledges}
    pledges = Pledge.objects.filter(code__in=entries).select_related("document")
    latest = export.latest_codings(pledges)
    for pledge in pledges:
        entry, now = entries[pledge.code], latest.get(pledge.pk)
        if now and _same(export.coding_entry(now), entry):
            report.unchanged += 1
            continue
        if now and not now.release:
            report.kept.append(pledge.code)
            continue
        (report.recoded if now else report.new).append(pledge.code)
        fields = entry.model_dump(exclude=set(Coding.sealed_links))
        version = now.version + 1 if now else 1
        wanted.append((Coding(pledge=pledge, version=version, release=catalogue.release.release, **fields), entry))
    _publish(wanted, catalogue, at)
    return report


def _same(ours: CodingEntry, theirs: CodingEntry) -> bool:
    """Compare two codings; the order of tags says nothing."""

    def unordered(entry: CodingEntry) -> dict[str, Any]:
        return {k: sorted(v) if k in Coding.sealed_links else v for k, v in entry.model_dump().items()}

    return unordered(ours) == unordered(theirs)


def _load_targets(catalogue: Catalogue) -> None:
    sections = {(s.document.slug, s.number): s for s in Section.objects.select_related("document")}
    rows = [
        Target(
            position=n,
            section=sections[entry.document, entry.section],
            **entry.model_dump(exclude={"document", "section"}),
        )
        for n, entry in enumerate(catalogue.targets, 1)
    ]
    fields = tuple(f.name for f in Target._meta.fields if f.name not in ("id", "code"))
    _upsert(Target, rows, ("code",), fields)
    Target.objects.exclude(code__in=[entry.code for entry in catalogue.targets]).delete()


@transaction.atomic
def load(catalogue: Catalogue, *, at: datetime, step: Step = lambda name: None) -> Report:
    """Load a catalogue that `check` has proved, at the time `at`; `step` is told the name of each part done."""
    named = _names()
    for model, name in ((Theme, "themes"), (Right, "rights"), (Actor, "actors")):
        _load_terms(model, getattr(catalogue.vocabulary, name))
    changed = named != _names()
    step("vocabulary")
    first = 1
    for position, folder in enumerate(catalogue.documents, 1):
        known = Document.objects.filter(slug=folder.document.slug).first()
        if not known or known.position != position or not _stands(known, first) or not _words_stand(known, folder):
            _reload(known, folder, position, first, catalogue)
            changed = True
        first += len(folder.pledges)
        step(folder.document.slug)
    _load_targets(catalogue)
    report = _load_codings(catalogue, at)
    step("codings")
    if changed:  # new codings of words that stand are found already
        reindex_catalogue(fresh=report.new)
    step("search")
    return report


def _names() -> list[Any]:
    """Return what terms are found by."""
    return [list(model.objects.values_list("slug", "name", "aliases")) for model in (Theme, Right, Actor)]


def _stands(document: Document, first: int) -> bool:
    pledge = document.pledges.first()
    return bool(pledge and pledge.position == first)


def _words_stand(document: Document, folder: DocumentFolder) -> bool:
    """Tell whether the database already holds this document as the catalogue has it, coding aside."""
    stored = export.folder(document)
    words = [(pledge.code, pledge.quotes) for pledge in stored.pledges]
    wanted = [(pledge.code, pledge.quotes) for pledge in folder.pledges]
    same = stored.document == folder.document and stored.rows == folder.rows
    return same and stored.differences == folder.differences and words == wanted


def _reload(known: Document | None, folder: DocumentFolder, position: int, first: int, catalogue: Catalogue) -> None:
    if known:
        _forget_words(known)
    document = _load_document(folder, position)
    _load_renditions(document, folder, catalogue.texts)
    _refuse_vanished(document, folder)
    _load_sections(document, folder)
    _load_pledges(document, folder, first)
    _load_words(document, folder)
    differences.load(document, folder.differences)
