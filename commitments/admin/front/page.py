"""The desk's front page: what waits for this person, how far the record is, what was published, what they did last."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse

from commitments.admin.acts import told
from commitments.desk.queues import GROUPS, standing_of
from commitments.desk.waiting import Asked
from commitments.models import Audit, Coding, DataPoint, Evidence, Pledge, Reply, StatusUpdate
from commitments.record import progress, published

LAST = 10


def roles(person: Any) -> list[str]:
    """Return the person's roles."""
    names = sorted(group.name for group in person.groups.all())
    return [*names, *(["superuser"] if person.is_superuser else [])]


def context(by: Any, *, at: datetime) -> dict[str, Any]:
    """Return what the front page shows to somebody at a time; as many queries for many rows as for few."""
    asked = Asked(by, at)
    groups = [(group.title, [standing_of(q, asked) for q in group.queues if q.open_to(by)]) for group in GROUPS]
    return {
        "groups": [
            {"title": title, "queues": [w for w in found if w.count], "empty": [w for w in found if not w.count]}
            for title, found in groups
            if found
        ],
        "coverage": progress.coverage(asked.shelves, on=asked.on),
        "published": last_published(),
        "acts": [told(act) for act in Audit.objects.filter(by=by)[:LAST]],
    }


@dataclass(frozen=True)
class Publication:
    """What two people published, as the desk tells of it."""

    row: StatusUpdate | Coding | Reply | DataPoint

    @property
    def url(self) -> str:
        """The desk's page about it."""
        if isinstance(self.row, DataPoint):
            return reverse("admin:commitments_datapoint_change", args=[self.row.pk])
        return reverse("admin:commitments_pledge_change", args=[self.row.pledge_id])

    @property
    def about(self) -> str:
        """The code of its pledge, or the name of its series."""
        return str(self.row.indicator if isinstance(self.row, DataPoint) else self.row.pledge)

    @property
    def standing(self) -> published.Standing | None:
        """Where the pledge stands by it, if it says so."""
        return published.Standing(self.row.delivery, self.row) if isinstance(self.row, StatusUpdate) else None

    @property
    def kind(self) -> str:
        """What became public."""
        if isinstance(self.row, StatusUpdate):
            return self.row.get_kind_display()
        return f"coding, version {self.row.version}" if isinstance(self.row, Coding) else self.row._meta.verbose_name  # type: ignore[return-value]


def last_published() -> list[Publication]:
    """Return what people published last, newest first; what came with a release is told there."""
    found: list[Any] = []
    for model, about in ((StatusUpdate, "pledge"), (Coding, "pledge"), (Reply, "pledge"), (DataPoint, "indicator")):
        rows: QuerySet[Any] = model._default_manager.filter(author__isnull=False, published_at__isnull=False)
        found += rows.select_related(about, "author", "approver").order_by("-published_at", "-pk")[:LAST]
    found.sort(key=lambda row: row.published_at, reverse=True)
    return [Publication(row) for row in found[:LAST]]


def destination(words: str) -> str:
    """Return the page of the pledge, item, update or draft that is called so, else the pledges with these words."""
    if pledge := Pledge.objects.filter(code__iexact=words).first():
        return reverse("admin:commitments_pledge_change", args=[pledge.pk])
    if item := Evidence.objects.filter(public_id__iexact=words).first():
        return reverse("admin:commitments_evidence_change", args=[item.pk])
    if number := re.fullmatch(r"[Uu](\d{1,9})", words):
        update = StatusUpdate.objects.filter(seq=int(number[1])).first()
        if update:
            return reverse("admin:commitments_pledge_change", args=[update.pledge_id])
    if draft := re.fullmatch(r"draft (\d{1,9})", words):
        return reverse("admin:commitments_draft_review", args=[draft[1]])
    query = f"?{urlencode({'q': words})}" if words else ""
    return f"{reverse('admin:commitments_pledge_changelist')}{query}"
