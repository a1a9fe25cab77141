"""The set-ups on which the failures are tried. What needs a service that is not there is skipped, and says which."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

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
def sqlite_template(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that holds the record, of which each case gets a copy."""
    blocker = request.getfixturevalue("django_db_blocker")
    # pytest-django makes the tests' database only where a test asks for it; it holds the record already.
    at_hand = connection.vendor == "sqlite" and any(i.get_closest_marker("django_db") for i in request.session.items)
    if at_hand:
        request.getfixturevalue("django_db_setup")
    with blocker.unblock():
        if at_hand:
            connection.ensure_connection()
            raw = connection.connection
            return databases.prepared_sqlite(tmp_path_factory.mktemp("prepared") / "record.sqlite3", raw)
        return _made_once(tmp_path_factory.getbasetemp(), request)


def _made_once(folder: Path, request: pytest.FixtureRequest) -> Path:
    """Make the file, which takes a while, once for all processes of a run."""
    shared = folder.parent if hasattr(request.config, "workerinput") else folder
    path = shared / "record.sqlite3"
    with (shared / "record.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            databases.prepared_sqlite(shared / "half.sqlite3", None).rename(path)
    return path


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
