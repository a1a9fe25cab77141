"""What is due when, as the texts say: a pledge has a date, is promised again without one, or neither; none is made up.

What evidence reports lies in the past and is no date that anything is due by; numbers announced have a period in the
words of their source, and no date either.
"""

from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from commitments.models import Coding, Pledge, Recurrence
from commitments.record import published


@dataclass(frozen=True)
class Agenda:
    """Pledges with a date, the earliest first; and those promised again without one, in the order of the documents."""

    due: list[Pledge]
    repeated: list[Pledge]


def agenda(*, on: date) -> Agenda:
    """Return what the codings of the day say of dates. The number of queries does not depend on the record."""
    dated = Coding.objects.filter(Q(due_on__isnull=False) | ~Q(recurrence=Recurrence.ONCE)).values("pk")
    found = published.pledges(on=on).filter(current_coding__in=dated)  # type: ignore[misc]  # annotated
    due, repeated = [], []
    for pledge in published.with_place(found):
        coding = published.coding_of(pledge)
        if coding.due_on:
            due.append((coding.due_on, pledge.position, pledge))
        else:
            repeated.append(pledge)
    return Agenda([pledge for _, _, pledge in sorted(due, key=lambda row: row[:2])], repeated)
