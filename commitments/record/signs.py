"""What a day is asked of the rows, as annotations: what the flags (`flags.py`) are computed from, what bore then."""

from datetime import date
from typing import Any

from django.db.models import DateField, F, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from commitments.models import Attachment, Bearing, FormerBearing, Precision, StatusUpdate
from commitments.record.days import end_of


def bearing_then(on: date) -> Coalesce:
    """Return what an attachment was said on the day to do to its pledge, as an expression."""
    former = FormerBearing.objects.filter(attachment=OuterRef("pk"), at__gte=end_of(on)).order_by("at", "pk")
    return Coalesce(Subquery(former.values("bearing")[:1]), F("bearing"))


def signs(on: date) -> dict[str, Any]:
    """Return annotations of a pledge for the day `on`: its newest review, its newest acts.

    An act is an item that supports the pledge, public by then, of an event from the baseline to the day. Where only
    the month of an event is known its first day is stored, so those are fetched apart.
    """
    end = end_of(on)
    reviews = StatusUpdate.objects.filter(pledge=OuterRef("pk"), published_at__lt=end).order_by("-published_at")
    acts = (
        Attachment.objects.annotate(then=bearing_then(on))
        .filter(pledge=OuterRef("pk"), then=Bearing.SUPPORTS, public_at__lt=end, evidence__public_at__lt=end)
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
