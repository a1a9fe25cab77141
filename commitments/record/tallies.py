"""How many pledges stand how, as of a day: counted by the database from the periods, every number with its parts.

A share is never given alone: a tally holds the pledges it counts, those that cannot be assessed, those that are
provisional, and the mix of grades (methodology, "Two clocks").
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import accumulate
from typing import NamedTuple

from django.db.models import Count, Exists, F, OuterRef

from commitments.models import Delivery, Document, Period, Section, StatusUpdate, Trackability, UpdateKind
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

    def parts(self) -> list[tuple[Delivery, int]]:
        """Return (status, pledges) of every status that occurs, in the order of the legend."""
        return [(status, self.counts[status]) for status in Delivery if self.counts.get(status)]


@dataclass(frozen=True)
class Cell:
    """Pledges that share section, trackability, status, grade and being provisional; `n` of them."""

    section: int
    trackability: str
    status: str
    grade: str
    provisional: bool
    n: int


def cells(*, on: date) -> list[Cell]:
    """Return the pledges public on the day in their cells: one query, whatever the number of pledges."""
    names = ("pledge__section", "trackability", "status", "grade", "provisional")
    rows = Period.objects.filter(since__lte=on, until__gt=on).order_by().values_list(*names)
    return [Cell(*row) for row in rows.annotate(n=Count("pk"))]


def tally(found: Iterable[Cell]) -> Tally:
    """Count the pledges of some cells."""
    counts: Counter[str] = Counter()
    grades: Counter[str] = Counter()
    provisional = 0
    for cell in found:
        counts[cell.status] += cell.n
        if cell.grade:
            grades[cell.grade] += cell.n
        if cell.provisional and cell.status in ASSESSED:
            provisional += cell.n
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


def by_trackability(found: list[Cell]) -> list[tuple[Trackability, Tally]]:
    """Return the tally of each trackability: the words against the deed."""
    return [(kind, tally(cell for cell in found if cell.trackability == kind)) for kind in Trackability]


@dataclass(frozen=True)
class Step:
    """How many pledges stood how from the day `since` on, until the next step."""

    since: date
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        """How many pledges there were."""
        return sum(self.counts.values())


def _steps(changes: dict[date, Counter[str]]) -> list[Step]:
    """Return the steps that changes of the counts add up to, oldest first."""

    def add(before: Step, now: tuple[date, Counter[str]]) -> Step:
        total = Counter(before.counts)
        total.update(now[1])
        return Step(now[0], {status: n for status, n in total.items() if n})

    nothing = Step(date.min, {})
    return list(accumulate(sorted(changes.items()), add, initial=nothing))[1:]


def as_published(*, on: date) -> list[Step]:
    """Return how the counts that readers could see changed, day by day, up to the day."""
    changes: dict[date, Counter[str]] = {}
    for edge, sign in (("since", 1), ("until", -1)):
        rows = Period.objects.filter(**{f"{edge}__lte": on}).order_by().values_list(edge, "status")
        for day, status, n in rows.annotate(n=Count("pk")):
            changes.setdefault(day, Counter())[status] += sign * n
    return _steps(changes)


def in_the_world(*, on: date) -> list[Step]:
    """Return how the counts changed since the baselines by the dates since when it is so, as known on the day.

    Each pledge is there from its document's baseline on, not assessed until the first status that is in force.
    """
    changes: dict[date, Counter[str]] = {}

    def move(day: date, status: str, n: int) -> None:
        changes.setdefault(day, Counter())[status] += n

    here = Period.objects.filter(since__lte=on, until__gt=on).order_by()
    begins = here.values_list("pledge__document__baseline_on").annotate(n=Count("pk"))
    for baseline, n in begins:
        move(baseline, Delivery.NOT_ASSESSED, n)
    for turn in turns(on=on):
        move(turn.day, turn.old, -1)
        move(turn.day, turn.new, 1)
    return _steps(changes)


class Turn(NamedTuple):
    """A pledge (its key) came from one status to another: since `day` in the world, as its update (key) says."""

    pledge: int
    update: int
    day: date
    old: str
    new: str


def turns(*, on: date) -> Iterator[Turn]:
    """Yield every turn that is in force as of the day, pledge by pledge, each pledge's in their order."""
    public = StatusUpdate.objects.filter(published_at__lt=end_of(on))
    said = public.exclude(kind=UpdateKind.WITHDRAWAL).filter(effective_on__lte=on)
    in_force = said.filter(~Exists(public.filter(corrects=OuterRef("pk"))))
    now = in_force.filter(pledge__periods__since__lte=on, pledge__periods__until__gt=on)
    rows = now.annotate(baseline=F("pledge__document__baseline_on")).order_by("pledge", "effective_on", "seq")
    last: tuple[int, str] = (0, "")
    for pledge, update, day, baseline, status in rows.values_list(
        "pledge", "pk", "effective_on", "baseline", "status"
    ):
        old = last[1] if last[0] == pledge else Delivery.NOT_ASSESSED.value
        if status != old:
            yield Turn(pledge, update, max(day, baseline), old, status)
        last = (pledge, status)
