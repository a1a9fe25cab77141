"""Sending: hand claimed messages over, record what came of each; try again later, park what keeps failing.

Messages go in rounds, one on each connection to the server: offered without the final dot; fenced together, in one
statement; ended by their dots; recorded as they are answered. So what has to be written for each is written for a few
at once, and each is still stopped by whoever leaves before its dot.
"""

import logging
import os
import secrets
import socket
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection, transaction

from commitments.digests import claims, marks, suppression
from commitments.digests.addresses import without_addresses
from commitments.digests.message import Writer
from commitments.digests.transport import (
    Lane,
    LostError,
    NotTakenError,
    ServerError,
    Transport,
    UnknownError,
    answering,
    configured,
    said_of,
)
from commitments.models import Attempt, Dispatch, DispatchState, Subscription, SubscriptionState
from commitments.models.subscriptions import STOPPABLE

logger = logging.getLogger(__name__)

#: States in which nothing more is sent, and for how long address and links are kept in them.
DONE = (DispatchState.SENT, DispatchState.FAILED, DispatchState.STOPPED)
MERGE_KEPT = timedelta(days=30)
#: How long a batch should keep a worker busy: less often to claim costs less, and what is claimed is soon sent.
BATCH_LASTS = timedelta(seconds=4)
#: Connections that a server may break in the middle of a mail before a run is ended.
MOST_LOST = 3

Clock = Callable[[], datetime]


@dataclass
class Tally:
    """What came of the messages of one run, by state."""

    counts: dict[str, int] = field(default_factory=dict)
    problem: str = ""

    def add(self, state: str, count: int = 1) -> None:
        """Count some more."""
        if count:
            self.counts[state] = self.counts.get(state, 0) + count

    def __str__(self) -> str:
        said = ", ".join(f"{n} {state}" for state, n in sorted(self.counts.items())) or "nothing to send"
        return f"{said}; {self.problem}" if self.problem else said


def send_waiting(*, clock: Clock, until: datetime | None = None, transport: Transport | None = None) -> Tally:
    """Send what waits, until nothing does or the time is over. Several may run at once.

    Where the server cannot be reached, what was claimed waits on, and no try is counted.
    """
    tally = Tally()
    claims.release(at=clock())
    owner = f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"
    try:
        with transport or configured() as server:
            sender = _Sender(list(server.lanes), clock, tally)
            for batch in _claimed(owner, clock):
                begun = clock()
                # What a slow server leaves of a batch is given back before its lease ends.
                while batch and clock() < begun + claims.LEASE / 2 and (until is None or clock() < until):
                    sender.round(batch)
                claims.give_back(owner)
                marks.note_sent()
                if until is not None and clock() >= until:
                    break
    except ServerError as error:
        tally.problem = f"the mail server cannot be used: {error}"
        logger.warning("Digests wait: %s", tally.problem)
    finally:
        claims.give_back(owner)
        if tally.counts:
            marks.note_sent()
    return tally


def _claimed(owner: str, clock: Clock) -> Iterator[deque[Dispatch]]:
    """Yield batches of messages as this worker's own."""
    most = claims.BATCH
    while batch := claims.claim(owner, at=(begun := clock()), most=most):
        yield deque(batch)
        fast = clock() - begun < BATCH_LASTS
        most = min(2 * most, claims.MOST) if fast else max(most // 2, claims.BATCH)


class _Sender:
    """One worker's connections, and what comes of the messages that go over them."""

    def __init__(self, lanes: list[Lane], clock: Clock, tally: Tally) -> None:
        self._lanes, self._clock, self._tally = lanes, clock, tally
        self._writer = Writer()
        self._trouble: ServerError | None = None
        self._heard, self._lost = False, 0

    def round(self, batch: deque[Dispatch]) -> None:
        """Take a message of a batch for each connection and send it. Raises ServerError once these are done with.

        The first goes alone: where a server takes mails and says nothing, no more than that one becomes uncertain.
        """
        offered: dict[Lane, Dispatch] = {}
        for lane in list(self._lanes) if self._heard else self._lanes[:1]:
            if not batch or self._trouble:
                break
            dispatch = batch.popleft()
            if self._offer(lane, dispatch):
                offered[lane] = dispatch
            elif self._trouble and offered and not isinstance(self._trouble, LostError):
                self._lanes.remove(lane)  # the server wants no more connections than it has
                self._trouble = None
                break
        self._finish(offered)
        if self._trouble:
            raise self._trouble

    def _offer(self, lane: Lane, dispatch: Dispatch) -> bool:
        """Hand over all but the dot; where that fails, record it and return False."""
        try:
            lane.offer(self._writer.letter(dispatch))
        except (NotTakenError, ServerError) as error:
            self._not_sent(dispatch, error)
        except Exception as error:  # whatever is wrong with this one message must not hold up the others
            logger.error("A message could not be made: %s: %s", dispatch, said_of(error))
            self._tally.add(_later(dispatch, at=self._clock(), said=said_of(error)))
        else:
            return True
        return False

    def _finish(self, offered: dict[Lane, Dispatch]) -> None:
        """Ask the fence for all that was offered, end what may go, and record what the server says as it says it."""
        passed = claims.fence(list(offered.values()), at=self._clock()) if offered else set()
        for lane, dispatch in offered.items():
            if dispatch.pk not in passed:
                lane.take_back()
                self._tally.add("taken back")
        waiting = {lane: dispatch for lane, dispatch in offered.items() if dispatch.pk in passed}
        for lane in waiting:
            lane.end()
        while waiting:
            ready = answering(list(waiting))
            self._hear([(waiting.pop(lane), lane) for lane in ready or list(waiting)], answered=bool(ready))

    def _hear(self, ended: list[tuple[Dispatch, Lane]], *, answered: bool) -> None:
        """Record what came of messages whose dots were sent: first what was taken, which is to be known soonest."""
        sent, others = [], []
        for dispatch, lane in ended:
            try:
                sent.append((dispatch, lane.answer(answered=answered)))
            except (NotTakenError, UnknownError, ServerError) as error:
                others.append((dispatch, error))
        if sent:
            _record_sent(sent, at=self._clock())
        for dispatch, why in others:
            self._not_sent(dispatch, why)
        self._heard = self._heard or bool(sent)
        self._tally.add(DispatchState.SENT, len(sent))

    def _not_sent(self, dispatch: Dispatch, error: Exception) -> None:
        """Record why a message was not sent, or not heard of."""
        at = self._clock()
        if isinstance(error, NotTakenError):
            self._heard = True
            self._tally.add(_not_taken(dispatch, error, at=at))
        elif isinstance(error, LostError):  # a mail at which servers hang up must not do so for ever
            self._lost += 1
            if not self._heard or self._lost >= MOST_LOST:
                self._trouble = error
            self._tally.add(_later(dispatch, at=at, said=str(error)))
        elif isinstance(error, ServerError):  # which cannot be used, and no message is to blame
            self._trouble = error
            claims.unclaim(Dispatch.objects.filter(pk=dispatch.pk, owner=dispatch.owner))
        else:
            self._tally.add(_record(dispatch, DispatchState.UNCERTAIN, at=at, said=str(error)))
            if not self._heard:
                self._trouble = ServerError(f"it took a mail and did not say so: {error}")


def _not_taken(dispatch: Dispatch, error: NotTakenError, *, at: datetime) -> str:
    if not error.for_good:
        return _later(dispatch, at=at, said=str(error), code=error.code)
    state = _record(dispatch, DispatchState.FAILED, at=at, said=str(error), code=error.code)
    suppression.after_refusal(dispatch, status=error.status, at=at)
    return state


def _later(dispatch: Dispatch, *, at: datetime, said: str, code: int | None = None) -> str:
    """Try again after a while, or park what was tried often enough."""
    if dispatch.attempt >= claims.MOST_TRIES:
        return _record(dispatch, DispatchState.PARKED, at=at, said=said, code=code)
    next_try = at + claims.BACK_OFF[dispatch.attempt - 1]
    return _record(dispatch, DispatchState.PENDING, at=at, said=said, code=code, next_try=next_try)


_TRIED = "INSERT INTO commitments_attempt (at, dispatch_id, number, owner, outcome, said) VALUES"
_TAKEN = (
    "UPDATE commitments_dispatch SET state = 'sent', stage = '', owner = '', lease_until = NULL, error = '',"
    " sent_at = %s WHERE"
)


@transaction.atomic
def _record_sent(sent: list[tuple[Dispatch, str]], *, at: datetime) -> None:
    """Write down that a server took messages of one worker, and what it said to each.

    Also of one that counts as uncertain by now, as this worker was slow: it has heard what nobody else knows.
    """
    condition, keys = claims.mine([dispatch for dispatch, _ in sent])
    time = connection.ops.adapt_datetimefield_value(at)
    tries = [
        value
        for dispatch, said in sent
        for value in (time, dispatch.pk, dispatch.attempt, dispatch.owner, without_addresses(said)[:1000])
    ]
    rows = ", ".join(["(%s, %s, %s, %s, 'sent', %s)"] * len(sent))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Not to wait for the disk, as the fence does: what a power cut takes away here is uncertain then.
            cursor.execute("SET LOCAL synchronous_commit TO OFF")
        cursor.execute(f"{_TRIED} {rows}", tries)
        cursor.execute(f"{_TAKEN} {condition} IN ('sending', 'uncertain')", [time, *keys])


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
    """Write down what came of a try that did not end as sent; return the state.

    What its reader has stopped meanwhile stays stopped.
    """
    said = without_addresses(said)[:1000]
    Attempt.objects.create(
        at=at, dispatch=dispatch, number=dispatch.attempt, owner=dispatch.owner, outcome=state, code=code, said=said
    )
    uncertain = state == DispatchState.UNCERTAIN
    reader = Subscription.objects.filter(pk=dispatch.subscription_id).select_for_update()
    if state in STOPPABLE and reader.get().state == SubscriptionState.LEFT:
        state = DispatchState.STOPPED
    mine = Dispatch.objects.filter(pk=dispatch.pk, owner=dispatch.owner, attempt=dispatch.attempt)
    mine.filter(state__in=(DispatchState.SENDING, DispatchState.UNCERTAIN)).update(
        state=state,
        stage="",
        owner=dispatch.owner if uncertain else "",
        lease_until=None,
        next_try=at + claims.ABSENT_AFTER if uncertain else next_try or dispatch.next_try,
        error=said,
    )
    return str(state)


def forget(*, at: datetime) -> int:
    """Empty the address and links of messages that were done with 30 days ago; return how many."""
    old = Dispatch.objects.filter(state__in=DONE, created_at__lte=at - MERGE_KEPT).exclude(merge={})
    return old.update(merge={}, domain="")
