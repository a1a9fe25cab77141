"""What a comparison of two days answers: pledges with everything that changed of them, and the counts of both days."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import models
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from commitments.models import (
    Attachment,
    Bearing,
    Coding,
    Delivery,
    Pledge,
    Recurrence,
    Reply,
    StatusUpdate,
    Trackability,
)
from commitments.record import published
from commitments.record.flags import Flag
from commitments.record.tallies import Tally as Parts


class Aspect(models.TextChoices):
    """In what respect a pledge stands otherwise."""

    STATUS = "status", pgettext_lazy("kind of change", "Another status")
    GRADE = "grade", pgettext_lazy("kind of change", "The same status, another evidence grade")
    PROVISIONAL = "provisional", pgettext_lazy("kind of change", "The same status, now confirmed or provisional")
    RESTATED = "restated", pgettext_lazy("kind of change", "The same status, said anew")
    UPDATES = "updates", pgettext_lazy("kind of change", "Updates published that leave the standing as it was")
    FLAGS = "flags", pgettext_lazy("kind of change", "Other flags")
    CODING = "coding", pgettext_lazy("kind of change", "Read otherwise")
    EVIDENCE = "evidence", pgettext_lazy("kind of change", "Newly public evidence")
    BEARING = "bearing", pgettext_lazy("kind of change", "Evidence said to do otherwise than before")
    SUPERSEDED = "superseded", pgettext_lazy("kind of change", "Evidence superseded by another item")
    REPLIES = "replies", pgettext_lazy("kind of change", "Replies of a responsible side")
    NEW = "new", pgettext_lazy("kind of change", "New in the record")

    @property
    def of_standing(self) -> bool:
        """Whether the standing is another: it is shown before and after."""
        return self in (Aspect.STATUS, Aspect.GRADE, Aspect.PROVISIONAL, Aspect.RESTATED)

    @property
    def by_updates(self) -> bool:
        """Whether it is updates that bring it, or may."""
        return self.of_standing or self in (Aspect.FLAGS, Aspect.UPDATES)


#: What a coding says, in the order in which changes of it are shown, with the name of each.
FIELDS: dict[str, Promise | str] = {
    "title": _("Title"),
    "trackability": _("Trackability"),
    "reason": _("Reason"),
    "test": _("Test"),
    "actors": _("Who promises"),
    "addressees": _("To whom"),
    "themes": _("Themes"),
    "rights": _("Rights it touches"),
    "due_on": _("Due"),
    "recurrence": _("Recurrence"),
    "note": _("Coder's note"),
}


_CHOICES: dict[str, type[models.TextChoices]] = {"trackability": Trackability, "recurrence": Recurrence}


@dataclass(frozen=True)
class Stood:
    """How a pledge stood at the end of a day."""

    standing: published.Standing
    flags: tuple[Flag, ...]
    coding: Coding


@dataclass(frozen=True)
class Recoded:
    """One field of a coding before and after: a text map, a tuple of terms, or a single value."""

    field: str
    before: Any
    after: Any

    @property
    def label(self) -> str:
        """The field's name in the reader's language."""
        return str(FIELDS[self.field])

    @property
    def shown(self) -> tuple[str, str]:
        """A single value before and after as a reader sees it."""
        if self.field in _CHOICES:
            return str(_CHOICES[self.field](self.before).label), str(_CHOICES[self.field](self.after).label)
        return tuple(date_format(day) if day else "" for day in (self.before, self.after))  # type: ignore[return-value]

    @property
    def shape(self) -> str:
        """How it is shown: `texts`, `terms`, or `value`."""
        if isinstance(self.after, dict):
            return "texts"
        return "terms" if isinstance(self.after, tuple) else "value"


@dataclass(frozen=True)
class Beside:
    """What became public beside a pledge in between, or was said otherwise of what was public already.

    `turned` were said on the first day to do something else (`bearing_before`), `superseded` had no `successor` yet.
    """

    updates: tuple[StatusUpdate, ...] = ()
    evidence: tuple[Attachment, ...] = ()
    turned: tuple[Attachment, ...] = ()
    superseded: tuple[Attachment, ...] = ()
    replies: tuple[Reply, ...] = ()

    def aspects(self) -> set[Aspect]:
        """Return in what respects that is a change, but for what its updates do to the standing."""
        named = {
            Aspect.EVIDENCE: self.evidence,
            Aspect.BEARING: self.turned,
            Aspect.SUPERSEDED: self.superseded,
            Aspect.REPLIES: self.replies,
        }
        return {aspect for aspect, rows in named.items() if rows}


@dataclass(frozen=True)
class Moved:
    """A pledge of which something changed: `before` is None where it was not public on the first day."""

    pledge: Pledge
    before: Stood | None
    after: Stood
    aspects: frozenset[Aspect]
    recoded: tuple[Recoded, ...]
    beside: Beside = Beside()

    @property
    def updates(self) -> tuple[StatusUpdate, ...]:
        """The updates published, or taking effect, in between."""
        return self.beside.updates

    @property
    def evidence(self) -> tuple[Attachment, ...]:
        """The evidence that became public."""
        return self.beside.evidence

    @property
    def by_time(self) -> bool:
        """Whether nothing but the passing of time changed it."""
        return self.aspects == {Aspect.FLAGS} and not self.updates

    @property
    def gained(self) -> list[Flag]:
        """The flags that it has and did not have."""
        return [flag for flag in self.after.flags if self.before is None or flag not in self.before.flags]

    @property
    def lost(self) -> list[Flag]:
        """The flags that it had and has no more."""
        return [flag for flag in (self.before.flags if self.before else ()) if flag not in self.after.flags]

    @property
    def bearings(self) -> list[tuple[Bearing, list[Attachment]]]:
        """The newly public evidence by what it does to the pledge."""
        return _by_bearing(self.evidence)

    @property
    def turned(self) -> list[tuple[Attachment, Bearing, Bearing]]:
        """The evidence that is said to do otherwise: with what it was said to do, and what it is."""
        rows = self.beside.turned
        return [(a, Bearing(a.bearing_before), published.bearing(a)) for a in rows]  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Counted:
    """How many pledges at the end of each day."""

    before: int
    after: int

    @property
    def difference(self) -> int:
        """How many more, negative where fewer."""
        return self.after - self.before

    @property
    def fewer(self) -> int:
        """How many fewer, to be written behind a minus sign."""
        return self.before - self.after


@dataclass(frozen=True)
class Tally(Counted):
    """How many pledges had a status at the end of each day."""

    standing: published.Standing


@dataclass(frozen=True)
class Between:
    """Everything that differs between the ends of `first` and `last`, of the pledges asked for.

    `was` and `now` count them at the end of each day with what a number is never shown without: what is provisional,
    what cannot be assessed, the mix of grades. `tallies` sets them side by side, status by status.
    """

    first: date
    last: date
    moved: tuple[Moved, ...]
    was: Parts
    now: Parts

    @property
    def before(self) -> int:
        """How many pledges there were at the end of the first day."""
        return self.was.total

    @property
    def after(self) -> int:
        """How many there were at the end of the second."""
        return self.now.total

    @property
    def tallies(self) -> tuple[Tally, ...]:
        """Every status with how many had it at the end of each day."""
        both = self.was.counts, self.now.counts
        return tuple(Tally(both[0].get(s.value, 0), both[1].get(s.value, 0), s) for s in published.STATUSES)

    @property
    def assessed(self) -> Counted:
        """On how many something was said of the deed."""
        return Counted(self.was.assessed, self.now.assessed)

    @property
    def provisional(self) -> Counted:
        """On how many of these only provisionally."""
        return Counted(self.was.provisional, self.now.provisional)

    @property
    def grades(self) -> list[tuple[str, Counted]]:
        """Every evidence grade that occurs, with how many statuses rested on it."""
        both = self.was.grades, self.now.grades
        return [(g, Counted(both[0].get(g, 0), both[1].get(g, 0))) for g in sorted({*both[0], *both[1]})]

    @property
    def total(self) -> Counted:
        """All pledges asked for."""
        return Counted(self.before, self.after)

    @property
    def unassessable(self) -> Tally:
        """How many pledges cannot be assessed, at the end of each day."""
        return next(tally for tally in self.tallies if tally.standing.delivery == Delivery.NOT_ASSESSABLE)

    @property
    def groups(self) -> list[tuple[Aspect, list[Moved]]]:
        """The pledges by what changed; one that changed in several respects stands under each."""
        found = [(aspect, [moved for moved in self.moved if aspect in moved.aspects]) for aspect in Aspect]
        return [(aspect, rows) for aspect, rows in found if rows]

    @property
    def bearings(self) -> list[tuple[Bearing, int]]:
        """How many items of evidence became public beside pledges, by what they do to them."""
        return [(b, len(rows)) for b, rows in _by_bearing(a for moved in self.moved for a in moved.evidence)]


def _by_bearing(found: Iterable[Attachment]) -> list[tuple[Bearing, list[Attachment]]]:
    rows: dict[Bearing, list[Attachment]] = defaultdict(list)
    for attachment in found:
        rows[published.bearing(attachment)].append(attachment)
    return [(bearing, rows[bearing]) for bearing in Bearing if bearing in rows]
