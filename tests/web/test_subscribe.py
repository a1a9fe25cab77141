"""Subscribing: a form, a mail, a confirmation; then a page to change, pause and leave, for whoever holds the link."""

import logging
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from commitments.digests import addresses, requests, subscriptions
from commitments.digests.subscriptions import A_SENDER
from commitments.models import Change, Confirmation, Subscription, Suppression
from tests.digests.rows import subscribed, wish
from tests.factories import AT
from tracker.logs import WithoutTokens

from .test_overview import Node, fetch, parse

pytestmark = pytest.mark.django_db

PAGE = "/en/subscribe/"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
WISH: dict[str, Any] = {
    "follow": ["section:FMP-2.11", "theme:oceans"],
    "kinds": list(Change),
    "cadence": "weekly",
    "weekday": "3",
    "hour": "7",
    "zone": "America/Bogota",
    "language": "es",
}
ASKED = WISH | {"address": "reader@example.org"}


@pytest.fixture(autouse=True)
def noon() -> Any:
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture(autouse=True)
def in_memory(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def asks(client: Client, page: str = PAGE, **fields: Any) -> Any:
    return client.post(page, {k: v for k, v in (ASKED | fields).items() if v is not None})


def read(response: Any) -> Node:
    return parse(response.content.decode())


def swept(at: datetime = NOON) -> int:
    """Let the worker look once; return how many were asked to confirm."""
    return requests.send_requests(clock=lambda: at)


def link_in(body: str) -> str:
    """Return the path of the first link to a subscription."""
    found = re.search(r"http://127\.0\.0\.1:8000(/[a-z-]+/subscriptions/[^\s]+)", body)
    assert found
    return found[1]


def confirmed(client: Client, **fields: Any) -> Subscription:
    asks(client, **fields)
    swept()
    link = link_in(str(mail.outbox[-1].body))
    page = fetch(client, link)
    ticked = [box["value"] for box in page.all("input") if box.attrs.get("name") == "request"]
    client.post(link, {"request": ticked})
    return Subscription.objects.get(state="active")


# --- asking ---------------------------------------------------------------------------------


def test_what_is_asked_for_is_kept_and_nothing_runs_before_it_is_confirmed(client: Client) -> None:
    response = asks(client, "/es/subscribe/")
    assert (response.status_code, response["Location"]) == (302, "/es/subscribe/sent/")
    assert fetch(client, response["Location"]).one("h1").text()
    row = Subscription.objects.get()
    assert (row.state, row.address, row.language, row.cadence, row.weekday, row.hour, row.zone) == (
        *("pending", "reader@example.org", "es", "weekly", 3, 7),
        "America/Bogota",
    )
    assert row.scope == {"follows": ["section:FMP-2.11", "theme:oceans"], "kinds": sorted(Change)}
    assert mail.outbox == []  # the worker writes it, so that the answer tells nothing


def test_pledges_are_named_by_their_codes(client: Client) -> None:
    assert asks(client, follow=[], pledges="spc-3.1， FMP-2.11.3").status_code == 302
    assert Subscription.objects.get().scope["follows"] == ["pledge:FMP-2.11.3", "pledge:SPC-3.1"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"address": "reader@"}, "valid email address"),
        ({"address": None}, "required"),
        ({"follow": []}, "Choose what you want to follow"),
        ({"follow": ["section:FMP-9.99"]}, "section:FMP-9.99"),
        ({"pledges": "SPC-99.9"}, "SPC-99.9"),
        ({"follow": ["search:theme=nope"]}, "theme"),
        ({"kinds": []}, "required"),
        ({"cadence": "hourly"}, "hourly"),
        ({"hour": "24"}, "24"),
        ({"zone": "Mars/Olympus"}, "Mars/Olympus"),
        ({"language": "tlh"}, "tlh"),
    ],
)
def test_a_mistake_is_named_at_its_field_and_nothing_is_kept(
    client: Client, fields: dict[str, Any], words: str
) -> None:
    response = asks(client, **fields)
    assert response.status_code == 400
    page = read(response)
    said = " ".join(span.text() for span in page.all("span", "problem"))
    assert words in said
    assert not Subscription.objects.exists()
    assert page.one("input", name="address").attrs.get("value") == (ASKED | fields)["address"]


def test_a_follow_link_fills_the_form(client: Client) -> None:
    page = fetch(client, "/es/subscribe/?follow=section:FMP-2.11&follow=pledge:SPC-3.1&follow=search:q%3Dclima")
    ticked = [
        box["value"] for box in page.all("input") if box.attrs.get("name") == "follow" and "checked" in box.attrs
    ]
    assert ticked == ["section:FMP-2.11", "search:q=clima"]
    assert page.one("input", name="pledges")["value"] == "SPC-3.1"
    assert page.one("select", name="language").one("option", selected="")["value"] == "es"


def test_a_follow_link_to_what_is_not_there_says_so(client: Client) -> None:
    response = client.get(f"{PAGE}?follow=section:FMP-9.99")
    assert response.status_code == 400
    assert "FMP-9.99" in read(response).one("p", "problem").text()


def test_every_follow_link_of_the_pages_fills_the_form(client: Client) -> None:
    pages = ["/en/", "/en/pledges/SPC-3.1/", "/en/pledges/?theme=oceans&q=climate", "/en/documents/policy-paper-2025/"]
    for address in pages:
        links = [a["href"] for a in fetch(client, address).all("a") if "/subscribe/?" in a.attrs.get("href", "")]
        assert links, address
        for link in {*links[:3], *links[-3:]}:
            assert client.get(link).status_code == 200, link


def test_known_and_unknown_addresses_get_the_same_answer_by_the_same_queries(client: Client) -> None:
    subscribed(address="known@example.org")
    Suppression.objects.create(address_key=addresses.key_of("gone@example.org"), reason="bounced", at=AT)
    answers = []
    for name in ("unknown", "known", "gone"):
        with CaptureQueriesContext(connection) as asked:
            response = asks(client, address=f"{name}@example.org")
        answers.append((response.status_code, response["Location"], response.content, len(asked)))
    assert len({*answers}) == 1


def test_who_fills_the_trap_is_thanked_and_forgotten(client: Client) -> None:
    assert asks(client, website="https://spam.example").status_code == 302
    assert not Subscription.objects.exists()


def test_one_connection_asks_only_so_often_in_a_day(client: Client, noon: Any) -> None:
    for n in range(A_SENDER):
        assert asks(client, address=f"reader{n}@example.org").status_code == 302
    response = asks(client, address="one-more@example.org")
    assert response.status_code == 429
    assert "tomorrow" in read(response).one("p", "problem").text()
    noon.shift(timedelta(days=1))
    assert asks(client, address="one-more@example.org").status_code == 302


# --- the mail that asks ---------------------------------------------------------------------


def test_the_mail_asks_in_the_readers_language_what_was_asked_for(client: Client) -> None:
    asks(client)
    assert swept() == 1
    (sent,) = mail.outbox
    assert sent.to == ["reader@example.org"]
    assert sent.subject == "Confirme, por favor, que desea este resumen"
    assert "FMP-2.11" in str(sent.body)
    assert "semana" in str(sent.body)
    assert "List-Unsubscribe" not in sent.extra_headers


def test_one_address_gets_one_such_mail_a_day_with_all_that_was_asked_for(client: Client) -> None:
    asks(client)
    asks(client, address="READER@example.org", cadence="monthly")
    assert swept() == 1
    asks(client, cadence="quarterly")
    assert [swept(NOON + timedelta(hours=hour)) for hour in (1, 5)] == [0, 0]
    page = fetch(client, link_in(str(mail.outbox[0].body)))
    assert len([box for box in page.all("input") if box.attrs.get("name") == "request"]) == 3
    assert swept(NOON + timedelta(hours=12, seconds=1)) == 1  # the next day (UTC) begins


def test_an_address_that_takes_no_mail_is_not_written_to_and_what_was_asked_is_forgotten(client: Client) -> None:
    Suppression.objects.create(address_key=addresses.key_of("reader@example.org"), reason="complained", at=AT)
    asks(client)
    assert swept() == 0
    assert (mail.outbox, Subscription.objects.count()) == ([], 0)


def test_what_nobody_confirms_is_deleted_after_a_week(client: Client) -> None:
    asks(client)
    swept()
    assert requests.forget(at=NOON + timedelta(days=6)) == 0
    assert Subscription.objects.get().asked_from == ""
    assert requests.forget(at=NOON + timedelta(days=7)) == 1
    assert not Confirmation.objects.exists()


# --- confirming -----------------------------------------------------------------------------


def test_opening_the_link_changes_nothing_and_the_button_confirms(client: Client) -> None:
    asks(client)
    swept()
    link = link_in(str(mail.outbox[0].body))
    with CaptureQueriesContext(connection) as asked:
        page = fetch(client, link)
    assert [q["sql"] for q in asked.captured_queries if not q["sql"].startswith("SELECT ")] == []
    assert "r•••@example.org" in page.text()
    assert "reader@example.org" not in page.text()
    key = page.one("input", name="request")["value"]
    response = client.post(link, {"request": [key]})
    row = Subscription.objects.get()
    assert (row.state, row.confirmed_at) == ("active", NOON)
    assert response["Location"].startswith("/es/subscriptions/")
    assert fetch(client, response["Location"]).one("p", "done").text()


def test_the_pages_behind_a_link_need_no_cookie(client: Client) -> None:
    asks(client)
    swept()
    link = link_in(str(mail.outbox[0].body))
    strict = Client(enforce_csrf_checks=True, headers={"Origin": "null"})  # as a page without a referrer sends it
    page = fetch(strict, link)
    response = strict.post(link, {"request": [page.one("input", name="request")["value"]]})
    assert (response.status_code, strict.cookies) == (302, {})
    assert strict.post(response["Location"], {"do": "pause"}).status_code == 302
    assert Subscription.objects.get().state == "paused"


def test_the_link_works_once(client: Client) -> None:
    confirmed(client)
    response = client.get(link_in(str(mail.outbox[0].body)))
    assert response.status_code == 410
    assert read(response).one("h1").text()


def test_an_old_link_and_a_made_up_one_say_what_to_do(client: Client, noon: Any) -> None:
    asks(client)
    swept()
    link = link_in(str(mail.outbox[0].body))
    noon.shift(timedelta(days=7, seconds=1))
    old, made_up = client.get(link), client.get("/en/subscriptions/1.abc:def:ghi/")
    assert (old.status_code, made_up.status_code) == (410, 404)
    for page in map(read, (old, made_up)):
        assert any("/subscribe/" in a.attrs.get("href", "") for a in page.one("main").all("a"))


def test_what_is_not_ticked_is_forgotten_and_who_was_not_asked_refuses_all(client: Client) -> None:
    asks(client)
    asks(client, cadence="monthly")
    swept()
    link = link_in(str(mail.outbox[0].body))
    first = Subscription.objects.order_by("pk")[0]
    client.post(link, {"request": [str(first.pk)]})
    assert [(row.pk, row.state) for row in Subscription.objects.all()] == [(first.pk, "active")]
    asks(client, address="other@example.org")
    swept()
    client.post(link_in(str(mail.outbox[-1].body)), {"refuse": "1"})
    assert not Subscription.objects.filter(address="other@example.org").exists()


def test_an_address_can_be_closed_to_us_for_good_by_its_owner(client: Client, noon: Any) -> None:
    asks(client)
    swept()
    page = read(client.post(link_in(str(mail.outbox[0].body)), {"refuse": "never"}))
    assert "hash" in page.text()
    assert Suppression.objects.get().reason == "by_hand"
    noon.shift(timedelta(days=1))
    asks(client, address="Reader@example.org")
    assert swept(NOON + timedelta(days=1)) == 0
    assert len(mail.outbox) == 1
    assert not Subscription.objects.exclude(address="").exists()


# --- the page of a subscription -------------------------------------------------------------


def own(subscription: Subscription, language: str = "en") -> str:
    return f"/{language}/subscriptions/{addresses.token_of(subscription)}/"


def test_the_page_shows_when_it_was_sent_last_and_when_it_is_due(client: Client) -> None:
    row = confirmed(client)
    facts = fetch(client, own(row)).one("dl", "facts").text()
    assert "nothing yet" in facts
    assert "Nov. 25, 2026" in facts or "25 November 2026" in facts
    assert "America/Bogota" in facts
    assert "r•••@example.org" in facts


def test_it_can_be_changed_paused_resumed_and_left(client: Client) -> None:
    row = confirmed(client)
    page = own(row)
    form = fetch(client, page)
    assert form.one("select", name="zone").one("option", selected="")["value"] == "America/Bogota"
    client.post(page, WISH | {"do": "change", "cadence": "daily", "follow": ["everything"]})
    row.refresh_from_db()
    assert (row.cadence, row.scope["follows"]) == ("daily", ["everything"])
    client.post(page, {"do": "pause"})
    assert "Resume" in fetch(client, page).text()
    client.post(page, {"do": "resume"})
    row.refresh_from_db()
    assert (row.state, row.next_due) == ("active", datetime(2026, 11, 22, 12, tzinfo=UTC) + timedelta(days=1))
    response = client.post(page, {"do": "leave"}, follow=True)
    row.refresh_from_db()
    assert (row.state, row.address) == ("left", "")
    again = next(a["href"] for a in read(response).all("a") if "follow=" in a.attrs.get("href", ""))
    assert "follow=everything" in again
    assert client.get(again).status_code == 200


def test_a_change_that_clashes_or_says_nothing_is_refused_with_a_reason(client: Client) -> None:
    row = confirmed(client)
    subscribed(address="reader@example.org", cadence="monthly", at=NOON)
    clash = client.post(own(row), WISH | {"do": "change", "cadence": "monthly"})
    assert (clash.status_code, "every month" in read(clash).one("p", "problem").text()) == (409, True)
    assert client.post(own(row), WISH | {"do": "change", "follow": []}).status_code == 400
    assert client.post(own(row), {"do": "dance"}).status_code == 400
    row.refresh_from_db()
    assert (row.cadence, row.state) == ("weekly", "active")


def test_the_page_of_a_subscription_tells_no_other_site_and_no_cache(client: Client) -> None:
    row = confirmed(client)
    for address in (own(row), "/en/subscriptions/1.nothing:a:b/"):
        response = client.get(address)
        assert response["Referrer-Policy"] == "no-referrer"
        assert response["Cache-Control"] == "no-store"
        assert response["X-Robots-Tag"] == "noindex"
        assert "reader@example.org" not in response.content.decode()


def test_no_token_stands_in_the_log() -> None:
    record = logging.LogRecord(
        "django", 40, "", 1, "Error: %s", ("/en/subscriptions/1.abc:def/ and /unsubscribe/x.y/",), None
    )
    assert WithoutTokens().filter(record)
    assert record.getMessage() == "Error: /en/subscriptions/•••/ and /unsubscribe/•••/"


# --- one click ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=b"])
def test_one_post_without_cookies_ends_it_in_both_form_encodings(kind: str) -> None:
    row = subscribed(at=NOON)
    body = "List-Unsubscribe=One-Click"
    if kind.startswith("multipart"):
        body = '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n'
    client = Client(enforce_csrf_checks=True)
    for _ in range(2):  # mail programs repeat themselves
        response = client.post(f"/unsubscribe/{addresses.token_of(row)}/", body, content_type=kind)
        assert (response.status_code, response.cookies) == (200, {})
    row.refresh_from_db()
    assert (row.state, row.address) == ("left", "")


def test_opening_the_one_click_address_ends_nothing(client: Client) -> None:
    row = subscribed(at=NOON, language="pt-br")
    response = client.get(f"/unsubscribe/{addresses.token_of(row)}/")
    assert response.status_code == 302
    assert response["Location"].startswith("/pt-br/subscriptions/")
    row.refresh_from_db()
    assert row.state == "active"
    assert client.post("/unsubscribe/1.made-up:x:y/").status_code == 404


def test_a_token_of_one_purpose_serves_no_other(client: Client) -> None:
    asked = subscriptions.ask("reader@example.org", wish(), at=NOON)
    confirmation = addresses.confirmation_of(asked)
    assert client.post(f"/unsubscribe/{confirmation}/").status_code == 404
