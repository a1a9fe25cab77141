"""`manage.py export_catalogue`: write the database's record back as the catalogue's YAML."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from commitments.catalogue import export, files
from commitments.models import Document


class Command(BaseCommand):
    """What the loader read comes back as the same files, with the codings that curators have published since."""

    help = "Write the database's record as the catalogue's files."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the directory to write to."""
        parser.add_argument("root", nargs="?", type=Path, default=files.RECORD, help="directory to write to")

    def handle(self, *args: Any, **options: Any) -> None:
        """Export, write, count."""
        if not Document.objects.exists():
            raise CommandError("The database holds no record yet. Run `manage.py load_catalogue` first.")
        shipped = files.read()
        written = files.write(export.export(shipped.release, shipped.frozen), options["root"])
        self.stdout.write(f"{len(written)} files written to {options['root']}")
