"""The environment decides: what is missing is told in one line, https makes cookies safe, versions are pinned."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import django
import pytest
from django.conf import settings
from packaging.version import Version

ROOT = Path(settings.BASE_DIR)
MANAGE, WSGI = ["manage.py", "check"], ["-c", "import tracker.wsgi"]
SERVER = {
    "DEBUG": "0",
    "SECRET_KEY": "k3-" * 5 + "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGH",
    "ALLOWED_HOSTS": "tracker.example",
    "DATABASE_URL": "sqlite:////nowhere/tracker.sqlite3",
    "SITE_URL": "https://tracker.example",
    "EVIDENCE_ORIGIN": "https://files.tracker.example",
}
SETTINGS = """
import json
from django.conf import settings

names = ["DEBUG", "SECRET_KEY", "ALLOWED_HOSTS", "EVIDENCE_ORIGIN", "SESSION_COOKIE_NAME", "SESSION_COOKIE_SECURE",
         "SESSION_COOKIE_PATH", "SESSION_COOKIE_DOMAIN"]
found = {name: getattr(settings, name) for name in names}
found["DATABASE"] = str(settings.DATABASES["default"]["NAME"])
"""
ANSWERS = """
import django
django.setup()
from django.test import Client

def answer(secure):
    response = Client(HTTP_HOST="localhost").get("/account/login/", secure=secure)
    cookies = {name: {k: v for k, v in morsel.items() if v} for name, morsel in response.cookies.items()}
    return {"status": response.status_code, "headers": dict(response.headers), "cookies": cookies}

found["https"], found["http"] = answer(True), answer(False)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the settings without the developer's `.env`; the rest of the code is the tree's."""
    shutil.copytree(ROOT / "tracker", tmp_path / "project" / "tracker", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "manage.py", tmp_path / "project")
    (tmp_path / "project" / "static").mkdir()
    return tmp_path / "project"


def start(
    project: Path, command: list[str], umask: int = -1, **environment: str
) -> "subprocess.CompletedProcess[str]":
    clean = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{project}{os.pathsep}{ROOT}",
        "PYTHONDONTWRITEBYTECODE": "1",
        "DJANGO_SETTINGS_MODULE": "tracker.settings",
        **{name: value.replace("/nowhere", str(project)) for name, value in environment.items()},
    }
    return subprocess.run(
        [sys.executable, *command], cwd=project, env=clean, umask=umask, capture_output=True, text=True, timeout=60
    )


def ask(project: Path, answers: str = "", **environment: Any) -> Any:
    """Return what a process with this environment and no other finds in its settings, and answers."""
    done = start(project, ["-c", f"{SETTINGS}{answers}print(json.dumps(found))"], **environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(("command", "value"), [(MANAGE, None), (WSGI, "")], ids=["missing", "empty"])
@pytest.mark.parametrize("variable", ["SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL"])
def test_a_missing_variable_is_one_line_that_names_it(
    project: Path, variable: str, command: list[str], value: str | None
) -> None:
    environment = {name: text for name, text in {**SERVER, variable: value}.items() if text is not None}
    done = start(project, command, **environment)
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(rf"{variable} is not set\. .*README\.md.*\n", done.stderr)


def test_a_server_needs_nothing_but_these_and_passes_djangos_deployment_checks(project: Path) -> None:
    done = start(project, ["manage.py", "check", "--deploy", "--fail-level", "WARNING"], **SERVER)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_copy_is_no_development_copy_unless_it_says_so(project: Path) -> None:
    done = start(project, WSGI)
    assert (done.returncode, done.stderr.partition(" ")[0]) == (1, "SECRET_KEY")


def test_the_file_fills_what_the_shell_leaves_open_and_the_shell_wins(project: Path) -> None:
    (project / ".env").write_text("DEBUG=1\nSECRET_KEY=from-the-file\nALLOWED_HOSTS=from-the-file\n")
    found = ask(project, SECRET_KEY="from-the-shell")
    assert (found["DEBUG"], found["SECRET_KEY"]) == (True, "from-the-shell")
    assert found["ALLOWED_HOSTS"] == ["from-the-file", "files.localhost"]
    done = start(project, WSGI, DEBUG="0")
    assert (done.returncode, done.stderr.partition(" ")[0]) == (1, "DATABASE_URL")


def test_https_brings_strict_transport_and_cookies_bound_to_the_host(project: Path) -> None:
    found = ask(project, ANSWERS, DEBUG="1", SITE_URL="https://tracker.example/")
    secure = found["https"]
    assert secure["status"] == 200
    assert secure["headers"]["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
    ((name, cookie),) = secure["cookies"].items()
    assert name == "__Host-csrf"  # a browser takes it only secure, for the whole host and no domain
    assert (cookie["secure"], cookie["path"], cookie["httponly"], "domain" in cookie) == (True, "/", True, False)
    session = {name: found[f"SESSION_COOKIE_{name}"] for name in ("NAME", "SECURE", "PATH", "DOMAIN")}
    assert session == {"NAME": "__Host-session", "SECURE": True, "PATH": "/", "DOMAIN": None}
    assert found["http"]["status"] == 301
    assert found["http"]["headers"]["Location"] == "https://localhost/account/login/"


def test_without_https_nothing_asks_for_it(project: Path) -> None:
    found = ask(project, ANSWERS, DEBUG="1")
    for answer in (found["http"], found["https"]):
        assert answer["status"] == 200
        assert "Strict-Transport-Security" not in answer["headers"]
        assert [(name, "secure" in cookie) for name, cookie in answer["cookies"].items()] == [("csrf", False)]
    assert (found["SESSION_COOKIE_NAME"], found["SESSION_COOKIE_SECURE"]) == ("session", False)


def test_the_development_key_is_made_once_and_only_its_owner_reads_it(project: Path, tmp_path: Path) -> None:
    var = tmp_path / "not" / "there" / "yet"
    first = ask(project, DEBUG="1", SECRET_KEY="", VAR_DIR=str(var), umask=0)
    kept = var / "secret-key"
    assert kept.read_text() == first["SECRET_KEY"]
    assert len(first["SECRET_KEY"]) >= 50
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert ask(project, DEBUG="1", VAR_DIR=str(var))["SECRET_KEY"] == first["SECRET_KEY"]
    assert ask(project, DEBUG="1", VAR_DIR=str(tmp_path / "other"))["SECRET_KEY"] != first["SECRET_KEY"]


def test_no_key_is_made_where_one_is_given(project: Path, tmp_path: Path) -> None:
    ask(project, DEBUG="1", VAR_DIR=str(tmp_path / "var"), SECRET_KEY="given")
    assert not (tmp_path / "var" / "secret-key").exists()


@pytest.mark.parametrize("variable", ["DATABASE_URL", "VAR_DIR"])
def test_in_a_development_copy_an_empty_variable_means_its_default(project: Path, variable: str) -> None:
    found = ask(project, DEBUG="1", SECRET_KEY="", ALLOWED_HOSTS="", **{variable: ""})
    assert found["ALLOWED_HOSTS"] == ["127.0.0.1", "localhost", "[::1]", "files.localhost"]
    assert found["DATABASE"] == str(project / "var" / "tracker.sqlite3")
    assert found["SECRET_KEY"] == (project / "var" / "secret-key").read_text()


def test_files_have_a_host_of_their_own_in_development_and_where_a_server_names_one(project: Path) -> None:
    assert ask(project, DEBUG="1", PORT="8123")["EVIDENCE_ORIGIN"] == "http://files.localhost:8123"
    assert ask(project, DEBUG="1", EVIDENCE_ORIGIN="")["EVIDENCE_ORIGIN"] == ""
    found = ask(project, **SERVER)
    assert found["EVIDENCE_ORIGIN"] == "https://files.tracker.example"
    assert found["ALLOWED_HOSTS"] == ["tracker.example", "files.tracker.example"]


@pytest.mark.parametrize(
    "origin", ["https://tracker.example/", "files.example", "https://files.example/f", "ftp://f.example"]
)
def test_an_origin_of_files_that_could_not_work_is_one_line(project: Path, origin: str) -> None:
    done = start(project, WSGI, **{**SERVER, "EVIDENCE_ORIGIN": origin})
    assert done.returncode == 1
    assert re.fullmatch(r"A usable EVIDENCE_ORIGIN is not set\. .*README\.md.*\n", done.stderr)


def test_a_server_without_a_host_for_files_is_told_and_starts(project: Path) -> None:
    without = {name: value for name, value in SERVER.items() if name != "EVIDENCE_ORIGIN"}
    done = start(project, ["manage.py", "check", "--deploy", "--fail-level", "WARNING"], **without)
    assert done.returncode == 0
    assert "commitments.I001" in done.stderr
    assert "Set EVIDENCE_ORIGIN" in done.stderr


REQUIREMENTS = sorted(ROOT.glob("requirements*.txt"))
PINS = {
    line.partition("==")[0].lower(): line.partition("==")[2]
    for path in REQUIREMENTS
    for line in path.read_text().splitlines()
}


@pytest.mark.parametrize("path", REQUIREMENTS, ids=lambda path: path.name)
def test_every_requirement_is_pinned_to_one_version(path: Path) -> None:
    lines = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
    assert len(lines) > 10
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.]*", line)] == []


def test_django_is_pinned_above_the_versions_with_known_holes_and_installed_so() -> None:
    assert Version("5.2.19") <= Version(PINS["django"]) < Version("5.3")
    assert django.get_version() == PINS["django"]
