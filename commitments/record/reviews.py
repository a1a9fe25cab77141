"""A year in review, made from the record alone: what moved, what was promised, what stands still, what is doubted.

What belongs to a year is what is so in the world since one of its days, or happened in it, as known on the day asked
(methodology, "Two clocks"). Nothing here judges: it arranges what two people have published, or the first assessment.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.db.models import Q
from django.db.models.functions import Coalesce

from commitments.models import Attachment, Bearing, Coding, Delivery, Document, Pledge, StatusUpdate, Target
from commitments.record import activity, corrections, indicators, published, tallies
from commitments.record.flags import Flag, flags
from commitments.record.tallies import Tally, Turn

#: Statuses that say of a deed that it was done or goes on, the furthest first.
ACHIEVED = (Delivery.DELIVERED, Delivery.PARTLY_DELIVERED, Delivery.SUSTAINED, Delivery.IN_PROGRESS)
#: Statuses that say that it came to a halt.
HALTED = (Delivery.STALLED, Delivery.NOT_DELIVERED, Delivery.DROPPED)


@dataclass(frozen=True)
class Moved:
    """A pledge that came to another status in the year, and the update that says so."""

    pledge: Pledge
    update: StatusUpdate
    day: date
    old: Delivery
    new: Delivery


@dataclass(frozen=True)
class Doubted:
    """A pledge with what speaks against it of that year."""

    pledge: Pledge
    items: list[Attachment]


@dataclass(frozen=True)
class Review:
    """A year up to `through`, its last day or the day asked; `before` and `after` count how the pledges stood."""

    year: int
    through: date
    before: Tally
    after: Tally
    moved: list[Moved]
    documents: list[Document]
    targets: list[Target]
    still: list[Pledge]
    flagged: list[tuple[Pledge, list[Flag]]]
    doubted: list[Doubted]
    corrections: int
    newest_source: date | None = None
    items: int = 0

    @property
    def first(self) -> date:
        """The first day of the year."""
        return date(self.year, 1, 1)

    def rows(self) -> list[tuple[str, int, int]]:
        """Return (status, pledges before the year, pledges at its end) of every status that occurs."""
        both = self.before.counts, self.after.counts
        return [(str(s.label), both[0].get(s, 0), both[1].get(s, 0)) for s in Delivery if any(c.get(s) for c in both)]

    def of(self, statuses: Iterable[Delivery]) -> list[tuple[Delivery, list[Moved]]]:
        """Return what moved to any of some statuses, status by status, in their order."""
        found = [(status, [one for one in self.moved if one.new == status]) for status in statuses]
        return [(status, ones) for status, ones in found if ones]

    @property
    def achieved(self) -> list[tuple[Delivery, list[Moved]]]:
        """What came to be done, or under way."""
        return self.of(ACHIEVED)

    @property
    def announced(self) -> list[tuple[Delivery, list[Moved]]]:
        """What was announced."""
        return self.of((Delivery.ANNOUNCED,))

    @property
    def halted(self) -> list[tuple[Delivery, list[Moved]]]:
        """What came to a halt."""
        return self.of(HALTED)


def years(*, on: date) -> list[int]:
    """Return the years that can be reviewed on a day, newest first: from the first baseline on."""
    baselines = [document.baseline_on.year for document in published.documents()]
    return list(range(on.year, min(baselines, default=on.year + 1) - 1, -1))


def _standing(steps: list[tallies.Step], day: date) -> Tally:
    """Return how the pledges stood in the world at the end of a day."""
    reached = [step for step in steps if step.since <= day]
    return Tally(reached[-1].counts if reached else {})


def _moved(year: int, on: date) -> list[Moved]:
    found = [turn for turn in tallies.turns(on=on) if turn.day.year == year and turn.new != Delivery.NOT_ASSESSABLE]
    last: dict[int, Turn] = {}
    first: dict[int, str] = {}
    for turn in found:  # of a pledge that moved more than once, the way from where it began to where it came
        first.setdefault(turn.pledge, turn.old)
        last[turn.pledge] = turn
    pledges = published.with_place(published.pledges(on=on)).filter(pk__in=last)
    updates = published.updates_with_citations(on=on).in_bulk([turn.update for turn in last.values()])
    return [
        Moved(pledge, updates[turn.update], turn.day, Delivery(first[pledge.pk]), Delivery(turn.new))
        for pledge in pledges
        for turn in [last[pledge.pk]]
        if first[pledge.pk] != turn.new
    ]


def _doubted(first: date, last: date, on: date) -> list[Doubted]:
    against = published.attachments(on=on).filter(bearing_then=Bearing.CONTRADICTS)  # type: ignore[misc]
    dated = against.annotate(happened=Coalesce("evidence__event_on", "evidence__published_on"))
    rows = dated.filter(happened__gte=first, happened__lte=last).select_related("evidence")
    ordered = list(rows.order_by("pledge__position", "happened", "evidence__public_id"))
    pledges = published.pledges(on=on).in_bulk({row.pledge_id for row in ordered})
    return [Doubted(pledges[key], list(ones)) for key, ones in groupby(ordered, key=lambda row: row.pledge_id)]


def _flagged(on: date) -> list[tuple[Pledge, list[Flag]]]:
    shown = (Flag.OVERDUE, Flag.NOTHING_NEW)
    due = Coding.objects.filter(due_on__lt=on).values("pk")
    judged = published.pledges(on=on).filter(Q(current_status=Delivery.SUSTAINED) | Q(current_coding__in=due))
    found = ((pledge, [flag for flag in flags(pledge) if flag in shown]) for pledge in judged)
    return [(pledge, signs) for pledge, signs in found if signs]


def review(year: int, *, on: date) -> Review:
    """Return the review of a year as known on a day; the year has begun by then."""
    first, through = date(year, 1, 1), min(date(year, 12, 31), on)
    steps = tallies.in_the_world(on=on)
    awaiting = activity.standing_still(on=on).filter(last_act_on__lt=first)  # type: ignore[misc]  # annotated
    made = corrections.Corrections(on=on)
    happened = published.evidence(on=on).annotate(happened=Coalesce("event_on", "published_on"))
    return Review(
        year=year,
        through=through,
        before=_standing(steps, date(year - 1, 12, 31)),
        after=_standing(steps, through),
        moved=_moved(year, on),
        documents=[document for document in published.documents() if document.issued_on.year == year],
        targets=[target for target in indicators.targets() if target.baseline_on.year == year],
        still=list(awaiting),
        flagged=_flagged(on),
        doubted=_doubted(first, through, on),
        corrections=made.count_in(first, through),
        newest_source=activity.newest_source(on=on),
        items=happened.filter(happened__gte=first, happened__lte=through).count(),
    )
