"""The table of evidence: what sources report, and on which pledges they bear."""

from datetime import date
from typing import Any

from django.db.models import QuerySet

from commitments.evidence.files import address
from commitments.exports.columns import Column, Kind, Link, Read, Sheet, at, choice, texts
from commitments.models import Directness, Evidence, Precision, PublisherKind, Side
from commitments.record import permanent, published


def rows(on: date) -> QuerySet[Evidence]:
    """Return the items that were public on the day, by their numbers."""
    found = published.with_pledges(published.evidence(on=on), on=on)
    return found.prefetch_related("targets").order_by("public_id")


def _filed(read: Read) -> Read:
    """Return what reads something of the copy that is kept, where one is."""
    return lambda item: read(item) if item.file else None


def _pledges(item: Any) -> list[str]:
    return [beside.pledge.code for beside in item.public_attachments]


def _bearings(item: Any) -> list[str]:
    return [published.bearing(beside).value for beside in item.public_attachments]


def _targets(item: Evidence) -> list[str]:
    return sorted(target.code for target in item.targets.all())


SHEET = Sheet(
    name="evidence",
    title="Evidence",
    doc="One source a row, with what it reports in our own words.",
    columns=(
        Column("id", Kind.TEXT, "The item's number: never changed, never used again", at("public_id"), (), True, True),
        Column(
            "source_url", Kind.ADDRESS, "Where the source stands; empty where only a file is kept", at("source_url")
        ),
        Column("title", Kind.TEXT, "Title as the page has it; empty where it is not known", at("title")),
        Column("publisher", Kind.TEXT, "Who published it", at("publisher"), required=True),
        choice("publisher_kind", "What kind of body that is", PublisherKind),
        choice("side", "Whose voice it is", Side),
        choice("record", "Whether it is the record of the act itself, or reports it", Directness),
        Column("origin", Kind.TEXT, "Copies of one report share one origin", at("origin"), required=True),
        Column("countries", Kind.LIST, "Where it happened and who acted (ISO 3166)", at("countries")),
        Column("language", Kind.TEXT, "Language of the source (BCP 47)", at("language"), required=True),
        Column("published_on", Kind.DATE, "When it was published, if known", at("published_on")),
        Column("event_on", Kind.DATE, "When it happened; of a month, its first day", at("event_on")),
        choice("event_precision", "How exactly that is known", Precision),
        Column("accessed_on", Kind.DATE, "When it was read", at("accessed_on"), required=True),
        Column("excerpt_only", Kind.BOOLEAN, "Read as an excerpt, not as a whole", at("excerpt_only"), required=True),
        *texts("fact", "What it reports, in our own words"),
        Column("file_url", Kind.ADDRESS, "The copy that is kept, if any", _filed(address)),
        Column("file_media_type", Kind.TEXT, "What kind of file that is", _filed(at("media_type"))),
        Column("file_sha256", Kind.TEXT, "SHA-256 of that file", _filed(at("sha256"))),
        Column("superseded_by", Kind.TEXT, "The item that took its place", at("successor")),
        Column("targets", Kind.LIST, "Announced numbers that it concerns", _targets),
        Column("pledges_code", Kind.LIST, "Pledges on which it bears", _pledges),
        Column("pledges_bearing", Kind.LIST, "What it does to each of them, in the same order", _bearings),
        Column("url", Kind.ADDRESS, "Its page: the permanent address", permanent.address, (), True, True),
    ),
    rows=rows,
    key=("id",),
    links=(Link(("superseded_by",), "evidence", ("id",)),),
)
