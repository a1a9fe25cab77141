"""Page, API, CSV, XLSX, JSON and data package give the same pledges for a question as of a day, and the same counts.

What they must give is found by a plain loop over the raw rows (`naive.py`), which uses nothing of `record`.
The days are drawn so that many of them lie on, or right before, one on which a correction, a withdrawal, a backdated
status or another coding became public.
"""

import csv
import io
import json
import random
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

import openpyxl
import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from commitments.models import Actor, Delivery, Grade, Right, Theme, Trackability
from tests import histories, naive

pytestmark = pytest.mark.django_db

#: The kinds of act on whose days the questions are asked.
TURNING = ("correction", "withdrawal", "backdated", "recoding")
#: Questions, days among which they are asked, and how many of them must straddle an act.
FEW, MANY = (10, 2, 5), (200, 40, 120)


@pytest.fixture
def world() -> Iterator[tuple[histories.History, naive.Raw]]:
    history = histories.make(77, acts=320)
    with time_machine.travel(histories.LAST + timedelta(days=3), tick=False):
        yield history, naive.Raw.read()


def _values(chance: random.Random) -> dict[str, list[str]]:
    """Return a question: one to three filters, each with one or two values."""
    known: dict[str, list[str]] = {
        "document": ["sao-paulo-consensus", "policy-paper-2025"],
        "project": [str(n) for n in range(1, 6)],
        "section": ["3", "1.1", "1.6", "2.3", "2.9", "2.11", "3.2", "4.1", "5.6"],
        "status": list(Delivery.values),
        "grade": list(Grade.values),
        "trackability": list(Trackability.values),
        "theme": list(Theme.objects.values_list("slug", flat=True)),
        "actor": list(Actor.objects.filter(codings__isnull=False).distinct().values_list("slug", flat=True)),
        "right": list(Right.objects.filter(codings__isnull=False).distinct().values_list("slug", flat=True)),
    }
    names = chance.sample(list(known), chance.choice([0, 1, 1, 2, 2, 3]))
    asked = {name: chance.sample(known[name], min(len(known[name]), chance.choice([1, 2]))) for name in names}
    if chance.random() < 0.2:
        asked["updated_after"] = [_day(chance).isoformat()]
    return asked


def _day(chance: random.Random) -> date:
    return histories.FIRST + timedelta(days=chance.randrange((histories.LAST - histories.FIRST).days))


def _days(chance: random.Random, history: histories.History, count: int, straddling: int) -> list[tuple[date, bool]]:
    """Return (day, whether an act became public on it or on the next)."""
    acts = [(day, kind) for kind, day in history.turning if kind in TURNING]
    kinds = sorted({kind for _day, kind in acts})
    assert kinds == sorted(TURNING)
    turning = []
    for n in range(straddling):
        day = chance.choice([day for day, kind in acts if kind == kinds[n % len(kinds)]])
        turning.append(min(day - timedelta(days=n % 2), histories.LAST))
    known = {day for day, _kind in acts}
    days = [*turning, *(_day(chance) for _ in range(count - straddling))]
    return [(day, day in known or day + timedelta(days=1) in known) for day in days]


def _fetch(client: Client, path: str, asked: dict[str, list[str]], on: date, **more: str) -> Any:
    cache.clear()
    answer = client.get(f"{path}?{urlencode([*asked.items(), ('as_of', on.isoformat()), *more.items()], doseq=True)}")
    assert answer.status_code == 200, (path, asked, on)
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def by_page(client: Client, asked: dict[str, list[str]], on: date) -> list[str]:
    """Follow the pages of the list; their tally must be the number of pledges on them."""
    found: list[str] = []
    number = 1
    while True:
        body = _fetch(client, "/en/pledges/", asked, on, page=str(number)).decode()
        found += re.findall(r'<h2><a href="/en/pledges/([A-Z]+-[\d.]+)/', body)
        if 'rel="next"' not in body:
            tally = re.search(r'class="tally"[^>]*><b>([\d,]+)</b>', body)
            assert tally
            assert int(tally[1].replace(",", "")) == len(found)
            return found
        number += 1


def by_api(client: Client, asked: dict[str, list[str]], on: date) -> list[tuple[str, str]]:
    data = json.loads(_fetch(client, "/api/v1/pledges/", asked, on, page_size="500"))
    assert data["count"] == len(data["results"])
    return [(row["code"], row["status"]["value"]) for row in data["results"]]


def by_csv(client: Client, asked: dict[str, list[str]], on: date) -> list[tuple[str, str]]:
    text = _fetch(client, "/export/pledges.csv", asked, on).decode("utf-8-sig")
    return [(row["code"], row["status"]) for row in csv.DictReader(io.StringIO(text))]


def by_xlsx(client: Client, asked: dict[str, list[str]], on: date) -> list[tuple[str, str]]:
    book = openpyxl.load_workbook(io.BytesIO(_fetch(client, "/export/pledges.xlsx", asked, on)), read_only=True)
    head, *rows = book.worksheets[0].iter_rows(values_only=True)
    code, status = head.index("code"), head.index("status")
    return [(str(row[code]), str(row[status])) for row in rows]


def by_json(client: Client, asked: dict[str, list[str]], on: date) -> list[tuple[str, str]]:
    data = json.loads(_fetch(client, "/export/pledges.json", asked, on))
    rows = next(value for value in data.values() if isinstance(value, list))
    return [(row["code"], row["status"]) for row in rows]


class Package:
    """The data package of a day, asked by plain loops over its own tables."""

    def __init__(self, client: Client, on: date) -> None:
        with zipfile.ZipFile(io.BytesIO(_fetch(client, "/export/datapackage.zip", {}, on))) as package:
            self._rows = self._table(package, "pledges")
            self._updates = {row["id"]: row for row in self._table(package, "updates")}
        self._on = on

    @staticmethod
    def _table(package: zipfile.ZipFile, name: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(package.read(f"data/{name}.csv").decode())))

    def find(self, asked: dict[str, list[str]]) -> list[tuple[str, str]]:
        return [(row["code"], row["status"]) for row in self._rows if self._answers(row, asked)]

    @staticmethod
    def _answers(row: dict[str, str], asked: dict[str, list[str]]) -> bool:
        several = {"theme": "themes", "actor": "actors", "right": "rights"}
        for name, values in asked.items():
            if name == "updated_after":
                if not row["status_published_at"] or row["status_published_at"][:10] <= values[0]:
                    return False
            elif name in several:
                if not set(row[several[name]].split("; ")) & set(values):
                    return False
            elif row[name] not in values:
                return False
        return True


def _agree(client: Client, world: tuple[histories.History, naive.Raw], counts: tuple[int, int, int]) -> None:
    history, raw = world
    questions, days, straddling = counts
    chance = random.Random(days)
    drawn = _days(chance, history, days, round(days * straddling / questions))
    each = questions // days
    straddled = 0
    sizes = Counter[bool]()
    for on, turning in drawn:
        package = Package(client, on)
        for _ in range(each):
            asked = _values(chance)
            codes = naive.pledges(raw, asked, on)
            keys = {row["code"]: row["id"] for row in raw.pledges}
            expected = [(code, naive.status(raw, keys[code], on)) for code in codes]
            assert by_page(client, asked, on) == codes, (asked, on)
            assert by_api(client, asked, on) == expected, (asked, on)
            assert by_csv(client, asked, on) == expected, (asked, on)
            assert by_xlsx(client, asked, on) == expected, (asked, on)
            assert by_json(client, asked, on) == expected, (asked, on)
            assert package.find(asked) == expected, (asked, on)
            straddled += turning
            sizes[bool(codes)] += 1
    assert straddled >= straddling
    assert sizes[True] > sizes[False] / 2  # most questions must have an answer, or nothing is compared


def test_every_outlet_gives_the_same_pledges_and_counts_as_a_plain_loop(
    client: Client, world: tuple[histories.History, naive.Raw]
) -> None:
    _agree(client, world, FEW)


@pytest.mark.full
def test_every_outlet_gives_the_same_pledges_and_counts_for_two_hundred_questions(
    client: Client, world: tuple[histories.History, naive.Raw]
) -> None:
    _agree(client, world, MANY)
