"""The data package: everything that was public by a day, in one file that says what it is.

Data Package v1 of Frictionless: tables as CSV with their schemas, the documents' texts, and words for readers. The
same day gives the same bytes whenever it is made: nothing in it is younger than the day, no clock is read, rows and
files have their order. What may still be mended in place is said in README.md.
"""

import hashlib
import json
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import IO, Any

from commitments.exports import words
from commitments.exports.columns import Column, Kind, Link, Sheet, walk
from commitments.exports.references import AUTHOR, TITLE, Reference, of_dataset
from commitments.exports.sheets import EVERYTHING
from commitments.exports.texts import file_of
from commitments.exports.writing import csv_lines
from commitments.models import Rendition
from commitments.record import archive, permanent
from commitments.record.snapshot import snapshot

_TYPES = {
    Kind.INTEGER: "integer",
    Kind.NUMBER: "number",
    Kind.BOOLEAN: "boolean",
    Kind.DATE: "date",
    Kind.MOMENT: "datetime",
}
_FORMATS = {Kind.ADDRESS: "uri", Kind.MOMENT: "any"}
LICENCES = [
    {
        "name": "CC-BY-4.0",
        "path": "https://creativecommons.org/licenses/by/4.0/",
        "title": "Creative Commons Attribution 4.0",
    }
]
#: The first year that a ZIP file can write.
_ZIP_BEGINS = 1980


@dataclass
class Written:
    """How much was written, and its SHA-256."""

    size: int
    sha256: str


class Parcel:
    """A ZIP file that is the same for the same content: every file in it bears the day of the record."""

    def __init__(self, stream: IO[bytes], on: date) -> None:
        """Write to `stream`, which can be positioned."""
        self._zip = zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED)
        self._time = (max(on.year, _ZIP_BEGINS), on.month, on.day, 0, 0, 0)

    def add(self, name: str, pieces: Iterable[bytes]) -> Written:
        """Add a file piece by piece."""
        info = zipfile.ZipInfo(name, self._time)
        info.compress_type, info.external_attr, info.create_system = zipfile.ZIP_DEFLATED, 0o644 << 16, 3
        size, digest = 0, hashlib.sha256()
        with self._zip.open(info, "w", force_zip64=True) as file:
            for piece in pieces:
                file.write(piece)
                digest.update(piece)
                size += len(piece)
        return Written(size, digest.hexdigest())

    def close(self) -> None:
        """Write the directory of the file."""
        self._zip.close()


def write(stream: IO[bytes], *, on: date, version: str = "") -> None:
    """Write the package of a day; `version` names the release that it is of. All tables are of one moment."""
    with snapshot():
        _write(stream, of_dataset(on=on, version=version))


def _write(stream: IO[bytes], reference: Reference) -> None:
    on, parcel = reference.on, Parcel(stream, reference.on)
    resources = [_table(parcel, sheet, on) for sheet in EVERYTHING]
    resources += [_text(parcel, rendition) for rendition in archive.renditions()]
    for name, content in words.files(reference).items():
        parcel.add(name, [content.encode()])
    parcel.add("datapackage.json", _pieces(descriptor(reference, resources)))
    parcel.close()


def _pieces(value: Any) -> Iterator[bytes]:
    yield (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


def descriptor(reference: Reference, resources: list[dict[str, Any]]) -> dict[str, Any]:
    """Return `datapackage.json` around its resources."""
    day = reference.on.isoformat()
    return {
        "profile": "data-package",
        "name": "pledge-tracker",
        "id": reference.url,
        "title": f"{AUTHOR}: {TITLE}",
        "description": f"Everything that was public by the end of {day} (UTC). README.md says how to read it.",
        "homepage": permanent.page("data"),
        "version": reference.version or day,
        "created": f"{day}T00:00:00Z",
        "licenses": LICENCES,
        "contributors": [{"title": AUTHOR, "role": "author"}],
        "sources": [{"title": words.english(one.title), "path": permanent.address(one)} for one in words.documents()],
        "keywords": ["pledges", "China", "Latin America and the Caribbean", "human rights", "development"],
        "resources": resources,
    }


def _table(parcel: Parcel, sheet: Sheet, on: date) -> dict[str, Any]:
    path = f"data/{sheet.name}.csv"
    written = parcel.add(path, csv_lines(sheet, walk(sheet.rows(on)), mark=False))
    return {
        "profile": "tabular-data-resource",
        "name": sheet.name,
        "title": sheet.title,
        "description": sheet.doc,
        "path": path,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": written.size,
        "hash": f"sha256:{written.sha256}",
        "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "doubleQuote": True, "header": True},
        "schema": schema(sheet),
    }


def _text(parcel: Parcel, rendition: Rendition) -> dict[str, Any]:
    path = file_of(rendition)
    written = parcel.add(path, [rendition.text.encode()])
    return {
        "profile": "data-resource",
        "name": f"text-{rendition.document.slug}-{rendition.key}",
        "title": f"{words.english(rendition.document.title)} ({rendition.key})",
        "path": path,
        "format": "txt",
        "mediatype": "text/plain",
        "encoding": "utf-8",
        "bytes": written.size,
        "hash": f"sha256:{written.sha256}",
    }


# --- schemas --------------------------------------------------------------------------------


def schema(sheet: Sheet) -> dict[str, Any]:
    """Return the Table Schema of a table."""
    found: dict[str, Any] = {
        "fields": [_field(column) for column in sheet.columns],
        "missingValues": [""],
        "primaryKey": list(sheet.key),
    }
    return found | ({"foreignKeys": [_foreign(sheet, link) for link in sheet.links]} if sheet.links else {})


def _field(column: Column) -> dict[str, Any]:
    constraints: dict[str, Any] = {}
    if column.required:
        constraints["required"] = True
    if column.unique:
        constraints["unique"] = True
    if column.one_of:
        constraints["enum"] = list(column.one_of)
    found = {
        "name": column.name,
        "type": _TYPES.get(column.kind, "string"),
        "format": _FORMATS.get(column.kind, "default"),
        "title": column.name.replace("_", " "),
        "description": f"{column.doc}.{_how(column)}",
    }
    return found | ({"constraints": constraints} if constraints else {})


def _how(column: Column) -> str:
    return " Several are joined by “; ”." if column.kind is Kind.LIST else ""


def _foreign(sheet: Sheet, link: Link) -> dict[str, Any]:
    resource = "" if link.to == sheet.name else link.to  # the standard's own way of saying "this table"
    return {"fields": list(link.columns), "reference": {"resource": resource, "fields": list(link.by)}}
