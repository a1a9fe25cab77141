"""Where the pledges stand: section by section, words against deeds, and over time."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from commitments.models import Trackability, text_in
from commitments.record.plots.shapes import (
    STACKED,
    Area,
    Bars,
    Plot,
    Rect,
    Rule,
    Segment,
    Shape,
    Table,
    Words,
    legend_of,
    number,
    percent,
    stacked,
    status_kind,
)
from commitments.record.tallies import Shelf, Step, Tally

#: Of a row of sections: the space over it for its name, the height of one pledge, and the space for the numbers.
OVER, BRICK, UNDER = 42, 6, 28
#: The plane is divided into so many columns at least: a section alone is no wall.
FEWEST = 7
#: Where a day stands between the first and the last, from 0 to 1.
Across = Callable[[date], float]
#: Of a stretch of time.
TALL, AXIS = 220, 26


def named(text: dict[str, str]) -> str:
    """Return a text in the reader's language."""
    return text_in(text, get_language() or "en")[0]


def _told(tally: Tally) -> str:
    asked = {"n": number(tally.total), "assessed": number(tally.assessed), "none": number(tally.not_assessable)}
    asked["provisional"] = number(tally.provisional)
    return _("%(assessed)s of %(n)s assessed (%(provisional)s provisional), %(none)s not assessable") % asked


def _columns(tallies: Iterable[Tally]) -> list[str]:
    """Return the heads of a table: pledges, assessed, provisionally, with which grades, every status that occurs."""
    statuses = (label for _kind, label in legend_of(tallies))
    return [_("Pledges"), _("Assessed"), _("of these provisionally"), _("Evidence grades"), *statuses]


def _numbers(tally: Tally, all_of_them: Sequence[Tally]) -> list[int | str]:
    found = [status for status in STACKED if any(t.counts.get(status) for t in all_of_them)]
    grades = " · ".join(f"{grade} {number(n)}" for grade, n in tally.graded)
    return [
        tally.total,
        tally.assessed,
        tally.provisional,
        grades or "–",
        *(tally.counts.get(status, 0) for status in found),
    ]


def by_section(shelves: list[Shelf]) -> Plot:
    """Return every section at a glance: a column each, filled by the statuses of its pledges."""
    shapes: list[Shape] = []
    wide = max([FEWEST, *(len(shelf.parts) for shelf in shelves)])
    top = 0
    for shelf in shelves:
        high = BRICK * max(part.tally.total for part in shelf.parts)
        shapes += _shelf(shelf, top + OVER, high, wide)
        top += OVER + high + UNDER
    parts = [part for shelf in shelves for part in shelf.parts]
    tallies = [part.tally for part in parts]
    rows = [
        [f"{part.section} {named(part.section.title)}", *_numbers(part.tally, tallies)]
        for shelf in shelves
        for part in shelf.parts
    ]
    return Plot(
        "sections",
        _("Where each section stands"),
        _("A column is a section of the text, a brick in it one pledge; those whose deed went furthest lie lowest."),
        top,
        shapes,
        legend_of(tallies),
        Table([_("Section"), *_columns(tallies)], rows),
        drawn=bool(parts),
    )


def _shelf(shelf: Shelf, top: int, high: int, wide: int) -> Iterable[Shape]:
    yield Words("0%", top - 28, f"{shelf.code} {named(shelf.title)}", row=shelf.project or shelf.document)
    yield Words("0%", top - 10, _told(shelf.tally), "soft")
    foot = top + high
    for n, part in enumerate(shelf.parts):
        x, width = n / wide, 0.82 / wide
        told = f"{part.section} {named(part.section.title)}"
        for status, count, before in stacked(part.tally.counts):
            said = f"{told}: {status.label} {number(count)} / {number(part.tally.total)}"
            y = foot - BRICK * (before + count)
            yield Rect(percent(x), percent(width), y, BRICK * count, status_kind(status), said)
        if not part.tally.total:
            yield Rule(percent(x), percent(x + width), foot, foot, "none")
        middle = percent(x + width / 2)
        yield Words(middle, foot + 15, part.section.number.rpartition(".")[2], "under", row=part.section)
    yield from (Rule("0%", "100%", foot - BRICK * n, foot - BRICK * n, "joint") for n in range(1, high // BRICK))


def by_trackability(rows: list[tuple[Trackability, Tally]]) -> Plot:
    """Return the words against the deeds: of each trackability how its pledges stand."""
    bars = Bars(reach=max([tally.total for _kind, tally in rows] + [1]))
    for kind, tally in ((kind, tally) for kind, tally in rows if tally.total):
        segments = (Segment(status_kind(status), str(status.label), n) for status, n, _before in stacked(tally.counts))
        bars.add(str(kind.label), _told(tally), segments)
    tallies = [tally for _kind, tally in rows]
    return Plot(
        "trackability",
        _("Words against deeds"),
        _("How pledges stand whose words can be followed so far. Declaratory pledges are shown, never scored."),
        bars.height,
        bars.shapes,
        legend_of(tallies),
        Table([_("Trackability"), *_columns(tallies)], [[str(k.label), *_numbers(t, tallies)] for k, t in rows]),
        drawn=bool(bars.rows),
    )


def over_time(name: str, title: str, note: str, steps: list[Step], *, on: date) -> Plot:
    """Return how many pledges stood how, from the first step to the end of the day."""
    counts = [Tally(step.counts) for step in steps]
    legend = legend_of(counts)
    found = [status for status in STACKED if any(step.counts.get(status) for step in steps)]
    table = Table(
        [_("From"), _("Pledges"), *(label for _kind, label in legend)],
        [[step.since, step.total, *(step.counts.get(status, 0) for status in found)] for step in steps],
    )
    shapes = _areas(steps, on) if steps else []
    return Plot(name, title, note, TALL + AXIS + 10, shapes, legend, table, drawn=bool(steps))


def _areas(steps: list[Step], on: date) -> list[Shape]:
    first, last = steps[0].since, on + timedelta(days=1)
    days, most = (last - first).days, max(step.total for step in steps)

    def across(day: date) -> float:
        return (day - first).days / days

    ends = [step.since for step in steps[1:]] + [last]
    shapes: list[Shape] = []
    base = [0] * len(steps)
    for status in STACKED:
        top = [low + step.counts.get(status, 0) for low, step in zip(base, steps, strict=True)]
        if top != base:
            points = _outline(steps, ends, base, top, across, most)
            now = steps[-1].counts.get(status, 0)
            shapes.append(Area(points, 10, TALL, status_kind(status), f"{status.label}: {number(now)}"))
        base = top
    shapes += [Rule("0%", "100%", TALL + 10, TALL + 10, "axis"), Words("100%", 8, number(most), "end")]
    return [*shapes, *_axis(first, last, across)]


def _outline(steps: list[Step], ends: list[date], base: list[int], top: list[int], across: Across, most: int) -> str:
    """Return the outline of one status: over its tops to the right, back under them."""
    there, back = [], []
    for step, end, low, high in zip(steps, ends, base, top, strict=True):
        left, right = 1000 * across(step.since), 1000 * across(end)
        over, under = TALL * (1 - high / most), TALL * (1 - low / most)
        there += [f"{left:.2f},{over:.2f}", f"{right:.2f},{over:.2f}"]
        back += [f"{left:.2f},{under:.2f}", f"{right:.2f},{under:.2f}"]
    return " ".join([*there, *reversed(back)])


def _axis(first: date, last: date, across: Across) -> Iterable[Shape]:
    """Name the first day, the last, and what years begin between with room to be named."""
    foot = TALL + 10
    yield Words("0%", foot + 18, date_format(first, "SHORT_DATE_FORMAT"), "start")
    yield Words("100%", foot + 18, date_format(last - timedelta(days=1), "SHORT_DATE_FORMAT"), "end")
    for year in range(first.year + 1, last.year + 1):
        place = across(date(year, 1, 1))
        if 0 < place < 1:
            yield Rule(percent(place), percent(place), 10, foot + 5, "grid")
            if 0.25 < place < 0.75:
                yield Words(percent(place), foot + 18, str(year), "under")
