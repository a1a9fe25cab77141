"""What the tests share: the real record, loaded once per database, and databases that can be emptied."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import TransactionTestCase
from hypothesis import settings

from commitments.catalogue import files
from commitments.catalogue.load import load
from commitments.catalogue.schema import Catalogue
from commitments.models import triggers

settings.register_profile("few", max_examples=60, deadline=None)
settings.register_profile("full", max_examples=2000, deadline=None)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="full counts: many more random examples")


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile("full" if config.getoption("--full") else "few")


#: A day on which the first release of the record is public.
TODAY = date(2026, 11, 22)


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """The catalogue that ships, read once."""
    return files.read()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any, catalogue: Catalogue) -> None:
    """Every test database starts with the real record.

    Most tests are rolled back. Those with real commits empty the tables when they end, which the triggers
    refuse: they are lifted for that moment only, and the record is put back.
    """
    emptied = TransactionTestCase._fixture_teardown

    def teardown(self: TransactionTestCase) -> None:
        with triggers.lifted(connection):
            emptied(self)
        load(catalogue, at=datetime.now(UTC))

    TransactionTestCase._fixture_teardown = teardown  # type: ignore[method-assign]
    with django_db_blocker.unblock():
        load(catalogue, at=datetime.now(UTC))


@pytest.fixture
def empty_record(transactional_db: None) -> None:
    """A database without a row, and real commits; the record is put back afterwards."""
    with triggers.lifted(connection):
        call_command("flush", verbosity=0, interactive=False)
