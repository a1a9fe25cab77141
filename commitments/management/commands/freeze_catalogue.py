"""`manage.py freeze_catalogue`: freeze the codes of a release, once, before it is tagged."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from commitments.catalogue import files
from commitments.catalogue.check import check, freeze


class Command(BaseCommand):
    """From then on `check_catalogue` refuses a code that is gone or stands for other words."""

    help = "Write frozen.yaml for the release that release.yaml names."

    def handle(self, *args: Any, **options: Any) -> None:
        """Prove, freeze, count."""
        try:
            catalogue = files.read()
            proof = check(catalogue)
            if proof.problems:
                raise files.CatalogueError(proof.problems)
        except files.CatalogueError as error:
            raise CommandError(f"Nothing was frozen. The catalogue is wrong:\n{error}") from error
        frozen = freeze(catalogue)
        (files.RECORD / "frozen.yaml").write_text(files.dump(frozen), encoding="utf-8")
        self.stdout.write(f"{len(frozen.words)} codes frozen with release {frozen.release}")
