"""What somebody is shown who codes a published judgement a second time: its grounds, and nothing of the judgement."""

from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from commitments.models import (
    Attachment,
    Axis,
    Coding,
    Delivery,
    Evidence,
    Pledge,
    SearchLog,
    StatusUpdate,
    Trackability,
)
from commitments.record import published
from commitments.record.reading import InContext, context_of


@dataclass(frozen=True)
class Grounds:
    """The words of a pledge; for a status also its test, and the evidence and searches as of its publication.

    What an item was taken to do to the pledge is left out: that is a part of the first judgement.
    """

    pledge: Pledge
    contexts: list[InContext]
    as_of: datetime | None = None
    test: dict[str, str] = field(default_factory=dict)
    evidence: list[Evidence] = field(default_factory=list)
    searches: list[SearchLog] = field(default_factory=list)


def current(axis: str, *, on: date) -> QuerySet[Coding] | QuerySet[StatusUpdate]:
    """Return the judgements that stand on the day: each pledge's coding, or its status.

    Of a declaratory pledge the status follows from the coding, and "not assessed" says that nobody has judged.
    """
    codings = published.codings(on=on)
    if axis == Axis.TRACKABILITY:
        return codings.select_related("pledge")
    judged = codings.exclude(trackability=Trackability.DECLARATORY).values("pledge")
    updates = published.current_updates(on=on).filter(pledge__in=judged).exclude(status=Delivery.NOT_ASSESSED)
    return updates.select_related("pledge")


def grounds(first: Coding | StatusUpdate, *, on: date) -> Grounds:
    """Return what a published judgement was, or could be, based on. `on` is the day on which it is shown."""
    pledge = published.whole(on=on).get(pk=first.pledge_id)
    if isinstance(first, Coding) or first.published_at is None:
        return Grounds(pledge, context_of(pledge))
    at = first.published_at
    coding = Coding.objects.filter(pledge=pledge, published_at__lte=at).latest("version")
    searches = SearchLog.objects.filter(pledge=pledge, searched_on__lte=at.date())
    return Grounds(pledge, context_of(pledge), at, coding.test, list(_evidence(pledge, at)), list(searches))


def _evidence(pledge: Pledge, at: datetime) -> QuerySet[Evidence]:
    """Return the items that readers saw beside the pledge at a time, the newest event first."""
    beside = Attachment.objects.filter(pledge=pledge, public_at__lte=at).values("evidence")
    happened = Coalesce("event_on", "published_on")
    found = Evidence.objects.filter(pk__in=beside, public_at__lte=at)
    return found.order_by(happened.desc(nulls_last=True), "public_id")
