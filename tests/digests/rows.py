"""Rows of digests, where how they came about is not what is tested."""

from datetime import timedelta
from typing import Any

from commitments.digests import subscriptions
from commitments.digests.schedule import Schedule
from commitments.digests.scope import EVERYTHING, Scope
from commitments.digests.subscriptions import Wish
from commitments.models import Attempt, Change, Digest, Dispatch, Subscription
from tests.factories import AT


def wish(*follows: str, kinds: Any = Change, cadence: str = "weekly", **fields: Any) -> Wish:
    """What somebody asks for: by default every kind of change, on Mondays at eight in São Paulo."""
    scope = Scope(frozenset(follows or [EVERYTHING]), frozenset(kinds))
    zone = fields.pop("zone", "America/Sao_Paulo")
    schedule = Schedule(cadence, fields.pop("hour", 8), fields.pop("weekday", 1), zone)
    return Wish(scope, schedule, fields.pop("language", "es"), **fields)


def subscribed(*follows: str, address: str = "reader@example.org", at: Any = AT, **fields: Any) -> Subscription:
    """Subscribe and confirm."""
    asked = subscriptions.ask(address, wish(*follows, **fields), at=at)
    return subscriptions.confirm(asked, at=at + timedelta(minutes=5))


def dispatch(subscription: Subscription, **fields: Any) -> Dispatch:
    """A message that waits."""
    digest = Digest.objects.create(
        key=f"{Digest.objects.count():064x}",
        parts=[[0, 1, subscription.scope]],
        language=subscription.language,
        after_seq=0,
        through_seq=1,
        subject="One change",
        entries=[],
        composed_at=AT,
        placeholder="a" * 32,
    )
    values = {"due_at": AT, "from_seq": 0, "through_seq": 1, "message_id": f"<{digest.key}@example.org>", "merge": {}}
    values |= {"next_try": AT, "created_at": AT}
    return Dispatch.objects.create(subscription=subscription, digest=digest, **values | fields)


def attempt(of: Dispatch) -> Attempt:
    """A try that failed."""
    return Attempt.objects.create(at=AT, dispatch=of, number=1, owner="worker", outcome="pending", code=451)
