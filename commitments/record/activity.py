"""What the evidence shows of activity as of a day: its mix, when things happened, and what has stood still longest.

Where pledges are asked for (`among`), only what bears on them counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, F, Max, QuerySet
from django.db.models.functions import Coalesce, TruncMonth

from commitments.models import Attachment, Bearing, Delivery, Evidence, Pledge, PublisherKind, Side
from commitments.record import published

#: Statuses of pledges from which something further is awaited.
AWAITING = (Delivery.ANNOUNCED, Delivery.IN_PROGRESS, Delivery.SUSTAINED, Delivery.STALLED)
#: After so many months without a newer source the pages say so.
OLD_AFTER = 6


@dataclass(frozen=True)
class Mix:
    """The public items by kind of publisher and side, and what they do to pledges (an item may do it to several)."""

    items: Mapping[tuple[PublisherKind, Side], int]
    bearings: Mapping[Bearing, int]

    @property
    def total(self) -> int:
        """How many items there are."""
        return sum(self.items.values())

    def of_kind(self, kind: PublisherKind) -> int:
        """Return how many items publishers of this kind gave."""
        return sum(n for (other, _), n in self.items.items() if other == kind)


def _beside(on: date, among: QuerySet[Pledge] | None) -> QuerySet[Attachment]:
    every = published.attachments(on=on).order_by()
    return every if among is None else every.filter(pledge__in=published.keys(among))


def _items(on: date, among: QuerySet[Pledge] | None) -> QuerySet[Evidence]:
    every = published.evidence(on=on).order_by()
    return every if among is None else every.filter(pk__in=_beside(on, among).values("evidence"))


def mix(*, on: date, among: QuerySet[Pledge] | None = None) -> Mix:
    """Return the mix of the items that were public on the day."""
    counted = _items(on, among).values_list("publisher_kind", "side").annotate(n=Count("pk"))
    bearing = _beside(on, among).values_list("bearing_then")  # type: ignore[misc]  # annotated
    beside = bearing.annotate(n=Count("pk"))
    return Mix(
        {(PublisherKind(kind), Side(side)): n for kind, side, n in counted},
        {Bearing(bearing): n for bearing, n in beside},
    )


@dataclass(frozen=True)
class Month:
    """What happened in a month that bears on a shelf (key of the project, else of the document's own: 0)."""

    first: date
    document: int
    project: int | None
    bearing: Bearing
    items: int


def months(*, on: date, among: QuerySet[Pledge] | None = None) -> list[Month]:
    """Return how many dated items bear on each shelf, month by month, of what had happened by the day.

    What is context is left out: it tells of no deed. An item that bears on several pledges of a shelf counts once.
    """
    beside = _beside(on, among).exclude(bearing_then=Bearing.CONTEXT)  # type: ignore[misc]  # annotated
    dated = beside.annotate(happened=Coalesce("evidence__event_on", "evidence__published_on")).filter(happened__lte=on)
    rows = (
        dated.annotate(month=TruncMonth("happened"))
        .order_by("month")
        .values_list("month", "pledge__document", "pledge__section__parent", "bearing_then")
    )
    counted = rows.annotate(n=Count("evidence", distinct=True))
    return [Month(month, document, parent, Bearing(bearing), n) for month, document, parent, bearing, n in counted]


def newest_source(*, on: date, among: QuerySet[Pledge] | None = None) -> date | None:
    """Return the date of publication of the newest source that was public on the day."""
    newest: date | None = _items(on, among).aggregate(newest=Max("published_on"))["newest"]
    return newest


def is_old(newest: date | None, *, on: date) -> bool:
    """Tell whether the newest source is more than six months old on the day; of no source, no."""
    if newest is None:
        return False
    year, month = divmod(newest.year * 12 + newest.month - 1 + OLD_AFTER, 12)
    return (on.year, on.month, on.day) > (year, month + 1, newest.day)


def standing_still(*, on: date, among: QuerySet[Pledge] | None = None) -> QuerySet[Pledge]:
    """Return the pledges from which something is awaited, those whose newest act lies back longest first.

    Each comes with `last_act_on` and `last_act_precision`: of an act known to its month the month's last day, NULL
    where no source reports a dated act. Those stand last: for how long is not known.
    """
    every = published.pledges(on=on) if among is None else among
    awaiting = every.filter(current_status__in=AWAITING)  # type: ignore[misc]  # annotated by published
    return awaiting.order_by(F("last_act_on").asc(nulls_last=True), "position")
