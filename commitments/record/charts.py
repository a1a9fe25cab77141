"""Figures as marks on a plane: scales and places, no HTML. The value axis always holds zero.

Places are percentages of the plane, written with a point, so that a template can set them in any language and the
words beside them keep their size on any screen.
"""

import calendar
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from commitments.models import DataPoint, PointKind, PointPrecision

#: At most this many steps on the value axis, and this many years named on the other.
STEPS, YEARS = 5, 6
#: What a written value takes of the plane on a narrow screen, in percent: for each of its signs, and upwards.
SIGN, LINE = 3.2, 9.0
#: A value on the axis of more signs than this needs more room.
LONG = 8

_STEPS = [Decimal(text) for text in ("1", "2", "2.5", "5", "10")]


@dataclass(frozen=True)
class Tick:
    """A place on an axis and what is written there."""

    at: str
    value: Decimal


@dataclass(frozen=True)
class Year:
    """A year on the time axis: where it begins, where its name stands, and whether it is named."""

    begins: str
    middle: str
    year: int
    named: bool


@dataclass(frozen=True)
class Dot:
    """A figure at its place; `written` where its value has room beside it."""

    x: str
    y: str
    kind: str
    point: DataPoint
    written: bool

    @property
    def stands(self) -> bool:
        """Whether a stem leads down from it to zero: the ends of a range have none."""
        return self.kind in (PointKind.MEASURED, PointKind.INFERRED)


@dataclass(frozen=True)
class Bar:
    """A range between a low and a high figure of one date."""

    x: str
    top: str
    bottom: str


@dataclass(frozen=True)
class Chart:
    """Everything that is drawn."""

    ticks: list[Tick]
    years: list[Year]
    dots: list[Dot]
    bars: list[Bar]
    zero: str
    line: Tick | None = None
    kinds: list[PointKind] = field(default_factory=list)

    @property
    def wide(self) -> bool:
        """Whether the values on the axis need more room than usual."""
        return max(len(f"{tick.value:,f}") for tick in self.ticks) > LONG


def _percent(share: float) -> str:
    return f"{100 * share:.2f}%"


def step(reach: Decimal, *, whole: bool) -> Decimal:
    """Return the round step (1, 2, 2.5, 5 and zeros) that covers `reach` in at most STEPS; `whole`: no fractions."""
    if reach <= 0:
        return Decimal(1)
    power = Decimal(1).scaleb((reach / STEPS).adjusted())
    found = next(power * n for n in _STEPS if power * n * STEPS >= reach and not (whole and (power * n) % 1))
    return max(found, Decimal(1)) if whole else found


def scale(values: Iterable[Decimal]) -> list[Decimal]:
    """Return the round values of an axis that holds all of `values` and zero, lowest first."""
    known = [Decimal(0), *values]
    whole = all(value == value.to_integral_value() for value in known)
    by = step(max(known) - min(known), whole=whole)
    low, high = math.floor(min(known) / by), math.ceil(max(known) / by)
    return [n * by for n in range(low, max(high, low + 1) + 1)]


def _middle(point: DataPoint) -> float:
    """Return the ordinal of the day at which a figure stands: of a year or a month its middle."""
    on = point.on
    if point.precision == PointPrecision.YEAR:
        return (date(on.year, 1, 1).toordinal() + date(on.year, 12, 31).toordinal() + 1) / 2
    if point.precision == PointPrecision.MONTH:
        return on.replace(day=1).toordinal() + calendar.monthrange(on.year, on.month)[1] / 2
    return on.toordinal() + 0.5


def _years(first: int, last: int) -> Iterator[Year]:
    begins = [date(year, 1, 1).toordinal() for year in range(first, last + 2)]
    width, apart = begins[-1] - begins[0], -(-len(begins[1:]) // YEARS)
    for n, year in enumerate(range(first, last + 1)):
        start, end = (begins[n] - begins[0]) / width, (begins[n + 1] - begins[0]) / width
        yield Year(_percent(start), _percent((start + end) / 2), year, (last - year) % apart == 0)


def _written(places: list[tuple[float, float, int]]) -> Iterator[bool]:
    """Tell for each place (x, y, signs of its value) whether the value has room over it beside those before."""
    taken: list[tuple[float, float, float]] = []
    for x, y, signs in places:
        half = signs * SIGN / 2
        free = all(abs(x - other) >= half + wide or abs(y - high) >= LINE for other, high, wide in taken)
        if free:
            taken.append((x, y, half))
        yield free


def _bars(points: list[DataPoint], x: dict[int, float], y: dict[int, float]) -> Iterator[Bar]:
    lows = {(p.on, p.precision): p for p in points if p.kind == PointKind.RANGE_LOW}
    for high in (p for p in points if p.kind == PointKind.RANGE_HIGH):
        low = lows.get((high.on, high.precision))
        if low:
            yield Bar(_percent(x[high.pk]), _percent(y[high.pk]), _percent(y[low.pk]))


def draw(points: list[DataPoint], *, beside: Decimal | None = None) -> Chart | None:
    """Return the chart of some figures, oldest first; None where there are none.

    `beside` is a value that is drawn as a line across, in the unit of the figures.
    """
    if not points:
        return None
    ticks = scale([point.value for point in points] + ([beside] if beside is not None else []))
    start, end = date(points[0].on.year, 1, 1).toordinal(), date(points[-1].on.year + 1, 1, 1).toordinal()

    def height(value: Decimal) -> float:
        return float((ticks[-1] - value) / (ticks[-1] - ticks[0]))

    x = {point.pk: (_middle(point) - start) / (end - start) for point in points}
    y = {point.pk: height(point.value) for point in points}
    room = _written([(100 * x[p.pk], 100 * y[p.pk], len(f"{p.value.normalize():,f}")) for p in points])
    return Chart(
        ticks=[Tick(_percent(height(value)), value) for value in ticks],
        years=list(_years(points[0].on.year, points[-1].on.year)),
        dots=[
            Dot(_percent(x[p.pk]), _percent(y[p.pk]), p.kind, p, free) for p, free in zip(points, room, strict=True)
        ],
        bars=list(_bars(points, x, y)),
        zero=_percent(height(Decimal(0))),
        line=Tick(_percent(height(beside)), beside) if beside is not None else None,
        kinds=[kind for kind in PointKind if any(point.kind == kind for point in points)],
    )
