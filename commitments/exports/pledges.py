"""The table of pledges: each with the coding and the status of the day."""

from datetime import date
from typing import Any

from django.db.models import QuerySet

from commitments.exports.columns import Column, Kind, Link, Read, Sheet, at, choice, slugs, texts
from commitments.models import LANGUAGES, Delivery, Grade, Pledge, Recurrence, Trackability
from commitments.record import permanent, published
from commitments.record.flags import flags

#: What stands between two parts of a quote that has a gap.
GAP = " … "


def rows(on: date) -> QuerySet[Pledge]:
    """Return the pledges of the day with all that the table says of them, in the order of the documents."""
    return published.counted(published.whole(on=on), on=on)


def _coded(path: str) -> Read:
    read = at(path)
    return lambda pledge: read(published.coding_of(pledge))


def _tags(path: str) -> Read:
    read = slugs(path)
    return lambda pledge: read(published.coding_of(pledge))


def _stated(path: str) -> Read:
    read = at(path)
    return lambda pledge: read(published.standing(pledge))


def _quotes(pledge: Pledge) -> dict[str, str]:
    """Return language → the words in the first rendition in it."""
    found: dict[str, tuple[int, list[str]]] = {}
    for quote in pledge.quotes.all():
        spoken = quote.rendition.language.casefold()
        language = next((one for one in LANGUAGES if spoken == one or spoken == one.partition("-")[0]), spoken)
        rendition, parts = found.setdefault(language, (quote.rendition_id, []))
        if rendition == quote.rendition_id:
            parts.append(quote.exact)
    return {language: GAP.join(parts) for language, (_, parts) in found.items()}


def _project(pledge: Pledge) -> int | None:
    parent = pledge.section.parent
    return int(parent.number) if parent else None


def _replies(pledge: Any) -> list[str]:
    return [reply.public_id for reply in pledge.standing_replies]


COLUMNS = (
    Column("code", Kind.TEXT, "The pledge's code: never changed, never used again", at("code"), (), True, True),
    Column("document", Kind.TEXT, "The document it stands in", at("document.slug"), required=True),
    Column("project", Kind.INTEGER, "Number of the project; empty in a document of paragraphs", _project),
    Column("section", Kind.TEXT, "Number of the section, a text: 2.10 is not 2.1", at("section.number"), (), True),
    Column("section_code", Kind.TEXT, "Code of the section", lambda pledge: str(pledge.section), required=True),
    *texts("title", "A short title, ours", _coded("title")),
    *texts("quotes", "Its exact words in the first rendition in this language, gaps marked by …", _quotes),
    choice("trackability", "How far its words can be followed", Trackability, _coded("trackability")),
    choice("status", "Where the deed stands", Delivery, _stated("value")),
    Column(
        "status_effective_on", Kind.DATE, "Since when the status holds in the world", _stated("update.effective_on")
    ),
    Column("status_published_at", Kind.MOMENT, "Since when readers could know", _stated("update.published_at")),
    choice("grade", "Grade of the proof; empty where the status needs none", Grade, _stated("grade"), required=False),
    Column(
        "provisional", Kind.BOOLEAN, "Whether it waits for two people to confirm it", _stated("provisional"), (), True
    ),
    Column("flags", Kind.LIST, "Signs computed for the day; never a status", lambda p: [f.value for f in flags(p)]),
    *texts("reason", "Why these words are trackable so", _coded("reason")),
    *texts("test", "What would have to be seen for it to count as delivered", _coded("test")),
    Column("actors", Kind.LIST, "Who promises", _tags("actors")),
    Column("addressees", Kind.LIST, "To whom", _tags("addressees")),
    Column("themes", Kind.LIST, "What it is about", _tags("themes")),
    Column("rights", Kind.LIST, "Which human rights it touches", _tags("rights")),
    Column("due_on", Kind.DATE, "When it is due, only where the text gives a date", _coded("due_on")),
    choice("recurrence", "How often the text promises repetition", Recurrence, _coded("recurrence"), required=False),
    *texts("note", "The coder's note", _coded("note")),
    Column("coding_version", Kind.INTEGER, "Which version of the coding this is", _coded("version"), (), True),
    Column("coding_published_at", Kind.MOMENT, "When that version was published", _coded("published_at"), (), True),
    Column("coding_release", Kind.TEXT, "The release of the record it came with, if any", _coded("release")),
    Column("replies", Kind.LIST, "Numbers of the statements of the sides that stand beside it", _replies),
    Column("counts_updates", Kind.INTEGER, "How many updates were public", at("update_count"), (), True),
    Column("counts_evidence", Kind.INTEGER, "How many items of evidence were public", at("evidence_count"), (), True),
    Column("url", Kind.ADDRESS, "Its page: the permanent address", permanent.address, (), True, True),
)

SHEET = Sheet(
    name="pledges",
    title="Pledges",
    doc="One commitment a row, as its words were read and as its status stood at the end of the day.",
    columns=COLUMNS,
    rows=rows,
    key=("code",),
    links=(
        Link(("document",), "documents", ("slug",)),
        Link(("section_code",), "sections", ("code",)),
        Link(("code", "coding_version"), "codings", ("pledge", "version")),
    ),
)
