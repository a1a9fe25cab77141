"""What the flags are computed from (`flags.py`), as annotations: fetched with the pledges, in the same query."""

from datetime import date, datetime
from typing import Any

from django.db.models import DateField, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from commitments.models import Attachment, Bearing, Precision, StatusUpdate


def signs(on: date, end: datetime) -> dict[str, Any]:
    """Return annotations of a pledge for the day `on`, which ends at `end`: its newest review, its newest acts.

    An act is an item that supports the pledge, public by then, of an event from the baseline to the day. Where only
    the month of an event is known its first day is stored, so those are fetched apart.
    """
    reviews = StatusUpdate.objects.filter(pledge=OuterRef("pk"), published_at__lt=end).order_by("-published_at")
    acts = (
        Attachment.objects.filter(pledge=OuterRef("pk"), bearing=Bearing.SUPPORTS)
        .filter(public_at__lt=end, evidence__public_at__lt=end)
        .annotate(happened=Coalesce("evidence__event_on", "evidence__published_on"))
        .filter(happened__lte=on, happened__gte=OuterRef("document__baseline_on"))
        .order_by("-happened")
    )
    in_a_month = {"evidence__event_on__isnull": False, "evidence__event_precision": Precision.MONTH}
    return {
        "asked_on": Value(on, output_field=DateField()),
        "reviewed_at": Subquery(reviews.values("published_at")[:1]),
        "newest_act_on": Subquery(acts.exclude(**in_a_month).values("happened")[:1]),
        "newest_month_of_acts": Subquery(acts.filter(**in_a_month).values("happened")[:1]),
    }
