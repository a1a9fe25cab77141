"""What readers send in: an error, or a source. Nothing of it is public; each report is closed with a word.

A sender is known by a keyed hash of address and day, which counts and names nobody. It is emptied when the day is
over, and the contact 30 days after the report was closed.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils.crypto import salted_hmac

from commitments.editorial import policies
from commitments.editorial.policies import RefusedError, asks
from commitments.models import Audit, Evidence, Pledge, ReaderReport, ReportState

#: How many reports one sender, and all together, may send in a day (UTC).
A_SENDER, ALL = 5, 200
#: How long after its closing a report keeps the address of its sender.
CONTACT_KEPT = timedelta(days=30)


class TooManyError(Exception):
    """No more reports are taken today: of this sender (`own`), or of anybody."""

    def __init__(self, *, own: bool) -> None:
        """Say whose limit was reached."""
        super().__init__("Too many reports today.")
        self.own = own


def sender(address: str, on: date) -> str:
    """Return by what the reports from one address are counted on one day: a hash under the site's secret key."""
    return salted_hmac("commitments.editorial.reports", f"{on} {address}", algorithm="sha256").hexdigest()


def _lock() -> None:
    """Count and write one after the other. On SQLite every transaction that writes excludes every other anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {ReaderReport._meta.db_table} IN SHARE ROW EXCLUSIVE MODE")


@transaction.atomic
def receive(
    *,
    kind: str,
    text: str,
    language: str,
    sender: str,
    at: datetime,
    pledge: Pledge | None = None,
    source_url: str = "",
    contact: str = "",
) -> ReaderReport:
    """Save a report; raise TooManyError where the day's limits are reached."""
    _lock()
    today = ReaderReport.objects.filter(received_at__gte=datetime.combine(at.date(), time.min, tzinfo=UTC))
    if today.filter(sender=sender).count() >= A_SENDER:
        raise TooManyError(own=True)
    if today.count() >= ALL:
        raise TooManyError(own=False)
    return ReaderReport.objects.create(
        kind=kind,
        pledge=pledge,
        text=text,
        source_url=source_url,
        contact=contact,
        language=language,
        sender=sender,
        received_at=at,
    )


def check_can_record_as(by: Any, report: ReaderReport) -> None:
    """Refuse those who may not act on reports, and a report that is closed or was recorded already."""
    policies.need(by, "change_readerreport", "act on reports")
    if report.state != ReportState.OPEN:
        raise RefusedError(f"Report {report.pk} was closed already, as {report.get_state_display()}.")
    if report.evidence:
        raise RefusedError(f"Report {report.pk} is recorded already, as {report.evidence}.")


can_record_as = asks(check_can_record_as)


@transaction.atomic
def recorded_as(report: ReaderReport, item: Evidence, *, by: Any, at: datetime) -> None:
    """Note as which item a report was recorded. Call it in the transaction that records the item."""
    report = ReaderReport.objects.select_for_update().get(pk=report.pk)
    check_can_record_as(by, report)
    report.evidence = item
    report.save(update_fields=["evidence"])
    Audit.write("report.record", report, by=by, at=at, evidence=item.public_id)


@transaction.atomic
def close(report: ReaderReport, *, by: Any, outcome: str, state: str, at: datetime) -> None:
    """Close a report as handled or dismissed, with a word on what was done about it."""
    policies.need(by, "change_readerreport", "close reports")
    if state not in (ReportState.HANDLED, ReportState.DISMISSED):
        raise RefusedError("A report is closed as handled or as dismissed.")
    if not outcome.strip():
        raise RefusedError("Say what was done about it, or why nothing.")
    report = ReaderReport.objects.select_for_update().get(pk=report.pk)
    if report.state != ReportState.OPEN:
        raise RefusedError("This report was closed already.")
    report.state, report.outcome, report.closed_at, report.closed_by = state, outcome, at, by
    report.save(update_fields=["state", "outcome", "closed_at", "closed_by"])
    Audit.write("report.close", report, by=by, at=at, state=state)


@transaction.atomic
def forget(*, at: datetime) -> int:
    """Empty the contacts of reports closed long enough ago, and the senders of days past; return how many contacts."""
    today = datetime.combine(at.date(), time.min, tzinfo=UTC)
    ReaderReport.objects.filter(received_at__lt=today).exclude(sender="").update(sender="")
    closed = ReaderReport.objects.filter(closed_at__lte=at - CONTACT_KEPT)
    return closed.exclude(contact="").update(contact="")
