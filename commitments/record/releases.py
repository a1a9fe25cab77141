"""The frozen releases that readers can fetch."""

from datetime import date

from django.db.models import QuerySet

from commitments.models import Release
from commitments.record.days import end_of


def releases(*, on: date) -> QuerySet[Release]:
    """Return the releases published by the day, the newest first."""
    return Release.objects.filter(published_at__lt=end_of(on)).order_by("-as_of", "-published_at")


def release_of(version: str) -> Release | None:
    """Return the release of a version; None where there is none."""
    return Release.objects.filter(version=version).first()
