"""What a file is asked by: a value is written in one way, in every language, and what is not known is refused."""

import json
from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client

from tests import unpublished
from tests.exports.files import body, results

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "query",
    [
        *(f"updates.csv?provisional={value}" for value in ("banana", "yes", "0", "1", "3", "")),
        "updates.json?pledge=NOPE-9",
        "evidence.json?pledge=NOPE-9",
        "evidence.csv?pledge=%00",
        "pledges.csv?as_of=2026-W12-1",
        "pledges.csv?as_of=2026-11-22%0A",
        "pledges.csv?as_of=%202026-11-22",
        "pledges.csv?as_of=２０２６-11-22",
        "pledges.csv?updated_after=12/11/2026",
        "pledges.csv?as_of=2026-11-21&as_of=2026-11-22",
        "pledges.csv?bom=0&bom=0",
        "evidence.csv?side=china&side=lac",
        "datapackage.zip?as_of=2026-11-21&as_of=2026-11-22",
    ],
)
def test_a_value_that_is_not_known_or_one_too_many_is_refused_and_named(query: str) -> None:
    with time_machine.travel(datetime(2026, 11, 23, tzinfo=UTC), tick=False):
        refused = json.loads(body(f"/export/{query}", 400))
    assert list(refused["errors"]) == [query.partition("?")[2].split("=")[0]]


def test_several_statuses_mean_any_of_them_and_codes_may_be_in_small_letters() -> None:
    unpublished.public()
    every = results(body("/export/updates.json"))
    statuses = sorted({row["status"] for row in every})[:2]
    found = results(body(f"/export/updates.json?status={statuses[0]}&status={statuses[1]}"))
    assert [row["id"] for row in found] == [row["id"] for row in every if row["status"] in statuses]
    code = every[0]["pledge"]
    asked = [results(body(f"/export/{name}.json?pledge={code.lower()}")) for name in ("updates", "evidence")]
    assert asked == [results(body(f"/export/{name}.json?pledge={code}")) for name in ("updates", "evidence")]
    assert {row["pledge"] for row in asked[0]} == {code}
    assert body(f"/cite/{code.lower()}.txt") == body(f"/cite/{code}.txt")


@pytest.mark.parametrize("language", ["en", "es", "zh-hans", "pt-br"])
def test_a_day_is_the_same_day_in_every_language(client: Client, language: str) -> None:
    for address in ("pledges/?updated_after=%s", "pledges/?as_of=%s", "changes/?from=%s"):
        for wrong in ("12/11/2026", "12.11.2026", "2026-W12-1", "2026-11-22%0A"):
            assert client.get(f"/{language}/{address % wrong}").status_code == 400, wrong
        assert client.get(f"/{language}/{address % '2026-11-22'}").status_code == 200


@pytest.mark.parametrize(
    "address", ["/releases/%00/x", "/releases/" + "1" * 200 + "/x", "/releases/1%0A/x", "/releases/%D9%A1/x"]
)
def test_what_no_release_can_be_called_is_not_there(address: str) -> None:
    assert json.loads(body(address, 404))["status"] == 404


@pytest.mark.parametrize("version", ["%00", "1" * 200, "1%0A"])
def test_what_no_release_can_be_called_cannot_be_cited(version: str) -> None:
    assert list(json.loads(body(f"/cite/dataset.bib?version={version}", 400))["errors"]) == ["version"]
