"""Page, API, CSV, XLSX, JSON and data package give the same pledges for a question as of a day, and the same counts.

What they must give is found by a plain loop over the raw rows (`naive.py`), which uses nothing of `record`.
Of many pairs of question and day the answer is another on that day than on the day before or after, as a correction,
a withdrawal, a backdated status or another coding became public.
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

from commitments import names
from commitments.models import Actor, Coding, Delivery, Document, Grade, Right, Section, Theme, Trackability
from tests import histories, naive

pytestmark = pytest.mark.django_db

#: The kinds of act on whose days the questions are asked.
TURNING = ("backdated", "correction", "recoding", "withdrawal")
#: Questions, days among which they are asked, and how many of them must straddle an act that touches the answer.
FEW, MANY = (10, 5, 2), (200, 100, 50)
#: How often a question is drawn anew until the day's act touches its answer.
TRIES = 40


@pytest.fixture
def world() -> Iterator[tuple[histories.History, naive.Raw]]:
    history = histories.make(77, acts=320)
    with time_machine.travel(histories.LAST + timedelta(days=3), tick=False):
        yield history, naive.Raw.read()


def _values(chance: random.Random, words: list[str]) -> dict[str, list[str]]:
    """Return a question: up to three filters, each with one or two values; of `words` one, with one filter at most."""
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
    chosen = chance.sample(list(known), chance.choice([0, 0, 1] if words else [0, 1, 1, 2, 2, 3]))
    asked = {name: chance.sample(known[name], min(len(known[name]), chance.choice([1, 2]))) for name in chosen}
    if chance.random() < 0.2:
        asked["updated_after"] = [_day(chance).isoformat()]
    if words:
        asked |= {"q": [chance.choice(words)], "ordering": ["position"]}
    return asked


def _words(raw: naive.Raw) -> list[str]:
    """Return pairs of Chinese characters that stand in quotes, and in nothing else that pledges are found by."""
    terms = [row for model in (Theme, Actor, Right) for row in model.objects.values_list("name", "aliases")]
    places = [row for model in (Document, Section) for row in model.objects.values_list("title", "aliases")]
    elsewhere = f"{terms}{places}{list(Coding.objects.values_list('test', flat=True))}{names.groups()}"
    quoted = [quote for quotes in raw.quotes.values() for quote in quotes]
    pairs = Counter(pair for quote in quoted for pair in set(re.findall(r"(?=([\u4e00-\u9fff]{2}))", quote)))
    return sorted(pair for pair, n in pairs.items() if n > 2 and pair not in elsewhere)


def _day(chance: random.Random) -> date:
    return histories.FIRST + timedelta(days=chance.randrange((histories.LAST - histories.FIRST).days))


def _days(chance: random.Random, history: histories.History, count: int) -> list[tuple[date, date | None]]:
    """Return (day, the day of an act that it lies on or right before): of three, two lie so."""
    acts = {kind: [day for other, day in history.turning if other == kind] for kind in TURNING}
    assert all(acts.values())
    days: list[tuple[date, date | None]] = []
    for n in range(count):
        act = chance.choice(acts[TURNING[n % len(TURNING)]])
        days.append((_day(chance), None) if n % 3 == 2 else (act - timedelta(days=chance.randrange(2)), act))
    return days


def _straddles(raw: naive.Raw, asked: dict[str, list[str]], act: date | None) -> bool:
    """Tell whether the answer of the day of an act is another than that of the day before."""
    return act is not None and naive.answer(raw, asked, act) != naive.answer(raw, asked, act - timedelta(days=1))


def _asked(
    chance: random.Random, raw: naive.Raw, words: list[str], act: date | None
) -> tuple[dict[str, list[str]], bool]:
    """Return (question, whether it straddles the act); where there is an act, one is looked for that does."""
    for _ in range(TRIES if act else 1):
        asked = _values(chance, words)
        if straddles := _straddles(raw, asked, act):
            break
    return asked, straddles


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


def by_progress(client: Client, asked: dict[str, list[str]], on: date) -> Counter[str]:
    """Return how many pledges stand how, by the API's numbers; an order is nothing to them."""
    among = {name: values for name, values in asked.items() if name != "ordering"}
    total = json.loads(_fetch(client, "/api/v1/progress/", among, on))["total"]
    assert total["pledges"] == sum(total["by_status"].values())
    return +Counter(total["by_status"])


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

    @classmethod
    def _answers(cls, row: dict[str, str], asked: dict[str, list[str]]) -> bool:
        return all(cls._holds(row, name, values) for name, values in asked.items() if name != "ordering")

    @staticmethod
    def _holds(row: dict[str, str], name: str, values: list[str]) -> bool:
        several = {"theme": "themes", "actor": "actors", "right": "rights"}
        if name == "updated_after":
            return bool(row["status_published_at"]) and row["status_published_at"][:10] > values[0]
        if name == "q":
            return any(values[0] in row[f"{field}_zh_hans"] for field in ("title", "quotes"))
        if name in several:
            return bool(set(row[several[name]].split("; ")) & set(values))
        return row[name] in values


def _agree(client: Client, world: tuple[histories.History, naive.Raw], counts: tuple[int, int, int]) -> None:
    history, raw = world
    questions, days, straddling = counts
    chance = random.Random(days)
    quoted, each = _words(raw), questions // days
    assert len(quoted) > 20
    straddled = worded = 0
    sizes = Counter[bool]()
    for on, act in _days(chance, history, days):
        package = Package(client, on)
        for n in range(each):
            words = [*histories.PLANTED * 5, *quoted] if n % 2 else []
            asked, straddles = _asked(chance, raw, words, act)
            expected = naive.answer(raw, asked, on)
            codes = [code for code, _status in expected]
            assert by_page(client, asked, on) == codes, (asked, on)
            assert by_api(client, asked, on) == expected, (asked, on)
            assert by_csv(client, asked, on) == expected, (asked, on)
            assert by_xlsx(client, asked, on) == expected, (asked, on)
            assert by_json(client, asked, on) == expected, (asked, on)
            assert package.find(asked) == expected, (asked, on)
            assert by_progress(client, asked, on) == Counter(status for _code, status in expected), (asked, on)
            straddled += straddles
            worded += "q" in asked and bool(codes)
            sizes[bool(codes)] += 1
    assert straddled >= straddling
    assert worded
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
