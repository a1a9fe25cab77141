"""`manage.py load_catalogue`: load documents, sentences, pledges and their first coding."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from tqdm import tqdm

from commitments.catalogue import files
from commitments.catalogue.check import check
from commitments.catalogue.load import load


class Command(BaseCommand):
    """Idempotent: a second run changes nothing. A wrong catalogue is refused before a row is written."""

    help = "Load the catalogue: all of it or nothing. Later codings by curators are left alone and reported."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take another directory, for trying out a catalogue."""
        parser.add_argument("--from", dest="root", type=Path, default=files.RECORD, help="directory of the catalogue")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, prove, load, report."""
        try:
            catalogue = files.read(options["root"])
            proof = check(catalogue)
            if proof.problems:
                raise files.CatalogueError(proof.problems)
            parts = 4 + len(catalogue.documents)
            with tqdm(total=parts, desc="record", unit="part", disable=None, file=self.stderr, leave=False) as bar:
                bar.update()

                def step(name: str) -> None:
                    bar.set_postfix_str(name)
                    bar.update()

                report = load(catalogue, at=timezone.now(), step=step)
        except files.CatalogueError as error:
            raise CommandError(f"Nothing was loaded. The catalogue is wrong:\n{error}") from error
        self.stdout.write(
            f"record: release {catalogue.release.release}, {len(report.new)} codings new, "
            f"{len(report.recoded)} recoded, {report.unchanged} unchanged, {len(report.kept)} left to curators"
        )
        for code in report.kept:
            self.stdout.write(f"  {code}: curators have published a later coding; it stands")
