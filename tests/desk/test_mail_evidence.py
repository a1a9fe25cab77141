"""What the mail side knows of a message, at the desk: what it said, asking it now, and whether it is worth asking."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from commitments.admin.base import now
from commitments.digests import addresses, traces
from commitments.models import Dispatch, Finding, Heartbeat
from tests.desk.test_digest_pages import MESSAGES, listed, message, page_of
from tests.digests import returned
from tests.digests.rows import subscribed
from tests.digests.truth import Truth, sent_at
from tests.factories import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

ASK = {"do": "ask"}


@pytest.fixture
def client(desk: Callable[[Any], Client]) -> Client:
    return desk(person("administrator"))


@pytest.fixture
def truth(monkeypatch: pytest.MonkeyPatch) -> Truth:
    """A source that shows what was certainly sent an hour ago."""
    truth = Truth()
    other = subscribed(address="control@example.org")
    truth.take(sent_at(returned.sent(other, 50), now() - timedelta(hours=1)))
    monkeypatch.setattr(traces, "configured", lambda: truth)
    return truth


def uncertain(**fields: Any) -> Dispatch:
    own = {"owner": "worker", "attempt": 1, "next_try": now() - timedelta(minutes=1)}
    return message(state="uncertain", **{**own, **fields})


def said(client: Client, one: Dispatch, asked: dict[str, str] = ASK) -> str:
    answer = client.post(page_of(one), asked, follow=True)
    assert answer.status_code == 200
    one.refresh_from_db()
    return " ".join(str(each) for each in answer.context["messages"])


def test_what_is_found_counts_as_sent_and_the_page_tells_who_said_what(client: Client, truth: Truth) -> None:
    one = uncertain()
    truth.taken[one.message_id] = 2
    assert "Ask the mail side now" in client.get(page_of(one)).content.decode()
    assert said(client, one) == "It knows the message: it counts as sent."
    page = client.get(page_of(one)).content.decode()
    assert one.state == "sent"
    for words in ("What the mail side knows", "journal mailbox", f"UID {one.pk}", "<td>2</td>"):
        assert words in page
    assert "Ask the mail side now" not in page


def test_what_is_not_found_is_sent_again_and_marked_as_perhaps_twice(client: Client, truth: Truth) -> None:
    one = uncertain()
    assert said(client, one) == "It does not know the message, so that is sent again."
    assert (one.state, one.perhaps_twice) == ("pending", True)
    assert "its reader may have it twice" in client.get(page_of(one)).content.decode()
    assert listed(client, MESSAGES, perhaps_twice__exact="1") == [one.pk]
    assert one.pk not in listed(client, MESSAGES, perhaps_twice__exact="0")


def test_each_reason_why_it_stays_is_said(client: Client, truth: Truth) -> None:
    early = uncertain(next_try=now() + timedelta(minutes=9))
    assert "That counts from 22 November 2026, " in said(client, early)
    assert "from 22 November 2026, " in client.get(page_of(early)).content.decode()
    Dispatch.objects.filter(pk=early.pk).update(perhaps_twice=True)
    assert "a machine sends it no more" in said(client, early)
    Dispatch.objects.filter(pk=early.pk).update(perhaps_twice=False, merge={}, next_try=now())
    assert "somebody has to decide" in said(client, early)
    truth.taken.clear()
    assert "it does not show 1 of the 1 newest messages" in said(client, early)
    truth.away = "the journal mailbox cannot be asked: refused"
    assert said(client, early) == "The mail side: journal mailbox: the journal mailbox cannot be asked: refused."
    assert early.state == "uncertain"


def test_without_anybody_to_ask_or_anything_to_ask_about_there_is_no_button(
    client: Client, truth: Truth, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled, one = message("other@example.org", state="parked"), uncertain()
    assert "Ask the mail side" not in client.get(page_of(settled)).content.decode()
    assert "There is nothing to ask" in said(client, settled)
    monkeypatch.setattr(traces, "configured", lambda: None)
    assert "Ask the mail side" not in client.get(page_of(one)).content.decode()
    assert "nobody who could be asked" in said(client, one)
    assert one.state == "uncertain"


def test_only_who_decides_asks_and_looking_asks_nobody(
    desk: Callable[[Any], Client], client: Client, truth: Truth
) -> None:
    one = uncertain()
    for role in ("viewer", "curator", "reviewer"):
        assert desk(person(role)).post(page_of(one), ASK).status_code == 403
    for page in (page_of(one), MESSAGES):
        client.get(page, ASK)
    assert truth.asked == []


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (None, "the journal mailbox never answered, or never showed"),
        (timedelta(hours=3), "What is uncertain stays so: the journal mailbox last answered"),
        (timedelta(minutes=3), "The journal mailbox last answered"),
    ],
)
def test_the_list_tells_when_the_source_last_answered_as_it_must(
    seen: timedelta | None, words: str, client: Client, truth: Truth
) -> None:
    if seen is not None:
        Heartbeat.mark("mail-evidence", at=now() - seen)
    page = client.get(MESSAGES).content.decode()
    assert words in page
    assert ("What is uncertain stays so" in page) == (seen != timedelta(minutes=3))


def test_without_a_source_the_list_says_nothing_of_one(client: Client) -> None:
    assert "last answered" not in client.get(MESSAGES).content.decode()


def test_findings_name_nobody(client: Client, truth: Truth) -> None:
    one = uncertain()
    truth.take(one)
    said(client, one)
    kept = Finding.objects.get()
    for text in (kept.said, str(kept), client.get(page_of(one)).content.decode()):
        assert "marisol@" not in text
        assert addresses.key_of("marisol@example.org") not in text
    assert isinstance(kept.at, datetime)
