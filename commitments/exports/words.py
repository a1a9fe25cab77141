"""The words that go with the data: README, codebook, CITATION.cff, licence; made from tables and vocabularies."""

import json
from collections.abc import Iterable, Iterator

from django.db.models import QuerySet, TextChoices
from django.utils.translation import override

from commitments.exports.about import LICENCE, LICENCE_URL
from commitments.exports.citing import plain
from commitments.exports.columns import Sheet
from commitments.exports.references import AUTHOR, TITLE, Reference
from commitments.exports.sheets import EVERYTHING
from commitments.models import (
    Authority,
    Bearing,
    Delivery,
    DifferenceKind,
    Directness,
    Document,
    Grade,
    PublisherKind,
    Recurrence,
    Role,
    SectionKind,
    Side,
    Trackability,
    UpdateKind,
)
from commitments.record import permanent, published
from commitments.record.flags import Flag

#: Every controlled vocabulary, with where its words stand.
VOCABULARIES: dict[str, tuple[type[TextChoices], str]] = {
    "Trackability": (Trackability, "Of the words: pledges and codings, trackability."),
    "Status": (Delivery, "Of the deed: pledges and updates, status."),
    "Grade": (Grade, "Of the proof: computed when an update is published, never typed in. The first that fits."),
    "Flag": (Flag, "Computed for the day beside the status; never a status."),
    "Bearing": (Bearing, "What an item of evidence does to a pledge."),
    "Kind of update": (UpdateKind, "What an update does to the record."),
    "Side": (Side, "Whose voice a source or a reply is."),
    "Kind of publisher": (PublisherKind, "What kind of body publishes a source."),
    "Record": (Directness, "Whether a source is the record of the act itself."),
    "Role": (Role, "What a sentence does."),
    "Kind of difference": (
        DifferenceKind,
        "In what respect a rendition differs from the authoritative one; it does not say which is right.",
    ),
    "Authority": (Authority, "What standing a rendition has."),
    "Kind of section": (SectionKind, "What a numbered part is called."),
    "Recurrence": (Recurrence, "How often the text promises repetition; empty where it states none."),
}

_README = """# {author}: {title}

Everything that was public by the end of {day} (UTC){release}.

- `datapackage.json` describes all tables: Data Package v1, <https://specs.frictionlessdata.io/data-package/>.
- `data/` holds the tables: CSV, UTF-8 without a byte-order mark, a header in the first line.
- `texts/` holds the documents' texts exactly as they were taken. All offsets count Unicode code points in them.
- `CODEBOOK.md` says what every column and every word of a vocabulary means.

## How to read it

- Numbers of sections are texts: 2.10 is not 2.1.
- Several values in one cell are joined by `; `.
- So that no spreadsheet program runs a text, it bears an apostrophe wherever a cell may begin in it like a formula: at
  its start before `=`, `+`, `-`, `@`, their wide forms `＝`, `＋`, `－`, `＠`, a tab or the end of a line (CR or LF),
  and after a `;`, a tab, CR or LF inside it before one of those eight signs; perhaps with apostrophes between. Take
  one apostrophe away at each of these places to have the text.
- An empty cell says that there is nothing to say. `not_assessed` says that nobody has looked yet, nothing of the deed.
- Provisional rows come from stored excerpts and wait for two people to confirm them.
- `effective_on` says since when something is so in the world, `published_at` since when readers could know.
- What was published under a number never changes. What may still be mended in place: a source that no update cites,
  why a source stands beside a pledge, and, with a release of the record, texts, sections and vocabularies. A frozen
  release keeps all of it as it was.

## Licence

{licence} {licence_url}

## How to cite

{citation}
"""

_LICENCE = """The record's data, everything in the folder data but the quoted texts, is licensed under
Creative Commons Attribution 4.0 International (CC BY 4.0): {url}
The full text of the licence: {url}legalcode

The quoted texts, in the folder texts and in the columns quotes_* and text, remain their issuers'.
"""


def english(text: dict[str, str]) -> str:
    """Return the English text of a map; else whichever there is."""
    return text.get("en") or next(iter(text.values()), "")


def documents() -> QuerySet[Document]:
    """Return the documents that the data is about."""
    return published.documents()


def files(reference: Reference) -> dict[str, str]:
    """Return name → content of the words in a package."""
    return {
        "README.md": readme(reference),
        "CODEBOOK.md": codebook(),
        "CITATION.cff": cff(reference),
        "LICENSE.txt": _LICENCE.format(url=LICENCE_URL),
    }


def readme(reference: Reference) -> str:
    """Return how to read the package."""
    return _README.format(
        author=AUTHOR,
        title=TITLE,
        day=reference.on.isoformat(),
        release=f": release {reference.version}" if reference.version else "",
        licence=LICENCE,
        licence_url=LICENCE_URL,
        citation=plain(reference),
    )


def cff(reference: Reference) -> str:
    """Return CITATION.cff (Citation File Format 1.2.0). Strings of JSON are strings of YAML."""
    said = {
        "message": "If you use this data, please cite it as below.",
        "type": "dataset",
        "title": TITLE,
        "version": reference.version or reference.on.isoformat(),
        "date-released": reference.on.isoformat(),
        "url": reference.url,
        "license": "CC-BY-4.0",
    }
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in said.items()]
    return "\n".join(["cff-version: 1.2.0", *lines, "authors:", f"  - name: {json.dumps(AUTHOR)}", ""])


# --- codebook -------------------------------------------------------------------------------


def vocabulary(values: type[TextChoices]) -> list[tuple[str, str]]:
    """Return (value, what it means in English) of every word of a vocabulary."""
    with override("en"):
        return [(one.value, str(getattr(one, "definition", one.label))) for one in values if one.value]


def codebook() -> str:
    """Return the codebook: every table with its columns, every vocabulary with its words."""
    lines = ["# Codebook", "", f"Methodology: {permanent.page('methodology')}", "", "## Tables", ""]
    for sheet in EVERYTHING:
        lines += _described(sheet)
    lines += ["## Vocabularies", ""]
    for name, (values, doc) in VOCABULARIES.items():
        lines += [f"### {name}", "", doc, "", *_table(("value", "meaning"), vocabulary(values)), ""]
    return "\n".join(lines)


def _described(sheet: Sheet) -> Iterator[str]:
    yield from (f"### {sheet.name}", "", sheet.doc, "", f"Key: {', '.join(f'`{name}`' for name in sheet.key)}.")
    for link in sheet.links:
        names = ", ".join(f"`{name}`" for name in link.columns)
        yield f"{names} → `{link.to}` ({', '.join(f'`{name}`' for name in link.by)})."
    yield ""
    yield from _table(("column", "type", "meaning"), ((f"`{c.name}`", str(c.kind), c.meaning) for c in sheet.columns))
    yield ""


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(header)} |"
    yield f"| {' | '.join('---' for _ in header)} |"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |"
