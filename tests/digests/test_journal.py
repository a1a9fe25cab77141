"""The journal mailbox, over real IMAP: what counts as a copy, what cannot be asked, what is deleted."""

import imaplib
import os
import re
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from commitments.digests import addresses, message, traces
from commitments.digests.traces import SourceError, Trace
from commitments.digests.traces.journal import AT_ONCE, Journal, quoted
from commitments.digests.transport import wire
from commitments.models import Dispatch, Subscription
from tests.digests import returned
from tests.digests.imap import PASSWORD, USER, Mailbox, imap_server, in_tls
from tests.digests.rows import subscribed
from tests.factories import AT
from tests.ports import free_port
from tracker.mail_evidence import Evidence

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with imap_server() as port:
        yield port


@pytest.fixture
def mailbox(port: int) -> Mailbox:
    return Mailbox(port)


@pytest.fixture
def reader() -> Subscription:
    return subscribed()


def copy_of(dispatch: Dispatch, **headers: str) -> bytes:
    """What comes into the mailbox: the mail, as the server got it, but for its text."""
    mail = {
        "Subject": "A digest",
        "Message-ID": dispatch.message_id,
        "List-Id": message.list_id(),
        "List-Unsubscribe": returned.link(dispatch.subscription),
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    return "".join(f"{name}: {value}\r\n" for name, value in mail.items() if value).encode() + b"\r\nText.\r\n"


def copies(journal: Journal, *asked: Dispatch) -> list[int]:
    found = journal.look(asked)
    return [found[one.pk].copies for one in asked]


# --- what is a copy -------------------------------------------------------------------------


def test_what_is_there_is_found_as_often_as_it_is_there_and_the_rest_is_not(
    mailbox: Mailbox, reader: Subscription
) -> None:
    once, twice, never = (returned.sent(reader, n) for n in range(3))
    for one in (twice, once, twice):
        mailbox.put(copy_of(one))
    found = mailbox.journal().look([once, twice, never])
    assert [found[one.pk].copies for one in (once, twice, never)] == [1, 2, 0]
    assert re.fullmatch(r"UID \d+, \d+", found[twice.pk].said)
    assert found[never.pk] == Trace(0, "")


def test_a_digest_as_it_is_sent_is_a_copy(mailbox: Mailbox, reader: Subscription) -> None:
    merge = {"address": reader.address, "token": addresses.token_of(reader)}
    one = returned.sent(reader, merge=merge)
    mailbox.put(wire(message.of(one)))
    assert copies(mailbox.journal(), one) == [1]
    assert mailbox.journal().forget(timezone.now() + timedelta(days=2)) == 1


def test_looking_changes_nothing(mailbox: Mailbox, reader: Subscription, monkeypatch: pytest.MonkeyPatch) -> None:
    one = returned.sent(reader)
    mailbox.put(copy_of(one, Subject="Unread"))
    said: list[bytes] = []
    send = imaplib.IMAP4.send
    monkeypatch.setattr(imaplib.IMAP4, "send", lambda imap, data: (said.append(data), send(imap, data)))
    mailbox.journal().look([one])
    assert any(b"EXAMINE" in line for line in said)  # the server itself lets nothing be changed then
    assert not any(b"SELECT" in line for line in said)
    assert mailbox.subjects() == ["Unread"]  # and without the flag that it was read


def test_more_than_one_command_asks_about_are_all_found(mailbox: Mailbox, reader: Subscription) -> None:
    every = [returned.sent(reader, n) for n in range(AT_ONCE * 2 + 1)]
    for one in every[::2]:
        mailbox.put(copy_of(one))
    assert copies(mailbox.journal(), *every) == [1, 0] * AT_ONCE + [1]
    assert mailbox.journal().look([]) == {}


def test_a_copy_that_anybody_could_have_written_is_none(mailbox: Mailbox, reader: Subscription) -> None:
    one = returned.sent(reader)
    other = subscribed(address="other@example.org")
    forged = addresses.token_of(reader)[:-1] + "A"
    for link in ("", returned.link(other), f"<https://tracker.example.org/unsubscribe/{forged}/>"):
        mailbox.put(copy_of(one, List_Unsubscribe=link))
    assert copies(mailbox.journal(), one) == [0]


def test_headers_made_to_break_a_parser_are_none_and_hide_no_other(
    mailbox: Mailbox, reader: Subscription, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = returned.sent(reader)
    mailbox.put(copy_of(one, List_Unsubscribe="=?utf-8?b?//8=?= <\x01>", Subject="=?x?q?=FF?="))
    mailbox.put(copy_of(one))
    assert copies(mailbox.journal(), one) == [1]
    monkeypatch.setattr("commitments.digests.reports.ours", lambda headers: 1 / 0)
    assert copies(mailbox.journal(), one) == [0]


HOSTILE = [
    '<a" ALL HEADER Message-ID "@example.org>',
    '<a"\r\nA1 DELETE INBOX@example.org>',
    "<a\\@example.org>",
    "<{3}@example.org>",
    "<a)(ALL@example.org>",
    "<ü@example.org>",
    "<a\0@example.org>",
]


@pytest.mark.parametrize("hostile", [one for one in HOSTILE if "\0" not in one])
def test_no_message_id_can_ask_for_more_than_itself(hostile: str, mailbox: Mailbox, reader: Subscription) -> None:
    other, one = returned.sent(reader, 1), returned.sent(reader, 2, message_id=hostile)
    mailbox.put(copy_of(other))
    found = mailbox.journal().look([one, other])
    assert found.pop(other.pk).copies == 1
    assert found in ({}, {one.pk: Trace(0)})  # what cannot be said to a server is not asked, and not counted absent
    assert len(mailbox.subjects()) == 1


@pytest.mark.parametrize("text", ["a\r\nb", "a\0", "ü", "\x7f"])
def test_what_no_quoted_string_can_hold_is_never_said(text: str) -> None:
    with pytest.raises(ValueError, match="not to be said"):
        quoted(text)


def test_quotes_and_backslashes_stay_inside() -> None:
    assert quoted('a"b\\') == '"a\\"b\\\\"'


# --- what cannot be asked -------------------------------------------------------------------


def test_a_wrong_password_is_said_without_it(mailbox: Mailbox, reader: Subscription) -> None:
    journal = mailbox.journal(password="wrong-and-secret")
    with pytest.raises(SourceError, match=r"the journal mailbox cannot be asked: .*[Ii]nvalid") as caught:
        journal.look([returned.sent(reader)])
    assert "wrong-and-secret" not in str(caught.value)


def test_a_mailbox_that_is_not_there_is_said(mailbox: Mailbox, reader: Subscription) -> None:
    with pytest.raises(SourceError, match="does not exist"):
        mailbox.journal(mailbox="Nowhere").look([returned.sent(reader)])


def test_a_server_that_is_down_is_said(mailbox: Mailbox, reader: Subscription) -> None:
    with pytest.raises(SourceError, match="refused"):
        mailbox.journal(port=free_port()).look([returned.sent(reader)])


def test_a_server_that_never_answers_is_not_waited_for_for_ever(
    mailbox: Mailbox, reader: Subscription, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("commitments.digests.traces.journal.PATIENCE", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(SourceError, match="timed out"):
        mailbox.journal(port=silent.getsockname()[1]).look([returned.sent(reader)])


# --- TLS ------------------------------------------------------------------------------------


def test_over_tls_only_a_server_that_proves_its_name_is_told_the_password(
    mailbox: Mailbox, reader: Subscription, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = returned.sent(reader)
    mailbox.put(copy_of(one))
    with in_tls(mailbox.port, tmp_path) as (port, certificate):
        journal = mailbox.journal(host="localhost", port=port, tls=True)
        with pytest.raises(SourceError, match=r"[Cc]ertificate|CERTIFICATE"):
            journal.look([one])
        monkeypatch.setitem(os.environ, "SSL_CERT_FILE", str(certificate))
        assert copies(journal, one) == [1]
        with pytest.raises(SourceError, match=r"127\.0\.0\.1"):
            mailbox.journal(port=port, tls=True).look([one])


# --- what is deleted ------------------------------------------------------------------------


def test_old_copies_are_deleted_and_other_mail_is_not(mailbox: Mailbox, reader: Subscription) -> None:
    one = returned.sent(reader)
    old, new = AT - timedelta(days=40), AT - timedelta(days=20)
    mailbox.put(copy_of(one, Subject="Old"), at=old)
    mailbox.put(copy_of(one, Subject="New"), at=new)
    mailbox.put(b"Subject: Of somebody else\r\n\r\nOld, too.\r\n", at=old)
    assert mailbox.journal().forget(AT - timedelta(days=30)) == 1
    assert sorted(mailbox.subjects()) == ["New", "Of somebody else"]
    assert mailbox.journal().forget(AT - timedelta(days=30)) == 0


# --- as it is configured --------------------------------------------------------------------


def test_the_settings_lead_to_it(mailbox: Mailbox, reader: Subscription, settings: Settings) -> None:
    settings.MAIL_EVIDENCE = Evidence(
        "journal", host="127.0.0.1", port=mailbox.port, tls=False, user=USER, password=PASSWORD, mailbox=mailbox.name
    )
    one = returned.sent(reader)
    mailbox.put(copy_of(one))
    source = traces.configured()
    assert source is not None
    assert source.look([one])[one.pk].copies == 1
    settings.MAIL_EVIDENCE = None
    assert traces.configured() is None
