"""Bounces and complaints that come as mail: what they are about, whether they are to be believed, what follows.

Anybody can write to the address that takes bounces, and a bounce ends what its address follows. So it is believed only
where it brings back what only our mail held: its Message-ID and, beside it, the reader's own signed link to leave
(`List-Unsubscribe`). A Message-ID alone proves nothing: it is made of a digest's key, which every reader of that
digest has, and of a number that can be guessed. Who has the link could use it; a forged bounce gains nothing on that.
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from commitments.digests import addresses, reports
from commitments.digests.reports import Recipient, Report
from commitments.digests.suppression import bounced, suppress
from commitments.models import Dispatch, SuppressionReason

logger = logging.getLogger(__name__)


class Came(StrEnum):
    """What came of a mail."""

    SUPPRESSED = "suppressed"
    COUNTED = "counted"
    NOTED = "noted"
    NOT_OURS = "not ours"


@dataclass(frozen=True)
class Outcome:
    """What came of a mail, and why, in words that name no reader."""

    came: Came
    why: str

    def __str__(self) -> str:
        return f"{self.came}: {self.why}"


#: Feedback-Type of RFC 5965 (and of drafts before it) that are a reader's complaint. "not-spam" and "auth-failure"
#: (RFC 6591) are not; "fraud" and "virus" are what a scanner thinks, and a reason for a person to look.
COMPLAINTS = ("abuse", "opt-out", "opt-out-list")


def take(raw: bytes, *, at: datetime) -> Outcome:
    """Do what a mail asks for, and say what that was. Whatever the mail is, only the database can raise."""
    try:
        outcome = _about(reports.read(raw), at=at)
    except reports.UnreadableError as error:
        outcome = Outcome(Came.NOT_OURS, str(error))
    logger.info("A mail to the address of bounces: %s", outcome)
    return outcome


def _about(report: Report, *, at: datetime) -> Outcome:
    dispatch = Dispatch.objects.filter(message_id=report.message_id).select_related("subscription").first()
    if dispatch is None:
        return Outcome(Came.NOT_OURS, "about no digest of ours")
    owner = addresses.by_token(report.token)
    if owner is None or owner.pk != dispatch.subscription_id:
        return Outcome(Came.NOT_OURS, f"without its reader's own link: {dispatch}")
    key = owner.address_key
    about_them = [recipient for recipient in report.recipients if _is_about(recipient, key)]
    if not about_them:
        return Outcome(Came.NOTED, f"about another address: {dispatch}")
    if report.feedback:
        return _complained(report.feedback, dispatch, at=at)
    return _failed(about_them, dispatch, at=at)


def _is_about(recipient: Recipient, key: str) -> bool:
    """Say whether one of the addresses is the reader's; also where none is given: the link says whose mail it was.

    Where a reader forwards mail, the final address is another, and the failure is of that one.
    """
    given = recipient.addresses
    return not given or any(addresses.key_of(address) == key for address in given)


def _complained(feedback: str, dispatch: Dispatch, *, at: datetime) -> Outcome:
    if feedback not in COMPLAINTS:
        return Outcome(Came.NOTED, f"a report of another kind than a complaint: {dispatch}")
    suppress(dispatch.subscription.address_key, SuppressionReason.COMPLAINED, at=at)
    return Outcome(Came.SUPPRESSED, f"a complaint: {dispatch}")


def _failed(recipients: list[Recipient], dispatch: Dispatch, *, at: datetime) -> Outcome:
    failed = next((recipient for recipient in recipients if recipient.action == "failed"), None)
    if failed is None:  # delayed, delivered, relayed, expanded (RFC 3464, 2.3.3)
        return Outcome(Came.NOTED, f"no failure, or not yet: {dispatch}")
    why = f"refused, {failed.status or 'no status code'}: {dispatch}"
    return Outcome(Came.SUPPRESSED if bounced(dispatch, status=failed.status, at=at) else Came.COUNTED, why)
