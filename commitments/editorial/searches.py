"""What people do to the logs of searches: the ground of saying that no evidence was found."""

from datetime import datetime
from typing import Any

from django.db import transaction

from commitments.editorial import policies
from commitments.editorial.policies import RefusedError
from commitments.models import Audit, SearchLog


def check_can_change(by: Any, log: SearchLog) -> None:
    """Refuse to rewrite a search on which something public rests."""
    policies.need(by, "change_searchlog", "change logged searches")
    policies.check_no_conflict(by, log.pledge)
    if log.updates.filter(published_at__isnull=False).exists():
        raise RefusedError("A published update rests on this search: log another one instead.")


can_change = policies.asks(check_can_change)


@transaction.atomic
def record(log: SearchLog, *, by: Any, at: datetime) -> None:
    """Log a search that somebody made."""
    policies.check_can_search(by, log.pledge)
    log.by = by
    log.save()
    Audit.write("search.record", log.pledge, row=log, by=by, at=at)


@transaction.atomic
def change(log: SearchLog, *, by: Any, at: datetime) -> None:
    """Mend the log of a search; who made it stays."""
    stored = SearchLog.objects.select_for_update(of=("self",)).select_related("pledge").get(pk=log.pk)
    check_can_change(by, stored)
    policies.check_no_conflict(by, log.pledge)
    if stored.pledge_id != log.pledge_id and stored.drafts.exists():
        raise RefusedError(f"A draft on {stored.pledge} rests on this search: log another one on {log.pledge}.")
    log.save()
    Audit.write("search.change", log.pledge, row=log, by=by, at=at)
