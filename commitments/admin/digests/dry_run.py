"""Who would get what, if digests were made now: looked at, and nothing is written or sent."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from commitments.admin.base import now
from commitments.admin.digests.discreet import to
from commitments.admin.site import DeskSite
from commitments.digests import compose
from commitments.models import Digest, Subscription

#: So many subscriptions are looked at, for so many seconds at most, and so many readers of a digest are listed.
MOST, SECONDS, LISTED = 1_000, 10, 20


@dataclass
class Addressed:
    """A digest, and who would get it; without one, who would get nothing."""

    digest: Digest | None
    count: int = 0
    readers: list[str] = field(default_factory=list)

    @property
    def more(self) -> int:
        """How many are not listed."""
        return self.count - len(self.readers)


@dataclass
class Seen:
    """What was looked at: by digest, those for the most readers first; and whether that was all of it."""

    groups: list[Addressed]
    count: int
    cut: bool


def looked_at(*, at: datetime) -> Seen:
    """Return who would get what, of the first subscriptions that are due."""
    return grouped(compose.preview(at=at), until=time.monotonic() + SECONDS)


def grouped(found: Iterable[tuple[Subscription, Digest | None]], *, until: float) -> Seen:
    """Put together who would get the same. Stop after `MOST`, or when the monotonic clock says `until`."""
    groups: dict[str, Addressed] = {}
    count, cut = 0, False
    for subscription, digest in islice(found, MOST + 1):
        if count == MOST or time.monotonic() > until:
            cut = True
            break
        group = groups.setdefault(digest.key if digest else "", Addressed(digest))
        group.count += 1
        if len(group.readers) < LISTED:
            group.readers.append(f"{to(subscription)}, {subscription.get_cadence_display()}")
        count += 1
    ordered = sorted(groups.values(), key=lambda group: (group.digest is None, -group.count))
    return Seen(ordered, count, cut)


@require_safe
def dry_run(request: HttpRequest) -> HttpResponse:
    """Show it."""
    if not request.user.has_perm("commitments.view_dispatch"):
        raise PermissionDenied
    at = now()
    context = {
        **admin.site.each_context(request),
        "title": "Who would get what",
        "seen": looked_at(at=at),
        "at": at,
        "most": MOST,
        "seconds": SECONDS,
    }
    return TemplateResponse(request, "admin/digests/dry_run.html", context, headers={"Cache-Control": "no-store"})


DeskSite.pages["who-would-get-what"] = dry_run
