"""The frozen releases that readers can fetch."""

import re
from datetime import date

from django.db.models import QuerySet

from commitments.models import Release
from commitments.record.days import end_of

#: What a version can be called: it is a folder, and part of addresses.
VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")


def releases(*, on: date) -> QuerySet[Release]:
    """Return the releases published by the day, the newest first."""
    return Release.objects.filter(published_at__lt=end_of(on)).order_by("-as_of", "-published_at")


def release_of(version: str) -> Release | None:
    """Return the release of a version; None where there is none, or where no version can be called so."""
    if not VERSION.fullmatch(version):
        return None
    return Release.objects.filter(version=version).first()
