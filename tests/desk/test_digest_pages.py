"""The room of the mail: read by administrators, decided about by the rules, and giving no reader away."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from commitments.admin.digests import dry_run
from commitments.digests import addresses, subscriptions, suppression
from commitments.digests.compose import compose, preview
from commitments.models import Attempt, Audit, Decision, Digest, Dispatch, Subscription, Suppression
from tests import factories
from tests.digests import rows
from tests.digests.rows import subscribed
from tests.factories import AT, people, person, published, two_good_items, update

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

Desk = Callable[[Any], Client]
MESSAGES, DIGESTS, SUBSCRIPTIONS, SUPPRESSIONS = (
    f"/admin/commitments/{model}/" for model in ("dispatch", "digest", "subscription", "suppression")
)
DRY_RUN = "/admin/who-would-get-what/"
READER = "marisol@example.org"
DUE = AT + timedelta(hours=11)


def changed(n: int = 0) -> None:
    published(update(factories.pledge(n=n), "in_progress", **people()), two_good_items())


def message(address: str = READER, state: str = "pending", **fields: Any) -> Dispatch:
    """A message as composing makes it, in some state."""
    reader = subscribed(address=address, cadence=fields.pop("cadence", "weekly"), language="en")
    merge = {"address": address, "token": addresses.token_of(reader)}
    own = {"merge": merge, "domain": addresses.domain_of(address), "state": state, "due_at": DUE, **fields}
    return rows.dispatch(reader, **own)


def page_of(row: Any) -> str:
    return reverse(f"admin:commitments_{row._meta.model_name}_change", args=[row.pk])


def listed(client: Client, url: str, **asked: str) -> list[int]:
    answer = client.get(url, asked)
    assert answer.status_code == 200, answer.content
    return [row.pk for row in answer.context["cl"].result_list]


def one_of_each() -> list[str]:
    """Return the address of every page of the room, with something on each."""
    one = message(state="uncertain")
    rows.attempt(one)
    row = Suppression.objects.create(address_key="1" * 64, reason="bounced", at=AT)
    pages = [page_of(found) for found in (one, one.digest, one.subscription, row)]
    lists = [MESSAGES, DIGESTS, SUBSCRIPTIONS, SUPPRESSIONS, DRY_RUN, f"{SUPPRESSIONS}add/"]
    return [*pages, *lists, f"{DIGESTS}{one.digest_id}/html/"]


@pytest.fixture
def client(desk: Desk) -> Client:
    """An administrator's browser."""
    return desk(person("administrator"))


# --- for whom -------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["viewer", "curator", "reviewer"])
def test_the_room_is_shut_to_everybody_but_administrators(role: str, desk: Desk) -> None:
    browser = desk(person(role))
    for page in one_of_each():
        assert browser.get(page).status_code == 403, page
        assert browser.post(page, {"why": "So.", "do": "send_again"}).status_code in (403, 405), page
    assert not Decision.objects.exists()
    assert Suppression.objects.count() == 1


def test_administrators_see_every_page_and_no_page_says_a_full_address_or_a_token(client: Client) -> None:
    for page in one_of_each():
        answer = client.get(page)
        assert answer.status_code == 200, page
        said = answer.content.decode()
        assert "marisol@" not in said, page
        one = Dispatch.objects.get()
        assert one.merge["token"] not in said
        assert one.subscription.nonce not in said
        assert one.subscription.address_key not in said
    assert "m•••@example.org" in client.get(MESSAGES).content.decode()


def test_nothing_in_the_room_is_added_changed_or_deleted_by_hand(client: Client) -> None:
    pages = one_of_each()[:4]
    for page in pages:
        assert client.post(page.replace("change", "delete"), {"post": "yes"}).status_code == 403
        client.post(page, {"state": "sent", "address": "other@example.org", "subject": "Other"})
    for model in ("dispatch", "digest", "subscription"):
        assert client.get(f"/admin/commitments/{model}/add/").status_code == 403
    one = Dispatch.objects.get()
    assert (one.state, one.subscription.address, one.digest.subject) == ("uncertain", READER, "One change")


# --- finding --------------------------------------------------------------------------------


def test_rows_of_a_reader_are_found_by_the_full_address_which_no_address_of_a_page_holds(client: Client) -> None:
    mine, other = message(), message("other@example.org")
    for url, found in ((MESSAGES, mine.pk), (SUBSCRIPTIONS, mine.subscription_id)):
        answer = client.post(url, {"address": " Marisol@example.org "})
        assert answer.status_code == 302
        assert "marisol" not in answer["Location"].casefold()
        assert [row.pk for row in client.get(answer["Location"]).context["cl"].result_list] == [found]
        for part in ("marisol", "@example.org", "m", "%", ""):
            answer = client.post(url, {"address": part}, follow=True)
            assert list(answer.context["cl"].result_list) == [], part
    assert other.pk in listed(client, MESSAGES)


@pytest.mark.parametrize(
    "question",
    [
        *("subscription__address__startswith", "merge__address__startswith", "merge__icontains"),
        *("subscription__nonce__startswith", "error__contains", "subscription__address_key__startswith"),
    ],
)
def test_no_list_answers_questions_about_a_part_of_an_address(question: str, client: Client) -> None:
    message()
    assert client.get(MESSAGES, {question: "m"}).status_code == 400
    own = question.removeprefix("subscription__")
    assert client.get(SUBSCRIPTIONS, {own: "m"}).status_code == 400
    assert client.get(SUPPRESSIONS, {"address_key__startswith": "1"}).status_code == 400
    assert listed(client, MESSAGES, q="marisol") == listed(client, MESSAGES)  # there is no search by words


def test_messages_are_found_by_state_cadence_domain_and_day(client: Client) -> None:
    one = message(state="parked", cadence="daily")
    old = message("ada@elsewhere.example", state="failed", due_at=AT - timedelta(days=40))
    for asked, found in (
        ({"state__exact": "parked"}, one),
        ({"subscription__cadence__exact": "daily"}, one),
        ({"domain": "elsewhere.example"}, old),
        ({"due_at__gte": "2026-11-22 00:00:00+00:00", "due_at__lt": "2026-11-23 00:00:00+00:00"}, one),
        ({"queue": "mail-parked"}, one),
        ({"subscription__id__exact": str(old.subscription_id)}, old),
        ({"digest__id__exact": str(old.digest_id)}, old),
    ):
        assert listed(client, MESSAGES, **asked) == [found.pk], asked


def test_every_filter_that_a_list_offers_answers(client: Client) -> None:
    one_of_each()
    for url in (MESSAGES, DIGESTS, SUBSCRIPTIONS, SUPPRESSIONS):
        page = client.get(url).content.decode()
        links = re.findall(r'href="(\?[^"]+)"', page)
        assert len(links) > 4, url
        for link in links:
            assert client.get(url + link.replace("&amp;", "&")).status_code == 200, url + link


@pytest.mark.parametrize("url", [MESSAGES, DIGESTS, SUBSCRIPTIONS, SUPPRESSIONS])
def test_a_list_asks_as_often_for_many_rows_as_for_few(url: str, client: Client) -> None:
    one_of_each()
    client.get(url)
    with CaptureQueriesContext(connection) as few:
        client.get(url)
    for n in range(12):
        message(f"reader{n}@example.org", state="parked")
        Suppression.objects.create(address_key=f"{n:064}", reason="by_hand", at=AT)
    with CaptureQueriesContext(connection) as many:
        client.get(url)
    assert len(many) == len(few) < 30


# --- what the pages say ---------------------------------------------------------------------


def test_a_message_tells_every_try_and_what_servers_said_without_the_reader(client: Client) -> None:
    said = "550 5.1.1 <marisol@example.org>: unknown, see https://t.example/en/subscriptions/41.abc:def/"
    one = message(state="failed", error=said)
    Attempt.objects.create(at=AT, dispatch=one, number=1, owner="w", outcome="failed", code=550, said=said)
    for page in (client.get(page_of(one)).content.decode(), client.get(MESSAGES).content.decode()):
        assert "550 5.1.1 &lt;•••@example.org&gt;" in page
        assert "41.abc:def" not in page
    assert "refused for good" in client.get(page_of(one)).content.decode()


def test_a_digest_is_shown_as_text_and_its_html_apart_from_the_desk(client: Client) -> None:
    subscribed(address=READER, language="en")
    changed()
    compose(at=AT + timedelta(days=8))
    digest = Digest.objects.get()
    page = client.get(page_of(digest)).content.decode()
    assert digest.subject in page
    assert "grade A" in page
    html = client.get(f"{DIGESTS}{digest.pk}/html/")
    assert html.content.decode() == digest.html
    policy = html["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert client.get(f"{DIGESTS}999999/html/").status_code == 404


def test_a_subscription_is_told_in_words(client: Client) -> None:
    pledge = factories.pledge()
    row = subscribed("theme:oceans", f"pledge:{pledge.code}", "search:q=climate", kinds=["against"], language="es")
    for page in (client.get(SUBSCRIPTIONS).content.decode(), client.get(page_of(row)).content.decode()):
        assert pledge.code in page
        assert "search: “climate”" in page
    assert "evidence against" in client.get(page_of(row)).content.decode()
    subscriptions.leave(row, at=AT)
    assert "deleted" in client.get(SUBSCRIPTIONS).content.decode()


# --- deciding -------------------------------------------------------------------------------


def test_a_message_is_sent_again_from_its_page_with_a_reason(client: Client) -> None:
    one = message(state="uncertain")
    page = client.get(page_of(one)).content.decode()
    assert "Send it again" in page
    assert "Count it as sent" in page
    answer = client.post(page_of(one), {"why": "Not in the log.", "do": "send_again"}, follow=True)
    assert "will be sent again" in answer.content.decode()
    one.refresh_from_db()
    assert (one.state, Decision.objects.get().why) == ("pending", "Not in the log.")
    assert "Not in the log." in answer.content.decode()
    assert "Send it again" not in answer.content.decode()


@pytest.mark.parametrize("wrong", [{"why": " "}, {"why": "ada@example.org asked"}, {"do": "delete"}, {"do": ""}])
def test_without_a_reason_or_a_decision_nothing_is_decided_and_what_was_typed_stays(
    wrong: dict[str, str], client: Client
) -> None:
    one = message(state="parked")
    answer = client.post(page_of(one), {"why": "Half a sentence", "do": "send_again"} | wrong)
    assert answer.status_code == 200
    assert "Half a sentence" in answer.content.decode() or "why" in wrong
    assert not Decision.objects.exists()


def test_several_are_decided_about_by_the_rules_for_one_and_each_refusal_is_said(client: Client) -> None:
    parked, failed = message(state="parked"), message("ada@example.org", state="failed")
    sent = message("eva@example.org", state="sent", sent_at=AT)
    chosen = {"_selected_action": [one.pk for one in (parked, failed, sent)]}
    asked = client.post(MESSAGES, {"action": "count_as_sent", **chosen}).content.decode()
    assert "m•••@example.org" in asked
    assert "marisol@" not in asked
    assert not Decision.objects.exists()
    data = {"action": "count_as_sent", "confirmed": "1", **chosen}
    assert "This field is required" in client.post(MESSAGES, data).content.decode()
    said = client.post(MESSAGES, {**data, "why": "The relay's log has it."}, follow=True).content.decode()
    assert "1 message counted as sent." in said
    assert f"The {failed} is “refused for good”" in said
    assert f"The {sent} is “sent”" in said
    assert Decision.objects.get().dispatch == parked
    states = Dispatch.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["sent", "failed", "sent"]


def test_no_more_are_decided_about_at_once_than_a_reason_is_true_of(client: Client) -> None:
    keys = [message(f"r{n}@example.org", state="parked").pk for n in range(201)]
    answer = client.post(MESSAGES, {"action": "send_again", "_selected_action": keys}, follow=True)
    assert "Choose 200 messages at most" in answer.content.decode()


def test_a_subscription_is_ended_with_a_reason_on_its_owners_request(client: Client) -> None:
    one = message()
    assert client.post(page_of(one.subscription), {"why": ""}).status_code == 200
    assert Subscription.objects.get().state == "active"
    said = client.post(page_of(one.subscription), {"why": "Asked by letter."}, follow=True).content.decode()
    assert "the address is deleted" in said
    assert "End this subscription" not in said
    assert Subscription.objects.get().address == ""
    assert Audit.objects.get().action == "subscription.end"


def test_an_address_is_suppressed_by_hand_and_lifted_again(client: Client) -> None:
    reader = subscribed(address=READER)
    said = client.post(f"{SUPPRESSIONS}add/", {"address": READER, "why": "By letter."}, follow=True).content.decode()
    assert "Nothing is sent to this address any more." in said
    assert READER not in said
    row = Suppression.objects.get()
    assert suppression.suppressed([reader.address_key])
    found = client.post(SUPPRESSIONS, {"address": READER}, follow=True)
    assert list(found.context["cl"].result_list) == [row]
    assert client.post(page_of(row), {"why": ""}).status_code == 200
    said = client.post(page_of(row), {"why": "They ask for it."}, follow=True).content.decode()
    assert "may subscribe again" in said
    assert "lifted already" in client.post(page_of(row), {"why": "Again."}, follow=True).content.decode()
    assert list(Audit.objects.order_by("pk").values_list("action", flat=True)) == [
        "suppression.add",
        "suppression.lift",
    ]


def test_what_is_decided_stands_in_the_audit_trail_in_words(client: Client) -> None:
    one = message(state="parked")
    client.post(page_of(one), {"why": "In the log.", "do": "count_as_sent"})
    front = client.get("/admin/").content.decode()
    assert f"counted as sent: {one}" in front
    assert "In the log." in client.get("/admin/commitments/audit/").content.decode()


# --- who would get what ---------------------------------------------------------------------


def test_the_dry_run_says_who_would_get_what_and_writes_nothing(client: Client) -> None:
    for n in range(3):
        subscribed(address=f"reader{n}@example.org", language="en", cadence="immediate")
    subscribed("theme:oceans", address="nobody@example.org", kinds=["figure"], cadence="immediate")
    changed()
    client.get(DRY_RUN)
    before = list(Subscription.objects.order_by("pk").values())
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(DRY_RUN)
    writes = [q["sql"] for q in asked if re.match(r"\s*(INSERT|UPDATE|DELETE)", q["sql"])]
    assert [sql for sql in writes if "commitments_" in sql] == []
    assert list(Subscription.objects.order_by("pk").values()) == before
    assert not Digest.objects.exists()
    assert not Dispatch.objects.exists()
    page, seen = answer.content.decode(), answer.context["seen"]
    assert [(bool(group.digest), group.count) for group in seen.groups] == [(True, 3), (False, 1)]
    assert (seen.count, seen.cut) == (4, False)
    assert "r•••@example.org" in page
    assert "reader0@" not in page
    assert client.post(DRY_RUN).status_code == 405


def test_the_dry_run_asks_as_often_for_many_readers_as_for_few(client: Client) -> None:
    subscribed(address=READER, language="en", cadence="immediate")
    changed()
    client.get(DRY_RUN)
    with CaptureQueriesContext(connection) as few:
        client.get(DRY_RUN)
    for n in range(30):
        subscribed(address=f"reader{n}@example.org", language="en", cadence="immediate")
    Subscription.objects.update(sent_through=Subscription.objects.order_by("pk")[0].sent_through)
    with CaptureQueriesContext(connection) as many:
        answer = client.get(DRY_RUN)
    assert answer.context["seen"].groups[0].count == 31
    assert answer.context["seen"].groups[0].more == 11
    assert len(many) == len(few)


def test_the_dry_run_stops_after_so_many_or_so_long_and_says_so(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(4):
        subscribed(address=f"reader{n}@example.org", language="en", cadence="immediate")
    changed()
    monkeypatch.setattr(dry_run, "MOST", 3)
    answer = client.get(DRY_RUN)
    assert (answer.context["seen"].count, answer.context["seen"].cut) == (3, True)
    assert "Only the first 3 subscriptions" in answer.content.decode()
    monkeypatch.setattr(dry_run, "MOST", 4)
    assert not client.get(DRY_RUN).context["seen"].cut
    over = dry_run.grouped(preview(at=AT + timedelta(hours=12)), until=0.0)
    assert (over.count, over.cut) == (0, True)
