"""Everything about one pledge that somebody at the desk needs to judge it, public or not, on one page."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F, Prefetch, QuerySet
from django.db.models.functions import Coalesce

from commitments.editorial import policies
from commitments.editorial.grounds import is_after
from commitments.models import (
    Assignment,
    Attachment,
    Bearing,
    Coding,
    Conflict,
    Draft,
    DraftCitation,
    Pledge,
    ReaderReport,
    Reply,
    ReportState,
    SearchLog,
    StatusUpdate,
    UpdateKind,
)
from commitments.models.transitions import UNDERWAY
from commitments.record import published
from commitments.record.flags import flags
from commitments.record.reading import context_of


@dataclass(frozen=True)
class Beside:
    """An item of evidence beside the pledge, as the desk sees it."""

    attachment: Attachment
    public: bool
    after_baseline: bool
    drafts: list[Draft]

    @property
    def item(self) -> Any:
        """The item itself."""
        return self.attachment.evidence


@dataclass(frozen=True)
class Bears:
    """The items of one bearing."""

    bearing: Bearing
    items: list[Beside]


@dataclass(frozen=True)
class Said:
    """A published update, and what may still be done about it."""

    update: StatusUpdate
    current: bool

    @property
    def standing(self) -> published.Standing:
        """The update as a sign."""
        return published.Standing(self.update.delivery, self.update)

    @property
    def undone_by(self) -> StatusUpdate | None:
        """The update that corrected or withdrew it."""
        return getattr(self.update, "corrected_by", None)

    @property
    def can_be_undone(self) -> bool:
        """Whether it can still be corrected or withdrawn."""
        return self.undone_by is None and self.update.kind != UpdateKind.WITHDRAWAL


def workplace(pledge: Pledge, *, by: Any, on: date) -> dict[str, Any]:
    """Return what the page of a pledge at the desk shows; `pledge` comes from `published.whole(on=on)`."""
    before, after = published.neighbours(pledge, on=on)
    standing, drafts = published.standing(pledge), list(drafts_on(pledge))
    return {
        "pledge": pledge,
        "coding": published.coding_of(pledge),
        "contexts": context_of(pledge),
        "standing": standing,
        "flags": flags(pledge),
        "said": [Said(update, update == standing.update) for update in published.history(pledge, on=on)],
        "drafts": drafts,
        "bearings": evidence_beside(pledge, drafts),
        "searches": SearchLog.objects.filter(pledge=pledge).select_related("by"),
        "replies": Reply.objects.filter(pledge=pledge).select_related("replaced_by"),
        "reports": ReaderReport.objects.filter(pledge=pledge, state=ReportState.OPEN),
        "codings": Coding.objects.filter(pledge=pledge, published_at__isnull=False).order_by("-version"),
        "before": before,
        "after": after,
        **_people(pledge, by),
        **_may(pledge, by),
    }


def drafts_on(pledge: Pledge) -> QuerySet[Draft]:
    """Return the drafts about a pledge that are under way, newest first, each with what it proposes."""
    cites = Prefetch("statusdraft__citations", queryset=DraftCitation.objects.all())
    found = Draft.objects.filter(pledge=pledge, state__in=UNDERWAY).prefetch_related(cites)
    return found.select_related("author", "pledge", "statusdraft", "codingdraft", "replydraft", "pointdraft")


def evidence_beside(pledge: Pledge, drafts: list[Draft]) -> list[Bears]:
    """Return what bears on a pledge, public or not: for, against and context, each newest event first."""
    citing: dict[int, list[Draft]] = defaultdict(list)
    for draft in drafts:
        for cited in draft.content.citations.all() if hasattr(draft, "statusdraft") else ():
            citing[cited.evidence_id].append(draft)
    happened = Coalesce("evidence__event_on", "evidence__published_on")
    rows = Attachment.objects.filter(pledge=pledge).select_related("evidence__superseded_by")
    rows = rows.order_by(F("happened").desc(nulls_last=True), "evidence__public_id").annotate(happened=happened)
    baseline = pledge.document.baseline_on
    found: dict[str, list[Beside]] = defaultdict(list)
    for row in rows:
        public = row.public_at is not None and row.evidence.public_at is not None
        beside = Beside(row, public, is_after(row.evidence, baseline), citing[row.evidence_id])
        found[row.bearing].append(beside)
    return [Bears(bearing, found[bearing]) for bearing in Bearing]


def _people(pledge: Pledge, by: Any) -> dict[str, Any]:
    assigned = list(Assignment.objects.filter(pledge=pledge).select_related("person"))
    conflicts = list(Conflict.objects.filter(pledge=pledge, ended_at=None).select_related("person"))
    return {
        "assigned": assigned,
        "mine": any(row.person_id == by.pk for row in assigned),
        "conflicts": conflicts,
        "too_close": any(row.person_id == by.pk for row in conflicts),
    }


def _may(pledge: Pledge, by: Any) -> dict[str, bool]:
    """Return which buttons somebody has: the same rules as the doors behind them."""
    return {
        "can_propose": policies.can_propose(by, pledge),
        "can_record": policies.can_record(by),
        "can_search": policies.can_search(by, pledge),
        "can_take": policies.can_assign(by, by),
        "can_declare": policies.can_declare_conflict(by),
    }
