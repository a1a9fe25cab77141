"""What changed between the ends of two days: a pure reading of the record as it stood on each.

A difference may come from what happened, from a correction or withdrawal, from an update that was published later and
counts from an earlier day, or from the mere passing of time (flags). So two days are read whole and compared; the
updates published or taking effect in between stand beside, as what may explain it.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import models
from django.db.models import Q, QuerySet
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from commitments.models import Attachment, Bearing, Coding, Delivery, Pledge, Recurrence, StatusUpdate, Trackability
from commitments.record import published
from commitments.record.days import end_of
from commitments.record.flags import Flag
from commitments.record.flags import flags as flags_of

MONTH = timedelta(days=30)

Ask = Callable[[QuerySet[Pledge]], QuerySet[Pledge]]


class Aspect(models.TextChoices):
    """In what respect a pledge stands otherwise."""

    STATUS = "status", pgettext_lazy("kind of change", "Another status")
    GRADE = "grade", pgettext_lazy("kind of change", "The same status, another evidence grade")
    PROVISIONAL = "provisional", pgettext_lazy("kind of change", "The same status, now confirmed or provisional")
    RESTATED = "restated", pgettext_lazy("kind of change", "The same status, said anew")
    FLAGS = "flags", pgettext_lazy("kind of change", "Other flags")
    CODING = "coding", pgettext_lazy("kind of change", "Read otherwise")
    EVIDENCE = "evidence", pgettext_lazy("kind of change", "Newly public evidence")
    NEW = "new", pgettext_lazy("kind of change", "New in the record")


#: What a coding says, in the order in which changes of it are shown, with the name of each.
_FIELDS: dict[str, Promise | str] = {
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
        return str(_FIELDS[self.field])

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
class Moved:
    """A pledge that stands otherwise: `before` is None where it was not public on the first day."""

    pledge: Pledge
    before: Stood | None
    after: Stood
    aspects: frozenset[Aspect]
    recoded: tuple[Recoded, ...]
    updates: tuple[StatusUpdate, ...]
    evidence: tuple[Attachment, ...]

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


@dataclass(frozen=True)
class Tally:
    """How many pledges had a status at the end of each day."""

    standing: published.Standing
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
class Between:
    """Everything that differs between the ends of `first` and `last`, of the pledges asked for."""

    first: date
    last: date
    moved: tuple[Moved, ...]
    tallies: tuple[Tally, ...]
    before: int
    after: int

    @property
    def total(self) -> Tally:
        """All pledges asked for, at the end of each day; the standing says nothing here."""
        return Tally(published.STATUSES[0], self.before, self.after)

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


def month_before(day: date) -> date:
    """Return the day 30 days before, where a comparison begins that says nothing else; never before the first date."""
    return day - MONTH if day - date.min > MONTH else date.min


def between(first: date, last: date, ask: Ask | None = None) -> Between:
    """Compare the record as it stood at the end of `first` and at the end of `last` (UTC), which is not before it.

    `ask` keeps the pledges that answer to a question (such as those of the list's filters). A pledge that answers on
    one of the two days is compared; each day is counted by those that answer on it. The number of queries does not
    depend on how much has changed.
    """
    answered, answers = (_keys(published.pledges(on=day), ask) for day in (first, last))
    before, after = (_fetched(day, ask, first, last) for day in (first, last))
    stood = {key: _stood(pledge) for key, pledge in before.items()}
    stands = {key: _stood(pledge) for key, pledge in after.items()}
    whole = _codings(stood, stands)
    updates, evidence = _updates(first, last), _evidence(first, last)
    compared = (
        _compared(after[key], stood.get(key), stands[key], whole, updates.get(key, ()), evidence.get(key, ()))
        for key in after
    )
    tallies = _tallies(
        [stood[key] for key in answered],
        [stands[key] for key in answers],
    )
    return Between(
        first=first,
        last=last,
        moved=tuple(moved for moved in compared if moved.aspects),
        tallies=tallies,
        before=len(answered),
        after=len(answers),
    )


def _keys(found: QuerySet[Pledge], ask: Ask | None) -> set[int]:
    return set((ask(found) if ask else found).values_list("pk", flat=True))


def _fetched(day: date, ask: Ask | None, first: date, last: date) -> dict[int, Pledge]:
    """Return the pledges of the day that are compared, by key; as subqueries, because there can be thousands."""
    found = published.with_place(published.pledges(on=day))
    if ask:
        asked = [ask(published.pledges(on=on)).order_by().values("pk") for on in (first, last)]
        found = found.filter(Q(pk__in=asked[0]) | Q(pk__in=asked[1]))
    return {pledge.pk: pledge for pledge in found}


def _stood(pledge: Pledge) -> Stood:
    return Stood(published.standing(pledge), tuple(flags_of(pledge)), published.coding_of(pledge))


def _codings(before: dict[int, Stood], after: dict[int, Stood]) -> dict[int, Coding]:
    """Return the codings that took the place of another, and those, by key: whole, with their tags."""
    pairs = [(before[key].coding.pk, after[key].coding.pk) for key in after if key in before]
    wanted = [pk for pair in pairs if pair[0] != pair[1] for pk in pair]
    return Coding.objects.prefetch_related(*Coding.sealed_links).in_bulk(wanted)


def _updates(first: date, last: date) -> dict[int, list[StatusUpdate]]:
    """Return pledge key → the updates published, or taking effect, after the end of `first` and by that of `last`."""
    public = published.public_updates(on=last).select_related("corrects").order_by("seq")
    rows: dict[int, list[StatusUpdate]] = defaultdict(list)
    new = Q(published_at__gte=end_of(first)) | Q(effective_on__gt=first, effective_on__lte=last)
    for update in public.filter(new).defer("reasoning"):
        rows[update.pledge_id].append(update)
    return rows


def _evidence(first: date, last: date) -> dict[int, list[Attachment]]:
    end = end_of(first)
    rows: dict[int, list[Attachment]] = defaultdict(list)
    found = published.attachments(on=last).filter(Q(public_at__gte=end) | Q(evidence__public_at__gte=end))
    for attachment in found.select_related("evidence").order_by("evidence__public_id"):
        rows[attachment.pledge_id].append(attachment)
    return rows


def _compared(
    pledge: Pledge,
    before: Stood | None,
    after: Stood,
    whole: dict[int, Coding],
    updates: Iterable[StatusUpdate],
    evidence: Iterable[Attachment],
) -> Moved:
    aspects = {Aspect.EVIDENCE} if evidence else set()
    recoded: tuple[Recoded, ...] = ()
    if before is None:
        aspects.add(Aspect.NEW)
    else:
        if before.coding.pk != after.coding.pk:
            recoded = tuple(_recoded(whole[before.coding.pk], whole[after.coding.pk]))
        aspects |= _standing_aspects(before.standing, after.standing)
        aspects |= {Aspect.FLAGS} if before.flags != after.flags else set()
        aspects |= {Aspect.CODING} if recoded else set()
    return Moved(pledge, before, after, frozenset(aspects), recoded, tuple(updates), tuple(evidence))


def _standing_aspects(before: published.Standing, after: published.Standing) -> set[Aspect]:
    """Return in what respect the standings differ: a status brings its own grade, which is then no change apart."""
    if before.delivery != after.delivery:
        return {Aspect.STATUS}
    found = {Aspect.GRADE} if before.grade != after.grade else set()
    found |= {Aspect.PROVISIONAL} if before.provisional != after.provisional else set()
    return found or ({Aspect.RESTATED} if before.update != after.update else set())


def _recoded(before: Coding, after: Coding) -> Iterable[Recoded]:
    for field in _FIELDS:
        old, new = _value(before, field), _value(after, field)
        if old != new:
            yield Recoded(field, old, new)


def _value(coding: Coding, field: str) -> Any:
    """Return a field for comparing; tags in the order of the vocabulary, as their order says nothing."""
    if field in Coding.sealed_links:
        return tuple(sorted(getattr(coding, field).all(), key=lambda term: term.position))
    return getattr(coding, field)


def _tallies(before: list[Stood], after: list[Stood]) -> tuple[Tally, ...]:
    was, now = (Counter(stood.standing.delivery for stood in day) for day in (before, after))
    return tuple(Tally(one, was[one.delivery], now[one.delivery]) for one in published.STATUSES)
