"""Sixty questions in four languages, written before the search was: the right pledge is among the first three."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from commitments.models import Pledge
from commitments.record import published
from commitments.record.search import matching

pytestmark = pytest.mark.django_db

ON = date(2026, 11, 22)
FIRST, ENOUGH = 3, 55


@pytest.fixture(scope="module")
def questions() -> dict[str, list[dict[str, Any]]]:
    return yaml.safe_load((Path(__file__).parent / "search_questions.yaml").read_text(encoding="utf-8"))


def test_there_are_fifteen_questions_in_each_language_and_their_answers_exist(questions: Any) -> None:
    assert {language: len(asked) for language, asked in questions.items()} == dict.fromkeys(
        ("en", "zh", "es", "pt"), 15
    )
    wanted = {code for asked in questions.values() for one in asked for code in one["right"]}
    assert set(Pledge.objects.filter(code__in=wanted).values_list("code", flat=True)) == wanted


def test_the_right_pledge_is_among_the_first_three(questions: Any) -> None:
    missed, every = [], [one for asked in questions.values() for one in asked]
    for one in every:
        first = list(matching(published.pledges(on=ON), one["ask"]).values_list("code", flat=True)[:FIRST])
        if not set(first) & set(one["right"]):
            missed.append(f"{one['ask']}: {first} instead of {one['right']}")
    print(f"{len(every) - len(missed)} of {len(every)}", *missed, sep="\n")
    assert len(every) - len(missed) >= ENOUGH, "\n".join(missed)
