"""Sending over real SMTP: what is taken is sent once, what is not is tried again, and nobody holds up the others."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from pytest_django import Settings

from commitments.digests import claims, message, sending, subscriptions
from commitments.digests.addresses import by_token, key_of
from commitments.digests.compose import compose
from commitments.digests.transport import wire
from commitments.models import Attempt, Dispatch, Subscription, Suppression
from tests import factories
from tests.digests.rows import subscribed
from tests.digests.server import SILENCE, Handler, smtp
from tests.factories import AT, people, published, two_good_items, update

pytestmark = pytest.mark.django_db

DUE = AT + timedelta(days=8)


@pytest.fixture
def server(settings: Settings) -> Iterator[Handler]:
    with smtp(settings) as handler:
        yield handler


def waits(*names: str, **fields: Any) -> list[Dispatch]:
    """Let a message wait for each of some readers."""
    for name in names:
        subscribed(address=f"{name}@example.org", language="en", **fields)
    published(update(factories.pledge(), "in_progress", **people()), two_good_items())
    compose(at=DUE)
    return [Dispatch.objects.get(subscription__address=f"{name}@example.org") for name in names]


def send(at: datetime = DUE) -> str:
    return str(sending.send_waiting(clock=lambda: at))


def state(of: Dispatch) -> str:
    of.refresh_from_db()
    return of.state


def test_a_message_is_sent_once_and_says_so(server: Handler) -> None:
    (one,) = waits("reader")
    assert send() == "1 sent"
    assert send() == "nothing to send"
    assert server.to() == ["reader@example.org"]
    assert (state(one), one.sent_at, one.owner, one.stage, one.error) == ("sent", DUE, "", "", "")
    assert one.subscription.last_sent_at == DUE
    (tried,) = Attempt.objects.all()
    assert (tried.number, tried.outcome, tried.said) == (1, "sent", "250 2.0.0 Taken")


def test_the_mail_carries_what_mail_programs_need_to_let_its_reader_leave(server: Handler) -> None:
    (one,) = waits("reader")
    send()
    (mail,) = server.mails()
    token = one.merge["token"]
    assert mail["Message-ID"] == one.message_id
    assert mail["List-Unsubscribe"].strip() == f"<http://127.0.0.1:8000/unsubscribe/{token}/>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "<digests.127.0.0.1>" in mail["List-Id"]
    assert mail["Auto-Submitted"] == "auto-generated"
    assert parsedate_to_datetime(mail["Date"]) == DUE
    assert by_token(token) == one.subscription
    plain, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))  # type: ignore[union-attr]
    for body in (plain, html):
        assert f"/en/subscriptions/{token}/" in body
        assert one.digest.get_absolute_url() in body
    assert "<style" in html
    assert "style=" in html
    assert "http" not in html.replace("http://127.0.0.1:8000/", "").replace("https://", "http").split("</head>")[0]


def test_a_mail_sent_again_is_byte_for_byte_the_first() -> None:
    (one,) = waits("reader")
    first = wire(message.of(one))
    assert first == wire(message.of(Dispatch.objects.select_related("digest").get(pk=one.pk)))
    assert b"\n." not in first.replace(b"\n..", b"")
    assert first.count(b"\n") == first.count(b"\r\n")


def test_chinese_and_dots_arrive_as_they_were_written(server: Handler) -> None:
    (one,) = waits("reader")
    digest = one.digest
    digest.subject, digest.text = "海洋：开始实施", "第一行\n.\n..二\n" + "长" * 2000
    digest.save()
    send()
    (mail,) = server.mails()
    assert mail["Subject"] == digest.subject
    body = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert body.splitlines() == digest.text.splitlines()


def test_what_the_server_puts_off_is_tried_again_later_and_parked_after_five_tries(server: Handler) -> None:
    one, other = waits("busy", "reader")
    assert send() == "1 pending, 1 sent"
    assert (state(one), one.attempt, one.next_try) == ("pending", 1, DUE + claims.BACK_OFF[0])
    assert send() == "nothing to send"
    at = DUE
    for pause in claims.BACK_OFF:
        at += pause
        send(at)
    assert (state(one), one.attempt, one.attempts.count()) == ("parked", 5, 5)
    assert "451 4.3.0 Try again" in one.error
    assert send(at + timedelta(days=9)) == "nothing to send"
    assert state(other) == "sent"


def test_who_is_not_there_gets_no_more_mail_and_the_address_is_deleted(server: Handler) -> None:
    one, full = waits("gone", "full")
    assert send() == "2 failed"
    assert (state(one), state(full)) == ("failed", "failed")
    left = one.subscription
    left.refresh_from_db()
    assert (left.state, left.address, one.merge) == ("left", "", {})
    assert Suppression.objects.get().address_key == key_of("gone@example.org")
    full.subscription.refresh_from_db()
    assert full.subscription.state == "active"
    assert "gone@" not in one.attempts.get().said


def test_no_answer_after_the_dot_is_uncertain_and_is_not_sent_again(server: Handler, settings: Settings) -> None:
    (one,) = waits("silent")
    settings.EMAIL_TIMEOUT = SILENCE / 2
    assert send().startswith("1 uncertain; the mail server cannot be used: it took a mail and did not say so")
    assert send(DUE + timedelta(days=1)) == "nothing to send"
    assert state(one) == "uncertain"
    assert server.to() == ["silent@example.org"]


def test_where_the_server_cannot_be_reached_everything_waits_and_no_try_counts(settings: Settings) -> None:
    (one,) = waits("reader")
    with smtp(settings):
        pass  # a port on which nobody listens any more
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    assert "cannot be used" in send()
    assert (state(one), one.attempt) == ("pending", 0)
    with smtp(settings) as again:
        assert send() == "1 sent"
        assert again.to() == ["reader@example.org"]


def test_who_left_or_paused_after_the_message_was_made_does_not_get_it(server: Handler) -> None:
    left, paused = waits("left", "paused")
    subscriptions.leave(left.subscription, at=DUE)
    subscriptions.pause(paused.subscription)
    assert send() == "nothing to send"
    assert (state(left), left.merge, state(paused)) == ("stopped", {}, "pending")
    subscriptions.go_on(paused.subscription, at=DUE)
    assert send() == "1 sent"
    assert server.to() == ["paused@example.org"]


def test_who_leaves_while_the_server_has_all_but_the_dot_does_not_get_it(
    server: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = waits("one", "other")
    asked = claims.fence

    def leave_first(dispatches: Sequence[Dispatch], *, at: datetime) -> set[int]:
        if one.pk in [dispatch.pk for dispatch in dispatches]:
            subscriptions.leave(Subscription.objects.get(pk=one.subscription_id), at=at)
        return asked(dispatches, at=at)

    monkeypatch.setattr(claims, "fence", leave_first)
    assert send() == "1 sent, 1 taken back"
    assert server.to() == ["other@example.org"]
    assert (state(one), state(other)) == ("stopped", "sent")


def test_a_worker_that_outlived_its_lease_is_shut_out(server: Handler) -> None:
    (one,) = waits("reader")
    (mine,) = claims.claim("slow", at=DUE)
    later = DUE + claims.LEASE + timedelta(seconds=1)
    assert claims.release(at=later) == 1
    (others,) = claims.claim("other", at=later)
    assert not claims.fence([mine], at=later)
    assert claims.fence([others], at=later) == {one.pk}
    assert (state(one), one.owner, one.losses) == ("sending", "other", 1)


def test_a_worker_lost_at_the_dot_leaves_it_uncertain_and_may_still_say_how_it_went(server: Handler) -> None:
    (one,) = waits("reader")
    (mine,) = claims.claim("slow", at=DUE)
    assert claims.fence([mine], at=DUE) == {one.pk}
    assert claims.release(at=DUE + claims.LEASE_AT_DOT) == 1
    assert state(one) == "uncertain"
    sending._record_sent([(mine, "250 after a long time")], at=DUE)
    assert state(one) == "sent"


def test_a_message_that_kills_its_worker_is_parked_and_takes_no_other_with_it(server: Handler) -> None:
    poison, *others = waits("poison", "reader", "another")
    at, held = DUE, []
    for n in range(claims.MOST_TRIES):
        claimed = claims.claim(f"dies {n}", at=at)
        assert poison in claimed
        held.append(len(claimed))
        at += claims.LEASE
        claims.release(at=at)
    assert held == [3, 3, 1, 1, 1]
    assert (state(poison), poison.attempt) == ("parked", 0)
    assert send(at) == "2 sent"
    assert [(state(one), one.attempt) for one in others] == [("sent", 1)] * 2


def test_what_a_worker_has_stopped_at_waits_for_all_that_is_sound(server: Handler) -> None:
    waits("one", "two")
    at = DUE
    for worker in ("dies", "dies too"):
        claims.claim(worker, at=at)
        at += claims.LEASE
        claims.release(at=at)
    subscribed(address="three@example.org", at=AT + timedelta(minutes=1))
    published(update(factories.pledge(n=1), "in_progress", **people()), two_good_items(), at=DUE)
    compose(at=at + timedelta(days=8))
    assert len(claims.claim("sound", at=at + timedelta(days=8))) == 3
    assert [len(claims.claim(f"alone {n}", at=at + timedelta(days=8))) for n in range(3)] == [1, 1, 0]


def test_a_message_that_cannot_be_made_is_put_off_and_the_others_go(server: Handler) -> None:
    broken, other = waits("broken", "reader")
    broken.merge = {"address": "broken@example.org"}
    broken.save()
    assert send() == "1 pending, 1 sent"
    assert (state(broken), state(other)) == ("pending", "sent")
    assert "KeyError" in broken.error


def test_a_domain_gets_no_more_in_a_minute_than_it_is_given(server: Handler, settings: Settings) -> None:
    settings.MAIL_PER_DOMAIN_A_MINUTE = 2
    waits("a", "b", "c", "d", "e")
    subscribed(address="reader@elsewhere.example")
    assert send() == "2 sent"
    assert send(DUE + timedelta(seconds=50)) == "nothing to send"
    assert send(DUE + timedelta(seconds=61)) == "2 sent"
    assert send(DUE + timedelta(seconds=130)) == "1 sent"
    assert len(server.to()) == 5


def test_two_workers_share_the_messages_and_send_each_once(server: Handler) -> None:
    waits(*(f"reader{n}" for n in range(30)))
    first = claims.claim("one", at=DUE)
    second = claims.claim("two", at=DUE)
    assert len(first) == claims.BATCH
    assert len(second) == 30 - claims.BATCH
    assert not {row.pk for row in first} & {row.pk for row in second}


def test_addresses_of_what_was_sent_are_deleted_after_thirty_days(server: Handler) -> None:
    sent, late = waits("reader", "later")
    send()
    assert sending.forget(at=DUE + timedelta(days=29)) == 0
    assert sending.forget(at=DUE + timedelta(days=30)) == 1
    assert (state(sent), sent.merge, state(late), late.merge != {}) == ("sent", {}, "pending", True)
