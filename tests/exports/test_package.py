"""The data package: valid, complete, the same bytes for the same day, and nothing in it from after the day."""

import hashlib
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import time_machine
from django.db import transaction
from frictionless import Package
from frictionless.resources import TableResource

from commitments.cells import unguarded
from commitments.exports.sheets import EVERYTHING
from commitments.models import (
    Attachment,
    Evidence,
    LedgerEntry,
    Passage,
    Pledge,
    SearchLog,
    StatusUpdate,
    Wording,
)
from commitments.record import differences
from tests import factories, unpublished
from tests.exports.files import body, members, table
from tests.factories import AT, people, published, two_good_items, update, words

pytestmark = pytest.mark.django_db
DAY = AT.date()


def package(on: Any = DAY) -> dict[str, bytes]:
    return members(body(f"/export/datapackage.zip?as_of={on}"))


def rows(name: str, on: Any = DAY) -> list[dict[str, str]]:
    return table(package(on)[f"data/{name}.csv"])


def built(blocker: Any, write: Callable[[], object]) -> bytes:
    """Return the package of what is written, which is taken back."""
    with blocker.unblock(), transaction.atomic():
        write()
        packed = body(f"/export/datapackage.zip?as_of={DAY}")
        transaction.set_rollback(True)
    return packed


@pytest.fixture(scope="module")
def shipped(django_db_setup: None, django_db_blocker: Any) -> dict[str, bytes]:
    """The files of the record alone, built once for those who only read them."""
    return members(built(django_db_blocker, lambda: None))


@pytest.fixture(scope="module")
def filled(django_db_setup: None, django_db_blocker: Any) -> bytes:
    """A package with something in every table, built once."""
    return built(django_db_blocker, unpublished.public)


@pytest.fixture
def unpacked(filled: bytes, tmp_path: Path) -> Package:
    with zipfile.ZipFile(BytesIO(filled)) as packed:
        packed.extractall(tmp_path)
    return Package(str(tmp_path / "datapackage.json"))


def test_it_is_valid_with_every_schema_key_and_checksum(unpacked: Package) -> None:
    report = unpacked.validate()
    assert report.valid, report.flatten(["title", "rowNumber", "fieldName", "message"])[:5]
    assert len(report.tasks) == len(EVERYTHING) + 4


@pytest.mark.parametrize(
    ("table", "row", "column", "value"),
    [("pledges", 0, "status", "kept"), ("citations", 0, "evidence", "E1"), ("points", 0, "id", "")],
)
def test_a_broken_one_is_told_from_it(
    unpacked: Package, tmp_path: Path, table: str, row: int, column: str, value: str
) -> None:
    path = tmp_path / "data" / f"{table}.csv"
    frame = pd.read_csv(path, dtype="string", keep_default_na=False)
    frame.loc[row, column] = value
    frame.to_csv(path, index=False, lineterminator="\r\n")
    wrong = {kind for (kind,) in unpacked.validate().flatten(["type"])}
    assert wrong & {"constraint-error", "foreign-key", "primary-key"}


def searched() -> tuple[StatusUpdate, SearchLog]:
    """Publish that no evidence was found, and log another search on which nothing public rests."""
    place = factories.pledge(n=3)
    log = factories.search(place)
    factories.search(place)
    return published(update(place, "no_evidence", search=log, **people())), log


def test_only_the_searches_are_there_on_which_something_public_rests_and_nobody_is_named() -> None:
    stated, log = searched()
    (row,) = rows("searches")
    assert row == {
        "update": stated.public_id,
        "pledge": stated.pledge.code,
        "searched_on": log.searched_on.isoformat(),
        "languages": "en",
        "places": "a catalogue",
        "queries": "a query",
    }
    assert rows("searches", DAY - timedelta(days=1)) == []


def test_every_difference_is_there_with_the_words_of_each_rendition() -> None:
    whole = package()
    texts = {(row["document"], row["key"]): whole[row["file"]].decode() for row in table(whole["data/renditions.csv"])}
    found, words_at = table(whole["data/differences.csv"]), table(whole["data/wordings.csv"])
    assert [row["code"] for row in found] == [one.code for one in differences.differences()]
    assert len(words_at) == Wording.objects.count()
    for row in words_at:
        said = texts[row["document"], row["rendition"]][int(row["start"]) : int(row["end"])]
        assert said == unguarded(row["text"])
    touched = differences.touched(differences.differences(), on=DAY)
    assert [row["pledges"] for row in found] == ["; ".join(p.code for p in pledges) for pledges in touched.values()]
    assert any(row["pledges"] for row in found)


def test_every_table_holds_all_that_was_public() -> None:
    searched()
    seen, whole = unpublished.public(), package()
    found = {sheet.name: table(whole[f"data/{sheet.name}.csv"]) for sheet in EVERYTHING}
    assert all(found.values()), [name for name, some in found.items() if not some]
    assert len(found["passages"]) == Passage.objects.count()
    assert len(found["pledges"]) == Pledge.objects.count()
    assert [row["seq"] for row in found["log"]] == [str(n + 1) for n in range(LedgerEntry.objects.count())]
    assert {row["id"] for row in found["points"]} == {point.public_id for point in seen.points}
    first, second = found["points"]
    assert (first["corrected_by"], second["corrects"]) == (second["id"], first["id"])
    assert {row["id"] for row in found["evidence"]} == {item.public_id for item in seen.items}
    assert [row["id"] for row in found["replies"]] == [seen.reply.public_id]


def test_offsets_lead_to_the_words_in_the_texts(shipped: dict[str, bytes]) -> None:
    renditions = table(shipped["data/renditions.csv"])
    texts = {(row["document"], row["key"]): shipped[row["file"]].decode() for row in renditions}
    for name in ("quotes", "passages"):
        some = table(shipped[f"data/{name}.csv"])
        assert len(some) > 300
        for row in some:
            text = texts[row["document"], row["rendition"]]
            assert text[int(row["start"]) : int(row["end"])] == unguarded(row["text"])


def test_the_leaves_of_the_log_can_be_computed_from_it(shipped: dict[str, bytes]) -> None:
    for row in table(shipped["data/log.csv"]):
        assert hashlib.sha256(b"\x00" + row["payload"].encode()).hexdigest() == row["leaf"]


def test_four_languages_arrive_intact(shipped: dict[str, bytes]) -> None:
    (row,) = [row for row in table(shipped["data/pledges.csv"]) if row["code"] == "FMP-2.11.3"]
    stored = Pledge.objects.get(code="FMP-2.11.3").codings.get().title
    assert [row[f"title_{key.replace('-', '_')}"] for key in stored] == list(stored.values())
    assert len({*stored.values()}) == 4


def test_pandas_and_frictionless_read_the_types(unpacked: Package, tmp_path: Path) -> None:
    resource = unpacked.get_resource("points")
    assert isinstance(resource, TableResource)
    assert {type(row["value"]).__name__ for row in resource.read_rows()} == {"Decimal"}
    frame = pd.read_csv(tmp_path / "data" / "points.csv", parse_dates=["on"])
    assert frame["value"].dtype.kind == "f"
    assert frame["on"].dt.year.min() > 2000


def test_it_says_what_it_is_and_names_no_person(shipped: dict[str, bytes]) -> None:
    said = json.loads(shipped["datapackage.json"])
    assert said["licenses"][0]["name"] == "CC-BY-4.0"
    assert said["contributors"] == [{"title": "Pledge Tracker", "role": "author"}]
    assert said["version"] == "2026-11-22"
    fields = [field for one in said["resources"] if "schema" in one for field in one["schema"]["fields"]]
    assert all(field["description"] and field["title"] for field in fields)
    assert {"README.md", "CODEBOOK.md", "CITATION.cff", "LICENSE.txt"} <= set(shipped)
    codebook = shipped["CODEBOOK.md"].decode()
    for sheet in EVERYTHING:
        assert f"### {sheet.name}\n" in codebook
        assert all(f"| `{name}` |" in codebook for name in sheet.header)
    assert "| not_assessed | No review has been completed. |" in codebook


# --- the same bytes -------------------------------------------------------------------------


def test_the_same_day_gives_the_same_bytes_on_any_later_day() -> None:
    unpublished.public()
    with time_machine.travel(AT + timedelta(hours=12), tick=False):
        first = body(f"/export/datapackage.zip?as_of={DAY}")
    with time_machine.travel(AT + timedelta(days=400, hours=3), tick=False):
        assert body(f"/export/datapackage.zip?as_of={DAY}") == first


def test_what_comes_later_changes_nothing_in_it() -> None:
    """A correction, a new coding, another reply, a figure, a source and another bearing are not of that day."""
    seen = unpublished.public()
    with time_machine.travel(AT + timedelta(days=30), tick=False):
        before = package()
        later = AT + timedelta(days=20)
        new = factories.evidence(public_at=later)
        cited = [(new, "supports"), (seen.items[2], "contradicts")]
        fix = update(seen.places[1], "announced", kind="correction", corrects=seen.updates[2], **people())
        published(fix, cited, at=later)
        Evidence.objects.filter(pk=seen.items[2].pk).update(superseded_by=new)
        assert Attachment.objects.filter(evidence=seen.items[2], bearing="contradicts").exists()
        after = package()
        assert [name for name in before if after[name] != before[name]] == []
        assert after.keys() == before.keys()
        assert package(later.date()) != before


def test_a_correction_of_a_later_day_is_only_in_the_packages_from_then_on() -> None:
    place = factories.pledge()
    wrong = published(update(place, "in_progress", **people()), two_good_items())
    later = AT + timedelta(days=5)
    fix = update(place, "announced", kind="correction", corrects=wrong, summary=words("Not so."), **people())
    fix = published(fix, two_good_items(), at=later)
    with time_machine.travel(AT + timedelta(days=9), tick=False):
        then, now = rows("updates", DAY), rows("updates", later.date())
        assert fix.public_id not in [row["id"] for row in then]
        assert [row["corrects"] for row in now if row["id"] == fix.public_id] == [wrong.public_id]
        status = {row["code"]: row["status"] for row in rows("pledges", DAY)}
        assert status[place.code] == "in_progress"


def test_a_day_that_has_not_come_is_refused() -> None:
    assert json.loads(body("/export/datapackage.zip?as_of=2999-01-01", status=400))["errors"]["as_of"]
    assert json.loads(body("/export/datapackage.zip?theme=digital", status=400))["errors"]["theme"]
