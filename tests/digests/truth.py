"""A source whose truth is known, for what follows from what a source says."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime, timedelta

from commitments.digests import claims, sending
from commitments.digests.traces import SourceError, Trace
from commitments.models import Dispatch, DispatchState, MailSource
from tests.digests import returned

#: By when absence counts of what is made here, and when the newest that was certainly sent was taken.
COUNTS = returned.AT + timedelta(hours=2)
TAKEN = COUNTS - timedelta(hours=1)


class Truth:
    """Knows what was taken; or is blind, or away."""

    kind = MailSource.JOURNAL

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()
        self.hidden: set[str] = set()
        self.away = ""
        self.asked: list[set[int]] = []

    def take(self, dispatch: Dispatch) -> None:
        self.taken[dispatch.message_id] += 1

    def look(self, asked: Collection[Dispatch]) -> dict[int, Trace]:
        self.asked.append({one.pk for one in asked})
        if self.away:
            raise SourceError(self.away)
        seen = {one.pk: 0 if one.message_id in self.hidden else self.taken[one.message_id] for one in asked}
        return {pk: Trace(copies, f"UID {pk}" if copies else "") for pk, copies in seen.items()}

    def forget(self, before: datetime) -> int:
        return 0


def sent_at(dispatch: Dispatch, at: datetime) -> Dispatch:
    """Let a server have taken a message at a time, and said so."""
    dispatch.attempts.create(at=at, number=1, owner="w", outcome=DispatchState.SENT, said="250")
    Dispatch.objects.filter(pk=dispatch.pk).update(state=DispatchState.SENT, sent_at=at)
    return dispatch


def handed_over(one: Dispatch, *, at: datetime, owner: str = "worker") -> Dispatch:
    """Claim a message and bring it to its dot."""
    (mine,) = [row for row in claims.claim(owner, at=at) if row.pk == one.pk]
    assert claims.fence([mine], at=at) == {mine.pk}
    return mine


def heard(mine: Dispatch, *, at: datetime) -> None:
    """Let the worker record that the server took it."""
    sending._record_sent([(mine, "250 2.0.0 Taken")], at=at)
