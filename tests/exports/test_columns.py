"""The columns are the API's names, declared once, each with a line that says what it means."""

from typing import Any

import pytest
from django.test import Client

from commitments.exports.columns import Sheet
from commitments.exports.sheets import EVERYTHING, EXPORTED
from commitments.models import LANGUAGES
from tests import unpublished

#: As INTERFACE has them, in this order; more may stand between.
FIXED = ["code", "document", "section", "title_en", "trackability", "status", "status_effective_on", "grade"]
FIXED += ["provisional", "url"]
each_sheet = pytest.mark.parametrize("sheet", EVERYTHING, ids=lambda sheet: sheet.name)


def test_the_columns_of_pledges_are_the_fixed_ones_in_their_order() -> None:
    header = EXPORTED["pledges"].header
    assert [name for name in header if name in FIXED] == FIXED
    assert [name for name in header if name.startswith("title_")] == [
        "title_en",
        "title_zh_hans",
        "title_es",
        "title_pt_br",
    ]


#: What stands in the API under another name: `status` and `grade` are values, quotes are words by language.
RENAMED = {
    "pledges": {"status_value": "status", "status_grade": "grade", "status_provisional": "provisional"},
    "updates": {},
    "evidence": {},
}
MAPS = {"title", "reason", "test", "note", "summary", "reasoning", "fact", "quotes"}


def flat(name: str, value: Any) -> list[str]:
    """Return the names under which a member of the API stands in a table."""
    if name in MAPS and not isinstance(value, str):
        return [f"{name}_{language.replace('-', '_')}" for language in LANGUAGES]
    if name == "replies":
        return [name]
    if isinstance(value, list) and value and isinstance(value[0], dict):
        value = value[0]
    return [f"{name}_{inner}" for inner in value] if isinstance(value, dict) else [name]


@pytest.mark.django_db
@pytest.mark.parametrize("name", EXPORTED)
def test_every_member_of_the_api_has_its_column_and_no_column_is_foreign(name: str, client: Client) -> None:
    unpublished.public()
    many = client.get(f"/api/v1/{name}/?page_size=500").json()["results"]
    row = max(many, key=lambda one: len([value for value in one.values() if value]))
    named = {column for key, value in row.items() for column in flat(key, value)}
    named = {RENAMED[name].get(column, column) for column in named}
    if name == "evidence":  # no item of the tests has a file
        named = named - {"file"} | {"file_url", "file_media_type", "file_sha256"}
    extra = {"pledges": {"section_code"}, "updates": {"url"}, "evidence": set()}[name]
    assert set(EXPORTED[name].header) == named | extra


@each_sheet
def test_every_column_says_in_one_line_what_it_means(sheet: Sheet) -> None:
    assert len(set(sheet.header)) == len(sheet.header)
    for column in sheet.columns:
        assert column.doc.strip() == column.doc != ""
        assert "\n" not in column.doc
        assert not column.doc.endswith(".")


@each_sheet
def test_keys_and_links_name_columns_that_are_there(sheet: Sheet) -> None:
    tables = {other.name: other for other in EVERYTHING}
    assert set(sheet.key) <= set(sheet.header)
    for link in sheet.links:
        assert set(link.columns) <= set(sheet.header)
        assert set(link.by) <= set(tables[link.to].header)
