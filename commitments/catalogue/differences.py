"""Where renditions differ, as the catalogue has it: proved on the files, loaded, and read back."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from commitments.catalogue.schema import DifferenceEntry, DocumentFolder, ExactEntry
from commitments.models import Difference, Document, Wording


def check(folder: DocumentFolder, authoritative: str) -> Iterator[str]:
    """Yield what is wrong. That the words are the text's own is proved with all other quoted words.

    Every difference has a code of its own, words in the authoritative rendition (its key is given) and in another,
    and says in which section it occurs first.
    """
    where = f"{folder.document.slug}/differences.yaml"
    for code, count in Counter(difference.code for difference in folder.differences).items():
        if count > 1:
            yield f"{where}: {code}: the code stands twice"
    for difference in folder.differences:
        found = _check_one(folder, difference, authoritative)
        yield from (f"{where}: {difference.code}: {problem}" for problem in found)


def _check_one(folder: DocumentFolder, difference: DifferenceEntry, authoritative: str) -> Iterator[str]:
    if difference.code.split("-")[1] != folder.document.code:
        yield f"the code is not one of {folder.document.code}"
    homes = {(words.rendition, words.start): _sections(folder, words) for words in difference.words}
    first = [homes[words.rendition, words.start] for words in difference.words if words.rendition == authoritative]
    if not first or all(words.rendition == authoritative for words in difference.words):
        yield "it needs words in the authoritative rendition and in another"
    elif first[0] and first[0][0] != difference.section:
        yield f"its first words are in section {first[0][0]}, not {difference.section}"
    if len(homes) < len(difference.words):
        yield "two of its words begin at the same place"


def _homes(folder: DocumentFolder) -> Iterable[tuple[str | None, ExactEntry]]:
    yield from ((row.section, passage) for row in folder.rows for passage in row.passages)
    yield from ((section.number, heading) for section in folder.document.sections for heading in section.headings)
    yield from ((None, heading) for heading in folder.document.headings)


def _sections(folder: DocumentFolder, words: ExactEntry) -> list[str | None]:
    """Return the sections of the sentences and headings that the words lie in, None for the document itself."""
    return [
        section
        for section, place in _homes(folder)
        if place.rendition == words.rendition and words.start < place.end and words.end > place.start
    ]


def load(document: Document, entries: list[DifferenceEntry]) -> None:
    """Put these differences in the place of those that the document has. Its sections and texts must stand."""
    renditions = {rendition.key: rendition for rendition in document.renditions.all()}
    sections = {section.number: section for section in document.sections.all()}
    document.differences.all().delete()
    made = Difference.objects.bulk_create(
        Difference(
            document=document,
            section=sections[entry.section] if entry.section else None,
            position=position,
            **entry.model_dump(include={"code", "kind", "note"}),
        )
        for position, entry in enumerate(entries, 1)
    )
    Wording.objects.bulk_create(
        Wording(
            difference=difference,
            rendition=renditions[words.rendition],
            **words.model_dump(include={"start", "end", "exact"}),
        )
        for difference, entry in zip(made, entries, strict=True)
        for words in entry.words
    )


def export(document: Document) -> list[DifferenceEntry]:
    """Return a document's differences as the catalogue writes them."""
    words: dict[int, list[dict[str, Any]]] = defaultdict(list)
    wordings = Wording.objects.filter(difference__document=document).select_related("rendition")
    for row in wordings.defer("rendition__text").order_by("rendition__position", "start"):
        place = {"rendition": row.rendition.key, "start": row.start, "end": row.end, "exact": row.exact}
        words[row.difference_id].append(place)
    return [
        DifferenceEntry.model_validate(
            {
                "code": row.code,
                "section": row.section.number if row.section else None,
                "kind": row.kind,
                "note": row.note,
                "words": words[row.pk],
            }
        )
        for row in Difference.objects.filter(document=document).select_related("section")
    ]
