"""`manage.py load_evidence`: load evidence, indicators and the provisional first assessment."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError
from django.utils import timezone

from commitments.catalogue.files import CatalogueError
from commitments.evidence.load import load, read


class Command(BaseCommand):
    """Idempotent: a second run changes nothing; what people have published is left alone."""

    help = "Load evidence, indicators and the provisional first assessment: all of it or nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, load, report."""
        try:
            report = load(read(), at=timezone.now())
        except (CatalogueError, IntegrityError) as error:
            raise CommandError(f"Nothing was loaded. The evidence is wrong:\n{error}") from error
        self.stdout.write(
            f"evidence: {report.evidence} items and {report.attachments} attachments new or changed, "
            f"{len(report.published)} provisional statuses published, {report.unchanged} unchanged, "
            f"{len(report.kept)} left to curators"
        )
        points = report.points
        self.stdout.write(
            f"indicators: {len(points.published)} figures published, {len(points.corrected)} of them corrections, "
            f"{points.unchanged} unchanged, {len(points.kept)} left to curators"
        )
