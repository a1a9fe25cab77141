"""The set-ups on which the failures are tried. What needs a service that is not there is skipped, and says which."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests import kept
from tests.faults import databases, report
from tests.faults.brokers import Broker, File, RabbitMQ, Redis, missing_rabbitmq, missing_redis
from tests.faults.databases import Database, Postgres, Sqlite, Template
from tests.faults.stand import Stand, standing

Databases = Callable[[str, Path], Database]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "faults: ends real workers, databases and brokers, on set-ups of its own")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("faults")


def pytest_sessionfinish(session: pytest.Session) -> None:
    if not hasattr(session.config, "workerinput"):
        report.write()


@pytest.fixture(scope="session")
def sqlite_template(django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that holds the record, of which each case gets a copy."""
    path = tmp_path_factory.mktemp("prepared") / "record.sqlite3"
    with django_db_blocker.unblock():
        return databases.prepared_sqlite(kept.copied("record", path), with_record=True)


@pytest.fixture(scope="session")
def postgres_template(django_db_blocker: Any, testrun_uid: str) -> Iterator[str]:
    """The name of a database that holds the record."""
    missing = missing_postgres()
    if missing:
        pytest.skip(missing)
    with django_db_blocker.unblock():
        template = Template(testrun_uid)
        yield template.name
        template.close()


def missing_postgres() -> str:
    """Say what is missing; nothing where PostgreSQL answers."""
    try:
        databases.admin().close()
    except Exception as error:
        return f"no PostgreSQL at {databases.SERVER} ({error})"
    return ""


@pytest.fixture
def database_of(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], Database]:
    """Make a database of a kind for one case."""

    def make(kind: str) -> Database:
        if kind == "sqlite":
            return Sqlite(tmp_path / "case.sqlite3", request.getfixturevalue("sqlite_template"))
        return Postgres(template=request.getfixturevalue("postgres_template"))

    return make


def only_at_full(request: pytest.FixtureRequest, kind: str, quick: str) -> None:
    if kind != quick and not request.config.getoption("--full"):
        pytest.skip("other set-ups than the embedded default: with --full")


@pytest.fixture(params=["sqlite", "postgres"])
def alone(
    request: pytest.FixtureRequest, tmp_path: Path, database_of: Callable[[str], Database], django_db_blocker: Any
) -> Iterator[Stand]:
    """A database and a relay, for the sending process alone."""
    only_at_full(request, request.param, "sqlite")
    with django_db_blocker.unblock(), standing(tmp_path, database_of(request.param)) as stand:
        yield stand


@pytest.fixture(params=["embedded", "rabbitmq", "redis"])
def site(
    request: pytest.FixtureRequest, tmp_path: Path, database_of: Callable[[str], Database], django_db_blocker: Any
) -> Iterator[Stand]:
    """A database, a relay and a broker, for real workers and beats."""
    only_at_full(request, request.param, "embedded")
    missing = {"rabbitmq": missing_rabbitmq, "redis": missing_redis}.get(request.param, str)()
    if missing:
        pytest.skip(missing)
    with ExitStack() as stack:
        stack.enter_context(django_db_blocker.unblock())
        database = database_of("sqlite" if request.param == "embedded" else "postgres")
        brokers: dict[str, Callable[[], Broker]] = {
            "embedded": lambda: File(tmp_path),
            "rabbitmq": RabbitMQ,
            "redis": lambda: Redis(tmp_path),
        }
        broker = brokers[request.param]()
        yield stack.enter_context(standing(tmp_path, database, broker))


@pytest.fixture
def note(request: pytest.FixtureRequest) -> Callable[[str, object], None]:
    """Keep what a line came to, for the report."""
    setup = next((part for part in report.COLUMNS if part in request.node.name.partition("[")[2]), "")
    return lambda line, outcome: report.note(line, setup, outcome)


@pytest.fixture
def full(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--full"))


@pytest.fixture(autouse=True)
def no_proxy_of_the_machine() -> None:
    """Nothing here leaves the machine, whatever its environment says."""
    os.environ["NO_PROXY"] = "127.0.0.1"
