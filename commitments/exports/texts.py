"""The tables of the sources: documents, renditions, sections, every sentence, and the words of the pledges."""

from typing import Any

from commitments.exports.columns import Column, Kind, Link, Sheet, at, choice, texts
from commitments.models import Authority, Passage, Rendition, Role, SectionKind
from commitments.record import archive, permanent, published

OF_RENDITION = Link(("document", "rendition"), "renditions", ("document", "key"))


def file_of(rendition: Rendition) -> str:
    """Return where in the data package the text of a rendition stands."""
    return f"texts/{rendition.document.slug}.{rendition.key}.txt"


def _pledges(passage: Passage) -> list[str]:
    return sorted({quote.pledge.code for quote in passage.quotes.all()})


def _section(row: Any) -> str | None:
    return str(row.section) if row.section else None


def _parent(section: Any) -> str | None:
    return f"{section.document.code}-{section.parent.number}" if section.parent else None


#: Words with their place.
EXACT = (
    Column("start", Kind.INTEGER, "Where it begins in the text: code points before it", at("start"), (), True),
    Column("end", Kind.INTEGER, "Where it ends: the first code point after it", at("end"), (), True),
    Column("text", Kind.TEXT, "The exact words", at("exact"), (), True),
)


DOCUMENTS = Sheet(
    name="documents",
    title="Documents",
    doc="The instruments whose promises are tracked.",
    columns=(
        Column("slug", Kind.TEXT, "Its name in addresses", at("slug"), (), True, True),
        Column("code", Kind.TEXT, "With what the codes of its pledges begin", at("code"), (), True, True),
        *texts("title", "Title"),
        *texts("short_title", "Short title"),
        *texts("issuer", "Who speaks in it, and in what capacity"),
        Column("aliases", Kind.LIST, "Other names in use", at("aliases")),
        Column("issued_on", Kind.DATE, "When it was issued", at("issued_on"), (), True),
        Column("baseline_on", Kind.DATE, "What happened before this day is no delivery", at("baseline_on"), (), True),
        Column("url", Kind.ADDRESS, "Its reading view: the permanent address", permanent.address, (), True, True),
    ),
    rows=lambda on: published.documents(),
    key=("slug",),
)

RENDITIONS = Sheet(
    name="renditions",
    title="Renditions",
    doc="The language versions of the documents. Their texts stand in the folder texts; all offsets refer to them.",
    columns=(
        Column("document", Kind.TEXT, "The document", at("document.slug"), (), True),
        Column("key", Kind.TEXT, "Its name within the document", at("key"), (), True),
        Column("language", Kind.TEXT, "Language (BCP 47)", at("language"), (), True),
        choice("authority", "What standing it has", Authority),
        Column("translator", Kind.TEXT, "Who translated it, where that is known", at("translator")),
        *texts("source", "Where the text was taken from, and what was left out"),
        Column("sha256", Kind.TEXT, "SHA-256 of the text in UTF-8", at("sha256"), (), True),
        Column("file", Kind.TEXT, "Where the text stands in the package", file_of, (), True, True),
    ),
    rows=lambda on: archive.renditions().defer("text"),
    key=("document", "key"),
    links=(Link(("document",), "documents", ("slug",)),),
)

SECTIONS = Sheet(
    name="sections",
    title="Sections",
    doc="The numbered parts: paragraphs of the Consensus, projects and sections of the policy paper.",
    columns=(
        Column("code", Kind.TEXT, "The section's code", str, (), True, True),
        Column("document", Kind.TEXT, "The document", at("document.slug"), (), True),
        Column("number", Kind.TEXT, "Its number, a text: 2.10 is not 2.1", at("number"), (), True),
        Column("parent", Kind.TEXT, "Number of the project it belongs to", at("parent.number")),
        Column("parent_code", Kind.TEXT, "Code of that project", _parent),
        choice("kind", "What such a part is called", SectionKind),
        *texts("title", "Title"),
        Column("aliases", Kind.LIST, "Other names in use", at("aliases")),
        Column("url", Kind.ADDRESS, "Its place in the reading view", permanent.address, (), True, True),
    ),
    rows=lambda on: published.sections(),
    key=("code",),
    links=(Link(("document",), "documents", ("slug",)), Link(("parent_code",), "sections", ("code",))),
)

PASSAGES = Sheet(
    name="passages",
    title="Passages",
    doc="Every sentence of every rendition. Sentences of one document with the same row say the same.",
    columns=(
        Column("document", Kind.TEXT, "The document", at("rendition.document.slug"), (), True),
        Column("rendition", Kind.TEXT, "The rendition", at("rendition.key"), (), True),
        Column("ordinal", Kind.INTEGER, "Its place in the rendition, from 1", at("ordinal"), (), True),
        Column("row", Kind.INTEGER, "Place of the aligned group in the document", at("row"), (), True),
        Column("language", Kind.TEXT, "Language (BCP 47)", at("rendition.language"), (), True),
        Column("section", Kind.TEXT, "Number of the section; empty for the document's own", at("section.number")),
        Column("section_code", Kind.TEXT, "Code of the section", _section),
        choice("role", "What the sentence does", Role),
        *EXACT,
        Column("pledges", Kind.LIST, "Pledges whose words lie in it", _pledges),
    ),
    rows=lambda on: published.passages(on=on).select_related("section__document"),
    key=("document", "rendition", "ordinal"),
    links=(OF_RENDITION, Link(("section_code",), "sections", ("code",))),
)

QUOTES = Sheet(
    name="quotes",
    title="Quotes",
    doc="The words that make up a pledge, in every rendition, with their place.",
    columns=(
        Column("pledge", Kind.TEXT, "Code of the pledge", at("pledge.code"), (), True),
        Column("document", Kind.TEXT, "The document", at("rendition.document.slug"), (), True),
        Column("rendition", Kind.TEXT, "The rendition", at("rendition.key"), (), True),
        Column("language", Kind.TEXT, "Language (BCP 47)", at("rendition.language"), (), True),
        choice("authority", "What standing the rendition has", Authority, at("rendition.authority")),
        *EXACT,
        Column("note", Kind.TEXT, "Where the source itself is broken or says something else", at("note")),
    ),
    rows=lambda on: archive.quotes(on=on),
    key=("pledge", "rendition", "start"),
    links=(Link(("pledge",), "pledges", ("code",)), OF_RENDITION),
)
