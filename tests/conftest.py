"""What the tests share: the real record, loaded once per database, and databases that can be emptied."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings as site
from django.core.management import call_command
from django.db import connection
from django.test import TransactionTestCase
from hypothesis import settings

from commitments.catalogue import files
from commitments.catalogue.load import load
from commitments.catalogue.schema import Catalogue
from commitments.models import triggers
from tests import kept

settings.register_profile("few", max_examples=60, deadline=None)
settings.register_profile("full", max_examples=2000, deadline=None)


FAULTS = Path(__file__).parent / "faults"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="full counts: many more random examples")


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile("full" if config.getoption("--full") else "few")
    if config.getoption("--create-db") and connection.vendor == "sqlite" and not hasattr(config, "workerinput"):
        kept.forget()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--full"):
        for item in items:
            if item.get_closest_marker("full"):
                item.add_marker(pytest.mark.skip(reason="at full counts only"))
    items.sort(key=lambda item: not _takes_long(item))  # at the end of a run one process would wait for the other


def _takes_long(item: pytest.Item) -> bool:
    """Tell whether a test starts browsers, sites or workers."""
    return bool(item.get_closest_marker("browser") or item.get_closest_marker("smoke") or item.path.parent == FAULTS)


#: A day on which the first release of the record is public.
TODAY = date(2026, 11, 22)


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """The catalogue that ships, read once."""
    return files.read()


def make_roles() -> None:
    """Put the roles back, which migrations made and emptying the tables took away."""
    with connection.schema_editor() as editor:
        import_module("commitments.migrations.0005_roles").make_roles(apps, editor)
        import_module("commitments.migrations.0009_mail_roles").add_permissions(apps, editor)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, django_db_blocker: Any
) -> Iterator[None]:
    """Lay the record into SQLite's memory before Django migrates there: it finds nothing left to do."""
    if connection.vendor != "sqlite":
        yield
        return
    with closing(sqlite3.connect(connection.creation._get_test_db_name(), uri=True)) as memory:
        with django_db_blocker.unblock():
            kept.lay_down("record", memory)
        yield  # what lies in memory is there while somebody is connected


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None, django_db_blocker: Any, catalogue: Catalogue, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Every test database starts with the real record.

    Most tests are rolled back. After those with real commits the database is put back as it was.
    """
    site.MAIL_MARKS = tmp_path_factory.mktemp("marks")  # not where the developer's own database has its own
    with django_db_blocker.unblock():
        if connection.vendor == "postgresql":
            load(catalogue, at=datetime.now(UTC))
        copy = kept.copy()
        TransactionTestCase._fixture_teardown = lambda self: copy.put_back()  # type: ignore[method-assign]
    yield
    with django_db_blocker.unblock():
        copy.drop()


@pytest.fixture(autouse=True)
def nothing_noted() -> Iterator[None]:
    """Forget what was sent with the test that sent it: to the next it would look like a restored backup."""
    yield
    (Path(site.MAIL_MARKS) / "sent").unlink(missing_ok=True)


@pytest.fixture
def empty_record(transactional_db: None) -> None:
    """A database without a row, and real commits; the record is put back afterwards."""
    with triggers.lifted(connection):
        call_command("flush", verbosity=0, interactive=False)
    make_roles()
