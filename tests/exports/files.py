"""Asks for exports as a reader does, and reads them with other people's readers."""

import csv
import json
import zipfile
from io import BytesIO, StringIO
from typing import Any

from django.test import Client
from openpyxl import load_workbook

from commitments.exports.sheets import EXPORTED

csv.field_size_limit(10**8)
FORMS = ("csv", "xlsx", "json")
NAMES = tuple(EXPORTED)


def body(address: str, status: int = 200) -> bytes:
    response = Client().get(address)
    content = b"".join(response.streaming_content) if response.streaming else response.content
    assert response.status_code == status, content[:400]
    return bytes(content)


def table(content: bytes) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    return list(csv.DictReader(StringIO(content.decode("utf-8-sig"), newline="")))


def cells(content: bytes, sheet: str) -> list[list[Any]]:
    """Return the rows of a sheet of a workbook, its header first."""
    book = load_workbook(BytesIO(content), read_only=True)
    return [list(row) for row in book[sheet].iter_rows(values_only=True)]


def results(content: bytes) -> list[dict[str, Any]]:
    return list(json.loads(content)["results"])


def codes(name: str, form: str, question: str = "") -> list[str]:
    """Return the first column of an export."""
    content = body(f"/export/{name}.{form}?{question}")
    if form == "csv":
        return [next(iter(row.values())) for row in table(content)]
    if form == "xlsx":
        return [row[0] for row in cells(content, name)[1:]]
    return [next(iter(row.values())) for row in results(content)]


def members(content: bytes) -> dict[str, bytes]:
    """Return name → content of the files in a ZIP file."""
    with zipfile.ZipFile(BytesIO(content)) as packed:
        return {info.filename: packed.read(info) for info in packed.infolist()}
