"""Whose a message is: claimed under a lease, fenced before the final dot, released when its worker is gone.

What a server may have or not is `uncertain`, and is never sent again without evidence or a decision.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, F, Q, QuerySet

from commitments.models import Attempt, Dispatch, DispatchStage, DispatchState, SubscriptionState

#: How long a claimed message is its worker's before the dot, and at it: the ten minutes that RFC 5321, 4.5.3.2.6,
#: allows a server to answer, and one more. EMAIL_TIMEOUT, which is how long a worker waits, must be shorter.
LEASE, LEASE_AT_DOT = timedelta(minutes=5), timedelta(minutes=11)
#: From when on it counts that the mail side knows nothing of what is uncertain: what was taken may still be under way.
ABSENT_AFTER = timedelta(minutes=15)
#: When a message is tried again after its first, second, … try; after the last it is parked.
BACK_OFF = [timedelta(minutes=minutes) for minutes in (2, 10, 60, 240)]
MOST_TRIES = len(BACK_OFF) + 1
#: Messages claimed at once by who has just begun, and by who is known to be fast.
BATCH, MOST = 20, 500
#: Messages claimed at once with which a worker has stopped before.
FEW = 8
#: Messages that are looked at to choose a batch, so that one domain's do not hide the others'.
SEEN = 100


def waiting(*, at: datetime) -> QuerySet[Dispatch]:
    """Return what may be sent now: not what its reader has paused."""
    return Dispatch.objects.filter(
        state=DispatchState.PENDING, next_try__lte=at, subscription__state=SubscriptionState.ACTIVE
    )


@transaction.atomic
def claim(owner: str, *, at: datetime, most: int = BATCH) -> list[Dispatch]:
    """Take some messages that wait, of each domain no more than it may still get.

    What a worker has stopped with comes last, among few; with what two have stopped, alone. So of many that were
    claimed together the one that stops workers is found, and takes no other with it.
    """
    taken = _taken(at)
    busy = [domain for domain, count in taken.items() if count >= settings.MAIL_PER_DOMAIN_A_MINUTE]
    rows = waiting(at=at).exclude(domain__in=busy).order_by("next_try", "pk")
    held = rows.select_for_update(skip_locked=True, of=("self",)).values_list(
        "pk", "domain", "subscription__address_key"
    )
    seen = held.filter(losses=0)[: max(SEEN, 2 * most)] or held.filter(losses=1)[:FEW] or held[:1]
    found = Dispatch.objects.filter(pk__in=_shared_out(seen, taken)[:most])
    found.update(
        state=DispatchState.SENDING,
        stage=DispatchStage.CLAIMED,
        owner=owner,
        attempt=F("attempt") + 1,
        lease_until=at + LEASE,
    )
    # A digest's mails one after the other: it is written once.
    return list(found.defer("due_at", "lease_until", "sent_at", "error").order_by("digest", "pk"))


def _taken(at: datetime) -> dict[str, int]:
    """Return how many messages each domain was offered in the last minute, or is being offered."""
    tried = Attempt.objects.filter(at__gt=at - timedelta(minutes=1)).values_list("dispatch__domain")
    in_hand = Dispatch.objects.filter(state=DispatchState.SENDING).values_list("domain")
    taken: dict[str, int] = {}
    for domain, count in [*_counted(tried), *_counted(in_hand)]:
        taken[domain] = taken.get(domain, 0) + count
    return taken


def _counted(rows: QuerySet[Any, tuple[str]]) -> list[tuple[str, int]]:
    return list(rows.annotate(n=Count("pk")).order_by())


def _shared_out(rows: Iterable[tuple[int, str, str]], taken: dict[str, int]) -> list[int]:
    """Return keys to claim, each domain in its turn: one that is slow or limited holds up no other.

    Of one reader there is one at most, so that no two transactions hold the same two messages: who leaves, or is
    suppressed, holds all of theirs.
    """
    allowed = settings.MAIL_PER_DOMAIN_A_MINUTE
    turns: dict[str, int] = {}
    readers = set()
    ranked = []
    for place, (key, domain, reader) in enumerate(rows):
        turn = turns.get(domain, 0) + 1
        if reader in readers or taken.get(domain, 0) + turn > allowed:
            continue
        turns[domain] = turn
        readers.add(reader)
        ranked.append((turn, place, key))
    return [key for _, _, key in sorted(ranked)]


def give_back(owner: str) -> None:
    """Let others have what was claimed and not begun: it does not count as a try."""
    unclaim(Dispatch.objects.filter(owner=owner, stage=DispatchStage.CLAIMED))


def unclaim(rows: QuerySet[Dispatch]) -> None:
    """Let messages wait as if they had never been claimed."""
    rows.filter(state=DispatchState.SENDING).update(
        state=DispatchState.PENDING, stage="", owner="", lease_until=None, attempt=F("attempt") - 1
    )


def mine(dispatches: Sequence[Dispatch]) -> tuple[str, list[Any]]:
    """Return a condition, in SQL, that holds for messages as this worker claimed them, and its parameters.

    For statements that go with every message: to build them anew by the ORM takes longer than to send a mail. The
    owner is drawn for one run. The state is hidden from PostgreSQL's planner, which takes the index on it for the
    best way, as statistics know of few rows in that state, and then walks all that are claimed.
    """
    rows = ", ".join(["%s"] * len(dispatches))
    keys = [dispatch.pk for dispatch in dispatches]
    return f"id IN ({rows}) AND owner = %s AND COALESCE(state, '')", [*keys, dispatches[0].owner]


@contextmanager
def kept_through_a_power_cut() -> Iterator[None]:
    """Let what is committed be on the disk before anything else happens. PostgreSQL does so by itself.

    SQLite here only writes it to the log, and a power cut may take the last seconds: all else bears that.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous = FULL")
        try:
            yield
        finally:
            cursor.execute("PRAGMA synchronous = NORMAL")


_FENCE = (
    "UPDATE commitments_dispatch SET stage = 'dot', lease_until = %s"
    " WHERE stage = 'claimed' AND lease_until > %s AND EXISTS (SELECT 1"
    " FROM commitments_subscription AS reader WHERE reader.id = subscription_id AND reader.state = 'active')"
)


def fence(dispatches: Sequence[Dispatch], *, at: datetime) -> set[int]:
    """Ask for the last time which messages of one worker may go; return their keys.

    From here on they count as perhaps sent. Whose lease was lost, or whose reader has left or paused meanwhile, is not
    among them.
    """
    condition, keys = mine(dispatches)
    times = [connection.ops.adapt_datetimefield_value(time) for time in (at + LEASE_AT_DOT, at)]
    with kept_through_a_power_cut(), connection.cursor() as cursor:
        cursor.execute(f"{_FENCE} AND {condition} = 'sending' RETURNING id", [*times, *keys])
        return {key for (key,) in cursor.fetchall()}


@transaction.atomic
def release(*, at: datetime) -> int:
    """Decide about messages whose worker is gone: before the dot they wait again, at the dot nobody knows.

    A lease or a wait that ends later than any that begins now was set by a clock that was wrong.
    """
    over = Q(lease_until__lte=at) | Q(
        lease_until__gt=at + 2 * LEASE_AT_DOT
    )  # the clocks of two machines differ a little
    lost = Dispatch.objects.filter(over, state=DispatchState.SENDING)
    gone = {"owner": "", "lease_until": None, "stage": "", "losses": F("losses") + 1, "attempt": F("attempt") - 1}
    # Its worker may only be slow: it stays the owner, so that it can still record what it hears.
    held = {"lease_until": None, "stage": "", "next_try": at + ABSENT_AFTER}
    claimed = lost.filter(stage=DispatchStage.CLAIMED)
    Dispatch.objects.filter(state=DispatchState.PENDING, next_try__gt=at + max(BACK_OFF)).update(next_try=at)
    unknown = "The worker stopped between the final dot and the server's answer."
    said = "The worker stopped before the server had it."
    return (
        lost.filter(stage=DispatchStage.DOT).update(state=DispatchState.UNCERTAIN, error=unknown, **held)
        + claimed.filter(losses__gte=MOST_TRIES - 1).update(state=DispatchState.PARKED, error=said, **gone)
        + claimed.update(state=DispatchState.PENDING, error=said, **gone)
    )
