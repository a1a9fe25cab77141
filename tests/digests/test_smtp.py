"""The SMTP conversation: several connections, commands sent at once, a copy for the journal, refusals of each kind."""

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings

from commitments.digests import transport
from commitments.digests.transport.smtp import SmtpLane
from commitments.models import Dispatch
from tests.digests.server import SILENCE, Handler, smtp
from tests.digests.test_sending import send, state, waits

pytestmark = pytest.mark.django_db


@pytest.fixture(params=[False, True], ids=["one by one", "pipelined"])
def server(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Handler]:
    with smtp(settings, pipelining=request.param) as handler:
        yield handler


def test_messages_go_over_several_connections_after_the_first_was_answered(
    server: Handler, settings: Settings
) -> None:
    settings.MAIL_CONNECTIONS = 3
    waits(*(f"reader{n}" for n in range(10)))
    assert send() == "10 sent"
    assert len(server.taken) == len(set(server.to())) == 10
    assert len(server.sessions) == 3


def test_each_refusal_is_that_of_its_own_message(server: Handler) -> None:
    names = ["reader", "later", "gone", "busy", "spam", "full", "other"]
    rows = waits(*names)
    assert send() == "3 failed, 2 pending, 2 sent"
    found = {name: state(row) for name, row in zip(names, rows, strict=True)}
    assert found == {
        "reader": "sent",
        "other": "sent",
        "later": "pending",
        "busy": "pending",
        "gone": "failed",
        "spam": "failed",
        "full": "failed",
    }
    assert sorted(server.to()) == ["other@example.org", "reader@example.org"]


def test_a_server_that_is_silent_gets_no_second_message(server: Handler, settings: Settings) -> None:
    settings.EMAIL_TIMEOUT = SILENCE / 2
    rows = waits("silent", "reader", "other")
    assert send().startswith("1 uncertain; the mail server cannot be used: it took a mail and did not say so")
    assert [state(row) for row in rows] == ["uncertain", "pending", "pending"]
    assert [row.attempt for row in rows[1:]] == [0, 0]
    settings.EMAIL_TIMEOUT = 20
    assert send() == "2 sent"


def test_where_one_is_silent_the_others_of_its_round_are_recorded_without_it(
    server: Handler, settings: Settings
) -> None:
    settings.EMAIL_TIMEOUT = SILENCE / 2
    rows = waits("first", "silent", "reader", "other")
    assert send() == "3 sent, 1 uncertain"
    assert [state(row) for row in rows] == ["sent", "uncertain", "sent", "sent"]


def test_the_journal_gets_a_copy_in_the_same_transaction(server: Handler, settings: Settings) -> None:
    settings.MAIL_JOURNAL = "journal@example.org"
    waits("reader", "other")
    assert send() == "2 sent"
    assert (sorted(server.to()), server.copies) == (
        ["other@example.org", "reader@example.org"],
        ["journal@example.org"] * 2,
    )
    assert b"journal@" not in server.taken[0][1]


def test_without_its_journal_nothing_is_sent_and_no_try_counts(server: Handler, settings: Settings) -> None:
    settings.MAIL_JOURNAL = "full@example.org"
    (one,) = waits("reader")
    assert "the journal mailbox was refused: 552" in send()
    assert (state(one), one.attempt, server.to()) == ("pending", 0, [])


def test_where_our_sender_is_refused_no_reader_is_to_blame(server: Handler, settings: Settings) -> None:
    settings.MAIL_RETURN_PATH = "refused@example.org"
    (one,) = waits("reader")
    assert "our sender was refused: 550" in send()
    assert (state(one), one.attempt) == ("pending", 0)


def test_a_server_that_wants_fewer_connections_gets_fewer(
    server: Handler, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected = SmtpLane._connected
    lanes: set[SmtpLane] = set()

    def two_at_most(lane: SmtpLane) -> Any:
        if lane not in lanes and len(lanes) == 2:
            raise transport.ServerError("421 too many connections")
        lanes.add(lane)
        return connected(lane)

    monkeypatch.setattr(SmtpLane, "_connected", two_at_most)
    waits(*(f"reader{n}" for n in range(9)))
    assert send() == "9 sent"
    assert len(server.sessions) == 2
    assert set(Dispatch.objects.values_list("attempt", flat=True)) == {1}


def test_an_address_with_a_line_break_commands_nothing(server: Handler) -> None:
    (one,) = waits("reader")
    one.merge["address"] = "reader@example.org>\r\nRCPT TO:<other@example.org"
    one.save()
    send()
    assert (server.to(), server.copies) == (["reader@example.org"], [])
    assert b"RCPT" not in server.taken[0][1]


@pytest.mark.parametrize(
    ("said", "becomes"),
    [
        ("200 queued", "sent"),
        ("251 will forward", "sent"),
        ("299 fine", "sent"),
        ("354 go on", "uncertain"),
        ("hello", "uncertain"),
        ("421 4.3.2 closing", "pending"),
        ("452 4.3.1 full", "pending"),
        ("554 5.6.0 no", "failed"),
    ],
)
def test_an_answer_to_the_dot_counts_by_its_first_digit(server: Handler, said: str, becomes: str) -> None:
    server.answer = said
    (one,) = waits("reader")
    send()
    assert state(one) == becomes
