"""What a spreadsheet may be: files as programs write them; what is broken or hostile is refused in words."""

import re
import zipfile
from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from openpyxl import Workbook

from commitments.models import Audit, Evidence
from tests.desk.tables import EVIDENCE, faults, imported, in_csv, in_xlsx, item, told, tried
from tests.factories import AT, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon", "waiting")]

Desk = Callable[[Any], Client]
BOTH = pytest.mark.parametrize("write", [in_xlsx, in_csv])


@pytest.fixture(name="curator")
def _curator(desk: Desk) -> Client:
    return desk(person("curator", "cora"))


def counted() -> tuple[int, int]:
    return Evidence.objects.count(), Audit.objects.count()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\n\n", "first row has to name the columns"),
        (in_csv([item(1)]).splitlines()[0], "no row under the first"),
        (in_xlsx([{"id": None}]), "no row under the first"),
        (in_csv([{"id": "", "colour": "red"}]), "no column “colour”"),
        (in_csv([{"title": "A"}]), "column “id” is missing"),
        (b"id,side,side\n,china,lac\n", "“side” is there more than once"),
        (b"id,,side\n,x,china\n", "column has no name"),
        (b"id,title\n,one,two\n", "Row 2 has more cells"),
        (b'id,title\n,"open\n', "cannot be read"),
        ("id,title\n,São Paulo\n".encode("latin-1"), "Line 2 of the file is not in UTF-8"),
        ("id,title\n,圣保罗\n".encode("gbk"), "not in UTF-8"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "not in UTF-8"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "not in UTF-8"),
        (b"PK\x03\x04 broken", "no workbook that can be read"),
        (b"x" * 6_000_000, "larger than 5 MB"),
        (b"id,title\n" + b",a\n" * 2_001, "More than 2000 rows"),
        (b"id,title\n," + b"x" * 32_767, "B2 is longer than a cell can be"),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_plain_words(curator: Client, content: bytes, words: str) -> None:
    before = counted()
    page = tried(curator, EVIDENCE, content)
    assert page.status_code == 422
    assert words in told(page)
    assert counted() == before


def packed(parts: dict[str, bytes]) -> bytes:
    with zipfile.ZipFile(stream := BytesIO(), "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def unpacked(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_bomb_is_not_unpacked(curator: Client) -> None:
    parts = unpacked(in_xlsx([item(1)]))
    bomb = packed(parts | {"xl/sharedStrings.xml": b" " * 300_000_000})
    assert len(bomb) < 1_000_000
    assert "unpacks to more" in told(tried(curator, EVIDENCE, bomb))


def test_a_workbook_that_swells_by_entities_is_refused(curator: Client) -> None:
    parts = unpacked(in_xlsx([item(1)]))
    swell = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    head = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol">{swell}]>'.encode()
    sheet = parts["xl/worksheets/sheet1.xml"].replace(
        b"<sheetData>", b"<sheetData><row><c t='str'><v>&l11;</v></c></row>"
    )
    page = tried(curator, EVIDENCE, packed(parts | {"xl/worksheets/sheet1.xml": head + sheet}))
    assert "no workbook that can be read" in told(page)


def with_rows(written: str) -> bytes:
    """A workbook whose sheet says what rows it has."""
    parts = unpacked(in_xlsx([item(1)]))
    name = "xl/worksheets/sheet1.xml"
    sheet = re.sub(rb"<dimension[^>]*>", b"", parts[name])  # a sheet need not say where it ends
    return packed(parts | {name: sheet.replace(b"</sheetData>", written.encode() + b"</sheetData>")})


@pytest.mark.parametrize("written", ['<row r="1000000000000000"/>', "<row/>" * 30_000], ids=["far", "many"])
def test_empty_rows_are_not_read_without_end(curator: Client, written: str) -> None:
    assert "Nothing stands in row 20000: delete the empty rows" in told(tried(curator, EVIDENCE, with_rows(written)))


def test_a_workbook_of_many_sheets_is_not_read(curator: Client) -> None:
    book = Workbook()
    for _ in range(10):
        book.create_sheet()
    book.save(stream := BytesIO())
    assert "too many sheets" in told(tried(curator, EVIDENCE, stream.getvalue()))


def test_a_zip_that_is_no_workbook_is_refused(curator: Client) -> None:
    assert "no workbook that can be read" in told(tried(curator, EVIDENCE, packed({"mimetype": b"oasis"})))


def test_cells_that_are_days_numbers_and_truths_are_read_as_they_look(curator: Client) -> None:
    typed: dict[str, Any] = {"event_on": date(2026, 1, 15), "published_on": AT.replace(2026, 1, 16, 9, tzinfo=None)}
    assert "1 new" in imported(
        curator, EVIDENCE, in_xlsx([item(1, title=2026.0, publisher=7, excerpt_only=True, **typed)])
    )
    stored = Evidence.objects.get(public_id="E10001")
    assert (stored.title, stored.publisher, stored.excerpt_only) == ("2026", "7", True)
    assert (stored.event_on, stored.published_on) == (date(2026, 1, 15), date(2026, 1, 16))
    assert "1 changed" in imported(curator, EVIDENCE, in_xlsx([{"id": "E10001", "excerpt_only": False}]))


def test_a_formula_is_not_computed_and_its_cell_is_named(curator: Client) -> None:
    page = tried(curator, EVIDENCE, in_xlsx([item(1), item(2, title='=HYPERLINK("https://example.org")')]))
    assert "C3 holds a formula" in told(page)


def test_a_workbook_with_two_filled_sheets_is_refused(curator: Client) -> None:
    book = Workbook()
    book.active.append(["id"])
    book.create_sheet("Other").append(["id"])
    book.create_sheet("Empty")
    book.save(stream := BytesIO())
    assert "has 2 sheets" in told(tried(curator, EVIDENCE, stream.getvalue()))


@pytest.mark.parametrize(("delimiter", "encoding"), [(";", "utf-8"), ("\t", "utf-16"), (",", "utf-8-sig")])
def test_what_spreadsheet_programs_of_other_countries_write_is_read(
    curator: Client, delimiter: str, encoding: str
) -> None:
    content = in_csv([item(1, fact_en="Sí; a “reunión”, 会谈\nand more")], delimiter, encoding)
    imported(curator, EVIDENCE, content)
    assert Evidence.objects.get(public_id="E10001").fact == {"en": "Sí; a “reunión”, 会谈\nand more"}


@BOTH
def test_empty_rows_are_passed_over_and_later_ones_keep_their_numbers(curator: Client, write: Any) -> None:
    empty = dict.fromkeys(item(1), "")
    page = tried(curator, EVIDENCE, write([item(1), empty, empty, item(2, side="Mars"), empty, empty]))
    assert list(faults(page)) == ["F5 (side)"]
    assert "2 new" in imported(curator, EVIDENCE, write([item(1), empty, item(2), empty, empty]))
