"""What somebody who means harm, or one broken row, must not be able to do to the others."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from commitments.digests import addresses, claims, message, requests, scope, sending, subscriptions
from commitments.digests import compose as composing
from commitments.digests.compose import compose
from commitments.digests.letter import _subject
from commitments.digests.schedule import Schedule
from commitments.digests.subscriptions import AN_ADDRESS, Sender
from commitments.models import Attempt, Confirmation, Digest, Dispatch, Pledge, Subscription, Suppression
from tests import factories
from tests.digests.rows import subscribed, wish
from tests.factories import AT, people, published, two_good_items, update

pytestmark = pytest.mark.django_db

DUE = AT + timedelta(days=8)
ON = date(2026, 11, 22)


@pytest.fixture(autouse=True)
def in_memory(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def happens(n: int = 0, **fields: Any) -> int:
    values = people() | fields
    return published(update(factories.pledge(n=n), "in_progress", **values), two_good_items()).seq or 0


def told(subscription: Subscription) -> list[list[int]]:
    rows = Dispatch.objects.filter(subscription=subscription).select_related("digest").order_by("pk")
    return [[entry["seq"] for entry in row.digest.entries] for row in rows]


# --- one row that cannot be served ----------------------------------------------------------


@pytest.mark.parametrize(
    "broken",
    [
        {"scope": {"follows": ["search:foo=bar"], "kinds": ["status"]}},
        {"scope": {"follows": ["search:theme=gone"], "kinds": ["status"]}},
        {"scope": {"follows": ["search:updated_after=9999-12-31"], "kinds": ["status"]}},
        {"scope": {"nothing": "known"}},
        {"zone": "US/Pacific-New"},
        {"language": "tlh"},
    ],
)
def test_a_subscription_that_cannot_be_served_holds_up_nobody(broken: dict[str, Any]) -> None:
    others = [subscribed(address=f"reader{n}@example.org") for n in range(5)]
    poison = subscribed(address="poison@example.org")
    Subscription.objects.filter(pk=poison.pk).update(**broken)
    seen = happens()
    compose(at=DUE)
    assert [told(other) for other in others] == [[[seen]]] * 5


def test_a_message_that_the_database_refuses_is_left_out_and_the_others_go() -> None:
    one, other = subscribed(address="a@example.org"), subscribed(address="b@example.org")
    first = happens()
    compose(at=DUE)
    Subscription.objects.filter(pk=one.pk).update(sent_through=Dispatch.objects.get(subscription=one).from_seq)
    second = happens(1)
    compose(at=DUE + timedelta(days=8))
    assert told(other) == [[first], [second]]
    assert told(one) == [[first]]


def test_a_time_at_which_a_message_was_due_already_does_not_keep_the_next_one_back() -> None:
    one = subscribed(address="a@example.org")
    first = happens()
    compose(at=DUE)
    Subscription.objects.filter(pk=one.pk).update(next_due=Dispatch.objects.get(subscription=one).due_at)
    second = happens(1)
    compose(at=DUE + timedelta(days=8))
    assert told(one) == [[first], [second]]


def test_a_message_made_at_this_very_moment_does_not_go_round_in_circles() -> None:
    one = subscribed(address="a@example.org")
    happens()
    compose(at=DUE)
    Dispatch.objects.update(due_at=DUE)
    Subscription.objects.filter(pk=one.pk).update(next_due=DUE, sent_through=0)
    assert compose(at=DUE) == 0


def test_going_on_at_an_hour_that_was_served_already_waits_for_the_next() -> None:
    begun = subscribed(cadence="daily", even_if_empty=True)
    due = begun.next_due
    assert due
    compose(at=due + timedelta(seconds=10))
    subscriptions.pause(begun)
    again = subscriptions.go_on(begun, at=due - timedelta(seconds=1))  # a clock that lags, or a long wait
    assert again.next_due == due + timedelta(days=1)
    assert compose(at=due + timedelta(days=1)) == 1


def test_who_becomes_due_while_others_are_served_is_told_of_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    paused = subscribed(cadence="immediate", address="paused@example.org")
    subscriptions.pause(paused)
    first = happens()
    early = subscribed(cadence="immediate", address="early@example.org")
    second = happens(1)
    gather = composing._gather

    def then_it_goes_on(**options: Any) -> Any:
        gathered = gather(**options)
        subscriptions.go_on(paused, at=DUE)
        return gathered

    monkeypatch.setattr(composing, "_gather", then_it_goes_on)
    compose(at=DUE)
    assert told(early) == [[second]]
    assert told(paused) == [[first, second]]


def test_a_request_that_cannot_be_written_does_not_keep_others_from_being_asked() -> None:
    poison = subscriptions.ask("poison@example.org", wish(), at=AT)
    Subscription.objects.filter(pk=poison.pk).update(scope={"nothing": "known"})
    subscriptions.ask("reader@example.org", wish(), at=AT)
    assert requests.send_requests(clock=lambda: AT) == 1
    assert mail.outbox[0].to == ["reader@example.org"]


# --- what can be followed -------------------------------------------------------------------


@pytest.mark.parametrize(
    "follow",
    [
        "search:foo=bar",
        "search:a",
        "search:page=2",
        "search:q=a&q=b",
        f"search:q={'x' * 600}",
        "search:",
        "search:ordering=title",
        "nothing:x",
        "pledge",
        ":",
    ],
)
def test_a_follow_that_the_list_does_not_know_is_refused_by_form_and_link(client: Client, follow: str) -> None:
    with pytest.raises(scope.ScopeError):
        scope.checked([follow], on=ON)
    assert client.get("/en/subscribe/", {"follow": follow}).status_code == 400


def test_the_last_day_of_the_calendar_can_be_asked_for(client: Client) -> None:
    assert client.get("/en/pledges/?updated_after=9999-12-31").status_code == 200
    assert client.get("/en/subscribe/?follow=search:updated_after%3D9999-12-31").status_code == 200


def test_many_follows_cost_no_more_queries_than_few_and_too_many_are_refused_at_once(client: Client) -> None:
    codes = list(Pledge.objects.values_list("code", flat=True))

    def asked(number: int) -> tuple[int, int]:
        with CaptureQueriesContext(connection) as queries:
            response = client.get("/en/subscribe/", {"follow": [f"pledge:{code}" for code in codes[:number]]})
        return response.status_code, len(queries)

    few, many, too_many = asked(2), asked(150), asked(300)
    assert few == many
    assert too_many[0] == 400
    assert too_many[1] < few[1]


def test_a_mail_to_who_has_not_confirmed_carries_no_words_of_strangers() -> None:
    follow = scope.checked(["search:q=Your+account+is+locked,+see+https://evil.example"], on=ON)
    subscriptions.ask("victim@example.org", wish(*follow, language="en"), at=AT)
    requests.send_requests(clock=lambda: AT)
    (sent,) = mail.outbox
    assert "evil" not in sent.message().as_string()
    assert "a search" in str(sent.body)


# --- addresses ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spelling",
    ["Victim@Example.ORG", "victim@ｅxample.org", "victim@exⓐmple.org", " victim@example.org ", "victim@EXAMPLE。org"],
)
def test_all_spellings_of_an_address_are_one(spelling: str) -> None:
    assert addresses.key_of(spelling) == addresses.key_of("victim@example.org")
    assert addresses.canonical(spelling).casefold() == "victim@example.org"


@pytest.mark.parametrize(
    "text",
    [
        '"victim"@example.org',
        "v\x01ictim@example.org",
        "victim@a℀.org",
        "a@" + "ü" * 60 + ".de",
        "a@b@example.org",
        "víctima@example.org",
        "x@localhost",
        "x@[127.0.0.1]",
        "victim@example.org\nBcc: other@example.org",
        "x" * 65 + "@example.org",
        "Somebody <victim@example.org>",
        "",
        "@example.org",
        "a..b@example.org",
    ],
)
def test_what_is_no_plain_address_is_refused_at_the_form(client: Client, text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        addresses.canonical(text)
    fields = {"follow": "everything", "kinds": ["status"], "cadence": "immediate", "weekday": "1", "hour": "8"}
    said = client.post("/en/subscribe/", fields | {"zone": "UTC", "language": "en", "address": text})
    assert said.status_code == 400
    assert not Subscription.objects.exists()


def test_a_host_in_another_script_is_kept_as_its_servers_know_it() -> None:
    assert addresses.canonical("a@München.example") == "a@xn--mnchen-3ya.example"


def test_a_suppressed_address_gets_no_mail_under_any_spelling() -> None:
    key = addresses.key_of("victim@example.org")
    Suppression.objects.create(address_key=key, reason="complained", at=AT)
    for spelling in ("victim@ｅxample.org", "VICTIM@example.org"):
        subscriptions.ask(spelling, wish(), at=AT)
    assert requests.send_requests(clock=lambda: AT) == 0
    assert (mail.outbox, Confirmation.objects.count()) == ([], 0)


def test_many_requests_for_one_address_fill_nothing() -> None:
    for _ in range(AN_ADDRESS + 5):
        subscriptions.ask("victim@example.org", wish(), at=AT)
    assert Subscription.objects.count() == AN_ADDRESS


def test_a_network_is_counted_beside_its_connections() -> None:
    for n in range(subscriptions.A_NETWORK):
        subscriptions.ask(f"r{n}@example.org", wish(), at=AT, sender=Sender(f"connection {n}", "network"))
    with pytest.raises(subscriptions.TooManyError):
        subscriptions.ask("one@example.org", wish(), at=AT, sender=Sender("another", "network"))
    subscriptions.ask("one@example.org", wish(), at=AT, sender=Sender("another", "elsewhere"))


# --- what leaks -----------------------------------------------------------------------------


def test_a_text_cannot_carry_away_a_readers_token() -> None:
    begun = subscribed(language="en")
    known = addresses.token_of(begun)
    happens(summary={"en": "See https://evil.example/?t=your-own-token-3b9ac1 and TOKEN %(token)s {{ own }}."})
    compose(at=DUE)
    sent = message.of(Dispatch.objects.select_related("digest").get())
    assert f"/subscriptions/{known.partition(':')[0]}" in str(sent.body)
    assert "t=your-own-token-3b9ac1" in str(sent.body)
    assert str(sent.body).count(Dispatch.objects.get().merge["token"]) == 1


def test_the_address_of_a_digest_cannot_be_computed(settings: Settings) -> None:
    subscribed("theme:oceans", "everything")
    happens()
    compose(at=DUE)
    first = Digest.objects.get().key
    Dispatch.objects.all().delete()
    Digest.objects.all().delete()
    Subscription.objects.update(sent_through=Subscription.objects.get().sent_through - 1, next_due=DUE)
    settings.SECRET_KEY = "another"
    compose(at=DUE + timedelta(days=1))
    assert Digest.objects.get().key != first


def test_nothing_of_an_address_stays_when_its_reader_has_left() -> None:
    begun = subscribed(address="Jane@jane-doe.example")
    happens()
    compose(at=DUE)
    (claimed,) = claims.claim("worker", at=DUE)
    sending._record(
        claimed, sending.DispatchState.FAILED, at=DUE, said="550 5.2.2 <jane@JANE-doe.example> mailbox full", code=550
    )
    subscriptions.leave(begun, at=DUE)
    kept = [str(row) for model in (Subscription, Dispatch, Attempt, Digest) for row in model.objects.values()]
    assert not [row for row in kept if "jane" in row.casefold()]


def test_a_line_break_in_a_name_breaks_no_subject() -> None:
    said = _subject([{"code": "SPC-3.1", "headline": "A\r\nBcc: x@example.org"}])
    assert said == "SPC-3.1 A Bcc: x@example.org"


def test_a_number_too_long_on_a_confirmation_is_no_number(client: Client) -> None:
    asked = subscriptions.ask("reader@example.org", wish(), at=datetime.now(UTC))
    address = f"/en/subscriptions/{addresses.confirmation_of(asked)}/"
    assert client.post(address, {"request": "1" * 5000}).status_code == 302


def test_a_zone_that_is_given_up_counts_as_utc() -> None:
    at = datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert Schedule("daily", 8, 1, "US/Pacific-New").next_after(at) == datetime(2026, 11, 23, 8, tzinfo=UTC)
