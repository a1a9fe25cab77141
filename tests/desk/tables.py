"""Spreadsheets as the tests of import and export send and read them."""

import csv
import re
from collections.abc import Sequence
from html import unescape
from io import BytesIO, StringIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook, load_workbook

EVIDENCE, DRAFTS = "/admin/commitments/evidence", "/admin/commitments/statusdraft"
Table = Sequence[dict[str, Any]]


def item(n: int = 1, **cells: Any) -> dict[str, Any]:
    """A row of a new item, with nothing wrong in it."""
    said = {
        "id": "",
        "source_url": f"https://news.example.org/{n}",
        "title": f"Report {n}",
        "publisher": "A newspaper",
        "publisher_kind": "news",
        "side": "independent",
        "record": "report",
        "origin": f"newspaper-{n}",
        "countries": "BR; CL",
        "language": "es",
        "published_on": "2026-01-16",
        "event_on": "2026-01-15",
        "event_precision": "day",
        "accessed_on": "2026-11-20",
        "fact_en": "They met.",
        "excerpt_only": "",
        "bearings": "",
    }
    return said | cells


def proposal(code: str, **cells: Any) -> dict[str, Any]:
    """A row of a new draft."""
    said = {"id": "", "pledge": code, "kind": "", "corrects": "", "status": "announced", "effective_on": "2026-01-15"}
    return said | {"summary_en": "A plan.", "reasoning_en": "Because.", "evidence": "", "revision": ""} | cells


def in_csv(rows: Table, delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    stream = StringIO(newline="")
    writer = csv.DictWriter(stream, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue().encode(encoding)


def in_xlsx(rows: Table) -> bytes:
    """A workbook as a spreadsheet program writes it: cells keep the types they have."""
    book = Workbook()
    book.active.append(list(rows[0]))
    for row in rows:
        book.active.append(list(row.values()))
    book.save(stream := BytesIO())
    return stream.getvalue()


def cells_of(content: bytes) -> list[list[str]]:
    """What is in a file, cell by cell."""
    if content.startswith(b"PK"):
        return [
            ["" if cell is None else cell for cell in row] for row in load_workbook(BytesIO(content)).active.values
        ]
    return list(csv.reader(StringIO(content.decode("utf-8-sig"), newline="")))


def tried(client: Client, room: str, content: bytes, name: str = "sheet.xlsx") -> Any:
    """Upload a file, and return the page that says what it would do."""
    return client.post(f"{room}/import/", {"file": SimpleUploadedFile(name, content)})


def sealed(page: Any) -> str:
    """What the page of a trial carries to its confirmation."""
    found = re.search(r'name="sealed" value="([^"]+)"', page.content.decode())
    assert found, told(page)
    return found[1]


def confirmed(client: Client, room: str, seal: str) -> str:
    """Confirm a trial, and return the page that follows."""
    answer = client.post(f"{room}/process_import/", {"sealed": seal}, follow=True)
    assert answer.status_code == 200
    return unescape(re.sub(r"\s+", " ", answer.content.decode().partition("</header>")[2].partition("<form")[0]))


def imported(client: Client, room: str, content: bytes) -> str:
    """Try and confirm a file."""
    return confirmed(client, room, sealed(tried(client, room, content)))


def told(page: Any) -> str:
    """The main part of a page in words."""
    main = page.content.decode().partition('id="content"')[2].partition("<!-- END Content")[0]
    return unescape(re.sub(r"\s+", " ", main))


def faults(page: Any) -> dict[str, str]:
    """What is wrong, by cell."""
    assert page.status_code == 422
    rows = re.findall(r'<tr><th scope="row">([^<]*)</th><td>(.*?)</td></tr>', page.content.decode(), re.S)
    found: dict[str, str] = {}
    for cell, text in rows:
        found[unescape(cell)] = f"{found.get(unescape(cell), '')} {unescape(text)}".strip()
    return found


def exported(client: Client, room: str, kind: str = "1", query: str = "") -> bytes:
    """Export the list: as a workbook (0) or as CSV (1)."""
    answer = client.post(f"{room}/export/{query}", {"resource": "0", "format": kind})
    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith("attachment"), answer.content.decode()[:2000]
    return bytes(answer.content)
