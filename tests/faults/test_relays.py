"""What mail servers do: put off, refuse, hang up, say nothing. Each message ends as it must, and holds up no other."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.test import override_settings

from commitments.models import Suppression
from tests.faults.stand import Stand

Note = Callable[[str, object], None]

#: What becomes of the message in its first run, by the name of its reader.
FIRST = {"later": "pending", "busy": "pending", "gone": "failed", "spam": "failed"}
#: Seconds that the sender waits for a server; 30 outside of these tests.
PATIENCE = 0.5


@pytest.fixture(autouse=True)
def impatient(alone: Stand) -> Iterator[None]:
    with override_settings(EMAIL_TIMEOUT=PATIENCE):
        yield


@pytest.mark.parametrize("name", FIRST)
def test_a_message_that_is_not_taken_holds_up_no_other(alone: Stand, name: str, note: Note) -> None:
    alone.waits(name, count=12)
    theirs = alone.of(name).message_id
    alone.sends()
    assert alone.states()[theirs] == FIRST[name]
    alone.sends()  # without a time that passes: whoever holds up others does not do so in the next sweep
    assert len(alone.in_state("sent")) == 12
    alone.settles()
    verdict = alone.verdict()
    note(f"the server: {name}", f"{alone.states()[theirs]}; {verdict}")
    assert alone.states()[theirs] == ("parked" if FIRST[name] == "pending" else "failed")
    assert (verdict.lost, verdict.doubled, verdict.uncertain) == (0, 0, 0)
    assert Suppression.objects.count() == (1 if name == "gone" else 0)


def test_a_server_that_hangs_up_before_the_dot_gets_it_again_or_leaves_it_uncertain(alone: Stand, note: Note) -> None:
    """Who has sent the dot into a connection that is gone cannot know."""
    alone.waits("hangup", count=12)
    theirs = alone.of("hangup").message_id
    alone.sends()
    alone.settles()
    verdict = alone.verdict()
    note("the server: hangs up before the dot", f"{alone.states()[theirs]}; {verdict}")
    assert alone.states()[theirs] in ("parked", "uncertain")
    assert len(alone.in_state("sent")) == 12
    assert (verdict.lost, verdict.doubled) == (0, 0)


def test_a_server_that_never_answers_costs_no_more_than_its_time_out(alone: Stand, note: Note) -> None:
    alone.waits("slow", count=12)
    theirs, begun = alone.of("slow").message_id, time.monotonic()
    alone.sends()
    alone.sends()
    took = time.monotonic() - begun
    assert len(alone.in_state("sent")) == 12
    assert alone.states()[theirs] == "pending"
    assert took < 40 * PATIENCE
    note(
        "the server: never answers",
        f"the other 12 sent; the sweep held up for {took:.1f} s at a time-out of {PATIENCE}",
    )


def test_what_gets_no_answer_after_the_dot_is_uncertain_and_the_others_are_sent(alone: Stand, note: Note) -> None:
    alone.waits("silent", count=12)
    theirs = alone.of("silent").message_id
    alone.sends()
    alone.settles()
    verdict = alone.verdict()
    note("the server: no answer after the dot", verdict)
    assert alone.in_state("uncertain") == {theirs}
    assert (verdict.once, verdict.lost, verdict.doubled) == (13, 0, 0)


@pytest.mark.parametrize("greeting", ["421 4.3.2 Going away", "554 No service"])
def test_a_server_that_turns_everybody_away_costs_no_try(alone: Stand, greeting: str, note: Note) -> None:
    alone.waits(count=12)
    alone.post.tell(greeting=greeting)
    for _ in range(7):
        alone.sends()
        alone.time_passes(timedelta(minutes=1))
    assert len(alone.in_state("pending")) == 12
    alone.post.tell(greeting="220 localhost")
    alone.settles()
    verdict = alone.verdict()
    note(f"the server: {greeting[:3]} to everybody", verdict)
    assert (verdict.once, verdict.whole) == (12, (0, 0, 0))


def test_a_server_that_is_away_costs_no_try(alone: Stand, note: Note) -> None:
    alone.waits(count=12)
    alone.post.tell(listen=False)
    for _ in range(7):
        alone.sends()
        alone.time_passes(timedelta(minutes=1))
    assert len(alone.in_state("pending")) == 12
    alone.post.tell(listen=True)
    alone.settles()
    verdict = alone.verdict()
    note("the server: away", verdict)
    assert (verdict.once, verdict.whole) == (12, (0, 0, 0))


def test_a_server_that_goes_away_at_one_mail_gets_the_others_later(alone: Stand, note: Note) -> None:
    """421 may be about the mail: it is tried again later, and meanwhile the others go over another connection."""
    alone.waits("closing", count=12)
    theirs = alone.of("closing").message_id
    for _ in range(4):
        alone.sends()
        alone.time_passes()
    verdict = alone.verdict()
    note("the server: 421 in the middle", f"the others {len(alone.in_state('sent'))} sent; {alone.states()[theirs]}")
    assert len(alone.in_state("sent")) == 12
    assert (verdict.doubled, verdict.uncertain) == (0, 0)
