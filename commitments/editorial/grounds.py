"""Why a proposal gets the grade that it gets, and what a status needs: the rules said in words beside the form.

The grade itself is computed in one place (`commitments.models.grading`); here it is only asked about fewer items,
to find those on which it rests.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from commitments.models import Delivery, Evidence, Grade, Proposal, Side, StatusUpdate, UpdateKind
from commitments.models.grading import Item, direction, grade
from commitments.models.updates import CLAIMING_A_DEED, FINAL, WITHOUT_EVIDENCE


@dataclass(frozen=True)
class Grounds:
    """The grade of a proposal, the items on which it rests, and what else there is to say of its evidence."""

    grade: str
    because: str
    notes: tuple[str, ...]


def grounds(proposal: Proposal, baseline: date, current: StatusUpdate | None = None) -> Grounds:
    """Return why a proposal is graded as it is; `baseline` is the document's, `current` what stands by now."""
    status, late = proposal.update.status, tuple(_overtaken(proposal.update, current))
    if status in WITHOUT_EVIDENCE:
        return Grounds("", f"“{Delivery(status).label}” needs no evidence and has no grade.", late)
    bearing = direction(status)
    bears = [item for item, does in proposal.evidence if does == bearing]
    value = proposal.graded()
    notes = (*late, *_copies(bears), *_aside(proposal, bearing), *_early(bears, baseline))
    if not value:
        return Grounds("", f"No grade: no cited item {_does(bearing)}.", notes)
    return Grounds(value, f"{Grade(value).label}: {_joined(_rest_on(status, bears, value))}.", notes)


def _overtaken(update: StatusUpdate, current: StatusUpdate | None) -> Iterator[str]:
    """Yield that something later stands. Source of the rule: the methodology, "Two clocks"."""
    if current and update.kind == UpdateKind.STATUS and update.effective_on < current.effective_on:
        yield (
            f"{current} is effective since {current.effective_on:%Y-%m-%d}, which is later than this: it stays what "
            "stands, and this becomes part of the timeline before it."
        )


def _does(bearing: str) -> str:
    return "contradicts the pledge" if bearing == "contradicts" else "supports the pledge"


def _rest_on(status: str, items: list[Evidence], value: str) -> tuple[Evidence, ...]:
    """Return the one or two items that give the grade by themselves."""
    sets = (chosen for n in (1, 2) for chosen in combinations(items, n))
    return next(chosen for chosen in sets if grade(status, map(_counts, chosen)) == value)


def _counts(item: Evidence) -> Item:
    return Item(item.side, item.record, item.origin)


def _named(item: Evidence) -> str:
    whose = "independent" if item.side == Side.INDEPENDENT else f"{item.get_side_display()}'s side"
    return f"{item} ({item.publisher}, {whose}, {item.get_record_display()})"


def _joined(items: tuple[Evidence, ...]) -> str:
    return " and ".join(_named(item) for item in items)


def _copies(items: list[Evidence]) -> Iterator[str]:
    """Yield which items count as one."""
    origins: dict[str, list[str]] = {}
    for item in items:
        origins.setdefault(item.origin, []).append(item.public_id)
    for origin, of in origins.items():
        if len(of) > 1:
            yield f"{', '.join(of)} have one origin ({origin}): they count as one."


def _aside(proposal: Proposal, bearing: str) -> Iterator[str]:
    other = [item.public_id for item, does in proposal.evidence if does != bearing]
    if other:
        yield f"{', '.join(other)}: cited, but no ground of the grade, which counts what {_does(bearing)}."


def _early(items: list[Evidence], baseline: date) -> Iterator[str]:
    """Yield which items are cited as an act, but are dated before the baseline or not at all."""
    early = [item.public_id for item in items if not is_after(item, baseline)]
    if early:
        yield f"{', '.join(early)}: before the baseline ({baseline:%Y-%m-%d}) or undated, so rather context."


def is_after(item: Evidence, baseline: date) -> bool:
    """Tell whether what an item reports happened on or after the baseline, as far as its date is known."""
    return item.happened_on is not None and item.happened_on >= baseline


def needs(status: Delivery, baseline: date) -> str:
    """Return what a status needs before it can be published, in one sentence."""
    if status == Delivery.NO_EVIDENCE:
        return "Needs a logged search."
    if status in WITHOUT_EVIDENCE:
        return "Needs no evidence."
    act = " that contradicts" if status == Delivery.NOT_DELIVERED else ""
    if status in CLAIMING_A_DEED:
        act = f" that supports, of an event on or after {baseline:%Y-%m-%d}"
    final = ", and grade A or B" if status in FINAL else ""
    return f"Needs an item of evidence{act}{final}."
