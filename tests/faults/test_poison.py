"""A message whose sending kills whoever tries: it is parked after five tries, and the others are sent."""

from collections.abc import Callable

from tests.faults.stand import Stand

Note = Callable[[str, object], None]


def test_a_message_that_kills_its_sender_is_parked_and_the_others_are_sent(alone: Stand, note: Note) -> None:
    alone.waits("poison", count=12)
    poison = alone.of("poison").message_id
    died = 0
    for _ in range(10):
        died += alone.sends(poison) == -9
        alone.time_passes()
    alone.settles()
    verdict = alone.verdict()
    note("a message that kills its worker", verdict)
    assert (died, alone.in_state("parked")) == (5, {poison})
    assert (verdict.once, verdict.whole) == (12, (0, 0, 0))
