"""What the list of sources, and the API's, can be asked by."""

import django_filters as df
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from commitments.models import Bearing, Directness, Evidence, PublisherKind, Side

ORDERINGS = (("-date", _("newest first")), ("date", _("oldest first")), ("id", _("by number")))


class EvidenceFilter(df.FilterSet):
    """Sources by words, kind and side of the publisher, and what they do to a pledge."""

    q = df.CharFilter(method="search", label=_("Words"), max_length=200)
    pledge = df.CharFilter(method="on_pledge", label=_("Pledge"), max_length=16)
    bearing = df.ChoiceFilter(
        empty_label=_("any"), choices=Bearing.choices, method="by_bearing", label=_("What it does")
    )
    publisher_kind = df.ChoiceFilter(empty_label=_("any"), choices=PublisherKind.choices, label=_("Kind of publisher"))
    side = df.ChoiceFilter(empty_label=_("any"), choices=Side.choices, label=_("Side"))
    record = df.ChoiceFilter(empty_label=_("any"), choices=Directness.choices, label=_("Record"))
    ordering = df.ChoiceFilter(choices=ORDERINGS, method="order", label=_("Order"), empty_label=None)

    class Meta:
        model = Evidence
        fields = ("publisher_kind", "side", "record")

    @property
    def qs(self) -> QuerySet[Evidence]:
        """The items found, newest first unless asked otherwise."""
        found: QuerySet[Evidence] = super().qs
        return found if self.data.get("ordering") else self.order(found, "ordering", "-date")

    def search(self, qs: QuerySet[Evidence], name: str, value: str) -> QuerySet[Evidence]:
        """Keep the items whose title, publisher or fact holds the words."""
        for word in value.split()[:12]:
            qs = qs.filter(
                Q(title__icontains=word)
                | Q(publisher__icontains=word)
                | Q(fact__en__icontains=word)
                | Q(public_id__iexact=word)
            )
        return qs

    def on_pledge(self, qs: QuerySet[Evidence], name: str, value: str) -> QuerySet[Evidence]:
        """Keep the items that bear on the pledge of this code."""
        return qs.filter(attachments__pledge__code=value, attachments__public_at__isnull=False)

    def by_bearing(self, qs: QuerySet[Evidence], name: str, value: str) -> QuerySet[Evidence]:
        """Keep the items that do this to a pledge."""
        return qs.filter(attachments__bearing=value, attachments__public_at__isnull=False).distinct()

    def order(self, qs: QuerySet[Evidence], name: str, value: str) -> QuerySet[Evidence]:
        """Order the items; those without a date stand last."""
        if value == "id":
            return qs.order_by("public_id")
        happened = Coalesce(F("event_on"), F("published_on"))
        dated = happened.desc(nulls_last=True) if value == "-date" else happened.asc(nulls_last=True)
        return qs.order_by(dated, "public_id")
