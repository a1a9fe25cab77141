"""Reconciling as it is run: by the task, by the command, at night, over a real mailbox and a real SMTP server."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.core.management import call_command
from pytest_django import Settings

from commitments import tasks
from commitments.digests import addresses, message, reconcile, sending, traces
from commitments.digests.transport import wire
from commitments.models import Dispatch, Finding, Subscription
from tests.digests import returned, rows, test_reconcile
from tests.digests.imap import PASSWORD, USER, Mailbox, imap_server
from tests.digests.rows import subscribed
from tests.digests.test_reconcile import certain, state, uncertain
from tests.digests.truth import COUNTS, TAKEN, Truth, sent_at
from tests.factories import AT
from tests.ports import free_port
from tracker.mail_evidence import Evidence

pytestmark = pytest.mark.django_db

truth, reader = test_reconcile.truth, test_reconcile.reader
JOURNAL = "journal@example.net"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with imap_server() as port:
        yield port


@pytest.fixture
def mailbox(port: int, settings: Settings) -> Mailbox:
    """The journal mailbox that the settings name."""
    made = Mailbox(port)
    settings.MAIL_JOURNAL = JOURNAL
    settings.MAIL_EVIDENCE = Evidence(
        "journal", host="127.0.0.1", port=port, tls=False, user=USER, password=PASSWORD, mailbox=made.name
    )
    return made


def test_the_task_the_command_and_three_beats_do_it(
    truth: Truth, reader: Subscription, settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    woken: list[str] = []
    monkeypatch.setattr(tasks.send_mail, "delay", lambda: woken.append("send"))
    monkeypatch.setattr(sending, "send_waiting", lambda **given: sending.Tally())
    one = uncertain(reader, next_try=AT)
    certain(reader, truth, AT - timedelta(hours=1))
    tasks.reconcile_digests()  # nobody is configured
    assert (state(one), woken) == ("uncertain", [])
    monkeypatch.setattr(traces, "configured", lambda: truth)
    monkeypatch.setattr("django.utils.timezone.now", lambda: COUNTS)
    for _ in range(3):
        tasks.reconcile_digests()
    assert (state(one), woken, Finding.objects.count()) == ("pending", ["send"], 1)
    Dispatch.objects.filter(pk=one.pk).update(state="uncertain")
    truth.take(one)
    call_command("send_digests")
    assert "; of what was uncertain 1 found, so sent" in capsys.readouterr().out
    assert state(one) == "sent"


def test_old_copies_are_forgotten_at_night_and_a_failure_is_no_other_tasks(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked: list[datetime] = []

    class Keeps(Truth):
        def forget(self, before: datetime) -> int:
            asked.append(before)
            if self.away:
                raise traces.SourceError(self.away)
            return 7

    source = Keeps()
    monkeypatch.setattr(traces, "configured", lambda: source)
    assert reconcile.forget(at=AT) == 7
    assert asked == [AT - timedelta(days=30)]
    source.away = "no connection"
    tasks.forget_addresses()
    assert "kept longer than they should be: no connection" in caplog.text


def test_over_a_real_mailbox_a_copy_that_comes_late_is_waited_for(
    mailbox: Mailbox, reader: Subscription, settings: Settings
) -> None:
    one, other = uncertain(reader), sent_at(returned.sent(reader, 9), TAKEN)
    early, late = (lambda: COUNTS - timedelta(minutes=1)), (lambda: COUNTS + timedelta(minutes=1))
    assert "it does not show 1 of the 1" in str(reconcile.reconcile(clock=late))
    known = f"Message-ID: {other.message_id}\r\nList-Unsubscribe: {returned.link(reader)}\r\n\r\n"
    mailbox.put(known.encode())
    assert str(reconcile.reconcile(clock=early)) == "1 still uncertain"
    mailbox.put(wire(message.of(one)))
    assert str(reconcile.reconcile(clock=late)) == "1 found, so sent"
    assert state(one) == "sent"


class Relay:
    """A mail server: what it takes for the journal comes into the mailbox; it says so only where it is told to."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox, self.to_readers = mailbox, list[str]()
        self.does = "answers"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        if self.does != "loses it":
            self.to_readers += [address for address in envelope.rcpt_tos if address != JOURNAL]
            for _ in range(envelope.rcpt_tos.count(JOURNAL)):
                self.mailbox.put(envelope.content)
        if self.does != "answers":
            server.transport.abort()  # type: ignore[union-attr]
        return "250 2.0.0 Taken"


def test_over_a_real_server_and_its_journal_each_reader_gets_it_once(mailbox: Mailbox, settings: Settings) -> None:
    relay = Relay(mailbox)
    controller = Controller(relay, hostname="127.0.0.1", port=free_port())
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", controller.port, 20
    try:
        for minutes, (name, does) in enumerate((("a", "answers"), ("b", "hangs up"), ("c", "loses it"))):
            reader = subscribed(address=f"{name}@example.org", language="en")
            merge = {"address": reader.address, "token": addresses.token_of(reader)}
            rows.dispatch(reader, merge=merge, domain="example.org")
            relay.does = does
            sending.send_waiting(clock=lambda minutes=minutes: AT + timedelta(hours=1, minutes=minutes))  # type: ignore[misc]
        later = AT + timedelta(hours=1, minutes=30)
        states = list(Dispatch.objects.order_by("pk").values_list("state", flat=True))
        assert states == ["sent", "uncertain", "uncertain"]
        settled = reconcile.reconcile(clock=lambda: later)
        assert str(settled) == "1 found, so sent, 1 not found, so sent again"
        relay.does = "answers"
        sending.send_waiting(clock=lambda: later)
    finally:
        controller.stop()
    assert set(Dispatch.objects.values_list("state", flat=True)) == {"sent"}
    assert sorted(relay.to_readers) == ["a@example.org", "b@example.org", "c@example.org"]
    assert list(Dispatch.objects.filter(perhaps_twice=True).values_list("domain", flat=True)) == ["example.org"]
    assert len(mailbox.subjects()) == 3
