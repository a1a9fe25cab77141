"""Composing: from what became public and who is due to messages that wait to be sent.

Gather in bulk, then shape per reader. A digest is made once for all who follow the same ranges in the same language;
the number of queries depends on how many of those there are, and on batches of subscribers, not on subscribers.
"""

import logging
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Min, Q, QuerySet
from django.utils import translation
from django.utils.crypto import salted_hmac

from commitments.digests import addresses, letter
from commitments.digests.schedule import LONGEST
from commitments.digests.scope import Scope, names, searched
from commitments.digests.subscriptions import next_due, schedule_of
from commitments.models import Cadence, Change, Digest, Dispatch, Subscription, SubscriptionState
from commitments.models.ledger import canonical
from commitments.record import changes
from commitments.record.changes import Event

logger = logging.getLogger(__name__)

#: Subscriptions that are addressed in one transaction.
BATCH = 1_000

#: A range of the log under a scope: the number before its first entry, its last number, the scope as stored.
Part = tuple[int, int, dict[str, Any]]


def due(*, at: datetime, through: int) -> QuerySet[Subscription]:
    """Return the subscriptions that are due: by their clock, or at once where something happened."""
    by_the_clock = Q(next_due__lte=at)
    at_once = Q(cadence=Cadence.IMMEDIATE) & (Q(sent_through__lt=through) | ~Q(earlier=[]))
    # Whose cursor is past that number already, because they changed something a moment ago, are for the next run.
    return Subscription.objects.filter(
        by_the_clock | at_once, state=SubscriptionState.ACTIVE, sent_through__lte=through
    )


def parts_of(subscription: Subscription, through: int) -> list[Part]:
    """Return what a subscription has not been told of, up to a number of the log."""
    parts: list[Part] = [(after, last, scope) for after, last, scope in subscription.earlier]
    if subscription.sent_through < through:
        parts.append((subscription.sent_through, through, subscription.scope))
    return parts


@dataclass
class Gathered:
    """What became public in all ranges of one run, and the digests that were made of it."""

    events: list[Event]
    after: int
    through: int
    on: date
    at: datetime
    keep: bool = True
    skipped: set[int] = field(default_factory=set)
    _found: dict[str, frozenset[str]] = field(default_factory=dict)
    _known: dict[str, dict[str, str]] = field(default_factory=dict)
    _digests: dict[tuple[str, bool], Digest | None] = field(default_factory=dict)

    def digest(self, subscription: Subscription) -> Digest | None:
        """Return the digest for a subscription; None where nothing that it follows has changed."""
        parts, even_if_empty = parts_of(subscription, self.through), subscription.even_if_empty
        # That nothing has changed is said anew each time, under a Message-ID of its own.
        nothing = None if parts else (subscription.sent_through, (subscription.next_due or self.at).isoformat())
        told = (parts, subscription.language, nothing)
        # Keyed, so that nobody can compute the address of a digest, and so learn that somebody follows something.
        key = salted_hmac("commitments.digests.digest", canonical(told), algorithm="sha256").hexdigest()
        if (key, even_if_empty) not in self._digests:
            self._digests[key, even_if_empty] = self._compose(key, parts, subscription)
        return self._digests[key, even_if_empty]

    def reach(self, after: int) -> None:
        """Gather also what came before, for a range that begins earlier than all that were due at first."""
        if after < self.after:
            self.events = [*changes.changes(after=after, through=self.after, on=self.on), *self.events]
            self.after = after

    def forget_digests(self) -> None:
        """Forget what was composed in a transaction that is undone."""
        self._digests.clear()

    def _compose(self, key: str, parts: list[Part], subscription: Subscription) -> Digest | None:
        told = list(self._told(parts))
        if not told and not subscription.even_if_empty:
            return None
        made = Digest(
            key=key,
            parts=parts,
            language=subscription.language,
            after_seq=parts[0][0] if parts else self.through,
            through_seq=self.through,
            composed_at=self.at,
            placeholder=secrets.token_hex(16),
            listed=_of_one_thing(parts),
        )
        letter.write(made, told, self._names(made.language) if told else {})
        if not self.keep:
            return made
        Digest.objects.bulk_create([made], ignore_conflicts=True)  # another run may have made the same
        return Digest.objects.get(key=key)

    def _told(self, parts: list[Part]) -> Iterator[tuple[Event, list[str]]]:
        """Yield each event of the ranges with the follows by which it belongs to its range's scope."""
        for after, last, stored in parts:
            scope = Scope.of(stored)
            self._search(scope)
            for event in self.events:
                why = scope.why(event, self._found) if after < event.seq <= last else []
                if why:
                    yield event, why

    def _names(self, language: str) -> dict[str, str]:
        """Return what everything that can be followed is called: asked for once in each language."""
        if language not in self._known:
            with translation.override(language):
                self._known[language] = names()
        return self._known[language]

    def _search(self, scope: Scope) -> None:
        if new := {follow for follow in scope.follows if follow.startswith("search:")} - self._found.keys():
            self._found |= searched([Scope(frozenset(new), scope.kinds)], on=self.on)


def _of_one_thing(parts: list[Part]) -> bool:
    """Say whether a digest tells of nobody who reads it: one follow that a page offers, and no choice of kinds."""
    if len(parts) != 1:
        return False
    scope = Scope.of(parts[0][2])
    follow = next(iter(scope.follows))
    return len(scope.follows) == 1 and not follow.startswith("search:") and scope.kinds == frozenset(Change)


def compose(*, at: datetime) -> int:
    """Make the messages of all who are due; return how many. Run twice, or twice at once, it makes each once."""
    _set_clocks_right(at)
    gathered = _gather(at=at)
    made = 0
    while gathered and (batch := _batch(gathered)) is not None:
        made += batch
    return made


def _set_clocks_right(at: datetime) -> None:
    """Bring back what a clock that was ahead has put off: nobody is due later than after one time of their cadence."""
    for cadence, longest in LONGEST.items():
        put_off = Subscription.objects.filter(
            state=SubscriptionState.ACTIVE, cadence=cadence, next_due__gt=at + longest
        )
        for subscription in put_off.iterator():
            due_next = next_due(subscription, at)
            Subscription.objects.filter(pk=subscription.pk, next_due=subscription.next_due).update(next_due=due_next)


def preview(*, at: datetime) -> Iterator[tuple[Subscription, Digest | None]]:
    """Yield who is due, and what they would get, without writing anything."""
    gathered = _gather(at=at, keep=False)
    if gathered:
        for subscription in due(at=at, through=gathered.through).order_by("pk").iterator():
            gathered.reach(min(part[0] for part in [(subscription.sent_through,), *subscription.earlier]))
            yield subscription, gathered.digest(subscription)


def _gather(*, at: datetime, keep: bool = True) -> Gathered | None:
    """Return what became public in the ranges of all who are due; None where nobody is."""
    through = changes.head()
    waiting = due(at=at, through=through)
    first = waiting.aggregate(first=Min("sent_through"))["first"]
    if first is None:
        return None
    earlier = (part[0] for parts in waiting.exclude(earlier=[]).values_list("earlier", flat=True) for part in parts)
    after = min([first, *earlier])
    events = changes.changes(after=after, through=through, on=at.date())
    return Gathered(events, after, through, at.date(), at, keep)


@transaction.atomic
def _batch(gathered: Gathered) -> int | None:
    """Address one batch; None when nobody is left. Who is looked at is no longer due, whatever there was to tell."""
    waiting = due(at=gathered.at, through=gathered.through).exclude(pk__in=gathered.skipped)
    ordered = waiting.order_by("scope_key", "sent_through", "language", "pk")
    rows = list(ordered.select_for_update(skip_locked=True)[:BATCH])
    if not rows:
        return None
    # Some may have become due since the events were gathered.
    gathered.reach(min(part[0] for row in rows for part in [(row.sent_through,), *row.earlier]))
    return _address(rows, gathered)


def _address(rows: list[Subscription], gathered: Gathered) -> int:
    """Make the messages of some rows and move them on. One that cannot be served is left out and holds up nobody."""
    try:
        with transaction.atomic():
            messages = [message for row in rows if (message := _message(row, gathered))]
            Dispatch.objects.bulk_create(messages, batch_size=500)
            _move(rows, gathered)
    except (OperationalError, InterfaceError):  # the database, and nobody's fault
        raise
    except Exception:
        gathered.forget_digests()
        if len(rows) == 1 and _was_due_before(rows[0], gathered.at):
            rows[0].next_due = gathered.at
            return _address(rows, gathered)
        if len(rows) == 1:
            logger.exception("No digest could be made for %s", rows[0])
            gathered.skipped.add(rows[0].pk)
            return 0
        half = len(rows) // 2
        return _address(rows[:half], gathered) + _address(rows[half:], gathered)
    return len(messages)


def _was_due_before(row: Subscription, at: datetime) -> bool:
    """Tell whether a message was made for this time already, by a clock that was ahead of `at`."""
    due_at = row.next_due
    if due_at is None or due_at == at:
        return False
    return Dispatch.objects.filter(subscription=row, due_at=due_at).exists()


def _message(subscription: Subscription, gathered: Gathered) -> Dispatch | None:
    digest = gathered.digest(subscription)
    if digest is None:
        return None
    return Dispatch(
        subscription=subscription,
        digest=digest,
        due_at=subscription.next_due or gathered.at,
        from_seq=digest.after_seq if digest.parts else None,
        through_seq=gathered.through,
        message_id=letter.message_id(digest, subscription),
        merge={"address": subscription.address, "token": addresses.token_of(subscription)},
        domain=addresses.domain_of(subscription.address),
        next_try=gathered.at,
        created_at=gathered.at,
    )


def _move(rows: list[Subscription], gathered: Gathered) -> None:
    """Move the cursors past what was looked at, and the clocks to the next time."""
    next_times: dict[Any, list[int]] = {}
    for row in rows:
        next_times.setdefault(schedule_of(row), []).append(row.pk)
    for schedule, keys in next_times.items():
        Subscription.objects.filter(pk__in=keys).update(
            sent_through=gathered.through, earlier=[], next_due=schedule.next_after(gathered.at)
        )
