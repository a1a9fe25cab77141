"""The desk's page of help: what the words mean, which way a draft goes, the rules in short, the keys."""

import math
from dataclasses import dataclass
from typing import Any

from commitments.admin.rooms import ROOMS
from commitments.models import TRANSITIONS, Bearing, DraftState, Grade, Trackability
from commitments.record import published
from commitments.record.flags import Flag

#: Half the size of a box, and how far an arrow stands from the line between two middles.
HALF_WIDTH, HALF_HEIGHT, ASIDE = 64, 21, 8


@dataclass(frozen=True)
class Box:
    """A state of a draft in the diagram, by the middle of its box."""

    state: DraftState
    x: int
    y: int

    @property
    def label(self) -> str:
        """Its name."""
        return str(self.state.label)

    left = property(lambda self: self.x - HALF_WIDTH)
    top = property(lambda self: self.y - HALF_HEIGHT)
    width = 2 * HALF_WIDTH
    height = 2 * HALF_HEIGHT


#: Where the states stand in the diagram.
BOXES = {
    DraftState.DRAFT: Box(DraftState.DRAFT, 90, 90),
    DraftState.IN_REVIEW: Box(DraftState.IN_REVIEW, 370, 90),
    DraftState.PUBLISHED: Box(DraftState.PUBLISHED, 650, 90),
    DraftState.RETURNED: Box(DraftState.RETURNED, 370, 240),
    DraftState.WITHDRAWN: Box(DraftState.WITHDRAWN, 90, 240),
}

#: Who does what, beside the table of transitions, which knows no people.
WHO = {
    "edit": "its author",
    "submit": "its author",
    "return": "a reviewer who is not its author, with a word on what has to change",
    "approve": "a reviewer who is not its author; what was read is published",
    "withdraw": "its author, or a reviewer",
    "reopen": "its author",
}


@dataclass(frozen=True)
class Arrow:
    """A way from one box to another; where there is a way back, each is drawn a little to its right."""

    actions: str
    source: Box
    target: Box
    back: bool

    @property
    def loop(self) -> bool:
        """Whether it leads back to where it began."""
        return self.source == self.target

    @property
    def _side(self) -> tuple[float, float]:
        """The step to the right of this arrow."""
        along, down = self.target.x - self.source.x, self.target.y - self.source.y
        length = math.hypot(along, down) or 1
        return -down / length * ASIDE, along / length * ASIDE

    def _edge(self, of: Box, towards: Box) -> tuple[float, float]:
        """Return where the line between the middles of two boxes leaves the first."""
        along, down = towards.x - of.x, towards.y - of.y
        share = min(HALF_WIDTH / abs(along) if along else 1, HALF_HEIGHT / abs(down) if down else 1)
        return of.x + along * share, of.y + down * share

    @property
    def _bow(self) -> tuple[int, int, int]:
        """Where a loop leaves its box, and whether it rises or hangs: away from the other row."""
        out = -1 if self.source.y == min(box.y for box in BOXES.values()) else 1
        return self.source.x - HALF_WIDTH + 20, self.source.y + HALF_HEIGHT * out, out

    @property
    def path(self) -> str:
        """The line, as SVG writes it."""
        if self.loop:
            x, y, out = self._bow
            return f"M{x} {y} c-4 {30 * out} 34 {30 * out} 30 {4 * out}"
        (x1, y1), (x2, y2) = self._edge(self.source, self.target), self._edge(self.target, self.source)
        right, down = self._side if self.back else (0, 0)
        return f"M{x1 + right:.0f} {y1 + down:.0f} L{x2 + right:.0f} {y2 + down:.0f}"

    @property
    def label(self) -> tuple[int, int]:
        """Where the name of the action stands."""
        if self.loop:
            x, y, out = self._bow
            return x + 15, y + 31 * out + 4
        right, down = self._side
        middle = (self.source.x + self.target.x) / 2 + right * 1.6, (self.source.y + self.target.y) / 2 + down * 2.2
        return round(middle[0]), round(middle[1]) + 5

    @property
    def anchor(self) -> str:
        """On which side of that place the name runs: away from the line, where the line is upright."""
        if self.loop or self.source.x != self.target.x:
            return "middle"
        return "start" if self._side[0] > 0 else "end"


def arrows() -> list[Arrow]:
    """Return the ways of the table of transitions, those between the same states as one."""
    ways: dict[tuple[DraftState, DraftState], list[str]] = {}
    for way in TRANSITIONS:
        ways.setdefault((way.source, way.target), []).append(way.action)
    return [
        Arrow(", ".join(actions), BOXES[source], BOXES[target], (target, source) in ways)
        for (source, target), actions in ways.items()
    ]


def actions() -> list[dict[str, str]]:
    """Return each action once: from which states to which, and who does it."""
    found: dict[str, list[str]] = {}
    for way in TRANSITIONS:
        found.setdefault(way.action, []).append(f"{way.source.label} → {way.target.label}")
    return [{"name": name, "ways": ", ".join(ways), "who": WHO[name]} for name, ways in found.items()]


def context() -> dict[str, Any]:
    """Return what the page of help shows."""
    return {
        "statuses": published.STATUSES,
        "flags": Flag,
        "grades": Grade,
        "bearings": Bearing,
        "trackabilities": Trackability,
        "boxes": BOXES.values(),
        "arrows": arrows(),
        "actions": actions(),
        "keyed": ROOMS,
    }
