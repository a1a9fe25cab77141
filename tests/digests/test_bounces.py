"""Mail to the address of bounces: what it does, and that nobody can do anything with what only looks like one."""

import re
import time
from contextlib import suppress
from email import message_from_bytes
from email.message import EmailMessage
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commitments.digests import message, reports
from commitments.digests.bounces import Came, take
from commitments.models import Dispatch, Subscription, Suppression
from tests.digests.returned import READER, complaint, link, notification, original, report, sent
from tests.digests.rows import subscribed
from tests.factories import AT

pytestmark = pytest.mark.django_db


@pytest.fixture
def digest() -> Dispatch:
    return sent(subscribed(address="Reader@example.org"))


def came(mail: Any) -> Came:
    outcome = take(mail if isinstance(mail, bytes) else mail.as_bytes(), at=AT)
    assert "@" not in str(outcome)  # nobody's address
    return outcome.came


def state(dispatch: Dispatch) -> str:
    return Subscription.objects.get(pk=dispatch.subscription_id).state


# --- what it does ---------------------------------------------------------------------------


def test_a_mailbox_that_is_not_there_is_suppressed(digest: Dispatch) -> None:
    assert came(notification(digest)) == "suppressed"
    digest.refresh_from_db()
    assert (digest.state, digest.error, state(digest)) == ("failed", "It came back: 5.1.1.", "left")
    assert Suppression.objects.get().reason == "bounced"
    assert came(notification(digest)) == "suppressed"  # once more, as mail may come twice


def test_a_full_mailbox_is_counted_and_suppressed_after_three(digest: Dispatch) -> None:
    all_three = [digest, *(sent(digest.subscription, n) for n in (1, 2))]
    # Each comes back twice, which counts once.
    said = [came(notification(each, Status="5.2.2")) for each in all_three for _ in range(2)]
    assert said == ["counted"] * 4 + ["suppressed"] * 2


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded", "FAILURE", "x" * 5000])
def test_what_has_not_failed_is_noted(digest: Dispatch, action: str) -> None:
    assert came(notification(digest, Action=action, Status="4.4.1")) == "noted"
    digest.refresh_from_db()
    assert (digest.state, state(digest)) == ("sent", "active")


def test_a_complaint_is_suppressed_and_outranks_the_bounce(digest: Dispatch) -> None:
    came(notification(digest))
    assert came(complaint(digest)) == "suppressed"
    assert Suppression.objects.get().reason == "complained"


@pytest.mark.parametrize("kind", ["not-spam", "auth-failure", "fraud", "virus", "other", "", "dkim"])
def test_a_report_of_another_kind_is_noted(digest: Dispatch, kind: str) -> None:
    assert came(complaint(digest, Feedback_Type=kind)) == "noted"
    assert state(digest) == "active"


def test_the_mail_as_we_make_it_carries_what_proves_it(digest: Dispatch) -> None:
    digest.merge = {"address": READER, "token": link(digest.subscription).split("/")[-2]}
    ours = message_from_bytes(message.of(digest).message().as_bytes())
    assert came(notification(digest, ours)) == "suppressed"


# --- whom it believes -----------------------------------------------------------------------


@pytest.mark.parametrize("make", [notification, complaint])
@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"List_Unsubscribe": ""}, "not ours"),
        ({"List_Unsubscribe": "<https://tracker.example.org/unsubscribe/1:2:3/>"}, "not ours"),
        ({"Message_ID": ""}, "not ours"),
        ({"Message_ID": f"<{0:032X}.999999@tracker.example.org>"}, "not ours"),
        ({"Message_ID": "no brackets"}, "not ours"),
    ],
)
def test_whoever_lacks_message_id_or_link_does_nothing(
    digest: Dispatch, headers: dict[str, str], said: str, make: Any
) -> None:
    assert came(make(digest, original(digest, **headers))) == said
    assert state(digest) == "active"


@pytest.mark.parametrize("make", [notification, complaint])
def test_a_reader_cannot_end_what_another_follows(digest: Dispatch, make: Any) -> None:
    """The Message-IDs of others are easily guessed from one's own; their links are not."""
    attacker = sent(subscribed(address="attacker@example.org"))
    forged = original(digest, List_Unsubscribe=link(attacker.subscription))
    assert came(make(digest, forged)) == "not ours"
    own = notification(attacker, Final_Recipient=f"rfc822; {READER}")
    assert came(own) == "noted"
    assert {state(digest), state(attacker)} == {"active"}


@pytest.mark.parametrize(
    ("final", "first", "said"),
    [
        ("rfc822; READER@Example.ORG", "", "suppressed"),
        ("rfc822;<reader@example.org>", "", "suppressed"),
        ("utf-8; reader@example.org", "", "suppressed"),
        ("reader@example.org", "", "suppressed"),
        ("rfc822; alias@example.net", "rfc822; reader@example.org", "suppressed"),
        ("", "", "suppressed"),
        ("rfc822; alias@example.net", "", "noted"),
        ("x400; reader@example.org", "", "noted"),
        ("rfc822;", "", "noted"),
        ("\x00", "", "noted"),
    ],
)
def test_the_address_must_be_the_readers_where_one_is_given(
    digest: Dispatch, final: str, first: str, said: str
) -> None:
    assert came(notification(digest, Final_Recipient=final, Original_Recipient=first)) == said


def test_a_complaint_of_who_got_it_forwarded_is_not_the_readers(digest: Dispatch) -> None:
    assert came(complaint(digest, Original_Rcpt_To="<friend@example.net>")) == "noted"
    assert came(complaint(digest, Original_Rcpt_To=f"<{READER}>")) == "suppressed"


def test_only_what_is_said_of_the_reader_counts(digest: Dispatch) -> None:
    blocks = (
        "Reporting-MTA: dns; mx.example.org\n\nFinal-Recipient: rfc822; other@example.net\nAction: failed\n"
        f"Status: 5.1.1\n\nFinal-Recipient: rfc822; {READER}\nAction: delayed\nStatus: 4.2.2\n"
    )
    assert came(report("delivery-status", blocks, original(digest))) == "noted"


# --- as servers write them ------------------------------------------------------------------

POSTFIX = """From MAILER-DAEMON  Mon Nov 23 08:00:05 2026
Return-Path: <>
Date: Mon, 23 Nov 2026 08:00:05 +0000 (UTC)
From: MAILER-DAEMON@mx.tracker.example.org (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: digests@tracker.example.org
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="4Cz1.1764/mx.tracker.example.org"

--4Cz1.1764/mx.tracker.example.org
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

<reader@example.org>: host mx.example.org[192.0.2.7] said: {said}

--4Cz1.1764/mx.tracker.example.org
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.tracker.example.org
X-Postfix-Queue-ID: 4Cz1
Arrival-Date: Mon, 23 Nov 2026 08:00:01 +0000 (UTC)

Final-Recipient: rfc822; reader@example.org
Original-Recipient: rfc822;Reader@example.org
Action: failed
Status: {status}
Remote-MTA: dns; mx.example.org
Diagnostic-Code: smtp; {said}

--4Cz1.1764/mx.tracker.example.org
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

Received: by mx.tracker.example.org (Postfix, from userid 990)
From: Pledge Tracker <digests@tracker.example.org>
To: Reader@example.org
Subject: =?utf-8?q?SPC-3=2E2?=
Message-ID: {id}
List-Unsubscribe: {link}

--4Cz1.1764/mx.tracker.example.org--
"""

EXIM = """Return-path: <>
X-Failed-Recipients: reader@example.org
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@mx.tracker.example.org>
To: digests@tracker.example.org
Content-Type: multipart/report; report-type=delivery-status; boundary=1764000005-eximdsn-99
MIME-Version: 1.0
Subject: Mail delivery failed: returning message to sender

--1764000005-eximdsn-99
Content-type: text/plain; charset=us-ascii

A message that you sent could not be delivered to one or more of its recipients.

--1764000005-eximdsn-99
Content-type: message/delivery-status

Reporting-MTA: dns; mx.tracker.example.org

Action: failed
Final-Recipient: rfc822;reader@example.org
Status: {status}
Remote-MTA: dns; mx.example.org
Diagnostic-Code: smtp; {said}

--1764000005-eximdsn-99
Content-type: message/rfc822

Return-path: <digests@tracker.example.org>
Message-Id:
 {id}
List-Unsubscribe:
 {link}
Subject: SPC-3.2

What changed.

--1764000005-eximdsn-99--
"""

EXCHANGE = """From: <postmaster@example.org>
To: <digests@tracker.example.org>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="_000_a1_"
X-MS-Exchange-Message-Is-Ndr:
Subject: =?utf-8?B?5peg5rOV6YCB6L6+?=

--_000_a1_
Content-Type: multipart/alternative; differences=Content-Type;
\tboundary="_001_a1_"

--_001_a1_
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: base64

5peg5rOV6YCB6L6+

--_001_a1_--

--_000_a1_
Content-Type: message/delivery-status

Reporting-MTA: dns;EX1.example.org
Received-From-MTA: dns;mx.tracker.example.org

Final-Recipient: rfc822;reader@example.org
Action: failed
Status: {status}
Diagnostic-Code: smtp;{said}
X-Display-Name: reader@example.org

--_000_a1_
Content-Type: {headers}

From: Pledge Tracker <digests@tracker.example.org>
Message-ID: {id}
List-Unsubscribe: {link}

--_000_a1_--
"""


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("server", "status", "said", "counts_as"),
    [
        (POSTFIX, "5.1.1", "550 5.1.1 User unknown", "5.1.1"),
        (POSTFIX, "5.0.0", "550 No such user here", "5.0.0"),
        (POSTFIX, "4.4.1", "connect to mx.example.org[5.1.1.9]:25: timed out", "4.4.1"),
        (EXIM, "5.0.0", "550-5.1.1 <reader@example.org> does not exist", "5.1.1"),
        (EXIM, "5.2.2", "552 5.2.2 over quota", "5.2.2"),
        (EXIM, "5.0.0 (other)", "550 rejected, see 10.5.1.1", "5.0.0"),
        (EXCHANGE, "5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound", "5.1.10"),
        (EXCHANGE, "5.7.133", "550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup", "5.7.133"),
    ],
)
def test_servers_in_the_field(
    digest: Dispatch, server: str, status: str, said: str, counts_as: str, line_end: str
) -> None:
    words = {"status": status, "said": said, "id": digest.message_id, "link": link(digest.subscription)}
    mail = server.format(headers="text/rfc822-headers", **words).replace("\n", line_end)
    assert came(mail.encode()) == ("suppressed" if counts_as.startswith("5.1") else "counted")
    digest.refresh_from_db()
    assert digest.error == f"It came back: {counts_as}."


@pytest.mark.parametrize("kind", sorted({*reports._HEADERS_ONLY, *reports._WHOLE}))
def test_our_headers_may_come_in_any_of_their_types(digest: Dispatch, kind: str) -> None:
    words = {"status": "5.1.1", "said": "", "id": digest.message_id, "link": link(digest.subscription)}
    assert came(EXCHANGE.format(headers=kind, **words).encode()) == "suppressed"


def test_a_notification_for_addresses_beyond_ascii_is_read(digest: Dispatch) -> None:
    mail = notification(digest, Final_Recipient=f"utf-8; {READER}").as_bytes()
    assert came(mail.replace(b"message/delivery-status", b"message/global-delivery-status")) == "suppressed"


def test_a_report_inside_what_a_list_wraps_around_it_is_read(digest: Dispatch) -> None:
    inner: Any = notification(digest)
    for depth in range(reports.DEEPEST + 1):
        if depth:
            outer = MIMEMultipart("mixed")
            outer.attach(inner)
            outer.attach(MIMEText("-- \nA footer"))
            inner = outer
        assert reports.read(inner.as_bytes()).message_id == digest.message_id
    outer = MIMEMultipart("mixed")
    outer.attach(inner)
    assert came(outer) == "not ours"


def test_a_report_that_somebody_attaches_to_a_mail_is_not_one(digest: Dispatch) -> None:
    mail = EmailMessage()
    mail.set_content("Look what came back.")
    mail.add_attachment(notification(digest))
    assert came(mail) == "not ours"


# --- hostile mail ---------------------------------------------------------------------------


def hostile(digest: Dispatch) -> dict[str, bytes]:
    good = notification(digest).as_bytes()
    nested = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(5000))
    wrapped = b"Content-Type: message/rfc822\n\n" * 5000
    zeros = MIMEMultipart("report", **{"report-type": "delivery-status"})
    zeros.attach(MIMEApplication(b"\x00" * 1000))
    return {
        "nothing": b"",
        "zeros": b"\x00" * 5000,
        "all bytes": bytes(range(256)) * 100,
        "no report": b"Subject: out of office\n\nI am away.\n",
        "no boundary": b"Content-Type: multipart/report; report-type=delivery-status\n\nx",
        "odd charset": b"Content-Type: multipart/report; charset=x-\xff; boundary=\xff\n\n--\xff\n\n--\xff--\n",
        "nested": nested,
        "wrapped": wrapped,
        "zeros in a report": zeros.as_bytes(),
        "cut": good[: len(good) // 2],
        "too large": good + b"\n" * reports.LARGEST,
        "many parts": good.split(b"\n\n")[0] + b"\n\n" + b"".join(b"--x\n\ny\n" for _ in range(99_000)),
        "words for codes": b"Content-Type: =?utf-8?q?multipart/report=3B_boundary=3Da?=\n\n--a\n\n--a--",
        "empty status": report("delivery-status", "", original(digest)).as_bytes(),
        "no original": report("delivery-status", "Action: failed\n", None).as_bytes(),
        "empty feedback": report("feedback-report", "", original(digest)).as_bytes(),
    }


def test_broken_and_hostile_mail_is_said_and_never_raised_nor_slow(digest: Dispatch) -> None:
    for name, raw in hostile(digest).items():
        begun = time.monotonic()
        assert came(raw) in ("not ours", "noted"), name
        assert time.monotonic() - begun < 5, name
    assert state(digest) == "active"


@pytest.mark.parametrize(
    "value", ["\x00", "<\x00@x>", "<" + "9" * 100_000 + ">", "=?utf-8?q?=00?=", "=?x-none?b?AA?=", "<a@b>\udcff"]
)
@pytest.mark.parametrize("name", ["Message-ID", "List-Unsubscribe"])
def test_odd_bytes_where_the_message_is_named(digest: Dispatch, name: str, value: str) -> None:
    mail = notification(digest).as_bytes()
    odd = f"{name}: {value}".encode(errors="surrogateescape")
    changed, n = re.subn(rf"(?m)^{name}:.*(?:\n .*)*".encode(), lambda _: odd, mail)
    assert n == 1
    assert came(changed) == "not ours"


@given(data=st.data())
def test_a_mail_with_random_changes_never_raises(data: Any) -> None:
    subscription = Subscription(pk=7, nonce="n" * 22)
    unsaved = Dispatch(message_id="<A.7@tracker.example.org>", subscription=subscription)
    good = bytearray(notification(unsaved).as_bytes())
    for _ in range(data.draw(st.integers(1, 12))):
        place = data.draw(st.integers(0, len(good) - 1))
        good[place : place + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=6))
    with suppress(reports.UnreadableError):
        reports.read(bytes(good))
