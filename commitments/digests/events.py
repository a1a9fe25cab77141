"""What a provider tells of mails that it sends for us: deliveries, bounces, refusals, complaints.

django-anymail proves who speaks (WEBHOOK_SECRET, and the provider's signature where it has one) and brings what all
providers tell into one form; here that form becomes what follows. What a provider tells may come twice, late and in
any order: all that is done here can be done again.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from anymail.signals import AnymailTrackingEvent, EventType, RejectReason

from commitments.digests import reconcile
from commitments.digests.addresses import key_of
from commitments.digests.bounces import Came, Outcome
from commitments.digests.providers import MESSAGE, name_of
from commitments.digests.reports import status_in
from commitments.digests.suppression import bounced, suppress
from commitments.models import Dispatch, SuppressionReason

#: The part of our Message-IDs before the `@` (`letter.message_id`); it ends with the key of the subscription.
_NAME = re.compile(r"[0-9A-Za-z]{1,128}\.([0-9]{1,18})", re.ASCII)

#: The reader has told the provider that no more is wanted. From then on the provider itself sends nothing to them, so
#: whoever unsubscribed at the provider stands here like who complained there: only a person can lift both.
_UNWANTED = (EventType.COMPLAINED, EventType.UNSUBSCRIBED)
#: Refused for good, by the reader's server or, because it was before, by the provider. What may still arrive is
#: `deferred`.
_REFUSED = (EventType.BOUNCED, EventType.REJECTED)


def take(event: AnymailTrackingEvent, *, at: datetime) -> Outcome:
    """Do what an event asks for, and say what that was, in words that name no reader."""
    if event.event_type not in (*_UNWANTED, *_REFUSED, EventType.FAILED, EventType.DELIVERED):
        return Outcome(Came.NOTED, "no bounce and no complaint")
    dispatch = _dispatch(event)
    if dispatch is None:
        return Outcome(Came.NOT_OURS, "about no digest of ours")
    if event.recipient and key_of(str(event.recipient)) != dispatch.subscription.address_key:
        # A copy to another address, as that of a journal: its fate is not the reader's.
        return Outcome(Came.NOTED, f"about another address: {dispatch}")
    if event.event_type == EventType.DELIVERED:
        settled = reconcile.delivered(dispatch, at=at)
        return Outcome(Came.NOTED, f"delivered{', so sent' if settled else ''}: {dispatch}")
    if event.event_type in _UNWANTED or event.reject_reason in (RejectReason.SPAM, RejectReason.UNSUBSCRIBED):
        suppress(dispatch.subscription.address_key, SuppressionReason.COMPLAINED, at=at)
        return Outcome(Came.SUPPRESSED, f"not wanted: {dispatch}")
    return _refused(event, dispatch, at=at)


def _refused(event: AnymailTrackingEvent, dispatch: Dispatch, *, at: datetime) -> Outcome:
    status = _status(event)
    if event.event_type == EventType.FAILED and not status:
        # The provider could not make or send it, and no server was asked. Postal says so of refusals, too; then with
        # what the server said.
        return Outcome(Came.NOTED, f"the provider did not send it: {dispatch}")
    suppressed = bounced(dispatch, status=status, at=at)
    why = f"refused, {status or 'no status code'}: {dispatch}"
    return Outcome(Came.SUPPRESSED if suppressed else Came.COUNTED, why)


def _status(event: AnymailTrackingEvent) -> str:
    """Return the enhanced status code in what the server said; a malformed address is one by its kind alone."""
    said = status_in(str(event.mta_response or "")) or status_in(str(event.description or ""))
    return said or ("5.1.3" if event.reject_reason == RejectReason.INVALID else "")


def _dispatch(event: AnymailTrackingEvent) -> Dispatch | None:
    """Return which message an event is about: by metadata or tag (`providers.provider_fields`), or by Message-ID.

    Providers that keep our Message-ID tell it as the message's id; others tell one of their own, of another form.
    """
    for given in _given(event):
        found = _NAME.fullmatch(name_of(given)) if isinstance(given, str) else None
        if found:
            # By the subscription first, which has an index for every database; the host may have changed since.
            theirs = Dispatch.objects.filter(subscription_id=int(found[1]), message_id__startswith=f"<{found[0]}@")
            if dispatch := theirs.select_related("subscription").first():
                return dispatch
    return None


def _given(event: AnymailTrackingEvent) -> Iterator[Any]:
    """Yield what may name one of our messages."""
    if isinstance(event.metadata, dict):
        yield event.metadata.get(MESSAGE)
    yield from list(event.tags or [])[:10]
    yield event.message_id
