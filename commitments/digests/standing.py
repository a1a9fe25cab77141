"""What of the mail needs an operator, as rows: for the desk's front page and for `/metrics`, in the same words."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from commitments.models import Decision, Dispatch, DispatchState, SubscriptionState

#: A message that waits longer than this is late: a sweep comes every 30 seconds.
LATE = timedelta(hours=1)
#: For so long a refusal is news.
RECENT = timedelta(days=7)


def uncertain() -> QuerySet[Dispatch]:
    """Return what may have been sent or not, `since` it was made."""
    return Dispatch.objects.filter(state=DispatchState.UNCERTAIN).annotate(since=F("created_at"))


def doubts() -> dict[str, Any]:
    """Return how many messages readers may have `twice`, and when the `oldest` uncertain one was made, if any."""
    return Dispatch.objects.aggregate(
        twice=Count("pk", filter=Q(perhaps_twice=True)),
        oldest=Min("created_at", filter=Q(state=DispatchState.UNCERTAIN)),
    )


def parked() -> QuerySet[Dispatch]:
    """Return what was tried often enough, `since` it was made."""
    return Dispatch.objects.filter(state=DispatchState.PARKED).annotate(since=F("created_at"))


def refused(*, at: datetime) -> QuerySet[Dispatch]:
    """Return what was made in the last seven days and refused for good."""
    made = Dispatch.objects.filter(state=DispatchState.FAILED, created_at__gt=at - RECENT)
    return made.annotate(since=F("created_at"))


def waiting() -> QuerySet[Any]:
    """Return what waits to be sent, `since` it was made or somebody decided to send it again.

    What its reader has paused waits for its reader, and is none of it; what is tried again later is.
    """
    decided = Decision.objects.filter(dispatch=OuterRef("pk")).order_by("-at").values("at")[:1]
    waits = Dispatch.objects.filter(state=DispatchState.PENDING, subscription__state=SubscriptionState.ACTIVE)
    aged: QuerySet[Any] = waits.annotate(since=Coalesce(Subquery(decided), F("created_at")))
    return aged


def late(*, at: datetime) -> QuerySet[Dispatch]:
    """Return what waits longer than an hour."""
    return waiting().filter(since__lte=at - LATE)
