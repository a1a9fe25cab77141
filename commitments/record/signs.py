"""What a day is asked of the rows, as annotations: what the flags (`flags.py`) are computed from, what bore then."""

from datetime import date
from typing import Any

from django.db.models import Case, DateField, F, Func, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, Least

from commitments.models import Attachment, Bearing, FormerBearing, Precision, StatusUpdate
from commitments.record.days import end_of


def bearing_then(on: date) -> Coalesce:
    """Return what an attachment was said on the day to do to its pledge, as an expression."""
    former = FormerBearing.objects.filter(attachment=OuterRef("pk"), at__gte=end_of(on)).order_by("at", "pk")
    return Coalesce(Subquery(former.values("bearing")[:1]), F("bearing"))


class _EndOfMonth(Func):
    """The last day of the month of a date."""

    output_field = DateField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Return it in the words of SQLite."""
        template = "date(%(expressions)s, 'start of month', '+1 month', '-1 day')"
        return super().as_sql(compiler, connection, template=template, **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Return it in the words of PostgreSQL."""
        template = "(date_trunc('month', (%(expressions)s)::timestamp) + interval '1 month' - interval '1 day')::date"
        return super().as_sql(compiler, connection, template=template, **context)


def newest_act(*, on: date, through: date) -> dict[str, Any]:
    """Return annotations of a pledge: its newest act up to the day `through`, as known at the end of the day `on`.

    An act is an item that supports the pledge, public by then, of an event from the baseline on. `last_act_on` is its
    day, NULL where no source reports one. Where only the month of an event is known (`last_act_precision`), its first
    day is stored, and it counts to the end of that month, but not beyond `through`.
    """
    end = end_of(on)
    in_a_month = Q(evidence__event_on__isnull=False, evidence__event_precision=Precision.MONTH)
    known = Case(When(in_a_month, then=Value(Precision.MONTH.value)), default=Value(Precision.DAY.value))
    acts = (
        Attachment.objects.annotate(then=bearing_then(on))
        .filter(pledge=OuterRef("pk"), then=Bearing.SUPPORTS, public_at__lt=end, evidence__public_at__lt=end)
        .annotate(happened=Coalesce("evidence__event_on", "evidence__published_on"))
        .filter(happened__lte=through, happened__gte=OuterRef("document__baseline_on"))
        .annotate(known=known)
    )
    month_ends = Least(_EndOfMonth(F("happened")), Value(through, output_field=DateField()))
    newest = acts.annotate(day=Case(When(known=Precision.MONTH, then=month_ends), default=F("happened")))
    newest = newest.order_by("-day", "known")
    return {
        "last_act_on": Subquery(newest.values("day")[:1]),
        "last_act_precision": Subquery(newest.values("known")[:1]),
    }


def signs(on: date) -> dict[str, Any]:
    """Return annotations of a pledge for the day `on`: its newest review, its newest act by then."""
    reviews = StatusUpdate.objects.filter(pledge=OuterRef("pk"), published_at__lt=end_of(on)).order_by("-published_at")
    return {
        "asked_on": Value(on, output_field=DateField()),
        "reviewed_at": Subquery(reviews.values("published_at")[:1]),
        **newest_act(on=on, through=on),
    }
