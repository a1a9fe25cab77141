"""What each line of the matrix came to, as a table: `FAULTS_REPORT=FILE pytest tests/faults --full` writes it."""

import json
import os
from collections.abc import Callable
from pathlib import Path

COLUMNS = {
    "embedded": "SQLite, broker in a file",
    "rabbitmq": "PostgreSQL, RabbitMQ",
    "redis": "PostgreSQL, Redis",
    "sqlite": "SQLite",
    "postgres": "PostgreSQL",
}
TABLES = {
    "With real workers and beat": ["embedded", "rabbitmq", "redis"],
    "The sending process alone": ["sqlite", "postgres"],
}

#: Notes what a line came to: its words, the set-up, the outcome.
Note = Callable[[str, str, object], None]


def lines_path() -> Path | None:
    """Where processes gather their lines; none where nobody asked for a report."""
    asked = os.environ.get("FAULTS_REPORT")
    return Path(f"{asked}.lines") if asked else None


def note(line: str, setup: str, outcome: object) -> None:
    """Keep one cell. Several processes may do so at once."""
    path = lines_path()
    if path:
        with path.open("a") as stream:
            stream.write(json.dumps([line, setup, str(outcome)]) + "\n")


def write() -> None:
    """Write the tables of what was gathered."""
    path = lines_path()
    if not path or not path.exists():
        return
    cells: dict[tuple[str, str], str] = {}
    for text in path.read_text().splitlines():
        line, setup, outcome = json.loads(text)
        cells[line, setup] = outcome
    path.unlink()
    Path(os.environ["FAULTS_REPORT"]).write_text("\n".join(_table(t, c, cells) for t, c in TABLES.items()))


def _table(title: str, columns: list[str], cells: dict[tuple[str, str], str]) -> str:
    lines = sorted({line for line, setup in cells if setup in columns})
    rows = [
        "| " + " | ".join(["line", *(COLUMNS[name] for name in columns)]) + " |",
        "| --- " * (len(columns) + 1) + "|",
    ]
    rows += ["| " + " | ".join([line, *(cells.get((line, name), "—") for name in columns)]) + " |" for line in lines]
    return "\n".join([f"## {title}", "", *rows, ""])
