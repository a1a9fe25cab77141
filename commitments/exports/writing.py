"""A table as CSV, as a workbook and as JSON, written row by row: no file is ever whole in memory.

Text that a spreadsheet program would run as a formula is marked in CSV and XLSX (`commitments.cells`); JSON has it as
it is, because nothing runs it there.
"""

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from io import StringIO
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from commitments.cells import fitting, guarded
from commitments.exports.columns import BETWEEN, Column, Kind, Sheet
from commitments.text import writable_as_xml

#: The byte-order mark, by which Excel knows UTF-8.
MARK = "\ufeff"
#: Rows that are sent at once.
AT_ONCE = 50
#: What a workbook would read as an escape for a character.
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_WIDE, _NARROW = 40, 16
_PARAGRAPHS = ("title", "quotes", "reason", "test", "note", "summary", "reasoning", "fact")


def moment(value: datetime) -> str:
    """Return a time as ISO 8601 in UTC, as the API writes it."""
    return value.isoformat().replace("+00:00", "Z")


def number(value: Decimal) -> str:
    """Return a number with as many decimals as it has."""
    return f"{value.normalize():f}"


# --- CSV ------------------------------------------------------------------------------------


def text_of(column: Column, value: Any) -> str:
    """Return the cell of a CSV file."""
    return "" if value is None else _CELLS.get(column.kind, _guarded)(value)


def _guarded(value: Any) -> str:
    return guarded(str(value))


_CELLS: dict[Kind, Callable[[Any], str]] = {
    Kind.LIST: lambda value: guarded(BETWEEN.join(value)),
    Kind.BOOLEAN: lambda value: "true" if value else "false",
    Kind.NUMBER: number,
    Kind.DATE: date.isoformat,
    Kind.MOMENT: moment,
}


def csv_lines(sheet: Sheet, rows: Iterable[Any], *, mark: bool) -> Iterator[bytes]:
    """Yield a CSV file (RFC 4180, UTF-8), its header first; with `mark` it begins with the byte-order mark."""
    stream = StringIO(newline="")
    lines = csv.writer(stream)
    stream.write(MARK if mark else "")
    lines.writerow(sheet.header)
    yield _taken(stream)
    for n, row in enumerate(rows, 1):
        lines.writerow([text_of(column, column.value(row)) for column in sheet.columns])
        if n % AT_ONCE == 0:
            yield _taken(stream)
    yield _taken(stream)


def _taken(stream: StringIO) -> bytes:
    content = stream.getvalue().encode()
    stream.seek(0)
    stream.truncate()
    return content


# --- JSON -----------------------------------------------------------------------------------


def plain_of(column: Column, value: Any) -> Any:
    """Return the value in JSON."""
    match value:
        case datetime():
            return moment(value)
        case date():
            return value.isoformat()
        case Decimal():
            return float(value)
    return value


def as_object(sheet: Sheet, row: Any) -> dict[str, Any]:
    """Return a row as a JSON object."""
    return {column.name: plain_of(column, column.value(row)) for column in sheet.columns}


def json_lines(sheet: Sheet, rows: Iterable[Any], said: dict[str, Any]) -> Iterator[bytes]:
    """Yield a JSON object: what is `said` of the file, then `results`, a row a line."""
    head = json.dumps(said, ensure_ascii=False, indent=1).removesuffix("\n}")
    yield f'{head},\n "results": ['.encode()
    waiting, between = [], "\n"
    for row in rows:
        waiting.append(between + json.dumps(as_object(sheet, row), ensure_ascii=False))
        between = ",\n"
        if len(waiting) == AT_ONCE:
            yield "".join(waiting).encode()
            waiting = []
    yield f"{''.join(waiting)}\n ]\n}}\n".encode()


# --- XLSX -----------------------------------------------------------------------------------


def safe_text(text: str) -> str:
    """Return the text as a cell of a workbook holds it: without what XML cannot say, of a length that fits."""
    return fitting(guarded(_ESCAPE.sub("_x005F_", writable_as_xml(text))))


def cell_of(column: Column, value: Any) -> Any:
    """Return the value of a cell: numbers, days and truths as such, everything else as text."""
    if value is None or (column.kind is Kind.DATE and value.year >= 1900):
        return value
    if column.kind in (Kind.INTEGER, Kind.NUMBER, Kind.BOOLEAN):
        return value
    if column.kind is Kind.LIST:
        return safe_text(BETWEEN.join(value))
    return safe_text(moment(value) if column.kind is Kind.MOMENT else str(value))


def write_workbook(stream: IO[bytes], sheet: Sheet, rows: Iterable[Any], said: dict[str, Any]) -> None:
    """Write a workbook: the rows, and a second sheet that says what is `said` of the file."""
    book = Workbook(write_only=True)
    page = book.create_sheet(sheet.name)
    page.freeze_panes = "B2"
    for place, column in enumerate(sheet.columns, 1):
        wide = column.name.startswith(_PARAGRAPHS)
        page.column_dimensions[get_column_letter(place)].width = _WIDE if wide else _NARROW
    page.append([_bold(page, name) for name in sheet.header])
    for row in rows:
        page.append([_as_text(page, cell_of(column, column.value(row))) for column in sheet.columns])
    about = book.create_sheet("about")
    about.column_dimensions["A"].width, about.column_dimensions["B"].width = _NARROW, 100
    for name, value in said.items():
        about.append([_bold(about, name), _as_text(about, safe_text(str(value or "")))])
    for column in sheet.columns:
        about.append([_bold(about, column.name), _as_text(about, safe_text(column.doc))])
    book.save(stream)


def _bold(page: Any, text: str) -> Any:
    cell = WriteOnlyCell(page, value=text)
    cell.font = Font(bold=True)
    return cell


def _as_text(page: Any, value: Any) -> Any:
    """Return a text that looks like an error value (`#N/A`) as the text that it is; everything else unchanged."""
    if not isinstance(value, str) or not value.startswith("#"):
        return value
    cell = WriteOnlyCell(page, value=value)
    cell.data_type = "s"
    return cell
