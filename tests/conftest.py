"""What the tests share: the real record, loaded once per database, and databases that can be emptied."""

import os
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from commitments.catalogue import files
from commitments.catalogue.load import load
from commitments.catalogue.schema import Catalogue
from commitments.models import triggers

#: The day on which the tests look at the record: after its first release.
TODAY = date(2026, 11, 22)


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """The catalogue that ships, read once."""
    return files.read()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any, catalogue: Catalogue) -> None:
    """Every test database starts with the real record; tests that change it are rolled back."""
    with django_db_blocker.unblock():
        load(catalogue, at=datetime.now(UTC))


@pytest.fixture
def empty_record(transactional_db: None) -> None:
    """A database with no row at all and real commits; the record is put back afterwards.

    `transactional_db` empties the tables after the test, which the triggers would refuse: they are lifted for
    that moment only.
    """
    with triggers.lifted(connection):
        call_command("flush", verbosity=0, interactive=False)


def pytest_report_header() -> str:
    return f"database: {os.environ.get('DATABASE_URL', 'the embedded default')}"
