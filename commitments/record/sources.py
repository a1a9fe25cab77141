"""What the list of sources, and the API's, can be asked by."""

from datetime import date
from typing import Any

import django_filters as df
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from commitments.models import Bearing, Directness, Evidence, PublisherKind, Side
from commitments.record import published, states, values
from commitments.record.search import Answer
from commitments.record.search import evidence as search_evidence

ORDERINGS = (
    ("relevance", _("best match first")),
    ("-date", _("newest first")),
    ("date", _("oldest first")),
    ("id", _("by number")),
)


class EvidenceFilter(df.FilterSet):
    """Sources by words, kind and side of the publisher, and what they do to a pledge."""

    q = df.CharFilter(method="search", label=_("Words"), max_length=200)
    pledge = values.PledgeCodeFilter(method="beside", label=_("Pledge"))
    bearing = df.ChoiceFilter(empty_label=_("any"), choices=Bearing.choices, method="beside", label=_("What it does"))
    publisher_kind = df.ChoiceFilter(empty_label=_("any"), choices=PublisherKind.choices, label=_("Kind of publisher"))
    side = df.ChoiceFilter(empty_label=_("any"), choices=Side.choices, label=_("Side"))
    record = df.ChoiceFilter(empty_label=_("any"), choices=Directness.choices, label=_("Record"))
    country = df.ChoiceFilter(empty_label=_("any"), choices=states.choices, method="in_country", label=_("Country"))
    ordering = df.ChoiceFilter(choices=ORDERINGS, method="order", label=_("Order"), empty_label=None)

    class Meta:
        model = Evidence
        fields = ("publisher_kind", "side", "record")

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        """Ask for the day `on`: what bore on a pledge then."""
        super().__init__(*args, **kwargs)
        self._on = on

    @property
    def qs(self) -> QuerySet[Evidence]:
        """The items found: the best match first, where words are asked for, else the newest."""
        found: QuerySet[Evidence] = super().qs
        if self.data.get("ordering", "relevance") not in ("relevance", ""):
            return found
        return found if self.answer else self.order(found, "ordering", "-date")

    #: What the words brought, where there are any.
    answer: Answer[Evidence] | None = None

    def search(self, qs: QuerySet[Evidence], name: str, value: str) -> QuerySet[Evidence]:
        """Keep the items that answer the words, best first."""
        if not value.strip():
            return qs
        self.answer = search_evidence(qs, value)
        return self.answer.rows

    def in_country(self, qs: QuerySet[Evidence], name: str, value: str) -> QuerySet[Evidence]:
        """Keep the items that name the country: where it happened, or who acted."""
        return qs.filter(states.Names("countries", value))

    def filter_queryset(self, queryset: QuerySet[Evidence]) -> QuerySet[Evidence]:
        """Ask all filters; pledge and bearing together, of one and the same attachment."""
        found: QuerySet[Evidence] = super().filter_queryset(queryset)
        asked = self.form.cleaned_data
        beside = published.attachments(on=self._on)
        if asked["pledge"]:
            beside = beside.filter(pledge__code=asked["pledge"])
        if asked["bearing"]:
            beside = beside.filter(bearing_then=asked["bearing"])  # type: ignore[misc]  # annotated
        if not (asked["pledge"] or asked["bearing"]):
            return found
        return found.filter(pk__in=beside.values("evidence"))

    def beside(self, qs: QuerySet[Evidence], name: str, value: str) -> QuerySet[Evidence]:
        """Leave it to `filter_queryset`, which asks pledge and bearing together."""
        return qs

    def order(self, qs: QuerySet[Evidence], name: str, value: str) -> QuerySet[Evidence]:
        """Order the items; those without a date stand last."""
        if value == "relevance":  # as the search left them
            return qs
        if value == "id":
            return qs.order_by("public_id")
        happened = Coalesce(F("event_on"), F("published_on"))
        dated = happened.desc(nulls_last=True) if value == "-date" else happened.asc(nulls_last=True)
        return qs.order_by(dated, "public_id")
