"""How much evidence bears on some pledges, and which way, as of a day: every time an item bears on a pledge is one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from commitments.models import Attachment, Bearing
from commitments.record import published

#: An item (its key), the pledge on which it bears (its key), and what it was said on the day to do to it.
Borne = tuple[int, int, str]


@dataclass(frozen=True)
class Weight:
    """Some items and what they do to some pledges: an item can bear on several, one way on this, another on that."""

    items: int = 0
    pledges: int = 0
    supports: int = 0
    contradicts: int = 0
    context: int = 0

    @property
    def total(self) -> int:
        """How many times an item bears on a pledge: the denominator of the three."""
        return self.supports + self.contradicts + self.context

    def parts(self) -> list[tuple[Bearing, int]]:
        """Return (what items do, how many times), supporting and contradicting ones first."""
        return [
            (Bearing.SUPPORTS, self.supports),
            (Bearing.CONTRADICTS, self.contradicts),
            (Bearing.CONTEXT, self.context),
        ]


def borne(*, on: date) -> list[Borne]:
    """Return every time that a public item bears on a public pledge: one query."""
    rows = published.attachments(on=on).order_by()
    return list(rows.values_list("evidence", "pledge", "bearing_then"))  # type: ignore[misc]  # annotated


def of_attachments(found: Iterable[Attachment]) -> list[Borne]:
    """Return the same of attachments that `published.attachments(on=…)` fetched."""
    return [(one.evidence_id, one.pledge_id, published.bearing(one).value) for one in found]


def weigh(found: Iterable[Borne], *, items: int | None = None) -> Weight:
    """Add up; `items` is how many there are where some bear on no pledge, else those that bear are counted."""
    rows = list(found)
    ways = [way for _, _, way in rows]
    return Weight(
        items=len({item for item, _, _ in rows}) if items is None else items,
        pledges=len({pledge for _, pledge, _ in rows}),
        supports=ways.count(Bearing.SUPPORTS),
        contradicts=ways.count(Bearing.CONTRADICTS),
        context=ways.count(Bearing.CONTEXT),
    )
