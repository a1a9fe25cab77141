"""The same question in three formats gives the same rows, those of the list; what is not known is refused by name."""

import json
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pandas as pd
import pytest
from django.test import Client
from openpyxl import load_workbook

from commitments.clock import today
from commitments.exports.columns import BETWEEN, Kind
from commitments.exports.sheets import EXPORTED
from tests import factories, unpublished
from tests.exports.files import FORMS, NAMES, body, cells, codes, results, table
from tests.factories import people, published, two_good_items, update

pytestmark = pytest.mark.django_db
QUESTIONS = {
    "pledges": ["", "theme=digital", "document=sao-paulo-consensus&status=in_progress", "q=forum", "ordering=title"],
    "updates": ["", "status=in_progress", "provisional=false"],
    "evidence": ["", "bearing=supports", "ordering=id", "publisher_kind=news"],
}
ASKED = [(name, question) for name, questions in QUESTIONS.items() for question in questions]


def as_text(kind: Kind, value: Any) -> str:
    """Return a value of JSON as CSV should have it; written apart from the code that does it."""
    if value is None:
        return ""
    if kind is Kind.LIST:
        return BETWEEN.join(value)
    if kind is Kind.BOOLEAN:
        return {True: "true", False: "false"}[value]
    return str(value)


def as_cell(kind: Kind, value: Any) -> Any:
    """Return a value of JSON as a workbook should have it."""
    if kind is Kind.DATE and value:
        return date.fromisoformat(value)
    if kind in (Kind.INTEGER, Kind.BOOLEAN):
        return value
    return as_text(kind, value) or None


@pytest.mark.parametrize(("name", "question"), ASKED)
def test_three_formats_say_the_same(name: str, question: str) -> None:
    unpublished.public()
    kinds = {column.name: column.kind for column in EXPORTED[name].columns}
    rows = results(body(f"/export/{name}.json?{question}"))
    assert rows
    assert table(body(f"/export/{name}.csv?{question}")) == [
        {key: as_text(kinds[key], value) for key, value in row.items()} for row in rows
    ]
    header, *found = cells(body(f"/export/{name}.xlsx?{question}"), name)
    days = [[cell.date() if hasattr(cell, "date") else cell for cell in row] for row in found]
    assert header == list(kinds)
    assert days == [[as_cell(kinds[key], value) for key, value in row.items()] for row in rows]


@pytest.mark.parametrize(("name", "question"), ASKED)
def test_an_export_has_the_rows_of_the_api_in_its_order(name: str, question: str, client: Client) -> None:
    unpublished.public()
    listed = client.get(f"/api/v1/{name}/?page_size=500&{question}").json()["results"]
    first = "code" if name == "pledges" else "id"
    if name == "evidence" and not question:
        question = "ordering=-date"
    assert codes(name, "csv", question) == [row[first] for row in listed]


def test_a_status_and_its_parts_are_the_api_s(client: Client) -> None:
    seen = unpublished.public()
    code = seen.places[1].code
    alone = client.get(f"/api/v1/pledges/{code}/").json()
    (row,) = [row for row in results(body("/export/pledges.json")) if row["code"] == code]
    assert row["status"] == alone["status"]["value"] == "in_progress"
    assert row["status_published_at"] == alone["status"]["published_at"]
    assert row["grade"] == alone["status"]["grade"]
    assert row["counts_updates"] == alone["counts"]["updates"] == 2
    assert row["title_zh_hans"] == alone["title"]["zh-hans"]
    assert row["url"] == alone["url"]


def test_the_words_stand_under_the_language_of_the_rendition() -> None:
    (row,) = [row for row in results(body("/export/pledges.json")) if row["code"] == "FMP-2.11.3"]
    assert row["quotes_zh_hans"] == "合作建立中国南极科考后勤补给基地"
    assert row["quotes_en"].startswith("Cooperate in establishing")
    assert row["quotes_es"] is None


# --- the day --------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_a_day_in_the_past_knows_nothing_of_what_came_later(form: str) -> None:
    before = codes("updates", form)
    new = published(update(factories.pledge(), "in_progress", **people()), two_good_items())
    yesterday = factories.AT.date() - timedelta(days=1)
    assert codes("updates", form, f"as_of={yesterday}") == before
    assert codes("updates", form) == [new.public_id, *before]


def test_the_file_is_named_by_its_day(client: Client) -> None:
    named = client.get("/export/pledges.csv?as_of=2026-11-21")["Content-Disposition"]
    assert named == 'attachment; filename="pledges-2026-11-21.csv"'
    assert today().isoformat() in client.get("/export/updates.json")["Content-Disposition"]


# --- what is wrong --------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("name", "question", "wrong"),
    [
        ("pledges", "as_of=2999-01-01", "as_of"),
        ("pledges", "as_of=soon", "as_of"),
        ("pledges", "page=2", "page"),
        ("pledges", "status=kept", "status"),
        ("updates", "theme=digital", "theme"),
        ("evidence", "side=moon", "side"),
    ],
)
def test_what_is_not_known_is_refused_by_its_name(form: str, name: str, question: str, wrong: str) -> None:
    problem = json.loads(body(f"/export/{name}.{form}?{question}", status=400))
    assert list(problem["errors"]) == [wrong]
    assert wrong in problem["detail"]


def test_only_csv_knows_the_mark() -> None:
    assert "bom" in json.loads(body("/export/pledges.json?bom=0", status=400))["errors"]
    assert "bom" in json.loads(body("/export/pledges.csv?bom=2", status=400))["errors"]


# --- the files themselves -------------------------------------------------------------------


def test_a_csv_begins_with_the_mark_by_which_excel_knows_it_unless_it_is_not_wanted() -> None:
    assert body("/export/pledges.csv").startswith(b"\xef\xbb\xbfcode,")
    assert body("/export/pledges.csv?bom=0") == body("/export/pledges.csv").removeprefix(b"\xef\xbb\xbf")


def test_pandas_reads_it_with_the_mark_and_without() -> None:
    for asked in ("", "?bom=0"):
        frame = pd.read_csv(BytesIO(body(f"/export/pledges.csv{asked}")), dtype={"section": "string"})
        assert list(frame.columns) == EXPORTED["pledges"].header
        assert {"2.1", "2.10"} <= set(frame.section)
        assert frame.code.is_unique


@pytest.mark.parametrize("name", NAMES)
def test_a_file_says_for_which_day_it_holds_how_to_cite_it_and_under_which_licence(name: str) -> None:
    said = json.loads(body(f"/export/{name}.json?as_of=2026-11-21"))
    assert said["as_of"] == "2026-11-21"
    assert "CC BY 4.0" in said["licence"]
    assert said["citation"].endswith("/en/data/?as_of=2026-11-21")
    assert said["url"].endswith(f"/export/{name}.json?as_of=2026-11-21")
    about = {row[0]: row[1] for row in cells(body(f"/export/{name}.xlsx?as_of=2026-11-21"), "about")}
    assert about["as_of"] == "2026-11-21"
    assert about["citation"] == said["citation"]
    assert set(EXPORTED[name].header) <= set(about)


def test_the_address_of_a_file_keeps_the_question() -> None:
    assert json.loads(body("/export/pledges.json?theme=digital&theme=trade"))["url"].endswith(
        f"?theme=digital&theme=trade&as_of={today()}"
    )


def test_days_are_days_in_a_workbook_and_sections_are_texts() -> None:
    unpublished.public()
    book = load_workbook(BytesIO(body("/export/pledges.xlsx")), read_only=True)
    header, *rows = book["pledges"].iter_rows()
    place = {cell.value: n for n, cell in enumerate(header)}
    since = [row[place["status_effective_on"]] for row in rows if row[place["status_effective_on"]].value]
    assert since
    assert all(cell.is_date for cell in since)
    assert {row[place["section"]].data_type for row in rows} == {"s"}


@pytest.mark.parametrize("address", ["/export/pledges.csv", "/export/evidence.xlsx", "/export/datapackage.zip"])
def test_who_asks_for_the_headers_gets_them_alone(address: str, client: Client) -> None:
    asked, whole = client.head(address), client.get(address)
    assert asked.content == b""
    assert asked["Content-Type"] == whole["Content-Type"]
    assert asked["Content-Disposition"] == whole["Content-Disposition"]


def test_notebooks_of_other_sites_may_read_it(client: Client) -> None:
    answer = client.get("/export/updates.csv", headers={"origin": "https://notebook.example.org"})
    assert answer["Access-Control-Allow-Origin"] == "*"


def test_the_lists_offer_what_they_show(client: Client) -> None:
    page = client.get("/en/pledges/?theme=digital&ordering=title&utm_source=x").content.decode()
    assert f"/export/pledges.csv?theme=digital&amp;ordering=title&amp;as_of={today()}" in page
    page = client.get("/en/evidence/?side=china&as_of=2026-11-21").content.decode()
    assert "/export/evidence.xlsx?side=china&amp;as_of=2026-11-21" in page
