"""Sending: claim a message, hand it over, record what came of it; try again later, park what keeps failing.

A message is claimed under a lease. The last thing before the final dot is the fence: a conditional update that finds
no row once the lease was lost or the reader has left, and then the message is taken back. What a server may have or
not is `uncertain`, and is never sent again without a decision.
"""

import logging
import os
import secrets
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, QuerySet

from commitments.digests import message, suppression
from commitments.digests.addresses import without_addresses
from commitments.digests.transport import (
    FencedError,
    LostError,
    NotTakenError,
    ServerError,
    Transport,
    UnknownError,
    configured,
)
from commitments.models import Attempt, Dispatch, DispatchStage, DispatchState, Subscription, SubscriptionState
from commitments.models.subscriptions import STOPPABLE

logger = logging.getLogger(__name__)

#: How long a claimed message is its worker's before the dot, and how long an answer to the dot may take: the ten
#: minutes that RFC 5321, 4.5.3.2.6, allows a server, and one more.
LEASE, LEASE_AT_DOT = timedelta(minutes=5), timedelta(minutes=11)
#: When a message is tried again after its first, second, … try; after the last it is parked.
BACK_OFF = [timedelta(minutes=minutes) for minutes in (2, 10, 60, 240)]
MOST_TRIES = len(BACK_OFF) + 1
#: States in which nothing more is sent, and for how long address and links are kept in them.
DONE = (DispatchState.SENT, DispatchState.FAILED, DispatchState.STOPPED)
MERGE_KEPT = timedelta(days=30)
#: Messages claimed at once.
BATCH = 20

Clock = Callable[[], datetime]


@dataclass
class Tally:
    """What came of the messages of one run, by state."""

    counts: dict[str, int] = field(default_factory=dict)
    problem: str = ""

    def add(self, state: str) -> None:
        """Count one more."""
        self.counts[state] = self.counts.get(state, 0) + 1

    def __str__(self) -> str:
        said = ", ".join(f"{n} {state}" for state, n in sorted(self.counts.items())) or "nothing to send"
        return f"{said}; {self.problem}" if self.problem else said


def send_waiting(*, clock: Clock, until: datetime | None = None, transport: Transport | None = None) -> Tally:
    """Send what waits, until nothing does or the time is over. Several may run at once.

    Where the server cannot be reached, what was claimed waits on, and no try is counted.
    """
    tally = Tally()
    release(at=clock())
    if not waiting(at=clock()).exists():
        return tally
    try:
        with transport or configured() as connection:
            for dispatch in _claimed(clock, until):
                tally.add(_send(dispatch, connection, clock))
    except ServerError as error:
        tally.problem = f"the mail server cannot be used: {error}"
        logger.warning("Digests wait: %s", tally.problem)
    return tally


def waiting(*, at: datetime) -> QuerySet[Dispatch]:
    """Return what may be sent now: not what somebody has paused, and of no domain that has had its share."""
    found = Dispatch.objects.filter(
        state=DispatchState.PENDING, next_try__lte=at, subscription__state=SubscriptionState.ACTIVE
    )
    return found.exclude(domain__in=_busy(at))


def _busy(at: datetime) -> list[str]:
    """Return the domains to which as many messages as allowed went in the last minute."""
    recent = (
        Attempt.objects.filter(at__gt=at - timedelta(minutes=1)).values("dispatch__domain").annotate(n=Count("pk"))
    ).order_by()
    return list(recent.filter(n__gte=settings.MAIL_PER_DOMAIN_A_MINUTE).values_list("dispatch__domain", flat=True))


def _claimed(clock: Clock, until: datetime | None) -> Iterator[Dispatch]:
    """Yield messages as this worker's own, a few at a time; what it does not come to is given back."""
    owner = f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"
    try:
        while until is None or clock() < until:
            batch = claim(owner, at=clock())
            if not batch:
                return
            yield from batch
    finally:
        _give_back(owner)


@transaction.atomic
def claim(owner: str, *, at: datetime) -> list[Dispatch]:
    """Take a few messages that wait, of each domain no more than it may still get."""
    rows = waiting(at=at).order_by("next_try", "pk").select_for_update(skip_locked=True, of=("self",))
    chosen = _shared_out(list(rows.values_list("pk", "domain")[: BATCH * 5]))
    found = Dispatch.objects.filter(pk__in=chosen)
    found.update(
        state=DispatchState.SENDING,
        stage=DispatchStage.CLAIMED,
        owner=owner,
        attempt=F("attempt") + 1,
        lease_until=at + LEASE,
    )
    return list(found.select_related("digest").order_by("next_try", "pk"))


def _shared_out(rows: list[tuple[int, str]]) -> list[int]:
    """Return a batch of keys, each domain in its turn: one that is slow or limited holds up no other."""
    turns: dict[str, int] = {}
    ranked = []
    for place, (key, domain) in enumerate(rows):
        turns[domain] = turns.get(domain, 0) + 1
        if turns[domain] <= settings.MAIL_PER_DOMAIN_A_MINUTE:
            ranked.append((turns[domain], place, key))
    return [key for _, _, key in sorted(ranked)[:BATCH]]


def _give_back(owner: str) -> None:
    """Let others have what was claimed and not begun: it does not count as a try."""
    _unclaim(Dispatch.objects.filter(owner=owner, stage=DispatchStage.CLAIMED))


def _unclaim(rows: QuerySet[Dispatch]) -> None:
    """Let messages wait as if they had never been claimed."""
    rows.filter(state=DispatchState.SENDING).update(
        state=DispatchState.PENDING, stage="", owner="", lease_until=None, attempt=F("attempt") - 1
    )


def _send(dispatch: Dispatch, connection: Transport, clock: Clock) -> str:
    """Send one message and record what came of it; return its state."""
    try:
        mail = message.of(dispatch)
        said = connection.send(mail, lambda: fence(dispatch, at=clock()))
    except FencedError:
        return "taken back"
    except NotTakenError as error:
        return _not_taken(dispatch, error, at=clock())
    except UnknownError as error:
        return _record(dispatch, DispatchState.UNCERTAIN, at=clock(), said=str(error))
    except LostError as error:
        _later(dispatch, at=clock(), said=str(error))  # a mail at which servers hang up must not do so for ever
        raise
    except ServerError:
        _unclaim(Dispatch.objects.filter(pk=dispatch.pk, owner=dispatch.owner, attempt=dispatch.attempt))
        raise
    except Exception as error:  # whatever is wrong with this one message must not hold up the others
        logger.exception("A message could not be made: %s", dispatch)
        return _later(dispatch, at=clock(), said=f"{type(error).__name__}: {error}"[:500])
    return _record(dispatch, DispatchState.SENT, at=clock(), said=said)


def fence(dispatch: Dispatch, *, at: datetime) -> bool:
    """Ask for the last time whether a message may go; from here on it counts as perhaps sent.

    Whoever lost the lease, or whose reader has left or paused meanwhile, changes no row.
    """
    mine = Dispatch.objects.filter(
        pk=dispatch.pk,
        owner=dispatch.owner,
        attempt=dispatch.attempt,
        state=DispatchState.SENDING,
        stage=DispatchStage.CLAIMED,
        lease_until__gt=at,
        subscription__state=SubscriptionState.ACTIVE,
    )
    return mine.update(stage=DispatchStage.DOT, lease_until=at + LEASE_AT_DOT) == 1


def _not_taken(dispatch: Dispatch, error: NotTakenError, *, at: datetime) -> str:
    if not error.for_good:
        return _later(dispatch, at=at, said=str(error), code=error.code)
    state = _record(dispatch, DispatchState.FAILED, at=at, said=str(error), code=error.code)
    suppression.after_refusal(dispatch, status=error.status, at=at)
    return state


def _later(dispatch: Dispatch, *, at: datetime, said: str, code: int | None = None) -> str:
    """Try again after a while, or park what was tried often enough."""
    if dispatch.attempt >= MOST_TRIES:
        return _record(dispatch, DispatchState.PARKED, at=at, said=said, code=code)
    next_try = at + BACK_OFF[dispatch.attempt - 1]
    return _record(dispatch, DispatchState.PENDING, at=at, said=said, code=code, next_try=next_try)


@transaction.atomic
def _record(
    dispatch: Dispatch,
    state: DispatchState,
    *,
    at: datetime,
    said: str,
    code: int | None = None,
    next_try: datetime | None = None,
) -> str:
    """Write down what came of a try; return the state. What its reader has stopped meanwhile stays stopped."""
    said = without_addresses(said)[:1000]
    Attempt.objects.create(
        at=at, dispatch=dispatch, number=dispatch.attempt, owner=dispatch.owner, outcome=state, code=code, said=said
    )
    sent, subscription = state == DispatchState.SENT, Subscription.objects.filter(pk=dispatch.subscription_id)
    if sent:
        subscription.update(last_sent_at=at)
    elif state in STOPPABLE and subscription.select_for_update().get().state == SubscriptionState.LEFT:
        state = DispatchState.STOPPED
    mine = Dispatch.objects.filter(pk=dispatch.pk, owner=dispatch.owner, attempt=dispatch.attempt)
    mine.filter(state__in=(DispatchState.SENDING, DispatchState.UNCERTAIN)).update(
        state=state,
        stage="",
        owner=dispatch.owner if state == DispatchState.UNCERTAIN else "",
        lease_until=None,
        next_try=next_try or dispatch.next_try,
        sent_at=at if sent else None,
        error="" if sent else said,
    )
    return str(state)


@transaction.atomic
def release(*, at: datetime) -> int:
    """Decide about messages whose worker is gone: before the dot they wait again, at the dot nobody knows."""
    lost = Dispatch.objects.filter(state=DispatchState.SENDING, lease_until__lte=at)
    gone = {"owner": "", "lease_until": None, "stage": ""}
    # Its worker may only be slow: it stays the owner, so that it can still record what it hears.
    held = {"lease_until": None, "stage": ""}
    said = "The worker stopped before the server had it."
    parked = lost.filter(stage=DispatchStage.CLAIMED, attempt__gte=MOST_TRIES)
    unknown = "The worker stopped between the final dot and the server's answer."
    return (
        lost.filter(stage=DispatchStage.DOT).update(state=DispatchState.UNCERTAIN, error=unknown, **held)
        + parked.update(state=DispatchState.PARKED, error=said, **gone)
        + lost.filter(stage=DispatchStage.CLAIMED).update(state=DispatchState.PENDING, error=said, **gone)
    )


def forget(*, at: datetime) -> int:
    """Empty the address and links of messages that were done with 30 days ago; return how many."""
    old = Dispatch.objects.filter(state__in=DONE, created_at__lte=at - MERGE_KEPT).exclude(merge={})
    return old.update(merge={}, domain="")
