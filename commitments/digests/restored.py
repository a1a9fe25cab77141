"""After an older backup was restored: what it does not know to have been sent counts as perhaps sent.

Everything that waits, and everything that would be composed of what it holds, becomes `uncertain`: nothing of it goes
out again by itself. Who has left since, as far as this machine has noted it, leaves again.
"""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import QuerySet

from commitments.digests import compose, marks, subscriptions, suppression
from commitments.digests.claims import ABSENT_AFTER
from commitments.models import (
    Confirmation,
    DailyMail,
    Dispatch,
    DispatchState,
    Identity,
    Subscription,
    SubscriptionState,
    SuppressionReason,
)
from commitments.record import changes

#: States of what a backup does not know to have been sent.
UNSENT = (DispatchState.PENDING, DispatchState.SENDING, DispatchState.PARKED)
_WAITED = "It waited in the backup that was restored, and may have been sent since that was made."
_DUE = (
    "It was due by the backup that was restored, and may have been sent, with more or less in it, since that was made."
)


class FenceError(Exception):
    """It could not be done as a whole, so nothing was."""


@dataclass(frozen=True)
class Fenced:
    """How many messages waited, how many were due, how many requests were taken for asked, how many readers left."""

    waited: int
    due: int
    asked: int
    left: int

    def __str__(self) -> str:
        return (
            f"{self.waited} messages that waited and {self.due} that were due are uncertain now; {self.asked} requests"
            f" count as asked to confirm; {self.left} subscriptions have ended again, whose readers had left since."
        )


@transaction.atomic
def fence(*, at: datetime) -> Fenced:
    """Do it, before anything is sent: all or nothing. Raises FenceError."""
    left = _leave_again()
    # Also of the mail side nobody knows whether it was restored, and has forgotten what it took: what it does not show
    # is therefore not sent again by itself.
    waited = _doubt(Dispatch.objects.filter(state__in=UNSENT), at=at, error=_WAITED)
    compose.compose(at=at)
    if compose.due(at=at, through=changes.head()).exists():
        raise FenceError(
            "Some digests that are due could not be composed (the log says which): end or mend these subscriptions. "
            "Nothing was changed."
        )
    due = _doubt(Dispatch.objects.filter(state=DispatchState.PENDING), at=at, error=_DUE)
    asked = _count_as_asked(at=at)
    Identity.objects.all().delete()
    Identity.objects.create()  # another: what was noted of the one before is done with, until a backup brings it back
    return Fenced(waited, due, asked, left)


def _doubt(rows: QuerySet[Dispatch], *, at: datetime, error: str) -> int:
    held = {"stage": "", "owner": "", "lease_until": None, "next_try": at + ABSENT_AFTER, "perhaps_twice": True}
    return rows.update(state=DispatchState.UNCERTAIN, error=error, **held)


def _count_as_asked(*, at: datetime) -> int:
    """Send no request to confirm, and nobody at the desk today's mail, again. Whoever waits for one asks once more."""
    Confirmation.objects.filter(sent_at__isnull=True).update(next_try=None)
    told = [DailyMail(person=person, on=at.date()) for person in get_user_model().objects.all()]
    DailyMail.objects.bulk_create(told, ignore_conflicts=True)
    DailyMail.objects.filter(sent_at__isnull=True).update(next_try=None)
    requests = Subscription.objects.filter(state=SubscriptionState.PENDING, requested_at__isnull=True)
    return requests.update(requested_at=at)


def _leave_again() -> int:
    """End what has ended since the backup was made, as far as this machine knows."""
    count = 0
    for line in marks.gone():
        if "suppressed" in line:
            again = Subscription.objects.filter(address_key=line["suppressed"], confirmed_at__gt=line["at"])
            if again.exists():  # it was lifted, and they have come back
                continue
            suppression.suppress(line["suppressed"], SuppressionReason(line["reason"]), at=line["at"])
            continue
        running = Subscription.objects.filter(pk=line["left"], created_at__lte=line["at"])
        for subscription in running.exclude(state=SubscriptionState.LEFT):
            subscriptions.leave(subscription, at=line["at"])
            count += 1
    return count
