"""MAIL_EVIDENCE and MAIL_JOURNAL: what they lead to, and what could not work told in one line without its secrets."""

import json
import re
from typing import Any

import pytest

from tests import test_settings
from tests.test_settings import SERVER, WSGI, ask, start
from tracker.mail_evidence import Evidence, evidence_of, journal_of

project = test_settings.project

POSTMARK = {"MAIL_PROVIDER": "postmark"}
ANYMAIL = {"POSTMARK_SERVER_TOKEN": "s3cret-token", "WEBHOOK_SECRET": "events:drawn-at-random-0123456789"}


class StoppedError(Exception):
    """In the place of the end of the start."""


def stop(variable: str, advice: str) -> Any:
    raise StoppedError(f"{variable} is not set. {advice}")


def read(url: str, provider: str = "", **anymail: str) -> Evidence | None:
    return evidence_of(url, provider, anymail, stop)


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("", None),
        (
            "imaps://copies%40example.org:p%40ss%2Fw%22%C3%BC@mail.example.org",
            Evidence("journal", "mail.example.org", 993, True, "copies@example.org", 'p@ss/w"ü', "INBOX"),
        ),
        (
            "imaps://copies:x@mail.example.org:1993/Copies/Of%20digests",
            Evidence("journal", "mail.example.org", 1993, True, "copies", "x", "Copies/Of digests"),
        ),
        ("imap://copies:x@localhost/", Evidence("journal", "localhost", 143, False, "copies", "x", "INBOX")),
        ("imap://copies:x@[::1]:1143", Evidence("journal", "::1", 1143, False, "copies", "x", "INBOX")),
        ("postfix-log:///var/log/mail.log", Evidence("relay_log", path="/var/log/mail.log")),
        ("postfix-log:///var/log/my%20mail", Evidence("relay_log", path="/var/log/my mail")),
    ],
)
def test_a_url_names_who_is_asked(url: str, wanted: Evidence | None) -> None:
    assert read(url) == wanted
    assert "password" not in repr(wanted)  # nor on a page about an error


def test_postmark_is_asked_where_it_sends() -> None:
    assert read("postmark:", "postmark", POSTMARK_SERVER_TOKEN="x") == Evidence("provider")


@pytest.mark.parametrize(
    "url",
    [
        *("yes", "/var/log/mail.log", "postfix-log:", "postfix-log:///", "postfix-log://host/var/log/mail.log"),
        *(
            "imaps://",
            "imaps://mail.example.org",
            "imaps://copies@mail.example.org",
            "imaps://:s3cret@mail.example.org",
        ),
        *(
            "imaps://copies:s3cret@",
            "imaps://copies:s3cret@mail.example.org:port",
            "imaps://c:s3cret@[mail.example.org",
        ),
        *("imaps://copies%0D%0AX:s3cret@mail.example.org", "imaps://copies:s3cret@mail.example.org/In%0D%0A"),
        "imaps://copies:s3cret@mail.example.org/Entw%C3%BCrfe",
        *("imap://copies:s3cret@mail.example.org", "imap://copies:s3cret@127.0.0.1.example.org"),
        *("postmark://token", "postmark:s3cret", "postmark:"),
    ],
)
def test_what_names_nobody_stops_the_start_and_is_not_repeated(url: str) -> None:
    with pytest.raises(StoppedError, match="A usable MAIL_EVIDENCE is not set") as caught:
        read(url)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("url", ["imaps://copies:x@mail.example.org", "postfix-log:///var/log/mail.log"])
def test_what_a_provider_sends_passes_no_server_of_ours(url: str) -> None:
    with pytest.raises(StoppedError, match="passes no journal and no log of yours"):
        read(url, "postmark", POSTMARK_SERVER_TOKEN="x")


def test_a_journal_needs_its_address_and_an_address_its_mailbox() -> None:
    mailbox, log = read("imap://copies:x@localhost"), read("postfix-log:///var/log/mail.log")
    assert journal_of("copies@example.org", mailbox, stop) == "copies@example.org"
    assert journal_of("", None, stop) == journal_of("", log, stop) == ""
    for address in (
        "",
        "copies",
        "a b@example.org",
        "a@example.org\r\nb",
        "a@b@example.org",
        "Copies <a@example.org>",
    ):
        with pytest.raises(StoppedError, match="A usable MAIL_JOURNAL"):
            journal_of(address, mailbox, stop)
    for other in (None, log):
        with pytest.raises(StoppedError, match="copies would only pile up"):
            journal_of("copies@example.org", other, stop)


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"MAIL_EVIDENCE": "imaps://copies:s3cret@mail.example.org"}, r"A usable MAIL_JOURNAL is not set\. .*"),
        ({"MAIL_EVIDENCE": "pigeon:s3cret"}, r"A usable MAIL_EVIDENCE is not set\. Set it to imaps://.*"),
        ({"MAIL_JOURNAL": "copies@example.org"}, r"MAIL_EVIDENCE is not set\. MAIL_JOURNAL needs the mailbox.*"),
    ],
)
def test_the_site_does_not_start_with_what_could_not_work(
    project: Any, environment: dict[str, str], said: str
) -> None:
    done = start(project, WSGI, **SERVER, **environment)
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(rf"{said}\(README\.md, Environment\)\n", done.stderr)
    assert "s3cret" not in done.stderr


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({}, ["None", ""]),
        (
            {"MAIL_EVIDENCE": "imaps://copies:s3cret@mail.example.org", "MAIL_JOURNAL": "copies@example.org"},
            ["Evidence(kind='journal', host='mail.example.org', port=993, tls=True, user='copies', mailbox='INBOX', "
             "path='')", "copies@example.org"],
        ),
        (
            {**POSTMARK, "ANYMAIL": json.dumps(ANYMAIL), "MAIL_EVIDENCE": "postmark:"},
            ["Evidence(kind='provider', host='', port=0, tls=True, user='', mailbox='', path='')", ""],
        ),
    ],
)  # fmt: skip
def test_the_site_starts_with_what_can(project: Any, environment: dict[str, str], wanted: list[str]) -> None:
    answer = 'found["MAIL"] = [repr(settings.MAIL_EVIDENCE), settings.MAIL_JOURNAL]\n'
    assert ask(project, answer, **SERVER, **environment)["MAIL"] == wanted
