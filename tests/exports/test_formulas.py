"""No text of the record, whatever people write, is run by a spreadsheet program."""

import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from commitments.cells import LONGEST_CELL, guarded, unguarded
from commitments.exports import words as words_of
from commitments.exports.columns import Column, Kind, Sheet
from commitments.exports.references import of_dataset
from commitments.exports.sheets import EVERYTHING
from commitments.exports.writing import csv_lines, json_lines, write_workbook
from commitments.text import writable_as_xml
from tests import factories, unpublished
from tests.exports.files import body, cells, table
from tests.factories import words

WRITTEN = (Kind.TEXT, Kind.ADDRESS, Kind.LIST)
LEADS = "=+-@＝＋－＠\t\r\n"
#: What runs, what only looks so, what breaks files, and all the rest.
hostile = st.one_of(
    st.text(alphabet=st.sampled_from(f"{LEADS}'\"ab;,| \x00\x01\x0b\x1f\ufffe_x0041_#N/A合ñ😀"), max_size=30),
    st.sampled_from(['=HYPERLINK("https://example.org")', "=cmd|' /C calc'!A0", "@SUM(1)", "#N/A", "_x000D_"]),
    st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=30),
)


def sheet_of(column: Column) -> Sheet:
    """Return a table of this one column, filled with what it is given."""
    one = Column(column.name, column.kind, column.doc, lambda row: row.value, column.one_of, column.required)
    return Sheet("one", "One", "One column.", (one,), lambda on: (), ())


@given(hostile)
def test_no_cell_of_any_text_column_runs(text: str) -> None:
    for column in (column for sheet in EVERYTHING for column in sheet.columns if column.kind in WRITTEN):
        row = SimpleNamespace(value=[text, "b"] if column.kind is Kind.LIST else text)
        content = b"".join(csv_lines(sheet_of(column), [row], mark=False))
        (read,) = table(content) if text or column.kind is Kind.LIST else [{column.name: ""}]
        cell = read[column.name]
        assert cell[:1] not in [*LEADS]
        assert unguarded(cell) == (f"{text}; b" if column.kind is Kind.LIST else text)


def by_the_readme(cell: str) -> str:
    """Return the text of a cell as README.md says; written apart from the code, from the README's own signs."""
    said = " ".join(words_of.readme(of_dataset(on=date(2026, 11, 22))).split())
    rule = said[said.index("So that no spreadsheet") : said.index("Take one apostrophe away")]
    signs = {sign for sign in re.findall(r"`([^`])`", rule) if sign != ";"}
    assert len(signs) == 8
    kept, begins = [], True
    for place, sign in enumerate(cell):
        behind = cell[place:].lstrip("'")[:1]
        if sign == "'" and begins and (behind in signs or (place == 0 and behind in {"\t", "\r", "\n"})) and behind:
            begins = False
            continue
        begins = sign in {";", "\t", "\r", "\n"}
        kept.append(sign)
    return "".join(kept)


@pytest.mark.django_db
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(hostile)
def test_whoever_follows_the_readme_has_the_text_back(text: str) -> None:
    assert by_the_readme(guarded(text)) == text


@given(st.lists(hostile, min_size=1, max_size=20))
def test_a_workbook_holds_every_text_as_a_text(texts: list[str]) -> None:
    column = Column("said", Kind.TEXT, "What is said", lambda row: row.value)
    stream = BytesIO()
    write_workbook(stream, sheet_of(column), [SimpleNamespace(value=text) for text in texts], {"title": "=1+1"})
    book = load_workbook(stream)
    assert {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row} <= {"s", "n", "inlineStr"}
    for text, (cell,) in zip(texts, book["one"].iter_rows(min_row=2), strict=False):
        expected = writable_as_xml(text).replace("\r\n", "\n").replace("\r", "\n")
        found = unguarded((cell.value or "").replace("_x005F_", "_"))
        assert found.replace("\r", "\n").lstrip("\n") == expected.lstrip("\n")


def test_json_has_the_text_as_it_is() -> None:
    column = Column("said", Kind.TEXT, "What is said", lambda row: row.value)
    content = b"".join(json_lines(sheet_of(column), [SimpleNamespace(value="=1+1")], {"title": "One"}))
    assert json.loads(content)["results"] == [{"said": "=1+1"}]


@pytest.mark.parametrize("sign", ["合", "😀", "a"])
def test_a_text_that_is_longer_than_a_cell_is_cut_and_says_so(sign: str) -> None:
    column = Column("said", Kind.TEXT, "What is said", lambda row: row.value)
    stream = BytesIO()
    rows = [SimpleNamespace(value=sign * 40_000), SimpleNamespace(value=sign * (LONGEST_CELL // 2))]
    write_workbook(stream, sheet_of(column), rows, {})
    cut, whole = (row[0] for row in cells(stream.getvalue(), "one")[1:])
    assert cut.endswith(f"{sign} […]")
    assert len(cut.encode("utf-16-le")) // 2 <= LONGEST_CELL
    assert whole == rows[1].value


def test_values_that_only_look_like_formulas_stay_numbers_and_days() -> None:
    columns = (
        Column("n", Kind.NUMBER, "A number", lambda row: row.n),
        Column("on", Kind.DATE, "A day", lambda row: row.on),
        Column("at", Kind.MOMENT, "A time", lambda row: row.at),
    )
    sheet = Sheet("one", "One", "Values.", columns, lambda on: (), ())
    row: Any = SimpleNamespace(n=Decimal("-0.5000"), on=date(2026, 1, 2), at=datetime(2026, 1, 2, 3, tzinfo=UTC))
    (read,) = table(b"".join(csv_lines(sheet, [row], mark=True)))
    assert read == {"n": "-0.5", "on": "2026-01-02", "at": "2026-01-02T03:00:00Z"}


@pytest.mark.django_db
def test_what_people_publish_is_marked_in_csv_and_workbook_and_not_in_json() -> None:
    unpublished.public()
    evil = '=WEBSERVICE("https://example.org")'
    item = factories.evidence(title=evil, publisher="@sum", fact=words("+1 more"))
    (row,) = [row for row in table(body("/export/evidence.csv")) if row["id"] == item.public_id]
    assert (row["title"], row["publisher"], row["fact_es"]) == (f"'{evil}", "'@sum", "'+1 more")
    header, *rows = cells(body("/export/evidence.xlsx"), "evidence")
    (found,) = [dict(zip(header, row, strict=True)) for row in rows if row[0] == item.public_id]
    assert found["title"] == f"'{evil}"
    plain = [row for row in json.loads(body("/export/evidence.json"))["results"] if row["id"] == item.public_id]
    assert plain[0]["title"] == evil
