"""What becomes of what nobody knows: a person decides, or the mail side is asked."""

import random
from collections.abc import Callable

import pytest
from django.utils import timezone

from commitments.digests import decisions
from commitments.models import Dispatch
from tests.factories import person
from tests.faults.kills import all_settled, killed
from tests.faults.stand import Stand

Note = Callable[[str, object], None]

MAILS = 40
#: What leaves messages uncertain: of these some were taken, and some were not.
DEATHS = ["before dot;die;3", "record executed;die;2"]


def left_uncertain(stand: Stand) -> set[str]:
    """Let senders die at the dot, until some messages are uncertain, of which a few were taken."""
    stand.waits(count=MAILS)
    for point in DEATHS:
        stand.sends(point)
        stand.time_passes()
    stand.sends(kill="dot;2")
    stand.settles()
    left = stand.in_state("uncertain")
    assert left & set(stand.post.taken())
    assert left - set(stand.post.taken())
    return left


def test_where_a_person_lets_all_be_sent_again_doubles_are_only_among_those_flagged(alone: Stand, note: Note) -> None:
    left = left_uncertain(alone)
    decider = person("administrator")
    for row in Dispatch.objects.filter(state="uncertain"):
        decisions.send_again(row, by=decider, why="Nobody has seen it.", at=timezone.now())
    alone.settles()
    verdict = alone.verdict()
    note("uncertain: a person lets all be sent again", f"{verdict}; doubled and not flagged: {verdict.unflagged}")
    assert (verdict.lost, verdict.unflagged, verdict.uncertain) == (0, 0, 0)
    assert {message_id for message_id, times in alone.post.taken().items() if times > 1} <= left
    assert max(alone.post.taken().values()) == 2


def test_where_the_mail_side_is_asked_nothing_is_lost_doubled_or_uncertain(alone: Stand, note: Note) -> None:
    left_uncertain(alone)
    all_settled(alone)
    verdict = alone.verdict()
    note("uncertain: the mail side is asked", verdict)
    assert (verdict.once, verdict.whole) == (MAILS, (0, 0, 0))


@pytest.mark.parametrize("evidence", [True, False], ids=["asked", "not asked"])
def test_after_many_kills_at_random_moments_nothing_is_lost_or_doubled(
    alone: Stand, evidence: bool, note: Note
) -> None:
    seed = random.randrange(10**6)
    told = killed(alone, mails=300, kills=30, workers=2, evidence=evidence, seed=seed)
    assert told.verdict
    note(f"30 kills over 300 mails, the mail side {'asked' if evidence else 'not asked'}", told.verdict)
    assert told.kills > 24  # at the very end there may be nothing left to be killed at
    assert (told.verdict.lost, told.verdict.doubled) == (0, 0), f"seed {seed}\n{told}"
    assert told.verdict.uncertain == 0 or not evidence, f"seed {seed}\n{told}"
