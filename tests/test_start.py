"""What `make run` says where the machine lacks something: one clear line, and what to do."""

import builtins
import importlib.util
import socket
import sqlite3
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def start() -> ModuleType:
    spec = importlib.util.spec_from_file_location("start", ROOT / "tracker" / "start.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def without(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    """Make `import missing` fail, as on a machine whose Python was packaged without it."""
    imported = builtins.__import__

    def importing(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == missing:
            raise ImportError(name)
        return imported(name, *args, **kwargs)

    monkeypatch.delitem(sys.modules, missing, raising=False)
    monkeypatch.setattr(builtins, "__import__", importing)


def said(caught: pytest.ExceptionInfo[SystemExit]) -> str:
    words = str(caught.value).strip()
    assert "\n" not in words
    return words


def test_this_machine_passes(start: ModuleType) -> None:
    start.check_machine()


def test_an_old_python_is_named_with_its_path(start: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    with pytest.raises(SystemExit) as caught:
        start.check_machine()
    assert said(caught).startswith("Python 3.11 or newer is needed; this is 3.9.2")
    assert "PYTHON=" in said(caught)


def test_a_python_without_sqlite_is_told(start: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "sqlite3")
    with pytest.raises(SystemExit) as caught:
        start.check_machine()
    assert "without SQLite" in said(caught)


def test_a_sqlite_without_fts5_is_told(start: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    class Connection:
        def execute(self, sql: str) -> None:
            raise sqlite3.OperationalError("no such module: fts5")

    monkeypatch.setattr(sqlite3, "connect", lambda path: Connection())
    with pytest.raises(SystemExit) as caught:
        start.check_machine()
    assert "FTS5" in said(caught)


def test_a_python_without_ensurepip_is_told_which_package_to_install(
    start: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(start, "PYTHON", tmp_path / "nothing")
    without(monkeypatch, "ensurepip")
    with pytest.raises(SystemExit) as caught:
        start.make_venv()
    assert "apt-get install python3." in said(caught)


@pytest.mark.parametrize("port", ["", "http", "0", "65536", "-1", "80 80"])
def test_what_is_no_port_is_refused(start: ModuleType, port: str) -> None:
    with pytest.raises(SystemExit) as caught:
        start.check_port(port)
    assert "from 1 to 65535" in said(caught)


def test_a_taken_port_is_told_with_another_to_try(start: ModuleType) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit) as caught:
            start.check_port(str(port))
    assert said(caught) == f"Port {port} is taken. Take another: make run PORT={port + 1}"


def test_a_command_that_fails_is_told_with_its_last_words(start: ModuleType) -> None:
    with pytest.raises(SystemExit) as caught:
        start.call(sys.executable, "-c", "import sys; sys.exit('the disk is full')")
    assert "the disk is full" in str(caught.value)
