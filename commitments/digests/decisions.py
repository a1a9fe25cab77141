"""What people decide about mail to readers: messages that stand still, subscriptions, addresses that get nothing.

No machine sends again what a server may have already, or what it refused for good: a person does, who says why. Rules
come in pairs as those of the desk do (`commitments.refusals`). Source of the rules: docs/digests.md, "Decisions".

Rows are held in the order of `subscriptions`: those of the address first, then the message. So nobody leaves between
the check and the decision, and of two people who decide at once the second is refused.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from commitments.digests import subscriptions
from commitments.digests.addresses import key_of
from commitments.digests.suppression import suppress, suppressed
from commitments.models import (
    Audit,
    Decision,
    Dispatch,
    DispatchState,
    Ruling,
    Subscription,
    SubscriptionState,
    Suppression,
    SuppressionReason,
)
from commitments.models.decisions import RULED_ON
from commitments.refusals import RefusedError, asks, need

#: As long as a reason may be.
LONGEST = 1_000


def checked_reason(why: str) -> str:
    """Return a reason as it is kept; RefusedError where there is none, or where it names an address.

    It stays for good, and addresses do not.
    """
    why = why.strip()
    if not why:
        raise RefusedError("Say why: it is kept with the decision.")
    if len(why) > LONGEST:
        raise RefusedError(f"Say it in {LONGEST} characters.")
    if "@" in why:
        raise RefusedError("Leave addresses out of the reason: it is kept for good, and addresses are not.")
    return why


# --- rules ----------------------------------------------------------------------------------


def check_can_send_again(by: Any, dispatch: Dispatch) -> None:
    """Refuse who may not decide, what does not stand still, and what nobody may or can be sent any more."""
    need(by, "decide_dispatch", "decide about messages")
    _check_stands_still(dispatch, Ruling.SEND_AGAIN)
    check_can_still_be_sent(dispatch)


def check_can_still_be_sent(dispatch: Dispatch) -> None:
    """Refuse what nobody may or can be sent any more, whoever decides."""
    reader = dispatch.subscription
    if reader.state == SubscriptionState.LEFT:
        raise RefusedError(f"The reader of {dispatch} has left: nothing is sent to them any more.")
    if suppressed([reader.address_key]):
        raise RefusedError(f"Nothing is sent to the address of {dispatch}: it is suppressed.")
    if not (dispatch.merge.get("address") and dispatch.merge.get("token")):
        raise RefusedError(f"Address and links of {dispatch} were deleted: the same mail cannot be made any more.")


def check_can_count_as_sent(by: Any, dispatch: Dispatch) -> None:
    """Refuse who may not decide, and what was certainly not sent, or is settled."""
    need(by, "decide_dispatch", "decide about messages")
    _check_stands_still(dispatch, Ruling.COUNT_AS_SENT)


def _check_stands_still(dispatch: Dispatch, ruling: Ruling) -> None:
    if dispatch.state not in RULED_ON[ruling]:
        raise RefusedError(f"The {dispatch} is “{dispatch.get_state_display()}”: there is nothing to decide about it.")


def check_can_end(by: Any, subscription: Subscription) -> None:
    """Refuse who may not end subscriptions of others, and one that its reader has left."""
    need(by, "end_subscription", "end subscriptions")
    if subscription.state == SubscriptionState.LEFT:
        raise RefusedError(f"The {subscription} has ended already.")


def check_can_lift(by: Any, suppression: Suppression) -> None:
    """Refuse who may not lift a suppression. A complaint is the reader's own word: not everybody lifts it."""
    need(by, "delete_suppression", "lift suppressions")
    if suppression.reason == SuppressionReason.COMPLAINED:
        need(by, "lift_complaint", "lift a suppression after a complaint")


def check_can_suppress(by: Any) -> None:
    """Refuse who may not suppress addresses."""
    need(by, "add_suppression", "suppress addresses")


can_send_again = asks(check_can_send_again)
can_count_as_sent = asks(check_can_count_as_sent)
can_end = asks(check_can_end)
can_lift = asks(check_can_lift)
can_suppress = asks(check_can_suppress)


# --- messages -------------------------------------------------------------------------------


@transaction.atomic
def send_again(dispatch: Dispatch, *, by: Any, why: str, at: datetime) -> Dispatch:
    """Let a message be sent again: the same Message-ID and the same bytes, so that mail programs can tell.

    It begins anew, with as many tries as a new one. Raises RefusedError.
    """
    return let_wait_again(_decide(dispatch, check_can_send_again, Ruling.SEND_AGAIN, by=by, why=why, at=at), at=at)


@transaction.atomic
def count_as_sent(dispatch: Dispatch, *, by: Any, why: str, at: datetime) -> Dispatch:
    """Let a message stand as sent, as of the decision: when it was taken nobody knows. Raises RefusedError."""
    return let_stand_as_sent(
        _decide(dispatch, check_can_count_as_sent, Ruling.COUNT_AS_SENT, by=by, why=why, at=at), at=at
    )


def _decide(
    dispatch: Dispatch, check: Callable[[Any, Dispatch], None], ruling: Ruling, *, by: Any, why: str, at: datetime
) -> Dispatch:
    """Check and write a decision under the locks; return the message, which is held."""
    why = checked_reason(why)
    found = held(dispatch)
    check(by, found)
    Decision.objects.create(at=at, dispatch=found, by=by, ruling=ruling, why=why, was=found.state, tries=found.attempt)
    Audit.write(f"mail.{ruling}", found, by=by, at=at, was=found.state, why=why)
    return found


# What is decided is done to a message that is held, by people here and by `commitments.digests.reconcile`. A worker
# that is only slow no longer owns it then, and cannot write over the decision.


def let_wait_again(found: Dispatch, *, at: datetime) -> Dispatch:
    """Let a message that is held wait as a new one does. What may have been sent once is marked as perhaps twice."""
    twice = found.perhaps_twice or found.state == DispatchState.UNCERTAIN
    again = {"state": DispatchState.PENDING, "attempt": 0, "losses": 0, "next_try": at, "sent_at": None, "error": ""}
    return _become(found, {**again, "perhaps_twice": twice})


def let_stand_as_sent(found: Dispatch, *, at: datetime) -> Dispatch:
    """Let a message that is held stand as sent at a time."""
    return _become(found, {"state": DispatchState.SENT, "sent_at": at, "error": ""})


def let_stop(found: Dispatch) -> Dispatch:
    """Let a message that is held, and whose reader has left, stand as stopped: nobody is to get it any more."""
    return _become(found, {"state": DispatchState.STOPPED, "error": ""})


def _become(found: Dispatch, values: dict[str, Any]) -> Dispatch:
    values = {**values, "owner": "", "stage": "", "lease_until": None}
    for name, value in values.items():
        setattr(found, name, value)
    found.save(update_fields=list(values))
    return found


def held(dispatch: Dispatch) -> Dispatch:
    """Return a message as it stands, with the rows of its address and then itself held until the transaction ends."""
    of_address = Subscription.objects.filter(address_key=dispatch.subscription.address_key).order_by("pk")
    list(of_address.select_for_update())
    found = Dispatch.objects.select_related("subscription", "digest")
    return found.select_for_update(of=("self",)).get(pk=dispatch.pk)


# --- subscriptions and addresses ------------------------------------------------------------


@transaction.atomic
def end(subscription: Subscription, *, by: Any, why: str, at: datetime) -> None:
    """End a subscription because its owner asked for it, as their own link does. Raises RefusedError."""
    why = checked_reason(why)
    held = Subscription.objects.filter(address_key=subscription.address_key).order_by("pk").select_for_update()
    subscription = next(row for row in held if row.pk == subscription.pk)
    check_can_end(by, subscription)
    subscriptions.leave(subscription, at=at)
    Audit.write("subscription.end", subscription, by=by, at=at, why=why)


@transaction.atomic
def lift(suppression: Suppression, *, by: Any, why: str, at: datetime) -> None:
    """Delete a suppression, so that the owner of the address may subscribe again. Raises RefusedError.

    Nothing that ended with it begins again: only its owner can ask for that.
    """
    why = checked_reason(why)
    held = Suppression.objects.select_for_update().filter(pk=suppression.pk).first()
    if held is None:
        raise RefusedError(f"The {suppression} was lifted already.")
    check_can_lift(by, held)
    Audit.write("suppression.lift", held, by=by, at=at, reason=held.reason, since=f"{held.at:%Y-%m-%d}", why=why)
    held.delete()


@transaction.atomic
def suppress_by_hand(address: str, *, by: Any, why: str, at: datetime) -> Suppression:
    """Send nothing to an address any more, and end what it follows; of the address only the hash is kept.

    Raises RefusedError, also where somebody's word stands for it already. In place of a bounce it is a new reason.
    """
    check_can_suppress(by)
    why, address = checked_reason(why), address.strip()
    try:
        validate_email(address)
    except ValidationError as error:
        raise RefusedError("This is no e-mail address. Write it as name@example.org.") from error
    known = Suppression.objects.select_for_update().filter(address_key=key_of(address)).first()
    if known and known.reason != SuppressionReason.BOUNCED:
        raise RefusedError(f"Nothing is sent to this address already: {known.get_reason_display()}.")
    suppress(key_of(address), SuppressionReason.BY_HAND, at=at)
    made = Suppression.objects.get(address_key=key_of(address))
    Audit.write("suppression.add", made, by=by, at=at, why=why)
    return made
