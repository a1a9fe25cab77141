"""What comes back: digests that were sent, and the mails that servers write about them."""

from datetime import timedelta
from email import message_from_string
from email.message import EmailMessage, Message
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from typing import Any

from commitments.digests import addresses
from commitments.models import Dispatch, Subscription
from tests.digests import rows
from tests.factories import AT

READER = "reader@example.org"


def sent(subscription: Subscription, n: int = 0, state: str = "sent", **fields: Any) -> Dispatch:
    """The n-th digest to somebody: by default one that our own server has taken."""
    at = AT + timedelta(days=n)
    values: dict[str, Any] = {
        "due_at": at,
        "from_seq": n,
        "through_seq": n + 1,
        "message_id": f"<{n:032X}.{subscription.pk}@tracker.example.org>",
        "sent_at": at if state == "sent" else None,
        "state": state,
    }
    return rows.dispatch(subscription, **values | fields)


def link(subscription: Subscription) -> str:
    """The header by which a reader leaves."""
    return f"<https://tracker.example.org/unsubscribe/{addresses.token_of(subscription)}/>"


def original(dispatch: Dispatch, **headers: str) -> EmailMessage:
    """Our mail, as a server has it."""
    mail = EmailMessage()
    values = {
        "From": "Pledge Tracker <digests@tracker.example.org>",
        "To": READER,
        "Subject": "SPC-3.2 en curso, 扶贫",
        "Message-ID": dispatch.message_id,
        "List-Unsubscribe": link(dispatch.subscription),
    }
    for name, value in (values | {key.replace("_", "-"): value for key, value in headers.items()}).items():
        if value:
            mail[name] = value
    mail.set_content("What changed.")
    return mail


def notification(dispatch: Dispatch, mail: Message | None = None, **fields: str) -> MIMEMultipart:
    """A delivery status notification; fields of "" are left out."""
    given = {"Final_Recipient": f"rfc822; {READER}", "Action": "failed", "Status": "5.1.1"} | fields
    block = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in given.items() if value)
    return report("delivery-status", f"Reporting-MTA: dns; mx.example.org\n\n{block}", mail or original(dispatch))


def complaint(dispatch: Dispatch, mail: Message | None = None, **fields: str) -> MIMEMultipart:
    """An abuse report."""
    given = {"Feedback_Type": "abuse", "User_Agent": "Loop/1", "Version": "1"} | fields
    block = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in given.items() if value)
    return report("feedback-report", block, mail or original(dispatch))


def report(kind: str, fields: str, mail: Message | None) -> MIMEMultipart:
    """A multipart/report of what a machine reads, and our mail beside it."""
    made = MIMEMultipart("report", **{"report-type": kind})
    made["From"], made["To"] = "mailer-daemon@example.org", "digests@tracker.example.org"
    made.attach(MIMEText("This could not be delivered."))
    made.attach(message_from_string(f"Content-Type: message/{kind}\nMIME-Version: 1.0\n\n{fields}"))
    if mail is not None:
        made.attach(MIMEMessage(mail))
    return made
