"""Tables as data: what each column is called and means, its type, and how it is read from a row.

CSV, XLSX and JSON, the schema of the data package and the codebook are all made from these.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from django.db.models import QuerySet
from django.db.models.enums import Choices

from commitments.models import LANGUAGES

#: Rows fetched at once, with all that belongs to them.
CHUNK = 500
#: What stands between the members of a list in one cell.
BETWEEN = "; "

Read = Callable[[Any], Any]


class Kind(StrEnum):
    """What a cell holds."""

    TEXT = "text"
    INTEGER = "whole number"
    NUMBER = "number"
    BOOLEAN = "true or false"
    DATE = "day"
    MOMENT = "time (UTC)"
    LIST = "list"
    ADDRESS = "web address"


@dataclass(frozen=True)
class Column:
    """One column. `one_of` are the only values that it can have, `required` says that it is never empty."""

    name: str
    kind: Kind
    doc: str
    read: Read
    one_of: tuple[str, ...] = ()
    required: bool = False
    unique: bool = False

    @property
    def meaning(self) -> str:
        """What it means, with the values that it can have."""
        values = f" One of: {', '.join(self.one_of)}." if self.one_of else ""
        return f"{self.doc}.{values}"

    def value(self, row: Any) -> Any:
        """Return what the row says here; None for nothing, never an empty text."""
        found = self.read(row)
        if self.kind is Kind.LIST:
            return list(found)
        return None if found == "" else found


@dataclass(frozen=True)
class Link:
    """The columns of a table that name a row of another one (`to`) by its columns `by`."""

    columns: tuple[str, ...]
    to: str
    by: tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """One table. `rows` gives what was public on a day, in the order of the table; `key` names a row."""

    name: str
    title: str
    doc: str
    columns: tuple[Column, ...]
    rows: Callable[[date], Iterable[Any]]
    key: tuple[str, ...]
    links: tuple[Link, ...] = ()

    @property
    def header(self) -> list[str]:
        """The names of the columns."""
        return [column.name for column in self.columns]

    def values(self, row: Any) -> list[Any]:
        """Return what a row says, column by column."""
        return [column.value(row) for column in self.columns]


def walk(found: Iterable[Any]) -> Iterator[Any]:
    """Yield the rows of a query chunk by chunk: memory and queries grow with the chunk, not with the table."""
    return found.iterator(chunk_size=CHUNK) if isinstance(found, QuerySet) else iter(found)


def at(path: str) -> Read:
    """Return what reads an attribute of an attribute …; None where one on the way is None."""
    names = path.split(".")

    def read(row: Any) -> Any:
        for name in names:
            if row is None:
                return None
            row = getattr(row, name)
        return row

    return read


def in_column(language: str) -> str:
    """Return how a language is written in the name of a column."""
    return language.replace("-", "_")


def texts(name: str, doc: str, read: Read | None = None) -> list[Column]:
    """Return a column for each language of a map of texts; a language that is missing is empty."""
    mapped = read or at(name)

    def one(language: str) -> Read:
        return lambda row: (mapped(row) or {}).get(language)

    return [Column(f"{name}_{in_column(code)}", Kind.TEXT, f"{doc} ({code})", one(code)) for code in LANGUAGES]


def choice(name: str, doc: str, values: type[Choices], read: Read | None = None, *, required: bool = True) -> Column:
    """Return a column of a controlled vocabulary."""
    allowed = tuple(value for value in values.values if value)
    return Column(name, Kind.TEXT, doc, read or at(name), one_of=allowed, required=required)


def slugs(path: str) -> Read:
    """Return what reads the slugs of linked terms."""
    terms = at(path)
    return lambda row: [term.slug for term in terms(row).all()]
