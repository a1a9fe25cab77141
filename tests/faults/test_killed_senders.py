"""A sending process is killed at every point of a mail's way; others send what it left. Nothing is lost or doubled."""

from collections.abc import Callable

import pytest
from pytest_django import Settings

from tests.faults.stand import Stand

Note = Callable[[str, object], None]

MAILS = 24
#: Killed at these, nobody can have the message: it is simply sent again.
BEFORE_THE_DOT = {
    "before the claim commits": {"point": "claim executed"},
    "after the claim": {"kill": "mail;3"},
    "after RCPT": {"kill": "rcpt;3"},
    "after DATA": {"kill": "data;3"},
    "after the body, before the fence": {"point": "before fence;die;2"},
}
#: Killed at these, nobody can know.
AT_THE_DOT = {
    "the dot recorded, not sent": {"point": "before dot;die;3"},
    "the dot sent, before 250": {"kill": "dot;3"},
    "250 sent, not heard": {"kill": "answered;3"},
    "250 heard, not recorded": {"point": "record executed;die;3"},
}


@pytest.mark.parametrize("moment", BEFORE_THE_DOT)
def test_who_is_killed_before_the_dot_loses_and_doubles_nothing(alone: Stand, moment: str, note: Note) -> None:
    alone.waits(count=MAILS)
    assert alone.sends(**BEFORE_THE_DOT[moment]) == -9
    assert len(alone.post.taken()) < MAILS
    assert not alone.at_the_dot()
    alone.settles()
    verdict = alone.verdict()
    note(f"killed: {moment}", verdict)
    assert (verdict.once, verdict.whole) == (MAILS, (0, 0, 0))


def test_who_is_killed_between_the_fence_and_its_commit_loses_and_doubles_nothing(alone: Stand, note: Note) -> None:
    alone.waits(count=MAILS)
    if alone.sends("fence executed;die;2") == 0:
        note("killed: the fence executed, not committed", "no such moment: the fence is a transaction by itself")
    alone.settles()
    verdict = alone.verdict()
    assert (verdict.once, verdict.whole) == (MAILS, (0, 0, 0))


@pytest.mark.parametrize("moment", AT_THE_DOT)
@pytest.mark.parametrize("connections", [1, 4])
def test_who_is_killed_at_the_dot_leaves_exactly_what_was_there_uncertain(
    alone: Stand, moment: str, connections: int, settings: Settings, note: Note
) -> None:
    settings.MAIL_CONNECTIONS = connections
    alone.waits(count=MAILS)
    assert alone.sends(**AT_THE_DOT[moment]) == -9
    there, last = alone.at_the_dot(), alone.post.last_begun()
    assert 1 <= len(there) <= connections
    assert connections > 1 or there == {last}
    alone.settles()
    verdict = alone.verdict()
    note(f"killed: {moment}", verdict)
    assert alone.in_state("uncertain") == there
    assert (verdict.lost, verdict.doubled) == (0, 0)
    assert connections > 1 or alone.post.taken()[last] == (0 if "not sent" in moment else 1)
    assert len(alone.in_state("sent")) == MAILS - len(there)


def test_who_is_killed_after_the_record_leaves_it_sent(alone: Stand, settings: Settings, note: Note) -> None:
    settings.MAIL_CONNECTIONS = 1
    alone.waits(count=MAILS)
    assert alone.sends("record committed;die;3") == -9
    assert len(alone.in_state("sent")) == 3
    alone.settles()
    verdict = alone.verdict()
    note("killed: after the record", verdict)
    assert (verdict.once, verdict.whole) == (MAILS, (0, 0, 0))


def test_what_is_uncertain_is_not_sent_again_by_itself_however_long_it_takes(alone: Stand) -> None:
    alone.waits(count=MAILS)
    alone.sends("before dot;die;3")
    for _ in range(3):
        alone.settles()
    left = len(alone.in_state("uncertain"))
    assert left
    assert len(alone.in_state("sent")) == MAILS - left
    assert set(alone.post.taken().values()) == {1}
