"""What people do to their subscriptions: ask, confirm, change, pause, go on, leave.

Every action is one transaction that holds the rows it changes. None of them moves the cursor past something unsent: a
change of scope closes the range that the old one covers, and the next digest tells of both.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import partial

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext

from commitments.digests import marks
from commitments.digests.addresses import canonical, key_of, nonce
from commitments.digests.schedule import LONGEST, Schedule
from commitments.digests.scope import Scope
from commitments.models import Cadence, Dispatch, DispatchState, Subscription, SubscriptionState
from commitments.models.subscriptions import RUNNING, STOPPABLE, DispatchStage
from commitments.record import changes

#: Subscriptions that one connection, the network around it, and all together may ask for in a day (UTC). The last
#: only keeps the table from being filled.
A_SENDER, A_NETWORK, ALL = 10, 50, 50_000
#: Requests of one address that wait to be confirmed. More are taken with the same answer, and left out.
AN_ADDRESS = 10


class ClashError(ValueError):
    """One address would have two subscriptions of one cadence."""


class TooManyError(Exception):
    """No more is asked for today: by this connection, or by anybody."""


@dataclass(frozen=True)
class Wish:
    """What somebody asks for: what to follow, when to hear of it, and in which language."""

    scope: Scope
    schedule: Schedule
    language: str
    even_if_empty: bool = False


def schedule_of(subscription: Subscription) -> Schedule:
    """Return when a subscription is due."""
    s = subscription
    return Schedule(s.cadence, s.hour, s.weekday, s.zone)


@dataclass(frozen=True)
class Sender:
    """By what requests are counted: hashes of the connection and of the network around it (`addresses.sender`)."""

    connection: str = ""
    network: str = ""


def ask(address: str, wish: Wish, *, at: datetime, sender: Sender | None = None) -> Subscription:
    """Note what somebody asked for. Nothing is sent to them but a request to confirm.

    It is the same for every address, known or not: one row more. What is known is looked at when the mail is made.
    Raises TooManyError where the day's limits are reached, ValueError where this is no address.
    """
    sender = sender or Sender()
    _limit(sender, at=at)
    key = key_of(address)
    subscription = Subscription(
        address=canonical(address),
        address_key=key,
        nonce=nonce(),
        sent_through=0,
        created_at=at,
        asked_from=sender.connection,
        asked_network=sender.network,
    )
    _take_over(subscription, wish)
    if Subscription.objects.filter(address_key=key, state=SubscriptionState.PENDING).count() < AN_ADDRESS:
        subscription.save(force_insert=True)
    return subscription


def _limit(sender: Sender, *, at: datetime) -> None:
    today = Subscription.objects.filter(created_at__gte=datetime.combine(at.date(), time.min, tzinfo=UTC))
    if sender.connection and (
        today.filter(asked_from=sender.connection).count() >= A_SENDER
        or today.filter(asked_network=sender.network).count() >= A_NETWORK
        or today.count() >= ALL
    ):
        raise TooManyError


def _take_over(subscription: Subscription, wish: Wish) -> None:
    subscription.scope, subscription.scope_key = wish.scope.stored(), wish.scope.key
    subscription.language, subscription.even_if_empty = wish.language, wish.even_if_empty
    subscription.cadence, subscription.hour = wish.schedule.cadence, wish.schedule.hour
    subscription.weekday, subscription.zone = wish.schedule.weekday, wish.schedule.zone


@transaction.atomic
def confirm(asked: Subscription, *, at: datetime) -> Subscription:
    """Let a subscription begin now; return the one that runs.

    Where the same address hears at the same cadence already, that one follows more from now on, and this request is
    done with. Confirming twice changes nothing.
    """
    asked = _held(asked)
    running = _running_beside(asked, asked.cadence)
    if asked.state != SubscriptionState.PENDING:
        return asked
    if running:
        change(running, _together(running, asked), at=at)
        asked.delete()
        return _held(running)
    asked.state, asked.confirmed_at = SubscriptionState.ACTIVE, at
    asked.sent_through = changes.head()
    asked.next_due = next_due(asked, at)
    asked.save()
    return asked


@transaction.atomic
def answer(asked: Subscription, ticked: set[int], *, at: datetime) -> Subscription | None:
    """Let begin what its owner has ticked of all that the address was asked, and forget the rest.

    Returns one that runs; None where nothing was ticked, or all of it was answered meanwhile.
    """
    begun = None
    for row in list(_of_the_address(asked)):
        if row.state == SubscriptionState.PENDING and row.pk in ticked:
            begun = confirm(row, at=at)
        elif row.state == SubscriptionState.PENDING:
            row.delete()
    return begun


def _running_beside(subscription: Subscription, cadence: str) -> Subscription | None:
    """Return what already runs for the address at a cadence. Holds all rows of the address, in one order."""
    rows = _of_the_address(subscription)
    return next((row for row in rows if row.state in RUNNING and row.cadence == cadence), None)


def _together(running: Subscription, asked: Subscription) -> Wish:
    old, new = Scope.of(running.scope), Scope.of(asked.scope)
    scope = Scope(old.follows | new.follows, old.kinds | new.kinds)
    return Wish(scope, schedule_of(asked), asked.language, asked.even_if_empty or running.even_if_empty)


@transaction.atomic
def change(subscription: Subscription, wish: Wish, *, at: datetime) -> Subscription:
    """Let a subscription be as somebody wishes from now on. What happened before is told by the scope of then.

    Raises ClashError where the address hears at the cadence that is wished for already.
    """
    subscription = _held(subscription)
    beside = _running_beside(subscription, wish.schedule.cadence)
    if beside and beside.pk != subscription.pk:
        cadence = beside.get_cadence_display()
        raise ClashError(gettext("This address has a digest already: %(cadence)s.") % {"cadence": cadence})
    if wish.scope.key != subscription.scope_key:
        now = changes.head()
        if subscription.state in RUNNING and now > subscription.sent_through:
            subscription.earlier = [*subscription.earlier, [subscription.sent_through, now, subscription.scope]]
            subscription.sent_through = now
    _take_over(subscription, wish)
    if subscription.state == SubscriptionState.ACTIVE:
        subscription.next_due = next_due(subscription, at)
    subscription.save()
    return subscription


@transaction.atomic
def pause(subscription: Subscription) -> Subscription:
    """Send nothing until it goes on. What happens meanwhile is told then."""
    subscription = _held(subscription)
    if subscription.state == SubscriptionState.ACTIVE:
        subscription.state, subscription.next_due = SubscriptionState.PAUSED, None
        subscription.save()
    return subscription


@transaction.atomic
def go_on(subscription: Subscription, *, at: datetime) -> Subscription:
    """Send again, from the next time that it is due."""
    subscription = _held(subscription)
    if subscription.state == SubscriptionState.PAUSED:
        subscription.state = SubscriptionState.ACTIVE
        subscription.next_due = next_due(subscription, at)
        subscription.save()
    return subscription


@transaction.atomic
def leave(subscription: Subscription, *, at: datetime) -> Subscription:
    """End it, stop what is on its way, and delete the address. Of it a keyed hash stays.

    A message whose final dot may have been sent cannot be stopped; its outcome is still recorded, without the address.
    """
    subscription = _held(subscription)
    if subscription.state != SubscriptionState.LEFT:
        subscription.state, subscription.address = SubscriptionState.LEFT, ""
        subscription.left_at, subscription.next_due = at, None
        subscription.save()
        transaction.on_commit(partial(marks.note_left, subscription.pk, at=at), robust=True)
    messages = Dispatch.objects.filter(subscription=subscription)
    messages.filter(state__in=STOPPABLE).exclude(stage=DispatchStage.DOT).update(state=DispatchState.STOPPED)
    messages.update(merge={}, domain="")
    return subscription


def next_due(subscription: Subscription, at: datetime) -> datetime | None:
    """Return when it is due next: not again when it was already, also where clocks differ or somebody waited.

    What a clock that was far ahead has made counts for nothing: it would put off the next for as long.
    """
    ahead = LONGEST.get(Cadence(subscription.cadence), timedelta())
    near = Dispatch.objects.filter(subscription=subscription, due_at__lte=at + ahead)
    return schedule_of(subscription).next_after(max(at, near.aggregate(last=Max("due_at"))["last"] or at))


def _held(subscription: Subscription) -> Subscription:
    """Return the row as it stands, with all rows of its address held, in one order for everybody."""
    return next(row for row in _of_the_address(subscription) if row.pk == subscription.pk)


def _of_the_address(subscription: Subscription) -> QuerySet[Subscription]:
    """Return all rows of an address, to be held in one order."""
    return Subscription.objects.filter(address_key=subscription.address_key).order_by("pk").select_for_update()
