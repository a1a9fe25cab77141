"""Files of tables, read as cells of text and written so that they can be read again. Nothing in them is run.

A workbook is written with every cell as text: a spreadsheet program leaves `E10001` and `2026-01-15` as they are.
"""

import csv
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from io import BytesIO, StringIO
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from tablib import Dataset

from commitments.cells import LONGEST_CELL

#: A trial writes all of them and takes them back; on SQLite nobody else writes meanwhile.
MOST_ROWS = 2_000
MOST_COLUMNS = 60
#: How far a workbook is looked through for rows that hold something, and of how many sheets.
LAST_ROW, MOST_SHEETS = 20_000, 10
_DELIMITERS = ",;\t"
LARGEST_UNPACKED = 40_000_000

Row = list[str]


def plain(value: Any) -> str:
    """Return the content of a cell as text: days as ISO 8601, nothing as an empty text, lines parted by a newline.

    Control characters, which no workbook can hold, are left out.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value).replace("\r\n", "\n").replace("\r", "\n")
    return str(ILLEGAL_CHARACTERS_RE.sub("", text))


def _table(rows: Iterable[Row]) -> Dataset:
    """Return header and rows, without the empty rows at the end; refuse what is no table of a size that is taken."""
    lines = iter(rows)
    header = [name.strip().casefold() for name in next(lines, [])]
    while header and not header[-1]:
        header.pop()
    if not header:
        raise ValidationError("The file is empty: its first row has to name the columns.")
    if len(header) > MOST_COLUMNS:
        raise ValidationError(f"{len(header)} columns are more than any table here has.")
    table, blank = Dataset(headers=header), 0
    for number, row in enumerate(lines, 2):
        if not any(row):
            blank += 1  # kept only where something follows, so that the numbers of the rows stay right
            continue
        _check(row, number, len(header))
        for _ in range(blank):
            table.append([""] * len(header))
        blank = 0
        table.append([*row, *[""] * len(header)][: len(header)])
    return table


def _check(row: Row, number: int, width: int) -> None:
    if number > MOST_ROWS + 1:
        raise ValidationError(f"More than {MOST_ROWS} rows are too many at once: split the file.")
    if any(row[width:]):
        raise ValidationError(
            f"Row {number} has more cells than the first row has columns. A comma inside of a cell needs quotes."
        )
    for place, cell in enumerate(row, 1):
        if len(cell) >= LONGEST_CELL:
            raise ValidationError(f"{get_column_letter(place)}{number} is longer than a cell can be: it was cut off.")


class Format:
    """A format, as django-import-export asks for one. All are read as bytes."""

    title: ClassVar[str]
    extension: ClassVar[str]
    content_type: ClassVar[str]

    def __init__(self, encoding: str | None = None) -> None:
        """Take nothing from outside: the encoding is UTF-8."""

    def get_title(self) -> str:
        """Return the name on the button."""
        return self.title

    def get_extension(self) -> str:
        """Return the end of the file's name."""
        return self.extension

    def get_content_type(self) -> str:
        """Return the media type."""
        return self.content_type

    def get_read_mode(self) -> str:
        """Return how a file is opened."""
        return "rb"

    def is_binary(self) -> bool:
        """Tell that bytes come and go."""
        return True

    def can_import(self) -> bool:
        """Tell that files are read."""
        return True

    can_export = can_import

    def create_dataset(self, content: bytes) -> Dataset:
        """Return the table in a file; raise ValidationError where there is none."""
        raise NotImplementedError

    def export_data(self, dataset: Dataset, **kwargs: Any) -> bytes:
        """Return the file."""
        raise NotImplementedError


def _check_unpacked(content: bytes) -> None:
    with zipfile.ZipFile(BytesIO(content)) as packed:
        if sum(part.file_size for part in packed.infolist()) > LARGEST_UNPACKED:
            raise ValidationError("The file unpacks to more than a table of this size can hold.")


class Sheet(Format):
    """A workbook of one sheet."""

    title = "XLSX"
    extension = "xlsx"
    content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    def create_dataset(self, content: bytes) -> Dataset:
        """Return the table in the one sheet that holds something."""
        try:
            _check_unpacked(content)
            book = load_workbook(BytesIO(content), read_only=True)
            if len(book.worksheets) > MOST_SHEETS:
                raise ValidationError("The workbook has too many sheets: keep the one that is to be imported.")
            found = [table for table in map(self._read, book.worksheets) if table]
        except ValidationError:
            raise
        except Exception as error:  # openpyxl raises whatever it trips over in a broken file
            raise ValidationError("This is no workbook that can be read. Save it as .xlsx, or as CSV.") from error
        if len(found) > 1:
            raise ValidationError(f"The workbook has {len(found)} sheets: keep the one that is to be imported.")
        return _table(found[0] if found else [])

    def _read(self, sheet: Any) -> list[Row]:
        rows: list[Row] = []
        for number, cells in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS + 1), 1):
            row = [self._cell(cell) for cell in cells]
            if not any(row):
                if number > LAST_ROW:  # the file names the numbers of its rows itself: it may leave any gap
                    raise ValidationError(f"Nothing stands in row {LAST_ROW}: delete the empty rows at the end.")
                continue
            rows += [[]] * (min(number, MOST_ROWS + 3) - 1 - len(rows))
            rows.append(row)
            if len(rows) > MOST_ROWS + 2:
                break
        return rows

    def _cell(self, cell: Any) -> str:
        if cell.data_type == "f":
            raise ValidationError(
                f"{cell.coordinate} holds a formula. Nothing is computed here: put its value in its place."
            )
        return plain(cell.value)

    def export_data(self, dataset: Dataset, **kwargs: Any) -> bytes:
        """Return a workbook in which every cell is text, under a first row that stays in sight."""
        book = Workbook(write_only=True)
        sheet = book.create_sheet("Rows")
        sheet.freeze_panes = "B2"
        for place, name in enumerate(dataset.headers, 1):
            sheet.column_dimensions[get_column_letter(place)].width = 40 if "_en" in name or "_zh" in name else 18
        sheet.append([_written(sheet, name, Font(bold=True)) for name in dataset.headers])
        for row in dataset:
            sheet.append([_written(sheet, cell) for cell in row])
        stream = BytesIO()
        book.save(stream)
        return stream.getvalue()


def _written(sheet: Any, text: str, font: Font | None = None) -> Any:
    cell = WriteOnlyCell(sheet, value=text)
    cell.data_type, cell.number_format = "s", "@"  # text, whatever it looks like: no formula, no number, no day
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    if font:
        cell.font = font
    return cell


class Text(Format):
    """Comma-separated values in UTF-8, with the mark by which a spreadsheet program knows that."""

    title = "CSV"
    extension = "csv"
    content_type = "text/csv; charset=utf-8"

    def create_dataset(self, content: bytes) -> Dataset:
        """Return the table; commas, semicolons or tabs part the cells, as the first row shows."""
        text = _decoded(content)
        first = text.partition("\n")[0]
        delimiter = max(_DELIMITERS, key=first.count)
        return _table(self._read(text, delimiter))

    def _read(self, text: str, delimiter: str) -> Iterator[Row]:
        lines = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
        try:
            yield from ([plain(cell) for cell in row] for row in lines)
        except csv.Error as error:
            raise ValidationError(f"Line {lines.line_num} of the file cannot be read: {error}.") from error

    def export_data(self, dataset: Dataset, **kwargs: Any) -> bytes:
        """Return the file."""
        stream = StringIO(newline="")
        # Every cell in quotes: a program that parts cells by semicolons or tabs would find others inside of them.
        lines = csv.writer(stream, quoting=csv.QUOTE_ALL)
        lines.writerow(dataset.headers)
        lines.writerows(dataset)
        return stream.getvalue().encode("utf-8-sig")


def _decoded(content: bytes) -> str:
    """Return the text of a file in UTF-8, or in UTF-16 where it says so itself."""
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ValidationError(
            f"Line {line} of the file is not in UTF-8. Save it as “CSV UTF-8”, or as a workbook (.xlsx)."
        ) from error


#: The formats, in the order in which they are offered.
FORMATS: tuple[type[Format], ...] = (Sheet, Text)


def format_of(head: bytes) -> int:
    """Return the place in `FORMATS` of a file that begins so: a workbook is a ZIP file."""
    return 0 if head.startswith(b"PK\x03\x04") else 1
