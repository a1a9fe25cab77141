"""What the updates can be asked by, in the API and in exports."""

import django_filters as df
from django.db.models import QuerySet

from commitments.models import Delivery, StatusUpdate
from commitments.record import values
from commitments.record.search import updates as search_updates


class UpdateFilter(df.FilterSet):
    """Updates by words, pledge, status (several mean any of them), and whether they are provisional."""

    q = df.CharFilter(method="search", label="Words", max_length=200)
    pledge = values.PledgeCodeFilter(field_name="pledge__code")
    status = df.MultipleChoiceFilter(choices=Delivery.choices)
    provisional = values.TruthFilter()

    class Meta:
        model = StatusUpdate
        fields = ("pledge", "status", "provisional")

    def search(self, qs: QuerySet[StatusUpdate], name: str, value: str) -> QuerySet[StatusUpdate]:
        """Keep the updates that answer the words, best first."""
        return search_updates(qs, value).rows if value.strip() else qs
