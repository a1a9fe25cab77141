"""The daily mail of the desk: to whom something waits for, once a day, with the way to it, and only who wants it."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from commitments import tasks
from commitments.desk import daily
from commitments.desk.queues import QUEUES
from commitments.desk.waiting import Asked
from commitments.digests import transport
from commitments.digests.addresses import key_of
from commitments.editorial import drafts
from commitments.editorial import people as pledges
from commitments.models import DailyMail, NoDailyMail, ReaderReport, Suppression
from tests import factories
from tests.digests.rows import subscribed
from tests.digests.server import SILENCE, Handler, smtp
from tests.factories import AT, LATER, draft, evidence, person, published, refused, submitted, two_good_items, update
from tracker.celery import app

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

Desk = Callable[[Any], Client]
#: A Monday, 06:30 UTC.
MONDAY = datetime(2026, 11, 23, 6, 30, tzinfo=AT.tzinfo)
PAGE = "/admin/daily-mail/"


@pytest.fixture
def server(settings: Settings) -> Iterator[Handler]:
    with smtp(settings) as handler:
        yield handler


def send(at: datetime = MONDAY) -> int:
    return daily.send(clock=lambda: at)


def text(mail: EmailMessage) -> str:
    return " ".join(mail.get_content().split())


def to_review(n: int = 0) -> Any:
    return submitted(draft(factories.pledge(n=n), person(), two_good_items()))


def returned_to(author: Any) -> Any:
    mine = submitted(draft(factories.pledge(n=3), author, two_good_items()))
    drafts.return_(mine, by=person("reviewer", "nobodys.reviewer"), text="The date is wrong.", at=AT)
    return mine


# --- to whom --------------------------------------------------------------------------------


def test_a_reviewer_is_told_what_others_proposed_with_the_way_to_it(server: Handler) -> None:
    reviewer, waits = person("reviewer", "ada"), to_review()
    assert send() == 1
    (mail,) = server.mails()
    assert mail["To"] == "ada@example.org"
    assert mail["Subject"] == "At the desk: 1 to review"
    assert str(waits) in text(mail)
    assert f"http://127.0.0.1:8000/admin/commitments/draft/{waits.pk}/review/" in mail.get_content()
    assert "http://127.0.0.1:8000/admin/commitments/draft/?queue=to-review" in mail.get_content()
    assert f"http://127.0.0.1:8000{PAGE}" in mail.get_content()
    assert (mail["Auto-Submitted"], mail["Content-Language"]) == ("auto-generated", "en")
    assert DailyMail.objects.get().person == reviewer


def test_nobody_is_asked_to_review_what_they_wrote_or_stand_too_close_to(server: Handler) -> None:
    author, close = person("reviewer"), person("reviewer")
    place = factories.pledge(n=7)
    submitted(draft(place, author, two_good_items()))
    pledges.declare_conflict(place, by=close, reason="Near.", at=AT)
    assert send() == 0


def test_an_author_is_told_what_was_returned(server: Handler) -> None:
    author = person("curator", "bea")
    mine = returned_to(author)
    send()
    (mail,) = (mail for mail in server.mails() if mail["To"] == "bea@example.org")
    assert "Returned to you: 1" in text(mail)
    assert str(mine) in text(mail)


def test_who_looks_after_a_pledge_is_told_while_it_wants_something(server: Handler) -> None:
    curator, place = person("curator"), factories.pledge()
    pledges.assign(place, curator, by=curator, at=AT)
    asked = Asked(curator, MONDAY)
    assert [part.rows[0][0] for part in daily.own_parts(asked)] == [place.code]  # nobody has judged it yet
    published(update(place, "in_progress", **factories.people()), two_good_items())
    assert daily.own_parts(Asked(curator, MONDAY)) == []
    a_year_on = daily.own_parts(Asked(curator, MONDAY + timedelta(days=366)))
    assert [(part.queue.name, part.count) for part in a_year_on] == [("assigned", 1)]
    assert send() == 0


def test_what_the_record_needs_is_told_beside_it_and_is_no_reason_to_write(server: Handler) -> None:
    curator, late = person("curator", "bea"), MONDAY + timedelta(days=366)
    published(update(factories.pledge(), "sustained"), [(evidence(event_on=LATER), "supports")])
    assert send(late) == 0
    returned_to(curator)
    assert send(late) == 1
    (mail,) = server.mails()
    assert "Review due: 1" in text(mail)
    assert "nothing new for 12 months: 1" in text(mail)
    assert "/admin/commitments/pledge/?queue=review-due" in mail.get_content()


@pytest.mark.parametrize(
    "change", [{"is_active": False}, {"is_staff": False}, {"email": ""}], ids=lambda change: next(iter(change))
)
def test_no_mail_to_who_is_gone_or_has_no_address(change: dict[str, Any], server: Handler) -> None:
    reviewer = person("reviewer")
    to_review()
    for field, value in change.items():
        setattr(reviewer, field, value)
    reviewer.save()
    assert send() == 0
    assert not DailyMail.objects.exists()


def test_no_mail_to_an_address_that_takes_none(server: Handler) -> None:
    reviewer = person("reviewer")
    to_review()
    Suppression.objects.create(address_key=key_of(reviewer.email), reason="bounced", at=AT)
    assert send() == 0


@pytest.mark.parametrize("role", ["viewer", "administrator"])
def test_no_mail_to_who_can_do_nothing_about_it(role: str, server: Handler) -> None:
    person(role)
    to_review()
    assert send() == 0


def test_nothing_in_it_is_about_a_reader(server: Handler) -> None:
    person("reviewer")
    subscribed(address="marisol@readers.example")
    ReaderReport.objects.create(
        kind="error", text="I am Marisol.", contact="marisol@readers.example", language="es", received_at=AT
    )
    for n in range(7):
        to_review(n)
    send()
    (mail,) = server.mails()
    assert "marisol" not in mail.as_string().casefold()
    assert "and 2 more" in text(mail)


def test_the_numbers_are_those_of_the_front_page(desk: Desk, server: Handler) -> None:
    reviewer = person("reviewer")
    to_review()
    to_review(1)
    returned_to(reviewer)
    groups = desk(reviewer).get("/admin/").context["groups"]
    shown = {one.queue.name: one.count for group in groups for one in group["queues"]}
    told = {part.queue.name: part.count for part in daily.own_parts(Asked(reviewer, MONDAY))}
    assert told == {name: shown[name] for name in told} == {"to-review": 2, "returned": 1}
    assert set(daily.OWN) | set(daily.OF_THE_RECORD) <= set(QUEUES)


# --- once a day -----------------------------------------------------------------------------


def test_it_is_sent_once_a_day_however_often_the_task_runs(server: Handler) -> None:
    person("reviewer")
    to_review()
    assert [send(), send(), send(MONDAY + timedelta(hours=3))] == [1, 0, 0]
    assert send(MONDAY + timedelta(days=1)) == 1
    assert len(server.to()) == 2
    assert len({mail["Message-ID"] for mail in server.mails()}) == 2


def test_the_database_takes_one_row_for_a_person_and_a_day() -> None:
    reviewer = person("reviewer")
    DailyMail.objects.create(person=reviewer, on=MONDAY.date())
    with refused("(?i)unique"):
        DailyMail.objects.create(person=reviewer, on=MONDAY.date())
    with refused("daily_mail_sent_is_not_tried_again"):
        DailyMail.objects.update(sent_at=MONDAY, next_try=MONDAY)


def test_two_workers_at_once_write_once(server: Handler) -> None:
    reviewer = person("reviewer")
    to_review()
    assert [daily._claim(reviewer, at=MONDAY), daily._claim(reviewer, at=MONDAY)] == [True, False]
    assert send() == 0


def test_a_worker_that_dies_after_the_claim_leaves_no_second_mail(
    server: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    person("reviewer")
    to_review()
    monkeypatch.setattr(transport.Transport, "send", _dies)
    with pytest.raises(SystemExit):
        send()
    monkeypatch.undo()
    assert send(MONDAY + timedelta(hours=1)) == 0
    assert server.to() == []


def _dies(*args: Any) -> str:
    raise SystemExit


def test_what_the_server_puts_off_is_tried_again_and_what_it_refuses_is_not(server: Handler) -> None:
    person("reviewer", "later")
    person("reviewer", "gone")
    to_review()
    assert send() == 0
    row = DailyMail.objects.get(person__username="later")
    assert (row.sent_at, row.next_try) == (None, MONDAY + daily.AGAIN)
    assert DailyMail.objects.get(person__username="gone").next_try is None
    again = {one.username for one in daily.people(at=MONDAY + timedelta(hours=1))}
    assert "later" in again
    assert "gone" not in again


def test_where_the_server_is_away_everybody_is_written_to_when_it_is_back(settings: Settings) -> None:
    for _ in range(2):
        person("reviewer")
    to_review()
    with smtp(settings):
        pass  # a port on which nobody listens any more
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    assert send() == 0
    with smtp(settings) as again:
        assert send(MONDAY + timedelta(hours=1)) == 2
        assert len(set(again.to())) == 2


def test_no_answer_after_the_dot_is_not_written_twice(server: Handler, settings: Settings) -> None:
    settings.EMAIL_TIMEOUT = SILENCE / 2
    person("reviewer", "silent")
    to_review()
    assert [send(), send(MONDAY + timedelta(hours=2))] == [0, 0]
    assert server.to() == ["silent@example.org"]


def test_the_task_carries_nothing_and_runs_on_weekdays_at_half_past_six(server: Handler) -> None:
    entry = app.conf.beat_schedule["daily-mail"]
    when = entry["schedule"]
    assert (entry["task"], entry.get("args"), entry.get("kwargs")) == (tasks.daily_mail.name, None, None)
    assert (min(when.hour), when.minute, when.day_of_week) == (6, {30}, {1, 2, 3, 4, 5})
    person("reviewer")
    to_review()
    tasks.daily_mail()
    tasks.daily_mail()
    assert len(server.to()) == 1
    DailyMail.objects.update(on=date(2026, 1, 1))
    tasks.daily_mail()
    assert DailyMail.objects.get().on == AT.date()


def test_it_asks_as_often_for_many_rows_as_for_few() -> None:
    reviewer = person("reviewer")
    to_review()
    with CaptureQueriesContext(connection) as few:
        daily.mail_for(reviewer, at=MONDAY)
    for n in range(1, 8):
        to_review(n)
        pledges.assign(factories.pledge(n=n), reviewer, by=reviewer, at=AT)
    fresh = type(reviewer).objects.get(pk=reviewer.pk)
    with CaptureQueriesContext(connection) as many:
        daily.mail_for(fresh, at=MONDAY)
    assert len(many) <= len(few) + 3  # the assigned ones are named now, and permissions read anew


# --- off and on -----------------------------------------------------------------------------


def test_everybody_switches_their_own_off_and_on_and_looking_changes_nothing(desk: Desk, server: Handler) -> None:
    me, other = person("reviewer", "ada"), person("reviewer", "eva")
    to_review()
    client = desk(me)
    page = client.get(PAGE).content.decode()
    assert "It is <strong>on</strong>" in page
    assert client.get(PAGE, {"on": "0"}).status_code == 200
    assert not NoDailyMail.objects.exists()
    for _ in range(2):
        said = client.post(PAGE, {"on": "0"}, follow=True).content.decode()
        assert "It is <strong>off</strong>" in said
    assert NoDailyMail.objects.get().person == me
    send()
    assert server.to() == [other.email]
    assert "It is <strong>on</strong>" in client.post(PAGE, {"on": "1"}, follow=True).content.decode()
    send(MONDAY + timedelta(days=1))
    assert sorted(server.to()) == ["ada@example.org", "eva@example.org", "eva@example.org"]


def test_the_way_to_it_is_on_the_front_page_and_in_the_account(desk: Desk) -> None:
    client = desk(person("curator"))
    for page in ("/admin/", "/account/"):
        answer = client.get(page, follow=True)
        assert f'href="{PAGE}"' in answer.content.decode(), page


def test_the_page_is_for_those_of_the_desk(client: Client, db: None) -> None:
    for answer in (client.get(PAGE), client.post(PAGE, {"on": "0"})):
        assert answer.status_code == 302
    assert not NoDailyMail.objects.exists()


def test_who_switches_it_off_while_it_is_being_sent_does_not_get_it(
    server: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    me = person("reviewer")
    to_review()
    asked = daily.wants

    def off_first(person: Any) -> bool:
        daily.switch(person, on=False, at=MONDAY)
        return asked(person)

    monkeypatch.setattr(daily, "wants", off_first)
    assert send() == 0
    assert server.to() == []
    assert NoDailyMail.objects.get().person == me
