"""Addresses to which nothing is sent any more, and when an address becomes one.

An address is known here by its keyed hash alone. Suppressing it ends what it follows as leaving does.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import Q

from commitments.digests import marks, subscriptions
from commitments.models import (
    Dispatch,
    DispatchStage,
    DispatchState,
    Subscription,
    SubscriptionState,
    Suppression,
    SuppressionReason,
)

#: Digests in a row, refused for good, after which an address counts as dead.
IN_A_ROW = 3
#: What a later reason may take the place of: the reader's own word weighs more than a person's here, and both weigh
#: more than what a server said, which a person may look into and lift.
_WEAKER = {
    SuppressionReason.BOUNCED: (),
    SuppressionReason.BY_HAND: (SuppressionReason.BOUNCED,),
    SuppressionReason.COMPLAINED: (SuppressionReason.BOUNCED, SuppressionReason.BY_HAND),
}


@transaction.atomic
def suppress(address_key: str, reason: SuppressionReason, *, at: datetime) -> None:
    """Send nothing to an address from now on, and end all that it follows or has asked for. Twice is as once.

    A complaint takes the place of a bounce; nothing takes the place of a complaint. `at` is when the reason that
    stands was first known.
    """
    made = {"reason": reason, "at": at}
    row, new = Suppression.objects.get_or_create(address_key=address_key, defaults=made)
    if not new:
        Suppression.objects.filter(pk=row.pk, reason__in=_WEAKER[reason]).update(**made)
    transaction.on_commit(partial(marks.note_suppressed, address_key, reason.value, at=at), robust=True)
    for subscription in Subscription.objects.filter(address_key=address_key).exclude(state=SubscriptionState.LEFT):
        subscriptions.leave(subscription, at=at)


def suppressed(address_keys: Iterable[str]) -> set[str]:
    """Return those of the addresses to which nothing may be sent, in one query."""
    return set(Suppression.objects.filter(address_key__in=set(address_keys)).values_list("address_key", flat=True))


def after_refusal(dispatch: Dispatch, *, status: str, at: datetime) -> bool:
    """Judge an address after a message to it was refused for good; return whether it is suppressed now.

    `status` is an enhanced status code (RFC 3463), as "5.1.1", or "" where none is known. Call it when the dispatch
    stands as `failed`.

    - The mailbox or its host does not exist, has moved, is written wrongly (5.1.x), or is disabled (5.2.1): at once.
      More mail would never arrive, and servers judge a sender by how much is sent to mailboxes that are not there.
    - 5.1.7 and 5.1.8 say so of the sender's address. That is ours: no reader can help it.
    - Anything else (a full mailbox, 5.2.2; a policy, 5.7.x; no code, or a server that gave up after days of 4.x.x) may
      pass, or be our own fault: only after three digests in a row, to whichever subscriptions of the address, with
      none sent between. Of a monthly digest these are three months; of a daily one three days of refusing for good.

    "In a row" is by the order in which messages were made. One that is on its way, or that nobody knows of, neither
    counts nor breaks the row. The number of queries does not depend on how many messages there are.
    """
    key = dispatch.subscription.address_key
    if _is_gone(status) or _in_a_row(key):
        suppress(key, SuppressionReason.BOUNCED, at=at)
        return True
    return False


def _is_gone(status: str) -> bool:
    subject = status.rpartition(".")[0]
    return status == "5.2.1" or (subject == "5.1" and status not in ("5.1.7", "5.1.8"))


def _in_a_row(key: str) -> bool:
    known = Dispatch.objects.filter(
        subscription__address_key=key, state__in=(DispatchState.SENT, DispatchState.FAILED)
    )
    last = known.order_by("-pk").values_list("state", flat=True)[:IN_A_ROW]
    return list(last) == [DispatchState.FAILED] * IN_A_ROW


@transaction.atomic
def bounced(dispatch: Dispatch, *, status: str, at: datetime) -> bool:
    """Note that a message came back after it was handed over, and judge its address; return as `after_refusal`.

    Our own server takes a mail first and hears later that nobody wants it. Such a message counts as refused, also
    where we do not know yet that it was handed over: that it came back proves it.
    """
    handed_over = Q(state__in=(DispatchState.SENT, DispatchState.UNCERTAIN)) | Q(
        state=DispatchState.SENDING, stage=DispatchStage.DOT
    )
    Dispatch.objects.filter(handed_over, pk=dispatch.pk).update(
        state=DispatchState.FAILED,
        stage="",
        owner="",
        lease_until=None,
        error=f"It came back: {status or 'no status code'}.",
    )
    return after_refusal(dispatch, status=status, at=at)
