"""Workers die anywhere, and the mail side is asked at any time: nothing is lost, and nothing comes twice.

As long as the source knows the truth, and who counts as dead is dead: a worker that is only slow can still send.
"""

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import example, given
from hypothesis import strategies as st

from commitments.digests import claims, reconcile
from commitments.models import Dispatch
from tests.digests import returned, rows
from tests.digests.rows import subscribed
from tests.digests.truth import Truth, handed_over, heard, sent_at
from tests.factories import AT

pytestmark = pytest.mark.django_db

STEPS = ["dies before the dot", "dies at the dot", "dies when it is taken", "hears that it is taken", "time", "ask"]
GOES_ON = ["time", "time", "time", "ask", "hears that it is taken"]


class Story:
    """One message, and what happens to it."""

    def __init__(self) -> None:
        self.truth, self.now = Truth(), AT
        reader = subscribed(language="en")
        other = sent_at(returned.sent(reader, 10), AT - timedelta(hours=1))
        self.truth.take(other)
        self.one = rows.dispatch(reader, merge={"address": reader.address, "token": "t"})

    def do(self, step: str) -> None:
        if step == "time":
            self.now += timedelta(minutes=9)
        elif step == "ask":
            reconcile.reconcile(clock=lambda: self.now, source=self.truth)
        elif claims.waiting(at=self.now).exists():
            self.work(step)
        claims.release(at=self.now)

    def work(self, step: str) -> None:
        if step == "dies before the dot":
            claims.claim("dies", at=self.now)
            return
        mine = handed_over(self.one, at=self.now, owner=f"at {self.now}")
        if step != "dies at the dot":
            self.truth.take(self.one)
        if step == "hears that it is taken":
            heard(mine, at=self.now)

    def end(self) -> tuple[str, int, bool]:
        """State, how often it was taken, and whether that may be twice."""
        one = Dispatch.objects.get(pk=self.one.pk)
        return one.state, self.truth.taken[one.message_id], one.perhaps_twice


@given(st.lists(st.sampled_from(STEPS), max_size=25))
@example(["dies at the dot", *GOES_ON])
@example(["dies when it is taken", *GOES_ON])
@example(["dies at the dot", "time", "time", "time", "ask", "dies when it is taken"])
@example(["dies at the dot", "time", "time", "time", "ask", "dies at the dot", *GOES_ON])
@example(["dies before the dot", "time"] * 6)
def test_whatever_workers_die_of_nothing_is_lost_and_nothing_comes_twice(steps: list[str]) -> None:
    with transaction.atomic():
        story = Story()
        for step in [*steps, *GOES_ON * 3]:
            story.do(step)
        end = story.end()
        transaction.set_rollback(True)
    if steps.count("dies at the dot") >= 2 and end[0] == "uncertain":
        assert end == ("uncertain", 0, True)  # twice lost: a person decides, and knows that it may be there twice
    elif steps.count("dies before the dot") >= 4 and end[0] == "parked":
        assert end[:2] == ("parked", 0)
    else:
        assert end[:2] == ("sent", 1)
