"""The OpenAPI description keeps its word: whatever is asked by it is answered as it says, and never with a failure.

Schemathesis makes the questions: such as the description allows, and such as it does not.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import schemathesis
from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from commitments.evidence import load as evidence_record
from tests.beside import day, indicator, point, reply
from tests.factories import evidence, pledge, published, update
from tracker.wsgi import application

pytestmark = pytest.mark.django_db

CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
]
SETTINGS = settings(
    deadline=None, database=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)


@pytest.fixture(autouse=True)
def kept_open() -> Iterator[None]:
    """Keep the test's connection, which the site closes at the ends of a request; so does Django's own test client."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def some_of_everything(request: pytest.FixtureRequest) -> None:
    """All that ships at full counts; otherwise a row of each kind."""
    if request.config.getoption("--full"):
        evidence_record.load(evidence_record.read(), at=datetime.now(UTC))
        return
    row, item = pledge(), evidence()
    first = published(update(row, "in_progress"), [(item, "supports")], at=day("2026-11-21"))
    published(update(row, "announced", kind="correction", corrects=first), [(item, "context")], at=day("2026-11-22"))
    made = indicator("FMP-2.3", target="target-2025-3")
    old = point(made, "5", "2026-12-31", at=day("2026-11-21"), precision="year")
    point(made, "6", "2026-12-31", at=day("2026-11-22"), precision="year", corrects=old, evidence=item)
    reply(row)


@pytest.fixture
def described() -> Any:
    """The description, as the site itself gives it."""
    return schemathesis.openapi.from_wsgi("/api/v1/schema/?format=json", application)


@pytest.mark.usefixtures("some_of_everything")
def test_every_answer_is_as_the_description_says(described: Any, request: pytest.FixtureRequest) -> None:
    times = 100 if request.config.getoption("--full") else 4
    answers: Counter[int] = Counter()
    for found in described.get_all_operations():
        operation = found.ok()
        takes = bool([*operation.query, *operation.path_parameters])
        for mode in schemathesis.GenerationMode if takes else [schemathesis.GenerationMode.POSITIVE]:
            ask(operation, mode, times, answers)
    print(dict(answers))
    assert answers.keys() <= {200, 400, 404, 405}
    assert answers[200] > 50
    assert answers[400] > 50


def put_what_there_is(case: Any, known: dict[str, Any]) -> None:
    """Put the examples of the description in the place of made-up codes and days: those find something."""
    for asked in (case.query or {}, case.path_parameters or {}):
        for name in set(asked) & set(known):
            schema = known[name]
            example = schema.get("example", schema.get("items", {}).get("example"))
            if example is not None:
                asked[name] = [example] if schema.get("type") == "array" else example


def ask(operation: Any, mode: Any, times: int, answers: Counter[int]) -> None:
    """Put so many questions, and judge each answer."""

    known = {found.name: found.definition["schema"] for found in (*operation.query, *operation.path_parameters)}
    positive = mode is schemathesis.GenerationMode.POSITIVE

    @settings(SETTINGS, max_examples=times)
    @given(case=operation.as_strategy(generation_mode=mode), real=st.booleans())
    def check(case: Any, real: bool) -> None:
        cache.clear()  # of the requests that were counted
        if real and positive:
            put_what_there_is(case, known)
        response = case.call()
        answers[response.status_code] += 1
        case.validate_response(response, checks=CHECKS)

    check()
