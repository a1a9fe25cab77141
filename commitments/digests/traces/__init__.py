"""Where the mail side is asked what it knows of our messages: a journal mailbox, the relay's log, a provider's API."""

from pathlib import Path

from django.conf import settings

from commitments.digests.traces.journal import Journal
from commitments.digests.traces.postmark import Postmark
from commitments.digests.traces.relay_log import RelayLog
from commitments.digests.traces.source import Source, SourceError, Trace
from commitments.models import MailSource

__all__ = ["Source", "SourceError", "Trace", "configured"]


def configured() -> Source | None:
    """Return whom MAIL_EVIDENCE names; None where nobody is asked."""
    told = settings.MAIL_EVIDENCE
    if told is None:
        return None
    if told.kind == MailSource.PROVIDER:
        return Postmark.configured()
    if told.kind == MailSource.RELAY_LOG:
        return RelayLog(Path(told.path))
    return Journal(told.host, told.port, told.user, told.password, mailbox=told.mailbox, tls=told.tls)
