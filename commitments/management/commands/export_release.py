"""`manage.py export_release DIR`: freeze the record of a day as files that can be cited."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from tqdm import tqdm

from commitments.clock import UnknownDayError, asked_day, today
from commitments.exports import freezing, publishing
from commitments.exports.freezing import Frozen, FrozenError
from commitments.record.published import pledges

#: Data package, three tables in three formats, and four files of words.
FILES = 14


class Command(BaseCommand):
    """Writes DIR/VERSION with data package, tables, codebook, checkpoint, list of changes and checksums."""

    help = "Write a frozen release of the data into DIR/VERSION; with --publish also into the site's own list."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Let `--version` name the release, not Django's own version."""
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the directory, the version and the day."""
        parser.add_argument("root", type=Path, metavar="DIR", help="directory in which releases lie")
        parser.add_argument("--version", help="its version (default: the day)")
        parser.add_argument("--as-of", help="the day, such as 2026-11-21 (default: yesterday, the last one over)")
        parser.add_argument("--publish", action="store_true", help="list it on the site and serve its files")
        parser.add_argument("--force", action="store_true", help="allow today, though more may be published today")

    def handle(self, *args: Any, **options: Any) -> None:
        """Freeze, publish if asked, report."""
        root, on = options["root"], self._day(options["as_of"], force=options["force"])
        version = options["version"] or on.isoformat()
        try:
            previous = freezing.newest(root, before=on)
            with tqdm(total=FILES, unit="file", disable=None) as bar:
                frozen = freezing.freeze(root, version, on=on, previous=previous, told=lambda name: bar.update())
            if options["publish"]:
                publishing.publish(root / version, frozen, at=timezone.now())
        except (FrozenError, OSError) as error:
            raise CommandError(str(error)) from error
        self._report(root / version, frozen, listed=options["publish"])

    def _day(self, asked: str | None, *, force: bool) -> date:
        try:
            on = asked_day(asked) if asked else today() - timedelta(days=1)
        except UnknownDayError as error:
            raise CommandError(f"--as-of: {error}") from error
        if on == today() and not force:
            raise CommandError("Today is not over: more may be published. Ask for yesterday, or say --force.")
        if not pledges(on=on).exists():
            raise CommandError(f"Nothing was public on {on.isoformat()}.")
        return on

    def _report(self, folder: Path, frozen: Frozen, *, listed: bool) -> None:
        self.stdout.write(f"release {frozen.version} as of {frozen.as_of}: {len(frozen.files) + 2} files in {folder}")
        self.stdout.write(f"{frozen.package.sha256}  {frozen.package.name} ({frozen.package.size} bytes)")
        since = f"since {frozen.previous}" if frozen.previous else "in this first release"
        news = ", ".join(f"{n} {name.replace('_', ' ')}" for name, n in frozen.changes.items() if n) or "nothing"
        self.stdout.write(f"new {since}: {news}")
        self.stdout.write("listed on the site" if listed else "not listed on the site: --publish does that")
