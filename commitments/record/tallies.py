"""How many pledges stand how, as of a day: counted by the database from the periods, every number with its parts.

A share is never given alone: a tally holds the pledges it counts, those that cannot be assessed, those that are
provisional, and the mix of grades (methodology, "Two clocks"). Where pledges are asked for (`among`), those found
on the day shown count alone, on earlier days too.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import accumulate
from typing import NamedTuple

from django.db.models import Count, Exists, F, OuterRef, QuerySet

from commitments.models import Delivery, Document, Period, Pledge, Section, StatusUpdate, Trackability, UpdateKind
from commitments.models.periods import holding
from commitments.record import published
from commitments.record.days import end_of

#: Statuses that say something of the deed.
ASSESSED = tuple(status for status in Delivery if status not in (Delivery.NOT_ASSESSED, Delivery.NOT_ASSESSABLE))


@dataclass(frozen=True)
class Tally:
    """Some pledges counted by status; `provisional` of the assessed ones, `grades` of those that have one."""

    counts: Mapping[str, int] = field(default_factory=dict)
    provisional: int = 0
    grades: Mapping[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """How many pledges are counted: the denominator."""
        return sum(self.counts.values())

    @property
    def not_assessable(self) -> int:
        """How many of them can only be shown, never scored."""
        return self.counts.get(Delivery.NOT_ASSESSABLE, 0)

    @property
    def assessed(self) -> int:
        """On how many something is said of the deed."""
        return sum(self.counts.get(status, 0) for status in ASSESSED)

    @property
    def graded(self) -> list[tuple[str, int]]:
        """Return (grade, pledges) of every grade that occurs, the strongest first."""
        return sorted(self.grades.items())

    def parts(self) -> list[tuple[Delivery, int]]:
        """Return (status, pledges) of every status that occurs, in the order of the legend."""
        return [(status, self.counts[status]) for status in Delivery if self.counts.get(status)]


class State(NamedTuple):
    """What of a standing is counted: the status, its grade, and whether it waits for two people to confirm it."""

    status: str
    grade: str
    provisional: bool


#: How a pledge stands of which nothing has been said.
UNTOLD = State(Delivery.NOT_ASSESSED.value, "", False)


@dataclass(frozen=True)
class Cell:
    """Pledges that share section, trackability, status, grade and being provisional; `n` of them."""

    section: int
    trackability: str
    status: str
    grade: str
    provisional: bool
    n: int

    @property
    def state(self) -> State:
        """How each of them stands."""
        return State(self.status, self.grade, self.provisional)


def _periods(among: QuerySet[Pledge] | None) -> QuerySet[Period]:
    every = Period.objects.order_by()
    return every if among is None else every.filter(pledge__in=published.keys(among))


def cells(*, on: date, among: QuerySet[Pledge] | None = None) -> list[Cell]:
    """Return the pledges public on the day in their cells: one query, whatever the number of pledges."""
    names = ("pledge__section", "trackability", "status", "grade", "provisional")
    rows = _periods(among).filter(holding(on)).values_list(*names)
    return [Cell(*row) for row in rows.annotate(n=Count("*"))]


def tally(found: Iterable[Cell]) -> Tally:
    """Count the pledges of some cells."""
    return _tally((cell.state, cell.n) for cell in found)


def _tally(found: Iterable[tuple[State, int]]) -> Tally:
    counts: Counter[str] = Counter()
    grades: Counter[str] = Counter()
    provisional = 0
    for state, n in found:
        counts[state.status] += n
        if state.grade:
            grades[state.grade] += n
        if state.provisional and state.status in ASSESSED:
            provisional += n
    return Tally(counts, provisional, grades)


@dataclass(frozen=True)
class Part:
    """A numbered part with the tally of its pledges."""

    section: Section
    tally: Tally


@dataclass(frozen=True)
class Shelf:
    """A document of paragraphs, or a project of the paper, with its parts and their sum."""

    document: Document
    project: Section | None
    parts: list[Part]
    tally: Tally

    @property
    def title(self) -> dict[str, str]:
        """What it is called, by language."""
        titles: dict[str, str] = self.project.title if self.project else self.document.short_title
        return titles

    @property
    def code(self) -> str:
        """Its own code: `SPC`, `FMP-2`."""
        return str(self.project or self.document.code)


def shelves(found: list[Cell]) -> list[Shelf]:
    """Return every numbered part with its tally, those without a pledge too, under document or project."""
    by_section: dict[int, list[Cell]] = {}
    for cell in found:
        by_section.setdefault(cell.section, []).append(cell)
    grouped: dict[tuple[int, int | None], list[Section]] = {}
    for section in published.sections():
        if section.kind != "project":
            grouped.setdefault((section.document_id, section.parent_id), []).append(section)
    return [_shelf(sections, by_section) for sections in grouped.values()]


def _shelf(sections: list[Section], by_section: dict[int, list[Cell]]) -> Shelf:
    parts = [Part(section, tally(by_section.get(section.pk, ()))) for section in sections]
    whole = tally(cell for section in sections for cell in by_section.get(section.pk, ()))
    return Shelf(sections[0].document, sections[0].parent, parts, whole)


def occupied(found: list[Shelf]) -> Iterator[Shelf]:
    """Yield the shelves that hold a pledge, each with those of its parts that do."""
    for shelf in found:
        if shelf.tally.total:
            yield replace(shelf, parts=[part for part in shelf.parts if part.tally.total])


def by_trackability(found: list[Cell]) -> list[tuple[Trackability, Tally]]:
    """Return the tally of each trackability: the words against the deed."""
    return [(kind, tally(cell for cell in found if cell.trackability == kind)) for kind in Trackability]


@dataclass(frozen=True)
class Step:
    """How the pledges stood from the day `since` on, until the next step."""

    since: date
    tally: Tally

    @property
    def counts(self) -> Mapping[str, int]:
        """How many stood how."""
        return self.tally.counts

    @property
    def provisional(self) -> int:
        """How many of the assessed ones provisionally."""
        return self.tally.provisional

    @property
    def total(self) -> int:
        """How many pledges there were."""
        return self.tally.total


#: Day → how many pledges more, or fewer, stand so from that day on.
_Changes = dict[date, Counter[State]]


def _steps(changes: _Changes) -> list[Step]:
    """Return the steps that changes of the counts add up to, oldest first."""

    def add(before: Counter[State], now: Counter[State]) -> Counter[State]:
        return Counter({state: n for state in {*before, *now} if (n := before[state] + now[state])})

    days = sorted(changes)
    sums = accumulate((changes[day] for day in days), add)
    return [Step(day, _tally(held.items())) for day, held in zip(days, sums, strict=True)]


def as_published(*, on: date, among: QuerySet[Pledge] | None = None) -> list[Step]:
    """Return how the counts that readers could see changed, day by day, up to the day."""
    changes: _Changes = {}
    for edge, sign in (("since", 1), ("until", -1)):
        rows = _periods(among).filter(**{f"{edge}__lte": on}).values_list(edge, "status", "grade", "provisional")
        for day, status, grade, provisional, n in rows.annotate(n=Count("pk")):
            changes.setdefault(day, Counter())[State(status, grade, provisional)] += sign * n
    return _steps(changes)


def in_the_world(*, on: date, among: QuerySet[Pledge] | None = None) -> list[Step]:
    """Return how the counts changed since the baselines by the dates since when it is so, as known on the day.

    Each pledge is there from its document's baseline on, not assessed until the first status that is in force.
    """
    changes: _Changes = {}

    def move(day: date, state: State, n: int) -> None:
        changes.setdefault(day, Counter())[state] += n

    begins = _periods(among).filter(holding(on)).values_list("pledge__document__baseline_on").annotate(n=Count("*"))
    for baseline, n in begins:
        move(baseline, UNTOLD, n)
    for turn in turns(on=on, among=among):
        move(turn.day, turn.before, -1)
        move(turn.day, turn.after, 1)
    return _steps(changes)


class Turn(NamedTuple):
    """What an update that is in force says of a pledge (keys): `after` since `day` in the world, `before` until then.

    Both can be the same, where an update says anew how it stands.
    """

    pledge: int
    update: int
    day: date
    before: State
    after: State

    @property
    def moved(self) -> bool:
        """Whether it came to another status."""
        return self.before.status != self.after.status


def turns(*, on: date, among: QuerySet[Pledge] | None = None) -> Iterator[Turn]:
    """Yield what every update in force as of the day says, pledge by pledge, each pledge's in their order."""
    public = StatusUpdate.objects.filter(published_at__lt=end_of(on))
    said = public.exclude(kind=UpdateKind.WITHDRAWAL).filter(effective_on__lte=on)
    in_force = said.filter(~Exists(public.filter(corrects=OuterRef("pk"))))
    here = _periods(among).filter(holding(on))
    now = in_force.filter(pledge__in=here.values("pledge"))
    rows = now.annotate(baseline=F("pledge__document__baseline_on")).order_by("pledge", "effective_on", "seq")
    names = ("pledge", "pk", "effective_on", "baseline", "status", "grade", "provisional")
    last: tuple[int, State] = (0, UNTOLD)
    for pledge, update, day, baseline, *said_so in rows.values_list(*names):
        state = State(*said_so)
        yield Turn(pledge, update, max(day, baseline), last[1] if last[0] == pledge else UNTOLD, state)
        last = (pledge, state)


def reached(found: Iterable[Turn], day: date) -> dict[int, Turn]:
    """Return pledge (its key) → of its turns, in their order, the last by the end of a day in the world."""
    return {turn.pledge: turn for turn in found if turn.day <= day}


def cells_in_the_world(standing: Mapping[int, Turn], day: date, *, on: date) -> list[Cell]:
    """Return how the pledges stood in the world at the end of `day`, as known on the day `on`: a cell each.

    `standing` is what they had `reached` by then. A pledge is there from its document's baseline on.
    """
    names = ("pledge", "pledge__section", "trackability")
    rows = Period.objects.filter(holding(on), pledge__document__baseline_on__lte=day).values_list(*names)
    return [
        Cell(section, trackability, *(standing[pledge].after if pledge in standing else UNTOLD), n=1)
        for pledge, section, trackability in rows
    ]
