"""What a plot is made of. The template templates/components/plot.svg has one way to draw each shape."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.formats import number_format

from commitments.models import Delivery
from commitments.record.tallies import Tally

#: From bottom to top, from left to right: the furthest deed first, what nobody has judged last.
STACKED = (
    Delivery.DELIVERED,
    Delivery.SUSTAINED,
    Delivery.IN_PROGRESS,
    Delivery.ANNOUNCED,
    Delivery.PARTLY_DELIVERED,
    Delivery.STALLED,
    Delivery.NOT_DELIVERED,
    Delivery.DROPPED,
    Delivery.NO_EVIDENCE,
    Delivery.NOT_ASSESSED,
    Delivery.NOT_ASSESSABLE,
)
#: A stretch narrower than this, in percent, has no room for its number on a phone.
ROOM = 4.5


def percent(share: float) -> str:
    """Return a share (0–1) of the width as SVG writes it."""
    return f"{100 * share:.3f}%"


def wide(text: str) -> float:
    """Return about how many pixels a text of 13 pixels takes: a Chinese sign is as wide as high."""
    return sum(13.0 if unicodedata.east_asian_width(sign) in "WF" else 7.0 for sign in text)


def number(n: int) -> str:
    """Return a number as the reader's language writes it."""
    return str(number_format(n, 0, force_grouping=True))


@dataclass(frozen=True)
class Rect:
    """A stretch: `x` and `width` in percent, `y` and `height` in pixels; `said` is told where it is pointed at."""

    x: str
    width: str
    y: float
    height: float
    kind: str
    said: str = ""
    tag: str = "rect"


@dataclass(frozen=True)
class Words:
    """A line of words at `x` (percent), its baseline at `y` (pixels)."""

    x: str
    y: float
    text: str
    kind: str = "label"
    row: Any = None
    tag: str = "words"


@dataclass(frozen=True)
class Disc:
    """A disc around `x` (percent), `y`, of the radius `r` (pixels)."""

    x: str
    y: float
    r: float
    kind: str
    said: str = ""
    tag: str = "disc"


@dataclass(frozen=True)
class Rule:
    """A thin line across, or down where `x1` and `x2` are the same."""

    x1: str
    x2: str
    y1: float
    y2: float
    kind: str = "grid"
    tag: str = "rule"


@dataclass(frozen=True)
class Area:
    """A closed outline, `points` in a box of 1,000 by `height`, which is laid over the whole width at `y`."""

    points: str
    y: float
    height: float
    kind: str
    said: str = ""
    tag: str = "area"


Shape = Rect | Words | Disc | Rule | Area


@dataclass(frozen=True)
class Table:
    """The numbers of a plot; the first column of a row names it, the last row may be their sum."""

    head: Sequence[str]
    rows: Sequence[Sequence[Any]]
    caption: str = ""


@dataclass(frozen=True)
class Plot:
    """A picture: `legend` is (kind, label) of every kind of shape in it, `note` what else has to be known."""

    name: str
    title: str
    note: str
    height: int
    shapes: list[Shape]
    legend: list[tuple[str, str]]
    table: Table
    drawn: bool = True


def status_kind(status: str) -> str:
    """Return the kind under which a status is drawn."""
    return f"s-{status}"


def stacked(counts: Mapping[str, int]) -> Iterable[tuple[Delivery, int, int]]:
    """Yield (status, pledges, pledges before it) in the order in which they are stacked."""
    before = 0
    for status in STACKED:
        if n := counts.get(status, 0):
            yield status, n, before
            before += n


def legend_of(tallies: Iterable[Tally]) -> list[tuple[str, str]]:
    """Return the legend of the statuses that occur in any of the tallies."""
    found = {status for tally in tallies for status, n in tally.counts.items() if n}
    return [(status_kind(status), str(status.label)) for status in STACKED if status in found]


@dataclass(frozen=True)
class Segment:
    """A part of a bar."""

    kind: str
    label: str
    n: int


@dataclass
class Bars:
    """Bars under each other, each with two lines of words over it; `reach` is what the whole width stands for."""

    reach: int
    every: int = 74
    thick: int = 22
    shapes: list[Shape] = field(default_factory=list)
    rows: int = 0

    def add(self, name: str, said: str, segments: Iterable[Segment]) -> None:
        """Add a bar of some segments under the others."""
        top = self.rows * self.every
        self.rows += 1
        self.shapes += [Words("0%", top + 14, name), Words("0%", top + 32, said, "soft")]
        before = 0
        for segment in segments:
            width = segment.n / self.reach
            y, told = top + 40, f"{segment.label}: {number(segment.n)}"
            self.shapes.append(Rect(percent(before / self.reach), percent(width), y, self.thick, segment.kind, told))
            if 100 * width >= ROOM:
                middle = percent((before + segment.n / 2) / self.reach)
                kind = f"inside on-{segment.kind}"
                self.shapes.append(Words(middle, y + self.thick / 2 + 4.5, number(segment.n), kind))
            before += segment.n

    @property
    def height(self) -> int:
        """The height of all bars, in pixels."""
        return self.rows * self.every
