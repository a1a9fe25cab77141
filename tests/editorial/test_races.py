"""Whoever comes first: approvals, edits, withdrawals and changes of evidence that race over one draft.

Each player is a process with a connection of its own; all start at one moment, round after round. After every round
there is at most one publication, never by its author, of exactly what was read, and who came too late was refused in
words. `--full` runs 1,000 rounds on PostgreSQL.
"""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

from tests.factories import only_postgresql, only_sqlite

ROUNDS, FULL = 40, 1000
START = "import django; django.setup(); from tests.editorial import racing; racing.direct({})"


def raced(url: str, folder: Path, rounds: int) -> dict[str, Any]:
    """Run the race on a database; return what the director tells."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(settings.BASE_DIR),
        "DJANGO_SETTINGS_MODULE": "tracker.settings",
        "DEBUG": "0",
        "SECRET_KEY": "races",
        "ALLOWED_HOSTS": "localhost",
        "VAR_DIR": str(folder),
        "DATABASE_URL": url,
    }
    command = [sys.executable, "-c", START.format(rounds)]
    race = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert race.returncode == 0, race.stderr
    told: dict[str, Any] = json.loads(race.stdout)
    return told


def check(told: dict[str, Any], rounds: int) -> None:
    print(told)
    assert told["wrong"] == []
    assert told["rounds"] == rounds
    assert set(told["published"]) == {"0", "1"}, "nobody raced: the same side won every round"
    assert told["done"].keys() >= {"approve A", "approve B", "edit", "withdraw", "rewrite evidence"}


@only_postgresql
def test_one_publication_at_most_on_postgresql(
    transactional_db: None, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    its = connection.settings_dict
    rounds = FULL if request.config.getoption("--full") else ROUNDS
    door = f"{quote(its['USER'])}:{quote(its['PASSWORD'])}@{its['HOST']}:{its['PORT'] or 5432}"
    check(raced(f"postgres://{door}/{its['NAME']}", tmp_path, rounds), rounds)


@only_sqlite
def test_one_publication_at_most_on_a_sqlite_file(
    django_db_setup: None, django_db_blocker: Any, tmp_path: Path
) -> None:
    path = tmp_path / "race.sqlite3"
    with closing(sqlite3.connect(path)) as file, django_db_blocker.unblock():
        connection.ensure_connection()
        connection.connection.backup(file)  # outside of a transaction, which would keep it waiting
    check(raced(f"sqlite:///{path}", tmp_path, ROUNDS), ROUNDS)
