"""The tables of where renditions differ in substance: each point, and the exact words of each rendition at it."""

from datetime import date

from commitments.exports.columns import Column, Kind, Link, Sheet, at, choice, texts
from commitments.exports.texts import EXACT, OF_RENDITION
from commitments.models import Authority, Difference, DifferenceKind
from commitments.record import archive, differences, permanent


def _rows(on: date) -> list[Difference]:
    """Return every difference with the pledges of the day that it touches."""
    found = list(differences.differences())
    touched = differences.touched(found, on=on)
    for row in found:
        row.touched = [pledge.code for pledge in touched[row.pk]]  # type: ignore[attr-defined]
    return found


def _section(row: Difference) -> str | None:
    return str(row.section) if row.section else None


DIFFERENCES = Sheet(
    name="differences",
    title="Differences",
    doc="One point a row in which renditions of a document differ in substance. It may recur at several places.",
    columns=(
        Column("code", Kind.TEXT, "Its code: never changed, never used again", at("code"), (), True, True),
        Column("document", Kind.TEXT, "The document", at("document.slug"), (), True),
        Column("section_code", Kind.TEXT, "Code of the section of its first place, if it is in one", _section),
        Column("position", Kind.INTEGER, "Its place in the document, from 1", at("position"), (), True),
        choice("kind", "In what respect the other rendition differs from the authoritative one", DifferenceKind),
        *texts("note", "What each rendition says and what differs"),
        Column("pledges", Kind.LIST, "Pledges whose quoted words it touches", at("touched")),
        Column("url", Kind.ADDRESS, "Its place in the list: the permanent address", permanent.address, (), True, True),
    ),
    rows=_rows,
    key=("code",),
    links=(Link(("document",), "documents", ("slug",)), Link(("section_code",), "sections", ("code",))),
)

WORDINGS = Sheet(
    name="wordings",
    title="Wordings",
    doc="The words of each rendition at each place of a difference; none where a rendition says nothing there.",
    columns=(
        Column("difference", Kind.TEXT, "Code of the difference", at("difference.code"), (), True),
        Column("document", Kind.TEXT, "The document", at("rendition.document.slug"), (), True),
        Column("rendition", Kind.TEXT, "The rendition", at("rendition.key"), (), True),
        Column("language", Kind.TEXT, "Its language (BCP 47)", at("rendition.language"), (), True),
        choice("authority", "What standing the rendition has", Authority, at("rendition.authority")),
        *EXACT,
    ),
    rows=lambda on: archive.wordings(),
    key=("difference", "rendition", "start"),
    links=(Link(("difference",), "differences", ("code",)), OF_RENDITION),
)
