"""What changed between the ends of two days: a pure reading of the record as it stood on each.

A difference may come from what happened, from a correction or withdrawal, from an update that was published later and
counts from an earlier day, or from the mere passing of time (flags). So two days are read whole and compared; what
was published or took effect in between, beside the pledges too, stands with it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet

from commitments.models import Attachment, Coding, FormerBearing, Pledge, Reply, StatusUpdate
from commitments.record import published
from commitments.record.compared import FIELDS, Aspect, Beside, Between, Moved, Recoded, Stood
from commitments.record.days import end_of
from commitments.record.flags import flags as flags_of
from commitments.record.signs import bearing_then
from commitments.record.terms import tally_of

MONTH = timedelta(days=30)

Ask = Callable[[QuerySet[Pledge]], QuerySet[Pledge]]


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
    whole, beside = _codings(stood, stands), _beside(first, last)
    compared = (
        _compared(after[key], stood.get(key), stands[key], whole, beside.get(key, Beside()), first) for key in after
    )
    return Between(
        first=first,
        last=last,
        moved=tuple(moved for moved in compared if moved.aspects),
        was=tally_of(before[key] for key in answered),
        now=tally_of(after[key] for key in answers),
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


def _beside(first: date, last: date) -> dict[int, Beside]:
    """Return pledge key → what became public beside it after the end of `first` and by that of `last`."""
    found: dict[int, Beside] = defaultdict(Beside)
    every: dict[str, Iterable[Any]] = {
        "updates": _updates(first, last),
        "evidence": _evidence(first, last),
        "turned": _turned(first, last),
        "superseded": _superseded(first, last),
        "replies": _replies(first, last),
    }
    for name, rows in every.items():
        by_pledge = defaultdict(list)
        for row in rows:
            by_pledge[row.pledge_id].append(row)
        for key, own in by_pledge.items():
            found[key] = replace(found[key], **{name: tuple(own)})
    return found


def _updates(first: date, last: date) -> QuerySet[StatusUpdate]:
    """Return the updates published, or taking effect, in between."""
    public = published.public_updates(on=last).select_related("corrects").order_by("seq")
    new = Q(published_at__gte=end_of(first)) | Q(effective_on__gt=first, effective_on__lte=last)
    return public.filter(new).defer("reasoning")


def _attachments(on: date) -> QuerySet[Attachment]:
    return published.attachments(on=on).select_related("evidence").order_by("evidence__public_id")


def _evidence(first: date, last: date) -> QuerySet[Attachment]:
    end = end_of(first)
    return _attachments(last).filter(Q(public_at__gte=end) | Q(evidence__public_at__gte=end))


def _turned(first: date, last: date) -> QuerySet[Attachment]:
    """Return what was public on both days and is said on the second to do something else to the pledge."""
    end = end_of(first)
    formerly = FormerBearing.objects.filter(at__gte=end, at__lt=end_of(last)).values("attachment")
    known = _attachments(last).filter(pk__in=formerly, public_at__lt=end, evidence__public_at__lt=end)
    return known.annotate(bearing_before=bearing_then(first)).exclude(bearing_before=F("bearing_then"))


def _superseded(first: date, last: date) -> QuerySet[Attachment]:
    """Return what was public on the first day and has a successor since; one that bears nowhere is none of it."""
    end, until = end_of(first), end_of(last)
    known = _attachments(last).filter(public_at__lt=end, evidence__public_at__lt=end)
    since = known.filter(evidence__superseded_by__public_at__gte=end, evidence__superseded_by__public_at__lt=until)
    return since.annotate(successor=F("evidence__superseded_by__public_id"))


def _replies(first: date, last: date) -> QuerySet[Reply]:
    """Return the replies published in between; one that replaces another names it."""
    public = Reply.objects.filter(published_at__gte=end_of(first), published_at__lt=end_of(last))
    return public.select_related("replaces").order_by("seq")


def _compared(
    pledge: Pledge, before: Stood | None, after: Stood, whole: dict[int, Coding], beside: Beside, first: date
) -> Moved:
    aspects = beside.aspects()
    recoded: tuple[Recoded, ...] = ()
    if before is None:
        return Moved(pledge, None, after, frozenset(aspects | {Aspect.NEW}), (), beside)
    if before.coding.pk != after.coding.pk:
        recoded = tuple(_recoded(whole[before.coding.pk], whole[after.coding.pk]))
    stands_otherwise = _standing_aspects(before.standing, after.standing)
    aspects |= stands_otherwise
    aspects |= {Aspect.FLAGS} if before.flags != after.flags else set()
    aspects |= {Aspect.CODING} if recoded else set()
    if not stands_otherwise and any(_is_new(update, first) for update in beside.updates):
        aspects.add(Aspect.UPDATES)
    return Moved(pledge, before, after, frozenset(aspects), recoded, beside)


def _is_new(update: StatusUpdate, first: date) -> bool:
    return bool(update.published_at and update.published_at >= end_of(first))


def _standing_aspects(before: published.Standing, after: published.Standing) -> set[Aspect]:
    """Return in what respect the standings differ: a status brings its own grade, which is then no change apart."""
    if before.delivery != after.delivery:
        return {Aspect.STATUS}
    found = {Aspect.GRADE} if before.grade != after.grade else set()
    found |= {Aspect.PROVISIONAL} if before.provisional != after.provisional else set()
    return found or ({Aspect.RESTATED} if before.update != after.update else set())


def _recoded(before: Coding, after: Coding) -> Iterable[Recoded]:
    for field in FIELDS:
        old, new = _value(before, field), _value(after, field)
        if old != new:
            yield Recoded(field, old, new)


def _value(coding: Coding, field: str) -> Any:
    """Return a field for comparing; tags in the order of the vocabulary, as their order says nothing."""
    if field in Coding.sealed_links:
        return tuple(sorted(getattr(coding, field).all(), key=lambda term: term.position))
    return getattr(coding, field)
