"""Many workers killed at random moments over many mails; prints what became of them.

.venv/bin/python -m tests.faults.many_kills --mails 10000 --kills 1000 --workers 2 --setup sqlite --evidence relay
"""

import argparse
import os
import tempfile
from pathlib import Path


def main() -> None:
    """Prepare a database of its own, and kill."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=1_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--setup", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--evidence", choices=["none", "relay"], default="relay")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tracker-kills-") as folder:
        print(f"{asked.setup}, {asked.workers} workers at a time, evidence: {asked.evidence}\n")
        print(run(asked, Path(folder)))


def run(asked: argparse.Namespace, folder: Path) -> str:
    """Set Django up, and kill; return the report."""
    os.environ |= {"VAR_DIR": str(folder), "DEBUG": "1", "DJANGO_SETTINGS_MODULE": "tracker.settings"}
    os.environ["DATABASE_URL"] = f"sqlite:///{folder}/unused.sqlite3"
    import django

    django.setup()
    from django.conf import settings

    settings.DEBUG = False  # else Django keeps every query in memory
    from tests.faults import databases, kills
    from tests.faults.stand import standing

    database: databases.Database
    if asked.setup == "sqlite":
        database = databases.Sqlite(databases.prepared_sqlite(folder / "kills.sqlite3"))
    else:
        database = databases.Postgres()
        with databases.used(database.url):
            databases.fill(with_record=False)
    with standing(folder, database) as stand:
        return str(
            kills.killed(
                stand,
                mails=asked.mails,
                kills=asked.kills,
                workers=asked.workers,
                evidence=asked.evidence == "relay",
                seed=asked.seed,
            )
        )


if __name__ == "__main__":
    main()
