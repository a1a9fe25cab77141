"""What people do to their subscriptions: ask, confirm, change, pause, go on, leave.

Every action is one transaction that holds the rows it changes. None of them moves the cursor past something unsent: a
change of scope closes the range that the old one covers, and the next digest tells of both.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext

from commitments.digests.addresses import key_of, nonce
from commitments.digests.schedule import Schedule
from commitments.digests.scope import Scope
from commitments.models import Subscription, SubscriptionState
from commitments.models.subscriptions import RUNNING
from commitments.record import changes


class ClashError(ValueError):
    """One address would have two subscriptions of one cadence."""


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


def ask(address: str, wish: Wish, *, at: datetime) -> Subscription:
    """Note what somebody asked for. Nothing is sent to them but a request to confirm.

    It is the same for every address, known or not: one row more. What is known is looked at when the mail is made.
    """
    subscription = Subscription(
        address=address.strip(),
        address_key=key_of(address),
        nonce=nonce(),
        sent_through=0,
        created_at=at,
        asked_at=at,
    )
    _take_over(subscription, wish)
    subscription.save(force_insert=True)
    return subscription


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
    asked.next_due = schedule_of(asked).next_after(at)
    asked.save()
    return asked


def _running_beside(subscription: Subscription, cadence: str) -> Subscription | None:
    """Return what already runs for the address at a cadence. Holds all rows of the address, in one order."""
    rows = Subscription.objects.filter(address_key=subscription.address_key).order_by("pk").select_for_update()
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
        subscription.next_due = schedule_of(subscription).next_after(at)
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
        subscription.next_due = schedule_of(subscription).next_after(at)
        subscription.save()
    return subscription


@transaction.atomic
def leave(subscription: Subscription, *, at: datetime) -> Subscription:
    """End it and delete the address. The keyed hash stays, by which a message on its way is stopped."""
    subscription = _held(subscription)
    if subscription.state != SubscriptionState.LEFT:
        subscription.state, subscription.address = SubscriptionState.LEFT, ""
        subscription.left_at, subscription.next_due = at, None
        subscription.save()
    return subscription


def _held(subscription: Subscription) -> Subscription:
    """Return the row as it stands, with all rows of its address held, in one order for everybody."""
    rows = Subscription.objects.filter(address_key=subscription.address_key).order_by("pk").select_for_update()
    return next(row for row in rows if row.pk == subscription.pk)
