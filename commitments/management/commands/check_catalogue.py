"""`manage.py check_catalogue`: prove the record; exit 1 and a list where it does not hold."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from commitments.catalogue import files
from commitments.catalogue.check import check


class Command(BaseCommand):
    """Reads the catalogue's files only; needs no database."""

    help = "Prove quotes, coverage, titles, codes and alignment of the catalogue."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take another directory, for trying out a catalogue."""
        parser.add_argument("--from", dest="root", type=Path, default=files.RECORD, help="directory of the catalogue")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prove and say in numbers what was proved."""
        try:
            proof = check(files.read(options["root"]))
            if proof.problems:
                raise files.CatalogueError(proof.problems)
        except files.CatalogueError as error:
            raise CommandError(f"{len(error.problems)} problems:\n{error}") from error
        sections, sentences = list(proof.sections.values()), list(proof.sentences.values())
        self.stdout.write(f"{sum(sections)} sections ({' + '.join(map(str, sections))})")
        self.stdout.write(f"{' + '.join(map(str, sentences))} sentences, every character accounted for")
        self.stdout.write(f"{sum(proof.pledges.values())} pledges ({' + '.join(map(str, proof.pledges.values()))})")
        self.stdout.write(f"{proof.quotes} quotes, 0 off by a character")
        differences = list(proof.differences.values())
        self.stdout.write(f"{sum(differences)} differences of renditions ({' + '.join(map(str, differences))})")
