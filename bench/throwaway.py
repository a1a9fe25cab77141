"""A database of its own for a benchmark, in a folder that goes away."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def database() -> Iterator[Path]:
    """Set Django up on an empty SQLite database that holds the record; call it before anything imports models."""
    with tempfile.TemporaryDirectory(prefix="tracker-bench-") as folder:
        os.environ |= {"VAR_DIR": folder, "DEBUG": "1", "DATABASE_URL": f"sqlite:///{folder}/bench.sqlite3"}
        os.environ["DJANGO_SETTINGS_MODULE"] = "tracker.settings"
        import django

        django.setup()
        from django.conf import settings
        from django.core.management import call_command

        settings.DEBUG = False  # else Django keeps every query in memory
        call_command("migrate", verbosity=0)
        with Path(os.devnull).open("w") as nowhere:
            call_command("load_catalogue", stdout=nowhere)
        yield Path(folder)
