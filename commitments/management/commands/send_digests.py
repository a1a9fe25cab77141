"""`manage.py send_digests`: one sweep by hand or from cron, where no worker runs."""

from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from commitments.digests import addresses, claims, compose, marks, reconcile, requests, sending


class Command(BaseCommand):
    """Compose what is due, ask to confirm, settle what is uncertain, send what waits. Safe beside workers."""

    help = "Compose what is due and send what waits; --dry-run shows who would get what."

    def add_arguments(self, parser: Any) -> None:
        """Offer to look only."""
        parser.add_argument("--dry-run", action="store_true", help="Write and send nothing: show who would get what.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it; exit 1 where the mail server cannot be used."""
        if options["dry_run"]:
            self._show()
            return
        if marks.behind():
            raise CommandError(marks.BEHIND)
        made = compose.compose(at=timezone.now())
        asked = requests.send_requests(clock=timezone.now)
        settled = reconcile.reconcile(clock=timezone.now)  # first, as what is lost may be sent again
        tally = sending.send_waiting(clock=timezone.now)
        uncertain = f"; of what was uncertain {settled}" if settled.counts or settled.problem else ""
        self.stdout.write(f"{made} composed, {asked} asked to confirm; {tally}{uncertain}")
        if tally.problem:
            raise CommandError(f"{tally.problem} What waits is sent as soon as it can be used again.")

    def _show(self) -> None:
        """Print what every subscriber who is due would get, and how much waits already."""
        now = timezone.now()
        by_subject: Counter[str] = Counter()
        for subscription, digest in compose.preview(at=now):
            by_subject[digest.subject if digest else "nothing: no change in what they follow"] += 1
            said = digest.subject if digest else "–"
            self.stdout.write(f"{addresses.masked(subscription.address)}  {subscription.cadence}  {said}")
        for subject, n in by_subject.most_common():
            self.stdout.write(f"{n:6d} × {subject}")
        self.stdout.write(f"{claims.waiting(at=now).count()} messages wait to be sent. Nothing was written or sent.")
