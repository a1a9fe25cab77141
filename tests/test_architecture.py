"""The house stays as it was drawn: layers, sizes, one read side."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FACTS = {
    "Document", "Rendition", "Section", "Passage", "Heading", "Pledge", "Quote", "Coding", "Target",
    "Attachment", "StatusUpdate", "Citation", "Indicator", "DataPoint", "Reply",
}  # fmt: skip
OUTLETS = ("web", "api", "exports")
ENTRY_POINTS = ("web", "api", "management", "tasks", "admin", "entrance")


def modules(*folders: str) -> list[Path]:
    return [
        path for folder in folders for path in sorted((ROOT / folder).rglob("*.py")) if "migrations" not in path.parts
    ]


def test_imports_go_one_way() -> None:
    lint = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([str(lint)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", modules(*(f"commitments/{name}" for name in OUTLETS)), ids=lambda p: p.name)
def test_outlets_ask_record_for_facts(path: Path) -> None:
    """A manager of a fact model in an outlet would be a second way of saying what is public."""
    used = [
        f"{node.value.id}.objects at line {node.lineno}"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute)
        and node.attr == "objects"
        and isinstance(node.value, ast.Name)
        and node.value.id in FACTS
    ]
    assert used == []


@pytest.mark.parametrize("path", modules("commitments"), ids=lambda p: str(p.relative_to(ROOT)))
def test_the_clock_is_read_at_entry_points_only(path: Path) -> None:
    part = path.relative_to(ROOT / "commitments").parts[0].removesuffix(".py")
    if part in ENTRY_POINTS or part == "clock":
        return
    source = path.read_text()
    assert not any(call in source for call in ("timezone.now(", "datetime.now(", "date.today(", "time.time("))


@pytest.mark.parametrize("path", modules("commitments", "tracker", "tests"), ids=lambda p: str(p.relative_to(ROOT)))
def test_no_module_grows_past_four_hundred_lines(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 400
