"""Flags: signs computed for a day beside the status. They are never a status, and nobody sets one.

The rules, from the methodology ("Delivery"), made exact:

- `overdue`: the date that the text gives has passed, and the pledge is not closed.
- `review_due`: somebody, or the first assessment, has said something of an open pledge, and no update on it, whatever
  it says, has been published for 12 months.
- `nothing_new`: sustained, but the newest act that supports it, dated on or after the baseline, is more than 12 months
  old. An act known to its month counts to the end of that month.
- `reported_delivered`: the update says so itself: reported as delivered, on less than grade B.

Twelve months reach from a day to the same day of the next year, which still belongs to them.
"""

import calendar
from datetime import UTC, date

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from commitments.models import Delivery, Pledge
from commitments.record import published

#: Statuses after which nothing is awaited any more.
CLOSED = (
    Delivery.DELIVERED,
    Delivery.PARTLY_DELIVERED,
    Delivery.NOT_DELIVERED,
    Delivery.DROPPED,
    Delivery.NOT_ASSESSABLE,
)


class Flag(models.TextChoices):
    """A sign beside a status."""

    OVERDUE = "overdue", _("overdue")
    REVIEW_DUE = "review_due", _("review due")
    NOTHING_NEW = "nothing_new", _("nothing new for 12 months")
    REPORTED_DELIVERED = "reported_delivered", _("reported delivered")

    @property
    def definition(self) -> Promise:
        """What the flag means, in one sentence."""
        return _FLAGS[self]


_FLAGS = {
    Flag.OVERDUE: _("The date that the text gives has passed, and the pledge is not closed."),
    Flag.REVIEW_DUE: _("Assessed once and still open, but no update on it has been published for 12 months."),
    Flag.NOTHING_NEW: _("Sustained, but the newest act that supports it is more than 12 months old."),
    Flag.REPORTED_DELIVERED: _("Reported as delivered, but on evidence below grade B, so it stands as in progress."),
}


def a_year_before(day: date) -> date:
    """Return the same day of the year before; of 29 February, the 28th."""
    last = calendar.monthrange(day.year - 1, day.month)[1]
    return day.replace(year=day.year - 1, day=min(day.day, last))


def computed(
    status: str, *, on: date, due_on: date | None, reviewed_on: date | None, acted_on: date | None
) -> list[Flag]:
    """Return the flags of a status on a day, from when it is due, was last reviewed and was last acted on."""
    found, year_ago = [], a_year_before(on)
    if due_on and due_on < on and status not in CLOSED:
        found.append(Flag.OVERDUE)
    if reviewed_on and reviewed_on < year_ago and status not in (*CLOSED, Delivery.NOT_ASSESSED):
        found.append(Flag.REVIEW_DUE)
    if status == Delivery.SUSTAINED and (acted_on is None or acted_on < year_ago):
        found.append(Flag.NOTHING_NEW)
    return found


def flags(pledge: Pledge) -> list[Flag]:
    """Return the flags of a pledge for the day for which `published` fetched it."""
    standing = published.standing(pledge)
    reviewed = pledge.reviewed_at  # type: ignore[attr-defined]  # annotated by published, as what follows
    found = computed(
        standing.delivery,
        on=pledge.asked_on,  # type: ignore[attr-defined]
        due_on=published.coding_of(pledge).due_on,
        reviewed_on=reviewed.astimezone(UTC).date() if reviewed else None,
        acted_on=pledge.last_act_on,  # type: ignore[attr-defined]
    )
    reported = standing.update is not None and standing.update.reported_delivered
    return [*found, Flag.REPORTED_DELIVERED] if reported else found
