"""Proves the catalogue: every quote is the source's words, every character of the texts is accounted for.

Works on the files alone, so that a wrong catalogue is refused before a row is written.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from commitments.catalogue import differences
from commitments.catalogue.files import pledge_file
from commitments.catalogue.schema import Catalogue, DocumentFolder, ExactEntry, Frozen, PledgeEntry
from commitments.models import LANGUAGES

T = TypeVar("T")

#: What may stand between sentences and headings: blanks, and the marks of the sources' layout.
_BETWEEN = " \t\r\n\u00a0#*"


@dataclass(frozen=True)
class Proof:
    """What was proved, in numbers; `problems` is empty where all of it holds."""

    problems: list[str]
    sections: dict[str, int]
    sentences: dict[str, int]
    pledges: dict[str, int]
    quotes: int
    differences: dict[str, int]


def words_of(pledge: PledgeEntry, authoritative: str) -> str:
    """Return the SHA-256 of a pledge's words in the authoritative rendition, for the freeze of its code."""
    words = "\n".join(quote.exact for quote in pledge.quotes if quote.rendition == authoritative)
    return hashlib.sha256(words.encode()).hexdigest()


def freeze(catalogue: Catalogue) -> Frozen:
    """Return the codes of this release with the hash of their authoritative words, to stand for good."""
    words = {
        pledge.code: words_of(pledge, authoritative_key(folder))
        for folder in catalogue.documents
        for pledge in folder.pledges
    }
    return Frozen(release=catalogue.release.release, words=words)


def authoritative_key(folder: DocumentFolder) -> str:
    """Return the key of the document's authoritative rendition."""
    return next((r.key for r in folder.document.renditions if r.authority == "authoritative"), "")


def leaf_sections(folder: DocumentFolder) -> list[str]:
    """Return the numbers of the parts that hold text: all but the projects."""
    return [section.number for section in folder.document.sections if section.kind != "project"]


def _exact_entries(folder: DocumentFolder) -> Iterator[tuple[str, str, ExactEntry]]:
    """Yield (file, code, words) of everything that quotes a text."""
    for heading in folder.document.headings:
        yield "document.yaml", "headings", heading
    for section in folder.document.sections:
        yield from (("document.yaml", section.number, heading) for heading in section.headings)
    for number, row in enumerate(folder.rows, 1):
        yield from (("passages.yaml", f"row {number}", passage) for passage in row.passages)
    for pledge in folder.pledges:
        yield from ((pledge_file(pledge), pledge.code, quote) for quote in pledge.quotes)
    for difference in folder.differences:
        yield from (("differences.yaml", difference.code, words) for words in difference.words)


def _check_texts(catalogue: Catalogue, folder: DocumentFolder) -> Iterator[str]:
    slug = folder.document.slug
    for rendition in folder.document.renditions:
        found = hashlib.sha256(catalogue.texts[slug, rendition.key].encode()).hexdigest()
        if found != rendition.sha256:
            yield f"{slug}/document.yaml: {rendition.key}: the text's SHA-256 is {found}"
    authorities = Counter(rendition.authority for rendition in folder.document.renditions)
    if authorities["authoritative"] != 1:
        yield f"{slug}/document.yaml: exactly one rendition must be authoritative"


def _check_exact(catalogue: Catalogue, folder: DocumentFolder) -> Iterator[str]:
    slug = folder.document.slug
    for file, code, entry in _exact_entries(folder):
        text = catalogue.texts.get((slug, entry.rendition))
        if text is None:
            yield f"{slug}/{file}: {code}: there is no rendition {entry.rendition!r}"
        elif text[entry.start : entry.end] != entry.exact:
            place = f"{entry.rendition} {entry.start}–{entry.end}"
            yield (
                f"{slug}/{file}: {code}: at {place} the text reads {text[entry.start : entry.end][:60]!r}, "
                f"not {entry.exact[:60]!r}"
            )


def _check_coverage(catalogue: Catalogue, folder: DocumentFolder) -> Iterator[str]:
    """Every character of a text is in one sentence or heading, or is a blank between them."""
    slug = folder.document.slug
    spans: dict[str, list[ExactEntry]] = defaultdict(list)
    for file, _, entry in _exact_entries(folder):
        if file in ("document.yaml", "passages.yaml"):
            spans[entry.rendition].append(entry)
    for rendition in folder.document.renditions:
        text, at = catalogue.texts[slug, rendition.key], 0
        for entry in sorted(spans[rendition.key], key=lambda e: e.start):
            if entry.start < at:
                yield f"{slug}/passages.yaml: {rendition.key}: {entry.start} lies in the sentence before it"
            yield from _left_over(slug, rendition.key, text, at, entry.start)
            at = max(at, entry.end)
        yield from _left_over(slug, rendition.key, text, at, len(text))


def _left_over(slug: str, key: str, text: str, start: int, end: int) -> Iterator[str]:
    rest = text[start:end].strip(_BETWEEN)
    if rest:
        yield f"{slug}/passages.yaml: {key} {start}–{end}: no sentence or heading holds {rest[:60]!r}"


def _check_sections(folder: DocumentFolder) -> Iterator[str]:
    slug, numbers = folder.document.slug, [section.number for section in folder.document.sections]
    for number, count in Counter(numbers).items():
        if count > 1:
            yield f"{slug}/document.yaml: {number}: the section stands twice"
    for section in folder.document.sections:
        parent = section.number.rpartition(".")[0]
        if (section.kind == "section") != bool(parent) or (parent and parent not in numbers):
            yield f"{slug}/document.yaml: {section.number}: a section, and only a section, has a project above it"
    found, counted = len(leaf_sections(folder)), folder.document.counted.sections
    if found != counted:
        yield f"{slug}/document.yaml: {found} sections, {counted} counted"


def _check_rows(folder: DocumentFolder) -> Iterator[str]:
    slug, known = folder.document.slug, {*leaf_sections(folder), None}
    key, sentences = authoritative_key(folder), 0
    quoted = [(quote.rendition, quote.start, quote.end) for pledge in folder.pledges for quote in pledge.quotes]
    for number, row in enumerate(folder.rows, 1):
        where = f"{slug}/passages.yaml: row {number}"
        if row.section not in known:
            yield f"{where}: there is no section {row.section!r}"
        if not any(passage.rendition == key for passage in row.passages):
            yield f"{where}: it lacks the authoritative rendition"
        for passage in row.passages:
            sentences += passage.rendition == key
            holds = any(r == passage.rendition and s < passage.end and e > passage.start for r, s, e in quoted)
            if holds != (passage.role == "pledge"):
                yield f"{where}: {passage.rendition} is {passage.role}, and {'a' if holds else 'no'} pledge quotes it"
    if sentences != folder.document.counted.sentences:
        yield f"{slug}/passages.yaml: {sentences} sentences, {folder.document.counted.sentences} counted"


def _check_pledges(folder: DocumentFolder) -> Iterator[str]:
    slug, leaves = folder.document.slug, leaf_sections(folder)
    ordinals: dict[str, list[int]] = defaultdict(list)
    for pledge in folder.pledges:
        where = f"{slug}/{pledge_file(pledge)}: {pledge.code}"
        prefix, _, rest = pledge.code.partition("-")
        section, _, ordinal = rest.rpartition(".")
        ordinals[section].append(int(ordinal))
        if prefix != folder.document.code or section not in leaves:
            yield f"{where}: the code names no section of {folder.document.code}"
        yield from (f"{where}: {problem}" for problem in _check_quotes(folder, pledge, section))
    for section, found in ordinals.items():
        if found != list(range(1, len(found) + 1)):
            yield f"{slug}: {section}: the codes run {found}, not from 1 to {len(found)}"


def _check_quotes(folder: DocumentFolder, pledge: PledgeEntry, section: str) -> Iterator[str]:
    """The authoritative words are quoted, the others too or a note says why not, and all lie in the section."""
    renditions = {quote.rendition for quote in pledge.quotes}
    if authoritative_key(folder) not in renditions:
        yield "it quotes nothing of the authoritative rendition"
    if len(renditions) < len(folder.document.renditions) and not pledge.coding.note:
        yield "a rendition is not quoted and no note says why"
    for quote in pledge.quotes:
        inside = {
            row.section
            for row in folder.rows
            for passage in row.passages
            if passage.rendition == quote.rendition and quote.start < passage.end and quote.end > passage.start
        }
        if inside != {section}:
            yield f"{quote.rendition} {quote.start}–{quote.end} is not in section {section}"


def _check_words(catalogue: Catalogue) -> Iterator[str]:
    """No two pledges share a title or a test, and every tag is a word of the vocabulary."""
    vocabulary = catalogue.vocabulary
    known = {
        "themes": {term.slug for term in vocabulary.themes},
        "rights": {term.slug for term in vocabulary.rights},
        "actors": {term.slug for term in vocabulary.actors},
        "addressees": {term.slug for term in vocabulary.actors},
    }
    seen: dict[tuple[str, str, str], str] = {}
    for folder in catalogue.documents:
        for pledge in folder.pledges:
            where = f"{folder.document.slug}/{pledge_file(pledge)}: {pledge.code}"
            for field, slugs in known.items():
                for slug in set(getattr(pledge.coding, field)) - slugs:
                    yield f"{where}: {field}: {slug!r} is not in vocabulary.yaml"
            for field in ("title", "test"):
                for language in LANGUAGES:
                    text = getattr(pledge.coding, field)[language].strip().casefold()
                    other = seen.setdefault((field, language, text), pledge.code)
                    if other != pledge.code:
                        yield f"{where}: its {field} in {language} is that of {other}"


def twice(values: Iterable[T]) -> list[T]:
    """Return the values that occur more than once, each once."""
    return [value for value, count in Counter(values).items() if count > 1]


def _check_once(catalogue: Catalogue) -> Iterator[str]:
    """What the database holds once stands once here."""
    for name in ("themes", "rights", "actors"):
        for slug in twice(term.slug for term in getattr(catalogue.vocabulary, name)):
            yield f"vocabulary.yaml: {slug}: the word stands twice"
    for code in twice(target.code for target in catalogue.targets):
        yield f"targets.yaml: {code}: the target stands twice"
    for folder in catalogue.documents:
        for pledge in folder.pledges:
            where = f"{folder.document.slug}/{pledge_file(pledge)}: {pledge.code}"
            yield from (f"{where}: {problem}" for problem in _tags_and_quotes_twice(pledge))


def _tags_and_quotes_twice(pledge: PledgeEntry) -> Iterator[str]:
    for name in ("themes", "rights", "actors", "addressees"):
        for slug in twice(getattr(pledge.coding, name)):
            yield f"{name}: {slug!r} stands twice"
    for place in twice(f"{quote.rendition} {quote.start}" for quote in pledge.quotes):
        yield f"two quotes begin at {place}"


def _check_frozen(catalogue: Catalogue) -> Iterator[str]:
    """A code that a release froze stands for the same words for good."""
    if not catalogue.frozen:
        return
    now = freeze(catalogue).words
    for code, words in catalogue.frozen.words.items():
        if code not in now:
            yield f"frozen.yaml: {code}: the code is gone; a code is never given up"
        elif now[code] != words:
            yield f"frozen.yaml: {code}: the code stands for other words than at {catalogue.frozen.release}"


def _check_targets(catalogue: Catalogue) -> Iterator[str]:
    """A target stands beside a section that there is."""
    known = {(folder.document.slug, number) for folder in catalogue.documents for number in leaf_sections(folder)}
    for target in catalogue.targets:
        if (target.document, target.section) not in known:
            yield f"targets.yaml: {target.code}: there is no section {target.section} in {target.document}"


def check(catalogue: Catalogue) -> Proof:
    """Prove the catalogue; never raises for what it finds, but lists it."""
    problems: list[str] = []
    for folder in catalogue.documents:
        problems += _check_texts(catalogue, folder)
        problems += _check_exact(catalogue, folder)
        problems += _check_coverage(catalogue, folder)
        problems += _check_sections(folder)
        problems += _check_rows(folder)
        problems += _check_pledges(folder)
        problems += differences.check(folder, authoritative_key(folder))
    problems += _check_words(catalogue)
    problems += _check_once(catalogue)
    problems += _check_frozen(catalogue)
    problems += _check_targets(catalogue)
    codes = Counter(pledge.code for folder in catalogue.documents for pledge in folder.pledges)
    problems += [f"{code}: the code stands twice" for code, count in codes.items() if count > 1]
    return Proof(
        problems=problems,
        sections={f.document.slug: len(leaf_sections(f)) for f in catalogue.documents},
        sentences={
            f.document.slug: sum(p.rendition == authoritative_key(f) for row in f.rows for p in row.passages)
            for f in catalogue.documents
        },
        pledges={f.document.slug: len(f.pledges) for f in catalogue.documents},
        quotes=sum(len(pledge.quotes) for f in catalogue.documents for pledge in f.pledges),
        differences={f.document.slug: len(f.differences) for f in catalogue.documents},
    )
