"""The tables of what people judged: every version of the codings, the vocabularies, what cites and bears on what."""

from collections.abc import Callable, Iterable
from typing import Any

from commitments.exports.columns import Column, Kind, Link, Sheet, at, choice, slugs, texts
from commitments.models import Bearing, LedgerKind, Recurrence, Side, Trackability
from commitments.record import archive, ledger

_OF_PLEDGE = Link(("pledge",), "pledges", ("code",))
_OF_EVIDENCE = Link(("evidence",), "evidence", ("id",))
_PLEDGE = Column("pledge", Kind.TEXT, "Code of the pledge", at("pledge.code"), (), True)
_EVIDENCE = Column("evidence", Kind.TEXT, "Number of the item", at("evidence.public_id"), (), True)

CODINGS = Sheet(
    name="codings",
    title="Codings",
    doc="Every version of how a pledge was read that had been published by the day.",
    columns=(
        _PLEDGE,
        Column("version", Kind.INTEGER, "From 1; the greatest is the current one", at("version"), (), True),
        *texts("title", "A short title, ours"),
        choice("trackability", "How far the words can be followed", Trackability),
        *texts("reason", "Why these words are trackable so"),
        *texts("test", "What would have to be seen for it to count as delivered"),
        Column("actors", Kind.LIST, "Who promises", slugs("actors")),
        Column("addressees", Kind.LIST, "To whom", slugs("addressees")),
        Column("themes", Kind.LIST, "What it is about", slugs("themes")),
        Column("rights", Kind.LIST, "Which human rights it touches", slugs("rights")),
        Column("due_on", Kind.DATE, "When it is due, only where the text gives a date", at("due_on")),
        choice("recurrence", "How often the text promises repetition", Recurrence, required=False),
        *texts("note", "The coder's note"),
        Column("release", Kind.TEXT, "The release of the record it came with, if any", at("release")),
        Column("published_at", Kind.MOMENT, "Since when readers could know", at("published_at"), (), True),
    ),
    rows=lambda on: archive.codings(on=on),
    key=("pledge", "version"),
    links=(_OF_PLEDGE,),
)


def _terms(name: str, title: str, doc: str, rows: Callable[[], Iterable[Any]], *more: Column) -> Sheet:
    own = (
        Column("slug", Kind.TEXT, "How it is written in the other tables", at("slug"), (), True, True),
        *texts("name", "Its name"),
        Column("aliases", Kind.LIST, "Other words for it", at("aliases")),
    )
    return Sheet(name, title, doc, (*own, *more), lambda on: rows(), key=("slug",))


THEMES = _terms("themes", "Themes", "What pledges are about.", archive.themes)
RIGHTS = _terms(
    "rights",
    "Rights",
    "Human rights that pledges touch.",
    archive.rights,
    Column("source", Kind.TEXT, "The instrument that names it", at("source")),
)
ACTORS = _terms("actors", "Actors", "Who promises, and to whom.", archive.actors)

CITATIONS = Sheet(
    name="citations",
    title="Citations",
    doc="What each update cites, and what that did to the pledge when the update was published.",
    columns=(
        Column("update", Kind.TEXT, "Number of the update", at("update.public_id"), (), True),
        _EVIDENCE,
        choice("bearing", "What the item does to the pledge", Bearing),
    ),
    rows=lambda on: archive.citations(on=on),
    key=("update", "evidence"),
    links=(Link(("update",), "updates", ("id",)), _OF_EVIDENCE),
)

BEARINGS = Sheet(
    name="bearings",
    title="Bearings",
    doc="Which item of evidence stood beside which pledge on the day, cited by an update or not.",
    columns=(
        _PLEDGE,
        _EVIDENCE,
        choice("bearing", "What the item was said on the day to do to the pledge", Bearing, at("bearing_then")),
        *texts("why", "Which words of the pledge or its test it touches"),
    ),
    rows=lambda on: archive.bearings(on=on),
    key=("pledge", "evidence"),
    links=(_OF_PLEDGE, _OF_EVIDENCE),
)

SEARCHES = Sheet(
    name="searches",
    title="Searches",
    doc="The logged search on which an update rests that says that no evidence was found, or none for long.",
    columns=(
        Column("update", Kind.TEXT, "Number of the update", at("public_id"), (), True, True),
        _PLEDGE,
        Column("searched_on", Kind.DATE, "When it was made", at("search.searched_on"), (), True),
        Column("languages", Kind.LIST, "In which languages (BCP 47)", at("search.languages")),
        Column("places", Kind.LIST, "Where: catalogues, sites, search engines", at("search.places")),
        Column("queries", Kind.LIST, "What was searched for", at("search.queries")),
    ),
    rows=lambda on: archive.searches(on=on),
    key=("update",),
    links=(Link(("update",), "updates", ("id",)), _OF_PLEDGE),
)

REPLIES = Sheet(
    name="replies",
    title="Replies",
    doc="Statements by the sides, printed beside a pledge. A reply changes no status.",
    columns=(
        Column("id", Kind.TEXT, "R and its number in the public log", at("public_id"), (), True, True),
        _PLEDGE,
        choice("side", "Whose statement it is", Side),
        Column("speaker", Kind.TEXT, "Who speaks", at("speaker"), (), True),
        Column("stated_on", Kind.DATE, "When it was made", at("stated_on"), (), True),
        Column("language", Kind.TEXT, "In which language it was made (BCP 47)", at("language"), (), True),
        *texts("text", "The statement; in other languages than its own, our translation"),
        Column("source_url", Kind.ADDRESS, "Where it was published, if it was", at("source_url")),
        Column("received", Kind.TEXT, "How it reached us, where it was not published", at("received")),
        Column("published_at", Kind.MOMENT, "Since when it stands here", at("published_at"), (), True),
        Column("replaces", Kind.TEXT, "The earlier reply whose place it takes", at("replaces.public_id")),
    ),
    rows=lambda on: archive.replies(on=on),
    key=("id",),
    links=(_OF_PLEDGE, Link(("replaces",), "replies", ("id",))),
)

LOG = Sheet(
    name="log",
    title="Public log",
    doc="One entry for everything that became public, in its order; each leaf is its hash (RFC 6962).",
    columns=(
        Column("seq", Kind.INTEGER, "Its number, from 1 without a gap", at("seq"), (), True, True),
        choice("kind", "What became public", LedgerKind),
        Column("id", Kind.TEXT, "Of what", at("public_id"), (), True),
        Column("published_at", Kind.MOMENT, "When; it never decreases", at("published_at"), (), True),
        Column(
            "payload",
            Kind.TEXT,
            "The entry as canonical JSON, with a salted hash of the content",
            at("payload"),
            (),
            True,
        ),
        Column("leaf", Kind.TEXT, "SHA-256 over a zero byte and the payload", at("leaf"), (), True),
    ),
    rows=lambda on: ledger.entries(on=on),
    key=("seq",),
)
