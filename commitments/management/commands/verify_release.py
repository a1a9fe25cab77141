"""`manage.py verify_release VERSION`: prove that a frozen release is still what was published."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from commitments.exports import freezing, publishing


class Command(BaseCommand):
    """Recomputes every checksum; exit 1 and a list where one differs."""

    help = "Recompute the checksums of a release: of the site's own, or of one in a directory."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the version."""
        parser.add_argument("release", metavar="VERSION", help="the version, as the page of data lists it")
        parser.add_argument("--dir", type=Path, help="directory in which releases lie (default: the site's own)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare, report."""
        version, root = options["release"], options["dir"]
        wrong = freezing.verify(root / version) if root else publishing.wrong_with(version)
        if wrong:
            raise CommandError(f"Release {version} is not what it was:\n" + "\n".join(wrong))
        self.stdout.write(f"release {version}: every file is as it was published")
