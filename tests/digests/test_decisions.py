"""What a person decides about mail: sent again as it was, counted as sent, an address lifted or suppressed by hand."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from pytest_django import Settings

from commitments.digests import claims, decisions, sending, subscriptions, suppression
from commitments.digests.addresses import key_of
from commitments.digests.decisions import can_count_as_sent, can_send_again, count_as_sent, send_again
from commitments.models import Attempt, Audit, Decision, Dispatch, Subscription, Suppression
from commitments.refusals import RefusedError
from tests.digests.rows import dispatch, subscribed, wish
from tests.digests.server import Handler, smtp
from tests.digests.test_sending import DUE, send, state, waits
from tests.factories import AT, person, refused

pytestmark = pytest.mark.django_db

LATER = DUE + timedelta(hours=3)
SAID: dict[str, Any] = {"why": "Not in the server's log.", "at": LATER}


@pytest.fixture
def server(settings: Settings) -> Iterator[Handler]:
    with smtp(settings) as handler:
        yield handler


@pytest.fixture
def chief() -> Any:
    return person("administrator")


def stands(one: Dispatch, state: str, **fields: Any) -> Dispatch:
    """Let a message stand so, as if it had come to that."""
    Dispatch.objects.filter(pk=one.pk).update(state=state, attempt=5, **fields)
    one.refresh_from_db()
    return one


# --- sent again -----------------------------------------------------------------------------


def test_what_may_have_been_lost_is_sent_again_as_the_same_mail(server: Handler, chief: Any) -> None:
    (one,) = waits("reader")
    send()
    stands(one, "uncertain", sent_at=None)
    send_again(one, by=chief, **SAID)
    assert (state(one), one.attempt, one.next_try, one.error) == ("pending", 0, LATER, "")
    assert send(LATER) == "1 sent"
    first, second = server.taken
    assert first == second
    assert [mail["Message-ID"] for mail in server.mails()] == [one.message_id] * 2


@pytest.mark.parametrize("was", ["uncertain", "parked", "failed"])
def test_a_decision_is_kept_with_who_why_and_how_the_message_stood(was: str, chief: Any) -> None:
    one = stands(waits("reader")[0], was, error="451 Try again")
    send_again(one, by=chief, **SAID)
    kept = Decision.objects.get()
    assert (kept.dispatch, kept.by, kept.ruling, kept.was, kept.tries) == (one, chief, "send_again", was, 5)
    assert (kept.why, kept.at) == (SAID["why"], LATER)
    act = Audit.objects.get()
    assert (act.action, act.by, act.subject, act.detail["was"]) == ("mail.send_again", chief, str(one), was)
    with refused("what was written here stays"):
        Decision.objects.filter(pk=kept.pk).update(why="Another reason.")


def test_what_came_back_after_it_was_sent_waits_again_without_a_time_of_sending(chief: Any) -> None:
    one = stands(waits("reader")[0], "failed", sent_at=DUE)
    send_again(one, by=chief, **SAID)
    assert (state(one), one.sent_at) == ("pending", None)


@pytest.mark.parametrize("now", ["pending", "sending", "sent", "stopped"])
def test_there_is_nothing_to_decide_about_what_is_on_its_way_or_settled(now: str, chief: Any) -> None:
    held = {"owner": "worker", "lease_until": LATER} if now == "sending" else {}
    one = stands(waits("reader")[0], now, sent_at=DUE if now == "sent" else None, **held)
    for decide in (send_again, count_as_sent):
        with pytest.raises(RefusedError, match="nothing to decide about it"):
            decide(one, by=chief, **SAID)
    assert state(one) == now
    assert not Decision.objects.exists()
    assert not Audit.objects.exists()


def test_who_has_left_gets_nothing_again_and_the_refusal_says_so(chief: Any) -> None:
    one = stands(waits("reader")[0], "uncertain")
    subscriptions.leave(one.subscription, at=DUE)
    with pytest.raises(RefusedError, match="has left"):
        send_again(one, by=chief, **SAID)
    assert (state(one), can_send_again(chief, one), can_count_as_sent(chief, one)) == ("uncertain", False, True)


def test_whose_address_is_suppressed_gets_nothing_again(chief: Any) -> None:
    one = stands(waits("reader")[0], "failed")
    Suppression.objects.create(address_key=key_of("reader@example.org"), reason="bounced", at=DUE)
    with pytest.raises(RefusedError, match="it is suppressed"):
        send_again(one, by=chief, **SAID)


def test_what_was_deleted_cannot_be_made_again(chief: Any) -> None:
    one = stands(waits("reader")[0], "failed", merge={})
    with pytest.raises(RefusedError, match="were deleted"):
        send_again(one, by=chief, **SAID)


def test_what_a_paused_reader_is_sent_again_waits_until_they_go_on(server: Handler, chief: Any) -> None:
    one = stands(waits("reader")[0], "parked")
    subscriptions.pause(one.subscription)
    send_again(one, by=chief, **SAID)
    assert send(LATER) == "nothing to send"
    subscriptions.go_on(one.subscription, at=LATER)
    assert send(LATER) == "1 sent"


def test_two_people_who_decide_at_once_decide_once(chief: Any) -> None:
    one = stands(waits("reader")[0], "parked")
    mine, theirs = Dispatch.objects.get(pk=one.pk), Dispatch.objects.get(pk=one.pk)
    count_as_sent(mine, by=chief, **SAID)
    with pytest.raises(RefusedError, match="nothing to decide about it"):
        send_again(theirs, by=person("administrator"), **SAID)
    assert state(one) == "sent"
    assert Decision.objects.count() == Audit.objects.count() == 1


def test_a_worker_that_was_only_slow_cannot_write_over_a_decision(server: Handler, chief: Any) -> None:
    (one,) = waits("reader")
    (mine,) = claims.claim("slow", at=DUE)
    assert claims.fence([mine], at=DUE)
    claims.release(at=DUE + claims.LEASE_AT_DOT)
    send_again(one, by=chief, **SAID)
    sending._record_sent([(mine, "250 after a long time")], at=LATER)
    assert state(one) == "pending"
    assert Attempt.objects.get().said == "250 after a long time"


# --- counted as sent ------------------------------------------------------------------------


@pytest.mark.parametrize("was", ["uncertain", "parked"])
def test_what_was_found_in_the_log_counts_as_sent(was: str, server: Handler, chief: Any) -> None:
    one = stands(waits("reader")[0], was, error="No answer.")
    count_as_sent(one, by=chief, **SAID)
    assert (state(one), one.sent_at, one.error) == ("sent", LATER, "")
    one.subscription.refresh_from_db()
    assert one.subscription.last_sent_at == LATER
    assert send(LATER + timedelta(days=1)) == "nothing to send"
    assert Audit.objects.get().action == "mail.count_as_sent"


def test_what_was_refused_for_good_was_not_sent(chief: Any) -> None:
    one = stands(waits("reader")[0], "failed")
    with pytest.raises(RefusedError, match="nothing to decide about it"):
        count_as_sent(one, by=chief, **SAID)


# --- who, and why ---------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["viewer", "curator", "reviewer"])
def test_administrators_decide_and_nobody_else(role: str) -> None:
    one, by = stands(waits("reader")[0], "parked"), person(role)
    row = Suppression.objects.create(address_key="1" * 64, reason="bounced", at=AT)
    for decide in (
        lambda: send_again(one, by=by, **SAID),
        lambda: count_as_sent(one, by=by, **SAID),
        lambda: decisions.end(one.subscription, by=by, **SAID),
        lambda: decisions.lift(row, by=by, **SAID),
        lambda: decisions.suppress_by_hand("a@example.org", by=by, **SAID),
    ):
        with pytest.raises(RefusedError, match="Your role does not let you"):
            decide()
    assert not Audit.objects.exists()


def test_who_was_deactivated_decides_nothing(chief: Any) -> None:
    chief.is_active = False
    with pytest.raises(RefusedError):
        send_again(stands(waits("reader")[0], "parked"), by=chief, **SAID)


@pytest.mark.parametrize(
    ("why", "said"),
    [("", "Say why"), (" \n", "Say why"), ("x" * 1001, "1000"), ("ada@example.org asked", "addresses")],
)
def test_a_decision_has_a_reason_that_names_no_address(why: str, said: str, chief: Any) -> None:
    one = stands(waits("reader")[0], "parked")
    with pytest.raises(RefusedError, match=said):
        send_again(one, by=chief, why=why, at=LATER)
    assert state(one) == "parked"


# --- what the database holds by itself ------------------------------------------------------


def test_a_message_that_waits_is_in_nobodys_hands_and_was_not_sent() -> None:
    one = dispatch(subscribed())
    for field, value in {"sent_at": AT, "owner": "worker", "lease_until": AT, "stage": "dot"}.items():
        with refused("dispatch_that_waits_is_in_nobodys_hands"):
            Dispatch.objects.filter(pk=one.pk).update(**{field: value})


@pytest.mark.parametrize(
    ("ruling", "was"),
    [("count_as_sent", "failed"), ("send_again", "sent"), ("send_again", "pending"), ("x", "parked")],
)
def test_no_decision_about_what_does_not_stand_still(ruling: str, was: str, chief: Any) -> None:
    one = dispatch(subscribed())
    with refused("decision_on_what_stood_still"):
        Decision.objects.create(at=AT, dispatch=one, by=chief, ruling=ruling, why="So.", was=was, tries=1)
    with refused("decision_says_why"):
        Decision.objects.create(at=AT, dispatch=one, by=chief, ruling="send_again", why="", was="parked", tries=1)


# --- subscriptions and addresses ------------------------------------------------------------


def test_a_subscription_ends_on_its_owners_request_as_by_their_own_link(chief: Any) -> None:
    (one,) = waits("reader")
    decisions.end(one.subscription, by=chief, why="Asked by letter.", at=LATER)
    left = Subscription.objects.get(pk=one.subscription_id)
    assert (left.state, left.address, left.left_at) == ("left", "", LATER)
    assert (state(one), one.merge) == ("stopped", {})
    assert Audit.objects.get().action == "subscription.end"
    with pytest.raises(RefusedError, match="ended already"):
        decisions.end(left, by=chief, why="Again.", at=LATER)


def test_who_was_suppressed_may_subscribe_again_once_it_is_lifted(chief: Any) -> None:
    old = subscribed(address="reader@example.org")
    suppression.suppress(old.address_key, suppression.SuppressionReason.BOUNCED, at=AT)
    row = Suppression.objects.get()
    decisions.lift(row, by=chief, why="The mailbox works again.", at=LATER)
    assert not suppression.suppressed([old.address_key])
    old.refresh_from_db()
    assert old.state == "left"
    assert subscriptions.confirm(subscriptions.ask("reader@example.org", wish(), at=LATER), at=LATER).state == "active"
    act = Audit.objects.get()
    assert (act.action, act.detail["reason"]) == ("suppression.lift", "bounced")
    assert old.address_key not in str(act.detail)
    with pytest.raises(RefusedError, match="lifted already"):
        decisions.lift(row, by=chief, why="Again.", at=LATER)


def test_a_complaint_is_lifted_by_administrators_only(chief: Any) -> None:
    row = Suppression.objects.create(address_key="1" * 64, reason="complained", at=AT)
    helper = person("reviewer")
    helper.user_permissions.add(Permission.objects.get(codename="delete_suppression"))
    with pytest.raises(RefusedError, match="after a complaint"):
        decisions.lift(row, by=helper, **SAID)
    decisions.lift(row, by=chief, **SAID)
    other = Suppression.objects.create(address_key="2" * 64, reason="bounced", at=AT)
    decisions.lift(other, by=helper, **SAID)
    assert not Suppression.objects.exists()


def test_an_address_suppressed_by_hand_is_kept_as_its_hash_alone(chief: Any) -> None:
    reader = subscribed(address="reader@example.org")
    made = decisions.suppress_by_hand(" Reader@example.org ", by=chief, why="Asked by letter.", at=LATER)
    assert (made.address_key, made.reason, made.at) == (reader.address_key, "by_hand", LATER)
    reader.refresh_from_db()
    assert (reader.state, reader.address) == ("left", "")
    act = Audit.objects.get()
    assert act.action == "suppression.add"
    assert "example.org" not in f"{act.subject} {act.row} {act.detail}".casefold()
    with pytest.raises(RefusedError, match="already: by hand"):
        decisions.suppress_by_hand("reader@example.org", by=chief, why="Twice.", at=LATER)


def test_a_persons_word_takes_the_place_of_a_bounce_and_not_of_a_complaint(chief: Any) -> None:
    for name, reason in (("a", "bounced"), ("b", "complained")):
        Suppression.objects.create(address_key=key_of(f"{name}@example.org"), reason=reason, at=AT)
    decisions.suppress_by_hand("a@example.org", by=chief, **SAID)
    with pytest.raises(RefusedError, match="already: complained"):
        decisions.suppress_by_hand("b@example.org", by=chief, **SAID)
    assert sorted(Suppression.objects.values_list("reason", flat=True)) == ["by_hand", "complained"]


def test_what_is_no_address_is_not_suppressed(chief: Any) -> None:
    for typed in ("", "reader", "reader@", "a b@example.org"):
        with pytest.raises(RefusedError, match="no e-mail address"):
            decisions.suppress_by_hand(typed, by=chief, **SAID)
