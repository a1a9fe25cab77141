"""What a run begins with is kept for the next one only while everything that makes it is the same."""

from pathlib import Path
from typing import Any

import pytest

from tests import kept

TREE = [
    "requirements.txt",
    "tests/kept.py",
    "tracker/settings.py",
    "commitments/apps.py",
    "commitments/migrations/0004_desk.py",
    "commitments/models/triggers.py",
    "commitments/catalogue/load.py",
    "commitments/catalogue/record/release.yaml",
    "commitments/evidence/record/release.yaml",
]


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in (*TREE, "commitments/web/urls.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("As it was.")
    monkeypatch.setattr(kept, "ROOT", tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", TREE)
def test_whoever_changes_a_source_gets_another_database(tree: Path, name: str) -> None:
    assert (kept.ROOT / name) in kept.sources()
    before = kept.key()
    (tree / name).write_text("As it is.")
    assert kept.key() != before
    (tree / name).write_text("As it was.")
    assert kept.key() == before


def test_so_does_a_new_migration(tree: Path) -> None:
    before = kept.key()
    (tree / "commitments" / "migrations" / "0999_new.py").write_text("New.")
    assert kept.key() != before


def test_a_page_has_no_say(tree: Path) -> None:
    before = kept.key()
    (tree / "commitments" / "web" / "urls.py").write_text("As it is.")
    assert kept.key() == before


def test_the_sources_of_the_project_are_there() -> None:
    assert {kept.ROOT / name for name in TREE} <= set(kept.sources())


def test_what_was_made_while_a_source_changed_is_kept_for_nobody_else(
    tree: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.VAR_DIR = tree / "var"
    monkeypatch.setattr(kept, "KEY", kept.key())
    monkeypatch.setattr(kept, "STEPS", {"migrated": lambda: None})
    kept.copied("migrated", tree / "copy")
    assert (tree / "var" / "tests" / kept.KEY / "migrated.sqlite3").exists()
    kept.forget()
    changed = tree / "requirements.txt"
    monkeypatch.setattr(kept, "STEPS", {"migrated": lambda: changed.write_text("Edited just now.")})
    assert kept.copied("migrated", tree / "copy").exists()
    (home,) = {path.parent.name for path in (tree / "var" / "tests").glob("*/migrated.sqlite3")}
    assert home not in (kept.KEY, kept.key())
