"""Everything that the page of one pledge shows, for readers and for the desk's preview of it."""

from datetime import date
from typing import Any

from commitments.models import Pledge
from commitments.record import activity, differences, indicators, published
from commitments.record.reading import context_of


def page_of(pledge: Pledge, *, on: date) -> dict[str, Any]:
    """Return what `templates/pages/pledge.html` needs; `pledge` comes from `published.whole(on=on)`."""
    before, after = published.neighbours(pledge, on=on)
    evidence = list(published.evidence_on(pledge, on=on))
    newest = max((beside.evidence.published_on for beside in evidence if beside.evidence.published_on), default=None)
    return {
        "pledge": pledge,
        "coding": published.coding_of(pledge),
        "contexts": context_of(pledge),
        "standing": published.standing(pledge),
        "history": published.history(pledge, on=on),
        "evidence": evidence,
        "newest_source": newest,
        "old_sources": activity.is_old(newest, on=on),
        "targets": indicators.targets(on=on).filter(section=pledge.section),
        "indicators": indicators.beside(pledge.section, on=on),
        "differences": differences.beside(pledge),
        "beside": published.pledges(on=on).filter(section=pledge.section),
        "before": before,
        "after": after,
    }
