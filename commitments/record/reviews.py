"""A year in review, made from the record alone: what moved, what was promised, what stands still, what is doubted.

What belongs to a year is what is so in the world since one of its days, or happened in it, as known on the day asked
(methodology, "Two clocks"): how a pledge stood is asked of the last day of the year, so that what happens the year
after changes nothing. Nothing here judges: it arranges what two people have published, or the first assessment.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import NamedTuple

from django.db.models.functions import Coalesce

from commitments.models import (
    Attachment,
    Bearing,
    Coding,
    Delivery,
    Document,
    Pledge,
    Precision,
    StatusUpdate,
    Target,
)
from commitments.record import activity, corrections, indicators, published, tallies
from commitments.record.flags import Flag, computed
from commitments.record.published import Standing
from commitments.record.signs import newest_act
from commitments.record.tallies import Cell, Tally, Turn

#: How far the deed is where a status says that it was done, goes on or is planned. Of the others: 0.
RANK = {
    Delivery.DELIVERED: 4,
    Delivery.PARTLY_DELIVERED: 3,
    Delivery.SUSTAINED: 3,
    Delivery.IN_PROGRESS: 2,
    Delivery.ANNOUNCED: 1,
}
#: Statuses that say that it came to a halt.
HALTED = (Delivery.STALLED, Delivery.NOT_DELIVERED, Delivery.DROPPED)
#: Statuses that say nothing of the deed; a pledge that came from one to the other is not told of.
SILENT = (Delivery.NOT_ASSESSED, Delivery.NOT_ASSESSABLE)
#: The flags of which a review tells.
TOLD = (Flag.OVERDUE, Flag.NOTHING_NEW)


@dataclass(frozen=True)
class Moved:
    """A pledge that came to another status in the year: since which day, and the newest update that says so."""

    pledge: Pledge
    update: StatusUpdate
    day: date
    old: Delivery
    new: Delivery

    @property
    def standing(self) -> Standing:
        """Where it stood at the end of the year."""
        return Standing(self.new, self.update)

    @property
    def further(self) -> bool:
        """Whether the deed is further than it was, or is taken up again after a halt."""
        return RANK.get(self.new, 0) > RANK.get(self.old, 0)

    @property
    def halted(self) -> bool:
        """Whether it came to a halt."""
        return self.new in HALTED

    @property
    def back(self) -> bool:
        """Whether the deed is less far than it was, as far as something is still said of it."""
        return not self.halted and self.new not in SILENT and RANK.get(self.new, 0) < RANK.get(self.old, 0)


class Act(NamedTuple):
    """The newest act towards a pledge: its day, of one known to its month the month's last; None where none is known.

    It has the names of the annotations of `signs.newest_act`.
    """

    last_act_on: date | None
    last_act_precision: str | None

    @property
    def in_a_month(self) -> bool:
        """Whether only its month is known."""
        return self.last_act_precision == Precision.MONTH


@dataclass(frozen=True)
class Still:
    """A pledge from which something is awaited, where it stood at the end of the year, and its newest act by then."""

    pledge: Pledge
    standing: Standing
    act: Act


@dataclass(frozen=True)
class Flagged:
    """A pledge with its flags at the end of the year."""

    pledge: Pledge
    standing: Standing
    flags: list[Flag]


@dataclass(frozen=True)
class Doubted:
    """A pledge with what speaks against it of that year, and where it stood at its end."""

    pledge: Pledge
    standing: Standing
    items: list[Attachment]


#: Statuses with what moved to each.
Groups = list[tuple[Delivery, list[Moved]]]


@dataclass(frozen=True)
class Review:
    """A year up to `through`, its last day or the day asked; `before` and `after` count how the pledges stood."""

    year: int
    through: date
    before: Tally
    after: Tally
    cells: list[Cell]
    moved: list[Moved]
    documents: list[Document]
    targets: list[Target]
    still: list[Still]
    flagged: list[Flagged]
    doubted: list[Doubted]
    corrections: int
    newest_source: date | None = None
    items: int = 0

    @property
    def first(self) -> date:
        """The first day of the year."""
        return date(self.year, 1, 1)

    def rows(self) -> list[tuple[Standing, int, int]]:
        """Return (status, pledges before the year, pledges at its end) of every status that occurs."""
        both = self.before.counts, self.after.counts
        return [(s, both[0].get(s.value, 0), both[1].get(s.value, 0)) for s in published.STATUSES if _occurs(s, both)]

    def grades(self) -> list[tuple[str, int, int]]:
        """Return (evidence grade, pledges before the year, pledges at its end) of every grade that occurs."""
        both = self.before.grades, self.after.grades
        return [(g, both[0].get(g, 0), both[1].get(g, 0)) for g in sorted({*both[0], *both[1]})]

    def of(self, fits: Callable[[Moved], bool]) -> Groups:
        """Return what moved and fits, status by status: the furthest first, then in the order of the legend."""
        statuses = sorted(Delivery, key=lambda status: -RANK.get(status, 0))
        found = [(status, [one for one in self.moved if one.new == status and fits(one)]) for status in statuses]
        return [(status, ones) for status, ones in found if ones]

    @property
    def achieved(self) -> Groups:
        """What came to be done, or under way."""
        return self.of(lambda one: one.further and one.new != Delivery.ANNOUNCED)

    @property
    def announced(self) -> Groups:
        """What was announced."""
        return self.of(lambda one: one.further and one.new == Delivery.ANNOUNCED)

    @property
    def halted(self) -> Groups:
        """What came to a halt."""
        return self.of(lambda one: one.halted)

    @property
    def back(self) -> Groups:
        """What is less far than it was said to be."""
        return self.of(lambda one: one.back)

    @property
    def otherwise(self) -> Groups:
        """What stands otherwise, and neither further nor less far."""
        return self.of(lambda one: not (one.further or one.halted or one.back))


def _occurs(status: Standing, both: Iterable[object]) -> bool:
    return any(counts.get(status.value) for counts in both)  # type: ignore[attr-defined]


def years(*, on: date) -> list[int]:
    """Return the years that can be reviewed on a day, newest first: from the first baseline on."""
    baselines = [document.baseline_on.year for document in published.documents()]
    return list(range(on.year, min(baselines, default=on.year + 1) - 1, -1))


@dataclass(frozen=True)
class _Year:
    """What is read once: the turns up to `through`, pledge by pledge, and where each pledge had come by then."""

    first: date
    through: date
    on: date
    turns: list[Turn]
    standing: dict[int, Turn]

    def pledges(self, keys: Iterable[int]) -> list[Pledge]:
        """Return pledges by their keys, with their place, in the order of the documents."""
        return list(published.with_place(published.pledges(on=self.on)).filter(pk__in=list(keys)))

    def stood(self, keys: Iterable[int]) -> dict[int, Standing]:
        """Return where pledges stood at the end of the year, by their keys."""
        said = {key: self.standing[key] for key in keys if key in self.standing}
        brief = StatusUpdate.objects.defer("summary", "reasoning")
        updates = brief.in_bulk([turn.update for turn in said.values()])
        return {key: Standing(Delivery(turn.after.status), updates[turn.update]) for key, turn in said.items()}

    def acts(self, keys: Iterable[int]) -> dict[int, Act]:
        """Return the newest act by the end of the year towards pledges, by their keys."""
        asked = Pledge.objects.filter(pk__in=list(keys)).annotate(**newest_act(on=self.on, through=self.through))
        return {key: Act(*act) for key, *act in asked.values_list("pk", *Act._fields)}


def _moved(year: _Year) -> list[Moved]:
    """Return every pledge that came to another status, by the way from where it began to where it came at last."""
    first: dict[int, str] = {}
    came: dict[int, Turn] = {}
    for turn in year.turns:
        if turn.day >= year.first:
            first.setdefault(turn.pledge, turn.before.status)
            if turn.moved:
                came[turn.pledge] = turn
    told = {key: turn for key, turn in came.items() if _tells(first[key], turn.after.status)}
    newest = {key: year.standing[key].update for key in told}
    updates = published.updates_with_citations(on=year.on).in_bulk(list(newest.values()))
    return [
        Moved(
            pledge,
            updates[newest[pledge.pk]],
            told[pledge.pk].day,
            Delivery(first[pledge.pk]),
            Delivery(told[pledge.pk].after.status),
        )
        for pledge in year.pledges(told)
    ]


def _tells(old: str, new: str) -> bool:
    return old != new and not (old in SILENT and new in SILENT)


def _still(year: _Year) -> list[Still]:
    """Return what was announced or begun and has no act in the year, the longest first, last what never had one."""
    awaited = [key for key, turn in year.standing.items() if turn.after.status in activity.AWAITING]
    acts = {key: act for key, act in year.acts(awaited).items() if _stands_still(year, key, act)}
    stood = year.stood(acts)
    found = [Still(pledge, stood[pledge.pk], acts[pledge.pk]) for pledge in year.pledges(acts)]
    return sorted(found, key=lambda one: one.act.last_act_on or date.max)


def _stands_still(year: _Year, key: int, act: Act) -> bool:
    if act.last_act_on is None:  # then since when it is said to be so: what was announced this year does not stand
        return year.standing[key].day < year.first
    return act.last_act_on < year.first


def _flagged(year: _Year) -> list[Flagged]:
    sustained = [key for key, turn in year.standing.items() if turn.after.status == Delivery.SUSTAINED]
    current = published.codings(on=year.on).values("pk")
    due = dict(Coding.objects.filter(pk__in=current, due_on__lt=year.through).values_list("pledge", "due_on"))
    stood, acts = year.stood({*sustained, *due}), year.acts(sustained)
    found = []
    for pledge in year.pledges({*sustained, *due}):
        if pledge.document.baseline_on > year.through:
            continue
        standing = stood.get(pledge.pk, Standing(Delivery.NOT_ASSESSED))
        act = acts.get(pledge.pk)
        flags = computed(
            standing.delivery,
            on=year.through,
            due_on=due.get(pledge.pk),
            reviewed_on=None,
            acted_on=act.last_act_on if act else None,
        )
        if signs := [flag for flag in flags if flag in TOLD]:
            found.append(Flagged(pledge, standing, signs))
    return found


def _doubted(year: _Year) -> list[Doubted]:
    against = published.attachments(on=year.on).filter(bearing_then=Bearing.CONTRADICTS)  # type: ignore[misc]
    dated = against.annotate(happened=Coalesce("evidence__event_on", "evidence__published_on"))
    rows = dated.filter(happened__gte=year.first, happened__lte=year.through).select_related("evidence")
    ordered = list(rows.order_by("pledge__position", "happened", "evidence__public_id"))
    keys = {row.pledge_id for row in ordered}
    pledges, stood = published.pledges(on=year.on).in_bulk(keys), year.stood(keys)
    return [
        Doubted(pledges[key], stood.get(key, Standing(Delivery.NOT_ASSESSED)), list(ones))
        for key, ones in groupby(ordered, key=lambda row: row.pledge_id)
    ]


def review(year: int, *, on: date) -> Review:
    """Return the review of a year as known on a day; the year has begun by then."""
    first, through = date(year, 1, 1), min(date(year, 12, 31), on)
    turns = [turn for turn in tallies.turns(on=on) if turn.day <= through]
    this = _Year(first, through, on, turns, tallies.reached(turns, through))
    eve = date(year - 1, 12, 31)
    cells = tallies.cells_in_the_world(this.standing, through, on=on)
    happened = published.evidence(on=on).annotate(happened=Coalesce("event_on", "published_on"))
    return Review(
        year=year,
        through=through,
        before=tallies.tally(tallies.cells_in_the_world(tallies.reached(turns, eve), eve, on=on)),
        after=tallies.tally(cells),
        cells=cells,
        moved=_moved(this),
        documents=[one for one in published.documents() if first <= one.issued_on <= through],
        targets=list(indicators.targets(on=through).filter(baseline_on__gte=first)),
        still=_still(this),
        flagged=_flagged(this),
        doubted=_doubted(this),
        corrections=corrections.Corrections(on=on).count_in(first, through),
        newest_source=activity.newest_source(on=on),
        items=happened.filter(happened__gte=first, happened__lte=through).count(),
    )
