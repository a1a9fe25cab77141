"""What is uncertain, settled by what the mail side knows: when it is believed, what follows, and how often."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from commitments.digests import addresses, claims, message, reconcile, subscriptions
from commitments.digests.decisions import count_as_sent, send_again
from commitments.digests.transport import wire
from commitments.models import Dispatch, Finding, Heartbeat, Subscription, Suppression
from tests.digests import returned, rows
from tests.digests.rows import subscribed
from tests.digests.truth import COUNTS, TAKEN, Truth, handed_over, heard, sent_at
from tests.factories import AT, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def truth() -> Truth:
    return Truth()


@pytest.fixture
def reader() -> Subscription:
    return subscribed(language="en")


def uncertain(reader: Subscription, n: int = 0, **fields: Any) -> Dispatch:
    """A message at whose dot the worker was lost, so that absence counts from COUNTS on."""
    merge = {"address": reader.address, "token": addresses.token_of(reader)}
    own = {"owner": f"worker {n}", "attempt": 1, "next_try": COUNTS, "error": "No answer.", "merge": merge}
    return returned.sent(reader, n, "uncertain", **{**own, **fields})


def certain(reader: Subscription, truth: Truth, at: datetime = TAKEN, n: int = 10) -> Dispatch:
    """A message that was certainly taken, and is known to have been."""
    one = sent_at(returned.sent(reader, n), at)
    truth.take(one)
    return one


def settle(truth: Truth, at: datetime = COUNTS, **given: Any) -> str:
    return str(reconcile.reconcile(clock=lambda: at, source=truth, **given))


def state(one: Dispatch) -> str:
    one.refresh_from_db()
    return one.state


# --- found ----------------------------------------------------------------------------------


@pytest.mark.parametrize("copies", [1, 2])
def test_what_is_found_was_sent(copies: int, truth: Truth, reader: Subscription) -> None:
    one = uncertain(reader)
    truth.taken[one.message_id] = copies
    assert settle(truth, AT) == "1 found, so sent"
    assert (state(one), one.sent_at, one.owner, one.error, one.perhaps_twice) == ("sent", AT, "", "", False)
    assert one.subscription.last_sent_at == AT
    kept = Finding.objects.get()
    assert (kept.dispatch, kept.at, kept.source, kept.copies, kept.said) == (
        one,
        AT,
        "journal",
        copies,
        f"UID {one.pk}",
    )
    assert settle(truth, AT + timedelta(days=1)) == "nothing settled"


def test_what_is_found_was_sent_also_where_nothing_else_proves_the_source(truth: Truth, reader: Subscription) -> None:
    one, other = uncertain(reader), certain(reader, truth)
    truth.take(one)
    truth.hidden = {other.message_id}
    assert "1 found, so sent; journal mailbox: it does not show 1 of the 1 newest" in settle(truth)
    assert state(one) == "sent"


def test_of_a_reader_who_has_left_what_is_found_was_sent(truth: Truth, reader: Subscription) -> None:
    one = uncertain(reader)
    truth.take(one)
    subscriptions.leave(reader, at=AT)
    settle(truth)
    assert (state(one), one.merge) == ("sent", {})


def test_what_came_back_once_and_was_sent_again_is_not_proved_by_its_first_copy(
    truth: Truth, reader: Subscription
) -> None:
    one = uncertain(reader)
    truth.take(one)
    Dispatch.objects.filter(pk=one.pk).update(state="failed", error="It came back: 5.2.2.")
    send_again(one, by=person("administrator"), why="There is room again.", at=AT)
    Dispatch.objects.filter(pk=one.pk).update(state="uncertain", next_try=COUNTS)
    certain(reader, truth)
    assert settle(truth) == "1 still uncertain"
    assert state(one) == "uncertain"


# --- not found ------------------------------------------------------------------------------


def test_what_is_not_found_is_sent_again_as_the_same_mail(truth: Truth, reader: Subscription) -> None:
    one = uncertain(reader)
    certain(reader, truth)
    before = wire(message.of(one))
    assert settle(truth, COUNTS - timedelta(seconds=1)) == "1 still uncertain"
    assert (state(one), Finding.objects.count()) == ("uncertain", 0)
    assert settle(truth) == "1 not found, so sent again"
    assert (state(one), one.perhaps_twice, one.next_try, one.attempt, one.owner) == ("pending", True, COUNTS, 0, "")
    assert wire(message.of(Dispatch.objects.get(pk=one.pk))) == before
    kept = Finding.objects.get()
    assert (kept.copies, kept.said) == (0, "")


def test_what_is_lost_each_time_is_sent_again_three_times_and_then_a_persons(
    truth: Truth, reader: Subscription
) -> None:
    one, at = uncertain(reader), COUNTS
    certain(reader, truth, AT - timedelta(hours=1))
    for _ in range(reconcile.MOST_AGAIN):
        assert settle(truth, at, only=one) == "1 not found, so sent again"
        assert state(one) == "pending"
        handed_over(one, at=at)
        at += claims.LEASE_AT_DOT
        claims.release(at=at)
        at += claims.ABSENT_AFTER
        certain(reader, truth, at - timedelta(hours=1), n=20 + Finding.objects.count())
    assert settle(truth, at, only=one) == "1 still uncertain"
    assert (state(one), Finding.objects.count()) == ("uncertain", reconcile.MOST_AGAIN)


def test_what_a_person_has_sent_again_is_not_sent_again_by_a_machine(truth: Truth, reader: Subscription) -> None:
    one = uncertain(reader, perhaps_twice=True)
    certain(reader, truth)
    for days in range(3):
        assert settle(truth, COUNTS + timedelta(days=days)) == "1 still uncertain"
    assert (state(one), Finding.objects.count()) == ("uncertain", 0)
    truth.take(one)
    assert settle(truth) == "1 found, so sent"


def test_of_a_reader_who_has_left_what_is_not_found_is_stopped(truth: Truth, reader: Subscription) -> None:
    one = uncertain(reader)
    certain(reader, truth)
    subscriptions.leave(reader, at=AT)
    assert settle(truth) == "1 not found, and its reader left"
    assert (state(one), Finding.objects.get().copies) == ("stopped", 0)


def test_of_a_reader_who_pauses_what_is_not_found_waits(truth: Truth, reader: Subscription) -> None:
    one = uncertain(reader)
    certain(reader, truth)
    subscriptions.pause(reader)
    settle(truth)
    assert state(one) == "pending"
    assert not claims.waiting(at=COUNTS).exists()


def test_what_may_not_or_cannot_be_sent_again_stays_for_a_person(truth: Truth, reader: Subscription) -> None:
    erased = uncertain(reader, 1, merge={})
    suppressed = uncertain(subscribed(address="other@example.org"), 2)
    Suppression.objects.create(address_key=suppressed.subscription.address_key, reason="bounced", at=AT)
    certain(reader, truth)
    assert settle(truth) == settle(truth) == "2 still uncertain"
    assert state(erased) == state(suppressed) == "uncertain"
    assert not Finding.objects.exists()


# --- when a source is believed --------------------------------------------------------------


def test_without_anything_certainly_sent_absence_is_not_believed(truth: Truth, reader: Subscription) -> None:
    one = uncertain(reader)
    assert settle(truth) == "1 not found, and not believed"
    assert state(one) == "uncertain"


@pytest.mark.parametrize("unseen", range(5))
def test_a_source_that_misses_one_of_the_newest_is_blind_and_that_is_said(
    unseen: int, truth: Truth, reader: Subscription, caplog: pytest.LogCaptureFixture
) -> None:
    one = uncertain(reader)
    newest = [certain(reader, truth, TAKEN + timedelta(minutes=n), n) for n in range(10, 15)]
    truth.hidden = {newest[unseen].message_id}
    said = settle(truth)
    assert "journal mailbox: it does not show 1 of the 5 newest messages that were certainly sent" in said
    assert state(one) == "uncertain"
    assert "It is blind or late" in caplog.text
    assert not Heartbeat.objects.filter(part=reconcile.EVIDENCE).exists()
    truth.hidden = set()
    settle(truth)
    assert state(one) == "pending"
    assert Heartbeat.objects.get(part=reconcile.EVIDENCE).seen_at == COUNTS


def test_what_was_sent_a_moment_ago_or_long_ago_is_no_control(truth: Truth, reader: Subscription) -> None:
    one = uncertain(reader)
    certain(reader, truth)
    fresh = certain(reader, truth, COUNTS - timedelta(minutes=14), 11)
    old = certain(reader, truth, COUNTS - timedelta(days=31), 12)
    truth.hidden = {fresh.message_id, old.message_id}
    settle(truth)
    assert state(one) == "pending"


def test_a_source_that_does_not_reach_back_is_not_believed(truth: Truth, reader: Subscription) -> None:
    one = uncertain(reader)
    before = certain(reader, truth, TAKEN, 10)
    for n in range(11, 16):
        certain(reader, truth, COUNTS + timedelta(days=2, minutes=n), n)
    truth.hidden = {before.message_id}  # as where a log was rotated away, or a journal was set up since
    later = COUNTS + timedelta(days=3)
    assert settle(truth, later) == "1 not found, and not believed"
    truth.hidden = set()
    assert settle(truth, later) == "1 not found, so sent again"
    assert state(one) == "pending"


@pytest.mark.parametrize("absences", [0, 1])
def test_what_a_restored_backup_held_is_never_sent_again_by_a_machine(
    absences: int, truth: Truth, reader: Subscription
) -> None:
    one = uncertain(reader, owner="", attempt=0, perhaps_twice=True)
    for _ in range(absences):  # it had been lost once before the backup was made
        Finding.objects.create(at=AT, dispatch=one, source="relay_log", copies=0)
    for n in range(10, 16):
        certain(reader, truth, COUNTS - timedelta(minutes=40 - n), n)
    assert settle(truth, COUNTS + timedelta(days=1)) == "1 still uncertain"
    assert state(one) == "uncertain"
    truth.take(one)
    assert settle(truth, COUNTS + timedelta(days=1)) == "1 found, so sent"


def test_the_first_message_of_all_is_proved_by_the_next(truth: Truth, reader: Subscription) -> None:
    one = uncertain(reader)
    certain(reader, truth, COUNTS - timedelta(minutes=20))
    assert settle(truth) == "1 not found, so sent again"
    assert state(one) == "pending"


def test_a_source_that_cannot_be_asked_changes_nothing_and_is_heard_of(
    truth: Truth, reader: Subscription, caplog: pytest.LogCaptureFixture
) -> None:
    one = uncertain(reader)
    certain(reader, truth)
    truth.away = "the journal mailbox cannot be asked: refused"
    assert settle(truth) == "nothing settled; journal mailbox: the journal mailbox cannot be asked: refused"
    assert (state(one), one.next_try) == ("uncertain", COUNTS)
    assert "refused" in caplog.text


def test_a_source_that_breaks_changes_nothing_and_is_heard_of(
    truth: Truth, reader: Subscription, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = uncertain(reader)
    monkeypatch.setattr(truth, "look", lambda asked: {}["no such key"])
    assert settle(truth) == "nothing settled; journal mailbox: KeyError"
    assert state(one) == "uncertain"


def test_without_anything_uncertain_it_is_tried_once_an_hour(truth: Truth, reader: Subscription) -> None:
    certain(reader, truth)
    for minutes in range(0, 180, 10):
        settle(truth, COUNTS + timedelta(minutes=minutes))
    assert len(truth.asked) == 3


def test_what_stays_for_a_person_hides_nothing(
    truth: Truth, reader: Subscription, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile, "BATCH", 4)
    for n in range(6):
        uncertain(reader, n, perhaps_twice=True, next_try=COUNTS + timedelta(minutes=n))
    newest = uncertain(reader, 7, next_try=COUNTS + timedelta(hours=1))
    truth.take(newest)
    settle(truth)
    assert state(newest) == "sent"
    assert len(truth.asked[0]) == 4


def test_what_is_older_than_anything_that_is_kept_is_asked_about_by_people_only(
    truth: Truth, reader: Subscription
) -> None:
    one = uncertain(reader)
    truth.take(one)
    later = COUNTS + timedelta(days=31)
    assert settle(truth, later) == "nothing settled"
    assert settle(truth, later, only=one) == "1 found, so sent"


# --- who acts at the same time --------------------------------------------------------------


class Meanwhile(Truth):
    """Something happens while it is being asked."""

    def __init__(self, act: Any) -> None:
        super().__init__()
        self.act = act

    def look(self, asked: Any) -> Any:
        found = super().look(asked)
        self.act()
        return found


@pytest.mark.parametrize("taken", [True, False])
def test_who_settles_it_meanwhile_is_not_written_over(taken: bool, reader: Subscription) -> None:
    chief = person("administrator")
    acts = {
        "sent": lambda one: heard(one, at=COUNTS),
        "pending": lambda one: send_again(one, by=chief, why="Lost.", at=COUNTS),
        "sent ": lambda one: count_as_sent(one, by=chief, why="There.", at=COUNTS),
    }
    for n, (after, act) in enumerate(acts.items()):
        one = uncertain(reader, n)
        source = Meanwhile(lambda one=one, act=act: act(one))  # type: ignore[misc]
        certain(reader, source, TAKEN, 10 + n)
        source.taken[one.message_id] = int(taken)
        assert settle(source, only=one).startswith("1 settled by others meanwhile")
        assert state(one) == after.strip()
    assert not Finding.objects.exists()


def test_what_became_uncertain_once_more_meanwhile_is_another_question(reader: Subscription) -> None:
    one = uncertain(reader, next_try=AT, attempt=1)

    def again() -> None:
        send_again(one, by=person("administrator"), why="Lost.", at=AT)
        mine = handed_over(one, at=AT, owner="another")
        assert mine.attempt == 1
        claims.release(at=AT + claims.LEASE_AT_DOT)

    source = Meanwhile(again)
    certain(reader, source, AT - timedelta(hours=1))
    assert settle(source, AT) == "1 settled by others meanwhile"
    assert (state(one), one.perhaps_twice) == ("uncertain", True)


def test_a_worker_that_was_only_slow_cannot_write_over_it(truth: Truth, reader: Subscription) -> None:
    one = rows.dispatch(reader, merge={"address": reader.address, "token": "t"})
    mine = handed_over(one, at=AT)
    claims.release(at=AT + claims.LEASE_AT_DOT)
    certain(reader, truth, AT - timedelta(hours=1))
    settle(truth, AT + timedelta(minutes=26))
    assert state(one) == "pending"
    heard(mine, at=AT + timedelta(minutes=27))
    assert (state(one), one.perhaps_twice) == ("pending", True)  # it may be there twice, and is known to be so


def test_two_reconcilers_one_after_the_other_are_as_one(truth: Truth, reader: Subscription) -> None:
    one = uncertain(reader)
    certain(reader, truth)
    other = Meanwhile(lambda: settle(truth))
    other.taken = truth.taken
    assert settle(other) == "1 settled by others meanwhile"
    assert (state(one), Finding.objects.count()) == ("pending", 1)


def test_a_row_that_cannot_be_settled_holds_up_no_other(
    truth: Truth, reader: Subscription, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = uncertain(reader, 1), uncertain(reader, 2)
    truth.take(bad)
    truth.take(good)
    really = reconcile._found

    def found(one: Dispatch, *args: Any, **given: Any) -> str:
        if one.pk == bad.pk:
            raise RuntimeError("for the test")
        return really(one, *args, **given)

    monkeypatch.setattr(reconcile, "_found", found)
    assert settle(truth) == "1 found, so sent, 1 still uncertain"
    assert (state(bad), state(good)) == ("uncertain", "sent")
