"""The embedded database takes writers from several processes and loses none of what they write."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

pytestmark = pytest.mark.skipif(connection.vendor != "sqlite", reason="about SQLite")
PROCESSES, TRANSACTIONS = 4, 30

#: Says which options its connection has, waits for the signal that all are ready, then counts up.
WRITER = f"""
import json, sys
import django
django.setup()
from django.db import connection, transaction

def ask(statement, *params):
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchone()

names = ("journal_mode", "recursive_triggers", "synchronous", "busy_timeout", "foreign_keys")
print(json.dumps({{name: ask("PRAGMA " + name)[0] for name in names}}), flush=True)
sys.stdin.readline()
for _ in range({TRANSACTIONS}):
    with transaction.atomic():
        (n,) = ask("SELECT n FROM counter")
        ask("UPDATE counter SET n = %s", n + 1)
print("done")
"""


@dataclass
class Race:
    """What became of the writers: their options, their last words and errors, and the number they reached."""

    options: list[dict[str, Any]]
    last_words: list[str]
    errors: list[str]
    counted: int


def writer(stack: ExitStack, folder: Path) -> "subprocess.Popen[str]":
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(settings.BASE_DIR),
        "DJANGO_SETTINGS_MODULE": "tracker.settings",
        "DEBUG": "1",
        "VAR_DIR": str(folder),
        "DATABASE_URL": f"sqlite:///{folder / 'race.sqlite3'}",
    }
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    process = subprocess.Popen([sys.executable, "-c", WRITER], cwd=folder, env=environment, text=True, **pipes)
    stack.callback(process.wait)
    stack.callback(process.kill)  # the last callback runs first; a process that has ended is not hurt
    return process


@pytest.fixture(scope="module")
def race(tmp_path_factory: pytest.TempPathFactory) -> Race:
    folder = tmp_path_factory.mktemp("race")
    with sqlite3.connect(folder / "race.sqlite3") as file:
        file.execute("CREATE TABLE counter (n integer)")
        file.execute("INSERT INTO counter VALUES (0)")
    with ExitStack() as stack:
        writers = [writer(stack, folder) for _ in range(PROCESSES)]
        ready = [process.stdout.readline() for process in writers if process.stdout]
        for process in writers:
            if process.stdin and process.poll() is None:
                process.stdin.write("go\n")
                process.stdin.flush()
        said = [process.communicate(timeout=60) for process in writers]
    (counted,) = file.execute("SELECT n FROM counter").fetchone()
    file.close()
    return Race(
        [json.loads(line or "{}") for line in ready], [out for out, _ in said], [err for _, err in said], counted
    )


def test_no_writer_is_turned_away(race: Race) -> None:
    assert race.errors == [""] * PROCESSES
    assert race.last_words == ["done\n"] * PROCESSES


def test_no_write_is_lost_and_none_overwritten(race: Race) -> None:
    assert race.counted == PROCESSES * TRANSACTIONS


def test_a_file_is_opened_with_the_options_that_make_it_so(race: Race) -> None:
    wanted = {"journal_mode": "wal", "recursive_triggers": 1, "synchronous": 1, "busy_timeout": 20_000}
    assert race.options == [{**wanted, "foreign_keys": 1}] * PROCESSES


def test_the_tests_own_database_fires_triggers_on_replace_too(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA recursive_triggers")
        assert cursor.fetchone() == (1,)


def test_a_write_transaction_takes_its_lock_at_the_start(db: None) -> None:
    assert connection.transaction_mode == "IMMEDIATE"
    assert connection.settings_dict["ATOMIC_REQUESTS"] is False
