"""Readers' reports: how many are taken, how one is closed, and what is forgotten when."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from commitments import tasks
from commitments.editorial import reports
from commitments.editorial.policies import RefusedError
from commitments.editorial.reports import A_SENDER, ALL, TooManyError
from commitments.models import Audit, ReaderReport
from tests.factories import only_postgresql, person, pledge
from tracker.celery import app

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def send(sender: str = "a", at: datetime = NOON, **fields: Any) -> ReaderReport:
    said: dict[str, Any] = {"kind": "error", "text": "The date is wrong.", "language": "es"}
    return reports.receive(sender=sender, at=at, **said | fields)


def test_a_report_is_kept_as_it_was_sent() -> None:
    report = send(pledge=pledge(), source_url="https://example.org/", contact="reader@example.org")
    row = ReaderReport.objects.get()
    assert row == report
    assert (row.kind, row.text, row.language, row.received_at) == ("error", "The date is wrong.", "es", NOON)
    assert (row.pledge, row.source_url, row.contact) == (pledge(), "https://example.org/", "reader@example.org")
    assert (row.state, row.closed_at, row.closed_by, row.outcome) == ("open", None, None, "")


def test_one_sender_may_send_five_a_day() -> None:
    for _ in range(A_SENDER):
        send()
    with pytest.raises(TooManyError) as caught:
        send()
    assert caught.value.own
    send("b")
    send(at=NOON.replace(day=23, hour=0))
    assert ReaderReport.objects.count() == A_SENDER + 2 == 7


def test_all_together_may_send_two_hundred_a_day() -> None:
    values = {"kind": "error", "text": "Spam, spam.", "language": "en", "received_at": NOON}
    ReaderReport.objects.bulk_create(ReaderReport(sender=f"{n}", **values) for n in range(ALL))
    with pytest.raises(TooManyError) as caught:
        send("somebody else")
    assert not caught.value.own
    send("somebody else", at=NOON + timedelta(days=1))
    assert ReaderReport.objects.count() == ALL + 1 == 201


def test_a_sender_is_a_hash_of_address_and_day_under_the_sites_key(monkeypatch: pytest.MonkeyPatch) -> None:
    today = NOON.date()
    one = reports.sender("192.0.2.1", today)
    assert (len(one), one) == (64, reports.sender("192.0.2.1", today))
    assert "192" not in bytes.fromhex(one).decode("latin-1")
    assert one != reports.sender("192.0.2.2", today)
    assert one != reports.sender("192.0.2.1", today + timedelta(days=1))
    monkeypatch.setattr(settings, "SECRET_KEY", "another key")
    assert one != reports.sender("192.0.2.1", today)


@pytest.mark.parametrize("role", ["curator", "reviewer"])
@pytest.mark.parametrize("state", ["handled", "dismissed"])
def test_a_report_is_closed_with_a_word_and_its_audit_row(role: str, state: str) -> None:
    report, by = send(contact="reader@example.org"), person(role)
    reports.close(report, by=by, outcome="Corrected by U400.", state=state, at=NOON)
    row = ReaderReport.objects.get()
    assert (row.state, row.outcome, row.closed_by, row.closed_at) == (state, "Corrected by U400.", by, NOON)
    audit = Audit.objects.get()
    assert (audit.action, audit.by, audit.at, audit.detail) == ("report.close", by, NOON, {"state": state})
    assert "reader@" not in f"{audit.subject} {audit.detail}"


@pytest.mark.parametrize(
    ("role", "said", "message"),
    [
        ("viewer", {}, "Your role"),
        ("administrator", {}, "Your role"),
        ("curator", {"outcome": "  "}, "what was done"),
        ("curator", {"state": "open"}, "handled or as dismissed"),
        ("curator", {"state": "nonsense"}, "handled or as dismissed"),
    ],
)
def test_a_report_is_not_closed_otherwise(role: str, said: dict[str, str], message: str) -> None:
    report = send()
    with pytest.raises(RefusedError, match=message):
        reports.close(report, by=person(role), at=NOON, **{"outcome": "Done.", "state": "handled"} | said)
    assert ReaderReport.objects.get().state == "open"
    assert not Audit.objects.exists()


def test_a_report_is_closed_once() -> None:
    report, by = send(), person()
    reports.close(report, by=by, outcome="Done.", state="handled", at=NOON)
    with pytest.raises(RefusedError, match="closed already"):
        reports.close(report, by=by, outcome="Undone.", state="dismissed", at=NOON)
    assert ReaderReport.objects.get().outcome == "Done."


def test_a_contact_is_forgotten_thirty_days_after_the_closing_and_never_before() -> None:
    closed, still_open = (send(contact="reader@example.org") for _ in range(2))
    reports.close(closed, by=person(), outcome="Done.", state="handled", at=NOON)
    assert reports.forget(at=NOON + timedelta(days=30) - timedelta(seconds=1)) == 0
    assert reports.forget(at=NOON + timedelta(days=30)) == 1
    closed.refresh_from_db()
    still_open.refresh_from_db()
    assert (closed.contact, closed.text, closed.outcome) == ("", "The date is wrong.", "Done.")
    assert still_open.contact == "reader@example.org"


def test_a_sender_is_forgotten_when_the_day_is_over() -> None:
    report = send()
    reports.forget(at=NOON.replace(hour=23, minute=59))
    report.refresh_from_db()
    assert report.sender == "a"
    reports.forget(at=NOON.replace(day=23, hour=0))
    report.refresh_from_db()
    assert report.sender == ""


def test_the_sweep_runs_every_day() -> None:
    entry = app.conf.beat_schedule["forget-senders"]
    assert entry["task"] == tasks.forget_senders.name
    assert entry["schedule"].hour == {0}
    report = send(at=datetime(2020, 1, 1, tzinfo=UTC))
    tasks.forget_senders()
    report.refresh_from_db()
    assert report.sender == ""


@only_postgresql
@pytest.mark.django_db(transaction=True)
def test_reports_sent_at_once_are_counted_one_after_the_other() -> None:
    refused: list[bool] = []

    def work() -> None:
        try:
            send()
        except TooManyError:
            refused.append(True)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (ReaderReport.objects.count(), len(refused)) == (A_SENDER, 12 - A_SENDER)
