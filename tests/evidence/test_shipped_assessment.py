"""Every status of the first assessment obeys the methodology, told by a plain loop over its files."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

import commitments

ROOT = Path(commitments.__file__).parent
#: What the methodology says, anew: the loops below share no code with what they judge.
AGAINST = ("stalled", "dropped")
CLAIMS = ("in_progress", "sustained", "partly_delivered")
#: Items found in the two rounds; then those on the announced numbers, and those from the source documents.
TWO_ROUNDS, NUMBERS, DOCUMENTS = 597, 38, 39


def rows_of(pattern: str) -> list[Any]:
    found = sorted(ROOT.glob(pattern))
    assert found, pattern
    texts = [path.read_text(encoding="utf-8") for path in found]
    return [entry for text in texts for entry in yaml.load(text, Loader=yaml.CSafeLoader)]


@pytest.fixture(scope="module")
def items() -> dict[str, Any]:
    rows = rows_of("evidence/record/evidence-*.yaml")
    assert len(rows) == len({row["id"] for row in rows}) == TWO_ROUNDS + NUMBERS + DOCUMENTS
    return {row["id"]: row for row in rows}


@pytest.fixture(scope="module")
def pledges() -> dict[str, str]:
    """Return each pledge's trackability."""
    return {row["code"]: row["coding"]["trackability"] for row in rows_of("catalogue/record/*/pledges*.yaml")}


@pytest.fixture(scope="module")
def assessments() -> list[Any]:
    rows = rows_of("evidence/record/assessments.yaml")
    assert len(rows) == len({row["pledge"] for row in rows}) == 82
    return rows


def baseline(code: str) -> date:
    return {"SPC": date(2025, 7, 25), "FMP": date(2025, 12, 10)}[code.partition("-")[0]]


def cited(row: Any, items: dict[str, Any]) -> list[tuple[str, date | None]]:
    """Return what each cited item does to the pledge, and when what it reports happened."""
    found = []
    for identity in row["evidence"]:
        item = items[identity]
        [bearing] = [b["bearing"] for b in item.get("bearings", []) if b["pledge"] == row["pledge"]]
        found.append((bearing, item.get("event_on") or item.get("published_on")))
    return found


def test_a_first_assessment_never_says_delivered_or_not_delivered(assessments: list[Any]) -> None:
    wrong = [row["pledge"] for row in assessments if row["status"] in ("delivered", "not_delivered")]
    assert wrong == []


def test_a_declaratory_pledge_is_not_assessable(assessments: list[Any], pledges: dict[str, str]) -> None:
    assert {row["pledge"] for row in assessments} <= set(pledges)
    declaratory = [row for row in assessments if pledges[row["pledge"]] == "declaratory"]
    assert declaratory
    assert {row["status"] for row in declaratory} == {"not_assessable"}


def test_a_deed_has_support_from_the_baseline_on(assessments: list[Any], items: dict[str, Any]) -> None:
    deeds = [row for row in assessments if row["status"] in CLAIMS]
    assert len(deeds) > 30
    for row in deeds:
        dates = [day for bearing, day in cited(row, items) if bearing == "supports" and day]
        assert dates, row["pledge"]
        assert max(dates) >= baseline(row["pledge"]), row["pledge"]


def test_every_other_status_cites_something_in_its_direction(assessments: list[Any], items: dict[str, Any]) -> None:
    for row in assessments:
        if row["status"] != "not_assessable":
            wanted = "contradicts" if row["status"] in AGAINST else "supports"
            assert wanted in [bearing for bearing, _ in cited(row, items)], row["pledge"]


def test_a_status_is_so_since_the_baseline_at_the_earliest_and_since_nothing_yet_to_come(
    assessments: list[Any],
) -> None:
    for row in assessments:
        assert baseline(row["pledge"]) <= row["effective_on"] <= date(2026, 11, 21), row["pledge"]


def test_what_came_before_the_baseline_or_has_no_date_is_context(items: dict[str, Any]) -> None:
    wrong = []
    for item in items.values():
        day = item.get("event_on") or item.get("published_on")
        for b in item.get("bearings", []):
            if b["bearing"] != "context" and (day is None or day < baseline(b["pledge"])):
                wrong.append((item["id"], b["pledge"], b["bearing"], day))
    assert wrong == []


def test_what_was_added_after_the_two_rounds_is_context_and_gives_no_status(
    items: dict[str, Any], assessments: list[Any]
) -> None:
    later = {identity: item for identity, item in items.items() if identity > f"E{TWO_ROUNDS:04d}"}
    assert len(later) == NUMBERS + DOCUMENTS
    assert {b["bearing"] for item in later.values() for b in item.get("bearings", [])} == {"context"}
    assert not {identity for row in assessments for identity in row["evidence"]} & set(later)


def test_each_announced_number_has_an_item_that_reports_it_and_no_item_names_another(items: dict[str, Any]) -> None:
    announced = {row["code"] for row in rows_of("catalogue/record/targets.yaml")}
    assert {code for item in items.values() for code in item.get("targets", [])} == announced


def test_a_sustained_pledge_goes_on_and_was_acted_on_within_a_year(
    assessments: list[Any], items: dict[str, Any]
) -> None:
    for row in assessments:
        if row["status"] == "sustained":
            newest = max(day for bearing, day in cited(row, items) if bearing == "supports" and day)
            assert newest >= date(2025, 11, 21), row["pledge"]


def test_every_assessment_is_worded_in_all_four_languages(assessments: list[Any]) -> None:
    for row in assessments:
        for field in ("summary", "reasoning"):
            assert set(row[field]) == {"en", "zh-hans", "es", "pt-br"}
            assert all(text.strip() for text in row[field].values()), row["pledge"]


def test_each_item_bears_on_pledges_that_are_there_and_on_each_once(
    items: dict[str, Any], pledges: dict[str, str]
) -> None:
    for item in items.values():
        about = [b["pledge"] for b in item.get("bearings", [])]
        assert len(about) == len(set(about)), item["id"]
        assert set(about) <= set(pledges), item["id"]
